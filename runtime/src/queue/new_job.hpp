/// What the statements that add jobs have in common.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "poolguard/job.hpp"
#include "poolguard/queue.hpp"
#include "poolguard/result.hpp"

namespace poolguard::detail {

using Number = std::optional<std::int64_t>;

/// Throws ConfigError for a job that can't be and PayloadError for its payload; `which` names it ("the job").
void check(const NewJob& job, std::string_view which, const QueueOptions& queue);

/// As the parameter of a statement.
[[nodiscard]] Params::Value or_null(const Number& number);
/// NULL for "".
[[nodiscard]] Params::Value text_or_null(const std::string& text);
[[nodiscard]] Number ms_or_none(const std::optional<std::chrono::milliseconds>& time);
[[nodiscard]] std::optional<std::string> backoff_or_none(const NewJob& job);

}  // namespace poolguard::detail
