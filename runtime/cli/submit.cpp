#include <ctime>
#include <fstream>
#include <iostream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "jobs_json.hpp"
#include "open_engine.hpp"
#include "poolguard/errors.hpp"
#include "poolguard/queue.hpp"

namespace poolguard::cli {
namespace {

std::optional<std::chrono::milliseconds> ms_or_none(std::int64_t ms) {
  if (ms == 0) return std::nullopt;
  return std::chrono::milliseconds{ms};
}

/// `2026-12-01T08:00:00Z` or with an offset, `+01:00`.
std::chrono::system_clock::time_point read_time(const std::string& text) {
  const auto refuse = [&text] {
    return ConfigError(fmt::format("--run-at: '{}' is not a time of the form 2026-12-01T08:00:00Z or 2026-12-01T08:00:00+01:00", text));
  };
  std::tm parts{};
  const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) throw refuse();
  const std::string zone = rest;
  std::int64_t offset = 0;
  if (zone != "Z") {
    int hours = 0, minutes = 0;
    char sign = 0, end = 0;
    if (std::sscanf(zone.c_str(), "%c%2d:%2d%c", &sign, &hours, &minutes, &end) != 3 || (sign != '+' && sign != '-')) throw refuse();
    offset = (hours * 60 + minutes) * 60;
    if (sign == '-') offset = -offset;
  }
  return std::chrono::system_clock::from_time_t(::timegm(&parts)) - std::chrono::seconds{offset};
}

Backoff backoff(const std::string& kind, std::int64_t initial_ms) {
  Backoff backoff;
  backoff.kind = parse_backoff_kind(kind).value_or(BackoffKind::exponential);
  backoff.initial = std::chrono::milliseconds{initial_ms};
  backoff.most = std::max(backoff.most, backoff.initial);
  return backoff;
}

/// An object with the options of the command line, by their names; what it leaves out is as the command line has it.
NewJob job_of_json(const Options::Submit& given, const nlohmann::json& json) {
  Options::Submit own = given;
  for (const auto& [key, value] : json.items()) {
    if (key == "name") own.name = value.get<std::string>();
    else if (key == "payload") own.payload = value.dump();
    else if (key == "queue") own.queue = value.get<std::string>();
    else if (key == "priority") own.priority = value.get<std::int32_t>();
    else if (key == "delay_ms") own.delay_ms = value.get<std::int64_t>();
    else if (key == "run_at") own.run_at = value.get<std::string>();
    else if (key == "max_attempts") own.max_attempts = value.get<std::int32_t>();
    else if (key == "key") own.key = value.get<std::string>();
    else if (key == "limit_key") own.limit_key = value.get<std::string>();
    else if (key == "coalesce") own.coalesce = value.get<bool>();
    else if (key == "remove_completed") own.remove_completed = value.get<bool>();
    else if (key == "ttl_ms") own.ttl_ms = value.get<std::int64_t>();
    else if (key == "lease_ms") own.lease_ms = value.get<std::int64_t>();
    else if (key == "timeout_ms") own.timeout_ms = value.get<std::int64_t>();
    else if (key == "deadline_ms") own.deadline_ms = value.get<std::int64_t>();
    else throw ConfigError(fmt::format("unknown key '{}'", key));
  }
  return job_of(own);
}

NewJob job_of_line(const Options::Submit& given, const std::string& line, std::size_t number) {
  try {
    return job_of_json(given, nlohmann::json::parse(line));
  } catch (const std::exception& error) {
    throw ConfigError(fmt::format("line {} of the batch: {}. Nothing was added", number, error.what()));
  }
}

Flow flow_of_json(const Options::Submit& given, nlohmann::json json) {
  Flow flow;
  if (json.contains("on_failure")) {
    const auto word = json.at("on_failure").get<std::string>();
    const auto failure = parse_child_failure(word);
    if (!failure) {
      throw ConfigError(fmt::format("on_failure: '{}' is none of fail_parent, remove_dependency, ignore and continue_parent", word));
    }
    flow.on_failure = *failure;
  }
  for (const nlohmann::json& child : json.value("children", nlohmann::json::array())) flow.children.push_back(flow_of_json(given, child));
  json.erase("on_failure");
  json.erase("children");
  flow.job = job_of_json(given, json);
  return flow;
}

/// Calls `read` with a file, or stdin for "-".
template <typename Read>
auto with_file(const std::string& path, const char* what, Read read) {
  if (path == "-") return read(std::cin);
  std::ifstream file(path);
  if (!file) throw ConfigError(fmt::format("can't read the {} '{}'", what, path));
  return read(file);
}

Flow read_flow(const Options::Submit& given) {
  return with_file(given.flow, "flow", [&given](std::istream& in) {
    try {
      return flow_of_json(given, nlohmann::json::parse(in));
    } catch (const std::exception& error) {
      throw ConfigError(fmt::format("the flow: {}. Nothing was added", error.what()));
    }
  });
}

std::vector<NewJob> read_batch(const Options::Submit& given) {
  return with_file(given.batch, "batch", [&given](std::istream& in) {
    std::vector<NewJob> jobs;
    std::string line;
    for (std::size_t number = 1; std::getline(in, line); ++number) {
      if (line.find_first_not_of(" \t\r") != std::string::npos) jobs.push_back(job_of_line(given, line, number));
    }
    return jobs;
  });
}

int submit_flow(const Options& options) {
  const Flow flow = read_flow(options.submit);
  const auto engine = open_engine(options);
  Queue queue(*engine);
  queue.migrate(limits());
  const std::vector<JobId> ids = queue.add_flow(flow, limits());
  if (options.json) std::cout << nlohmann::json{{"ids", ids}} << '\n';
  else for (const JobId id : ids) std::cout << id << '\n';
  return kOk;
}

}  // namespace

