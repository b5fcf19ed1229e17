#include <exception>
#include <iostream>
#include <map>
#include <string>

#include <CLI/CLI.hpp>

#include "commands.hpp"
#include "options.hpp"
#include "poolguard/connection_url.hpp"
#include "signals.hpp"

namespace {

using namespace poolguard::cli;

void add_common(CLI::App& app, Options& options) {
  auto* database_url =
      app.add_option("--database-url", options.database_url,
                     "Postgres, URL or keyword form; may go through a transaction-mode pooler. Default: $POOLGUARD_DATABASE_URL, "
                     "else the embedded database");
  app.add_option("--direct-url", options.direct_url,
                 "The session lane: a direct or session-mode connection. Default: $POOLGUARD_DIRECT_DATABASE_URL, else derived");
  app.add_option("--pglite-url", options.pglite_url,
                 "Instead of Postgres: PGLite's socket server (pglite-server), which serves one process at a time. Default: "
                 "$POOLGUARD_PGLITE_URL")->excludes(database_url);
  app.add_option("--embedded-dir", options.embedded_dir,
                 "Where the embedded database lives. Default: $POOLGUARD_EMBEDDED_DIR, else the user's state folder");
  app.add_flag("--degrade", options.degrade,
               "If the session lane can't be had, go on over the transaction lane (leases may be lost) instead of refusing");
  app.add_option("--events", options.events, "Append what happens to this file, a JSON object a line");
  app.add_option("--processes", options.processes,
                 "How many processes like this one share the server; a worker says if their pools can't fit. Default: "
                 "$POOLGUARD_PROCESSES, else 1")->check(CLI::Range(1, 100000));
  app.add_flag("--json", options.json, "Machine-readable output on stdout");
  app.add_flag("-v,--verbose", options.verbose, "More on stderr");
}

/// What a job is, whoever adds it.
void add_job_options(CLI::App& command, Options::Submit& submit) {
  const auto ms = [&command](const char* name, std::int64_t& value, const char* help) {
    command.add_option(name, value, help)->check(CLI::NonNegativeNumber);
  };
  command.add_option("--payload", submit.payload, "JSON, for example '{\"ms\": 500}' for sleep")->capture_default_str();
  command.add_option("--queue", submit.queue)->capture_default_str();
  command.add_option("--priority", submit.priority, "Higher runs first")->capture_default_str();
  command.add_option("--max-attempts", submit.max_attempts, "Failures until it is dead")->capture_default_str()->check(CLI::PositiveNumber);
  command.add_option("--limit-key", submit.limit_key, "Whose share of the name's limits it takes, as a customer's (see limits)");
  command.add_flag("--coalesce", submit.coalesce, "If a job with this payload waits for its first run, that one will do");
  command.add_flag("--remove-completed", submit.remove_completed, "Delete it when it is completed, with its result");
  ms("--ttl-ms", submit.ttl_ms, "Dead if it hasn't begun by then");
  ms("--lease-ms", submit.lease_ms, "Its own lease, 5000 to 3600000; default: the worker's");
  ms("--timeout-ms", submit.timeout_ms, "For one run");
  ms("--deadline-ms", submit.deadline_ms, "From its adding to its end, with all waits and runs");
  command.add_option("--backoff", submit.backoff, "Between attempts: fixed, exponential or decorrelated; default: the worker's")
      ->check(CLI::IsMember({"fixed", "exponential", "decorrelated"}));
  ms("--backoff-ms", submit.backoff_ms, "Its first wait");
}

CLI::App* add_submit(CLI::App& app, Options::Submit& submit) {
  CLI::App* command = app.add_subcommand("submit", "Add a job; prints its id");
  command->add_option("name", submit.name, "The handler that runs it (built in: noop, sleep, echo)");
  add_job_options(*command, submit);
  command->add_option("--delay-ms", submit.delay_ms, "Not before this many ms")->check(CLI::NonNegativeNumber);
  command->add_option("--run-at", submit.run_at, "Not before this time, as 2026-12-01T08:00:00Z");
  command->add_option("--key", submit.key, "Idempotency key: one job of the queue has it at a time");
  command->add_option("--batch", submit.batch, "Many at once: a file (- for stdin) with a JSON object a line, of the options' names with _ for "
                                               "-; all or none are added");
  command->add_option("--flow", submit.flow, "A tree of jobs: a file (- for stdin) with one JSON object like the batch's, which may have "
                                             "\"children\", a list of such, and for its parent \"on_failure\": fail_parent, remove_dependency, "
                                             "ignore or continue_parent")
      ->excludes("--batch");
  return command;
}

struct ScheduleCommands {
  const CLI::App *add, *list, *remove, *pause, *resume;
};

ScheduleCommands add_schedule(CLI::App& app, Options& options) {
  CLI::App* schedule = app.add_subcommand("schedule", "Periodic jobs, which workers add by a cron expression");
  schedule->require_subcommand(1);
  schedule->fallthrough();
  const auto one = [&](const char* name, const char* help) {
    CLI::App* command = schedule->add_subcommand(name, help);
    command->fallthrough();
    command->add_option("name", options.schedule.name, "The schedule's name")->required();
    return command;
  };
  CLI::App* add = one("add", "Add a schedule, or change the one of that name");
  add->add_option("--cron", options.schedule.cron, "Minute, hour, day of month, month, day of week, as '30 2 * * mon-fri'; or @daily and the like")
      ->required();
  add->add_option("--time-zone", options.schedule.time_zone, "A name of the tz database, as Europe/Berlin")->capture_default_str();
  add->add_option("--missed", options.schedule.missed, "Times when no worker was there: once (one job for all of them) or skip")
      ->capture_default_str()->check(CLI::IsMember({"once", "skip"}));
  add->add_option("--job", options.submit.name, "The handler that runs its jobs")->required();
  add_job_options(*add, options.submit);
  return {.add = add,
          .list = schedule->add_subcommand("list", "List schedules by name")->fallthrough(),
          .remove = one("remove", "Remove a schedule; jobs that it has added stay"),
          .pause = one("pause", "Add none of its jobs until it is resumed"),
          .resume = one("resume", "Go on with the next time after now")};
}

struct LimitsCommands {
  const CLI::App *set, *list;
};

LimitsCommands add_limits(CLI::App& app, Options::Limits& given) {
  CLI::App* limits = app.add_subcommand("limits", "How many jobs of a name, or of each of its keys, may run or begin");
  limits->require_subcommand(1);
  limits->fallthrough();
  CLI::App* set = limits->add_subcommand("set", "Give a name these limits instead of those it has; without any, none")->fallthrough();
  const auto number = [set](const char* name, std::int64_t& value, const char* help) {
    return set->add_option(name, value, help)->check(CLI::PositiveNumber);
  };
  const auto window = [&](const char* name, std::int64_t& value) {
    return number(name, value, "In any span of so many seconds; with a unit: 90s, 5m, 1h. Default: 1s")
        ->transform(CLI::AsNumberWithUnit(std::map<std::string, std::int64_t>{{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}}));
  };
  set->add_option("name", given.name, "The jobs' name")->required();
  set->add_option("--queue", given.queue)->capture_default_str();
  number("--active", given.active, "At most so many are active at a time");
  CLI::Option* rate = number("--rate", given.rate, "At most so many begin");
  window("--window", given.window_s)->needs(rate);
  number("--key-active", given.key_active, "As --active, for each limit key");
  CLI::Option* key_rate = number("--key-rate", given.key_rate, "As --rate, for each limit key");
  window("--key-window", given.key_window_s)->needs(key_rate);
  return {.set = set, .list = limits->add_subcommand("list", "List the limits")->fallthrough()};
}

CLI::App* add_one(CLI::App& app, const char* name, const char* help, Options& options) {
  CLI::App* command = app.add_subcommand(name, help);
  command->add_option("id", options.id, "The job's id")->required()->check(CLI::PositiveNumber);
  return command;
}

CLI::App* add_pause(CLI::App& app, const char* name, const char* help, Options::Pause& pause) {
  CLI::App* command = app.add_subcommand(name, help);
  command->add_option("id", pause.id, "A job's id")->check(CLI::PositiveNumber);
  command->add_option("--queue", pause.queue, "A queue instead of a job");
  command->add_option("--name", pause.name, "Of the queue, this name only")->needs("--queue");
  return command;
}

CLI::App* add_prune(CLI::App& app, Options::Prune& prune) {
  CLI::App* command = app.add_subcommand("prune", "Delete jobs that ended long ago, batch by batch");
  command->add_option("--older-than", prune.older_than_s, "Seconds since their end; with a unit: 90m, 12h, 7d. Default: 7d")
      ->transform(CLI::AsNumberWithUnit(std::map<std::string, std::int64_t>{{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}}));
  command->add_option("--status", prune.statuses, "completed (default), dead, cancelled; may be given again")
      ->check(CLI::IsMember({"completed", "dead", "cancelled"}));
  command->add_option("--queue", prune.queue, "Of this queue only");
  command->add_option("--batch", prune.batch, "Deleted by one statement")->capture_default_str()->check(CLI::Range(1, 100000));
  return command;
}

CLI::App* add_work(CLI::App& app, Options::Work& work) {
  CLI::App* command = app.add_subcommand("work", "Run jobs with the built-in handlers until SIGTERM or Ctrl-C, then drain");
  command->add_option("--queue", work.queue)->capture_default_str();
  command->add_option("--concurrency", work.concurrency, "Handlers at a time")->capture_default_str()->check(CLI::Range(1, 1000));
  command->add_option("--batch", work.batch, "For short jobs: claim so many ahead of the handlers, and complete them together")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  command->add_option("--lease-ms", work.lease_ms, "How long a claim holds without a renewal; renewed at a third of it")
      ->capture_default_str()->check(CLI::Range(500, 3600000));
  command->add_option("--drain-ms", work.drain_ms, "For running jobs once told to stop")->capture_default_str()->check(CLI::NonNegativeNumber);
  command->add_flag("--until-empty", work.until_empty, "End when nothing is due");
  command->add_option("--metrics-address", work.metrics_address,
                      "Serve /healthz and /metrics (Prometheus) on PORT of 127.0.0.1, or on HOST:PORT; 0 takes a free port. There is no "
                      "password and no TLS");
  return command;
}

CLI::App* add_list(CLI::App& app, Options::List& list) {
  CLI::App* command = app.add_subcommand("list", "List jobs, newest first");
  command->add_option("--queue", list.queue, "Of this queue only");
  command->add_option("--status", list.status, "Of this status only")
      ->check(CLI::IsMember({"blocked", "waiting", "active", "completed", "dead", "cancelled"}));
  command->add_option("--name", list.name, "Of this name only");
  command->add_option("--limit", list.limit)->capture_default_str()->check(CLI::Range(1, 100000));
  return command;
}

CLI::App* add_watch(CLI::App& app, Options::Watch& watch) {
  CLI::App* command = app.add_subcommand("watch", "Show queues, running jobs, failures and lanes, again and again, until Ctrl-C");
  command->add_option("--interval", watch.interval_s, "Seconds between two looks; with a unit: 500ms, 5s, 1m. Each reads all of the jobs' table. "
                                                      "Default: 2s")
      ->transform(CLI::AsNumberWithUnit(std::map<std::string, double>{{"ms", 0.001}, {"s", 1.0}, {"m", 60.0}}))
      ->check(CLI::Range(0.1, 86400.0));
  command->add_flag("--once", watch.once, "Look once");
  return command;
}

CLI::App* add_ui(CLI::App& app, Options::Ui& ui) {
  CLI::App* command = app.add_subcommand("ui", "Serve a page with queues, jobs, failures and lanes, to look at, retry and cancel, until Ctrl-C");
  command->add_option("--listen", ui.listen, "PORT of 127.0.0.1, HOST:PORT or [IPV6]:PORT; port 0 takes a free one. There is no TLS")
      ->capture_default_str();
  command->add_option("--token", ui.token, "What a browser must give, 16 characters or more; needed to listen beyond this machine. Others may see "
                                           "a command line: better by the environment. Default: $POOLGUARD_UI_TOKEN");
  command->add_option("--host", ui.hosts, "Another name that browsers reach it by; may be given again");
  return command;
}

}  // namespace

