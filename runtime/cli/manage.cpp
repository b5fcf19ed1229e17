// One job, or a part of a queue: look at it, change it, clean up.
#include <iostream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "jobs_json.hpp"
#include "open_engine.hpp"
#include "poolguard/errors.hpp"
#include "poolguard/queue.hpp"
#include "util/text.hpp"

namespace poolguard::cli {
namespace {

/// An engine and a queue on it, with its schema made.
struct Opened {
  explicit Opened(const Options& options) : engine(open_engine(options)), queue(*engine) { queue.migrate(limits()); }
  std::unique_ptr<Engine> engine;
  Queue queue;
};

std::optional<std::string> or_none(const std::string& text) { return text.empty() ? std::nullopt : std::optional(text); }

int set_paused(const Options& options, bool paused) {
  const Options::Pause& given = options.pause;
  if ((given.id != 0) == !given.queue.empty()) throw ConfigError("give a job's id, or --queue (with --name for one name of it)");
  Opened opened(options);
  const std::string verb = paused ? "paused" : "resumed";
  if (given.id != 0) {
    const bool done = paused ? opened.queue.pause(given.id, limits()) : opened.queue.resume(given.id, limits());
    return say(options, done, fmt::format("job {} {}", given.id, done ? "is " + verb : "has ended, or isn't there"), {{"id", given.id}});
  }
  if (paused) opened.queue.pause(given.queue, given.name, limits());
  else opened.queue.resume(given.queue, given.name, limits());
  const std::string what = given.name.empty() ? fmt::format("queue '{}'", given.queue)
                                              : fmt::format("'{}' in queue '{}'", given.name, given.queue);
  return say(options, true, fmt::format("{} is {}", what, verb), {{"queue", given.queue}, {"name", given.name}});
}

}  // namespace

int get(const Options& options) {
  Opened opened(options);
  const auto job = opened.queue.get(options.id, limits());
  if (!job) return say(options, false, fmt::format("there is no job {}", options.id), {{"id", options.id}});
  if (options.json) {
    std::cout << for_reading(to_json(*job)) << '\n';
    return kOk;
  }
  const nlohmann::json fields = to_json(*job);
  for (const auto& [key, value] : fields.items()) {
    std::cout << fmt::format("{:<17} {}\n", key, detail::printable_text(value.is_string() ? value.get<std::string>() : value.dump()));
  }
  return kOk;
}

int cancel(const Options& options) {
  Opened opened(options);
  switch (opened.queue.cancel(options.id, limits())) {
    case CancelOutcome::cancelled:
      return say(options, true, fmt::format("job {} is cancelled", options.id), {{"id", options.id}, {"outcome", "cancelled"}});
    case CancelOutcome::requested:
      return say(options, true, fmt::format("job {} runs; its handler is asked to stop", options.id),
                 {{"id", options.id}, {"outcome", "requested"}});
    case CancelOutcome::too_late: break;
  }
  return say(options, false, fmt::format("job {} has ended, or isn't there", options.id), {{"id", options.id}, {"outcome", "too_late"}});
}

int retry(const Options& options) {
  Opened opened(options);
  const bool done = opened.queue.retry(options.id, limits());
  return say(options, done,
             fmt::format("job {} {}", options.id, done ? "may run now" : "runs, is completed, or isn't there; nothing was changed"),
             {{"id", options.id}});
}

int replay(const Options& options) {
  Opened opened(options);
  const auto id = opened.queue.replay(
      options.id,
      {.payload = or_none(options.replay.payload), .name = or_none(options.replay.name), .queue = or_none(options.replay.queue)}, limits());
  if (!id) return say(options, false, fmt::format("job {} isn't dead, or isn't there; nothing was added", options.id), {{"replay_of", options.id}});
  return say(options, true, fmt::format("{}", *id), {{"id", *id}, {"replay_of", options.id}});
}

int remove(const Options& options) {
  Opened opened(options);
  const bool done = opened.queue.remove(options.id, limits());
  return say(options, done, fmt::format("job {} {}", options.id, done ? "is deleted" : "runs, or isn't there; nothing was deleted"),
             {{"id", options.id}});
}

int prune(const Options& options) {
  PruneRequest request{.older_than = std::chrono::seconds{options.prune.older_than_s},
                       .statuses = {},
                       .queue = or_none(options.prune.queue),
                       .batch = options.prune.batch};
  for (const std::string& status : options.prune.statuses) request.statuses.push_back(parse_job_status(status).value());
  Opened opened(options);
  const std::size_t deleted = opened.queue.prune(request, limits());
  return say(options, true, fmt::format("{} jobs deleted", deleted), {{"deleted", deleted}});
}

int pause(const Options& options) { return set_paused(options, true); }

int resume(const Options& options) { return set_paused(options, false); }

int migrate(const Options& options) {
  Opened opened(options);
  const auto version =
      opened.engine->execute("SELECT max(version) AS version FROM poolguard_migrations", {}, limits()).number(0, "version");
  return say(options, true, fmt::format("the schema is at version {}", version), {{"version", version}});
}

}  // namespace poolguard::cli