NewJob job_of(const Options::Submit& given) {
  NewJob job{.name = given.name, .payload = given.payload, .queue = given.queue, .priority = given.priority};
  job.delay = std::chrono::milliseconds{given.delay_ms};
  if (!given.run_at.empty()) job.run_at = read_time(given.run_at);
  job.max_attempts = given.max_attempts;
  job.idempotency_key = given.key;
  job.limit_key = given.limit_key;
  job.coalesce = given.coalesce;
  job.remove_completed = given.remove_completed;
  job.waiting_ttl = ms_or_none(given.ttl_ms);
  job.lease = ms_or_none(given.lease_ms);
  job.timeout = ms_or_none(given.timeout_ms);
  job.deadline = ms_or_none(given.deadline_ms);
  if (!given.backoff.empty()) job.backoff = backoff(given.backoff, given.backoff_ms);
  return job;
}

int submit(const Options& options) {
  const Options::Submit& given = options.submit;
  if (!given.flow.empty()) return submit_flow(options);
  if (given.name.empty() && given.batch.empty()) throw ConfigError("submit needs a job's name, --batch FILE or --flow FILE");
  // What can't be is refused before a server is asked, or started.
  std::vector<NewJob> jobs;
  if (given.batch.empty()) jobs.push_back(job_of(given));
  else jobs = read_batch(given);
  const auto engine = open_engine(options);
  Queue queue(*engine);
  queue.migrate(limits());
  if (given.batch.empty()) {
    const Added added = queue.add(jobs.front(), limits());
    if (options.json) std::cout << nlohmann::json{{"id", added.id}, {"new", added.is_new}} << '\n';
    else std::cout << added.id << '\n';
    return kOk;
  }
  const auto ids = queue.add_batch(jobs, limits());
  nlohmann::json out = nlohmann::json::array();
  std::size_t there = 0;
  for (const auto& id : ids) {
    out.push_back(id ? nlohmann::json(*id) : nlohmann::json());
    if (!id) ++there;
    else if (!options.json) std::cout << *id << '\n';
  }
  if (options.json) std::cout << nlohmann::json{{"ids", out}, {"new", ids.size() - there}, {"there_before", there}} << '\n';
  return kOk;
}

}  // namespace poolguard::cli