int main(int argc, char** argv) {
  const Signals signals;
  Options options;
  CLI::App app("A job queue in Postgres whose leases hold behind a connection pooler.", "poolguard-jobs");
  app.footer("Exit status: 0 done; 1 done, and the answer is no (doctor or smoke found trouble, there is no such job, a handler\n"
             "would not stop); 2 could not do it.");
  app.require_subcommand(1);
  app.fallthrough();
  add_common(app, options);
  const CLI::App* submit_command = add_submit(app, options.submit);
  const CLI::App* work_command = add_work(app, options.work);
  const CLI::App* list_command = add_list(app, options.list);
  const CLI::App* get_command = add_one(app, "get", "Show a job", options);
  const CLI::App* cancel_command =
      add_one(app, "cancel", "Cancel a job that waits, ask the handler of one that runs to stop; and so with its children", options);
  const CLI::App* retry_command = add_one(app, "retry", "Run a dead or cancelled job again, or one that waits at once", options);
  CLI::App* replay_command = add_one(app, "replay", "Add a copy of a dead job, with changes; prints its id", options);
  replay_command->add_option("--payload", options.replay.payload, "JSON; default: as it was");
  replay_command->add_option("--name", options.replay.name, "Default: as it was");
  replay_command->add_option("--queue", options.replay.queue, "Default: as it was");
  const CLI::App* delete_command = add_one(app, "delete", "Delete a job that doesn't run", options);
  const ScheduleCommands schedule = add_schedule(app, options);
  const LimitsCommands limits = add_limits(app, options.limits);
  const CLI::App* prune_command = add_prune(app, options.prune);
  const CLI::App* pause_command = add_pause(app, "pause", "Keep a job, a name or a queue from being claimed", options.pause);
  const CLI::App* resume_command = add_pause(app, "resume", "Undo a pause", options.pause);
  CLI::App* stats_command = app.add_subcommand("stats", "Count jobs by status");
  stats_command->add_option("--queue", options.stats.queue, "Of this queue only");
  const CLI::App* watch_command = add_watch(app, options.watch);
  const CLI::App* ui_command = add_ui(app, options.ui);
  const CLI::App* doctor_command = app.add_subcommand("doctor", "Check both lanes, the schema and the leases");
  const CLI::App* migrate_command = app.add_subcommand("migrate", "Make or update the schema");
  const CLI::App* smoke_command = app.add_subcommand("smoke", "Walk one job through its life on both lanes: does it work here?");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kOk : kCouldNot;
  }
  try {
    if (*submit_command) return submit(options);
    if (*work_command) return work(options, signals);
    if (*list_command) return list(options);
    if (*get_command) return get(options);
    if (*cancel_command) return cancel(options);
    if (*retry_command) return retry(options);
    if (*replay_command) return replay(options);
    if (*delete_command) return remove(options);
    if (*prune_command) return prune(options);
    if (*pause_command) return pause(options);
    if (*resume_command) return resume(options);
    if (*schedule.add) return schedule_add(options);
    if (*schedule.list) return schedule_list(options);
    if (*schedule.remove) return schedule_remove(options);
    if (*schedule.pause) return schedule_pause(options);
    if (*schedule.resume) return schedule_resume(options);
    if (*limits.set) return limits_set(options);
    if (*limits.list) return limits_list(options);
    if (*migrate_command) return migrate(options);
    if (*smoke_command) return smoke(options);
    if (*stats_command) return stats(options);
    if (*watch_command) return watch(options, signals);
    if (*ui_command) return ui(options, signals);
    if (*doctor_command) return doctor(options);
  } catch (const std::exception& error) {
    std::cerr << "poolguard-jobs: error: " << poolguard::redact(error.what()) << '\n';
  }
  return kCouldNot;
}
