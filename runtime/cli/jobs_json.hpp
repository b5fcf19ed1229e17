#pragma once

#include <nlohmann/json.hpp>

#include "poolguard/execute_options.hpp"
#include "options.hpp"
#include "poolguard/job.hpp"

namespace poolguard::cli {

/// Of every call to the server.
[[nodiscard]] ExecuteOptions limits();

/// Prints what was done as a sentence or as JSON, and gives the status: kNo, with the sentence on stderr, if it wasn't done.
int say(const Options& options, bool done, const std::string& sentence, nlohmann::json json);

/// The job that the command line describes. Throws ConfigError.
[[nodiscard]] NewJob job_of(const Options::Submit& given);

/// JSON in several lines, ASCII only: no text in it can steer a terminal.
[[nodiscard]] std::string for_reading(const nlohmann::json& json);

/// A job as `--json` shows it.
[[nodiscard]] nlohmann::json to_json(const Job& job);

}  // namespace poolguard::cli
