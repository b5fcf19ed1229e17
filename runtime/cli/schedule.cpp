// Periodic jobs.
#include "poolguard/schedule.hpp"

#include <iostream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "jobs_json.hpp"
#include "open_engine.hpp"
#include "poolguard/queue.hpp"

namespace poolguard::cli {
namespace {

struct Opened {
  explicit Opened(const Options& options) : engine(open_engine(options)), schedules(*engine) { Queue(*engine).migrate(limits()); }
  std::unique_ptr<Engine> engine;
  Schedules schedules;
};

nlohmann::json to_json(const Schedule& schedule) {
  return {{"name", schedule.name},
          {"cron", schedule.cron},
          {"time_zone", schedule.time_zone},
          {"queue", schedule.queue},
          {"job", schedule.job_name},
          {"payload", nlohmann::json::parse(schedule.payload)},
          {"missed", to_string(schedule.missed)},
          {"paused", schedule.paused},
          {"next_at", schedule.next_at},
          {"last_at", schedule.last_at.empty() ? nlohmann::json() : nlohmann::json(schedule.last_at)}};
}

int say_changed(const Options& options, bool done, std::string_view what) {
  const std::string& name = options.schedule.name;
  return say(options, done, done ? fmt::format("the schedule '{}' is {}", name, what) : fmt::format("there is no schedule '{}'", name),
             {{"name", name}});
}

}  // namespace

int schedule_add(const Options& options) {
  const Options::Schedule& given = options.schedule;
  const NewSchedule schedule{.name = given.name,
                             .cron = given.cron,
                             .time_zone = given.time_zone,
                             .job = job_of(options.submit),
                             .missed = given.missed == "skip" ? MissedFirings::skip : MissedFirings::once};
  Opened opened(options);
  const bool is_new = opened.schedules.put(schedule, limits());
  return say(options, true, fmt::format("the schedule '{}' is {}", given.name, is_new ? "added" : "changed"),
             {{"name", given.name}, {"new", is_new}});
}

int schedule_list(const Options& options) {
  Opened opened(options);
  const std::vector<Schedule> schedules = opened.schedules.list(limits());
  if (options.json) {
    nlohmann::json out = nlohmann::json::array();
    for (const Schedule& schedule : schedules) out.push_back(to_json(schedule));
    std::cout << out.dump(2) << '\n';
    return kOk;
  }
  constexpr auto kRow = "{:<20} {:<20} {:<18} {:<16} {:<16} {:<24} {}\n";
  std::cout << fmt::format(kRow, "name", "cron", "time zone", "queue", "job", "next", "last");
  for (const Schedule& schedule : schedules) {
    std::cout << fmt::format(kRow, schedule.name, schedule.cron, schedule.time_zone, schedule.queue, schedule.job_name,
                             schedule.paused ? "paused" : schedule.next_at, schedule.last_at);
  }
  return kOk;
}

int schedule_remove(const Options& options) {
  Opened opened(options);
  return say_changed(options, opened.schedules.remove(options.schedule.name, limits()), "removed");
}

int schedule_pause(const Options& options) {
  Opened opened(options);
  return say_changed(options, opened.schedules.pause(options.schedule.name, limits()), "paused");
}

int schedule_resume(const Options& options) {
  Opened opened(options);
  return say_changed(options, opened.schedules.resume(options.schedule.name, limits()), "resumed");
}

}  // namespace poolguard::cli
