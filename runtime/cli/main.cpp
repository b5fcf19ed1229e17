#include <exception>
#include <iostream>

#include <CLI/CLI.hpp>

#include "commands.hpp"
#include "options.hpp"
#include "poolguard/connection_url.hpp"
#include "signals.hpp"

namespace {

using namespace poolguard::cli;

void add_common(CLI::App& app, Options& options) {
  app.add_option("--database-url", options.database_url,
                 "Postgres, URL or keyword form; may go through a transaction-mode pooler. Default: $POOLGUARD_DATABASE_URL, "
                 "else the embedded database");
  app.add_option("--direct-url", options.direct_url,
                 "The session lane: a direct or session-mode connection. Default: $POOLGUARD_DIRECT_DATABASE_URL, else derived");
  app.add_option("--embedded-dir", options.embedded_dir,
                 "Where the embedded database lives. Default: $POOLGUARD_EMBEDDED_DIR, else the user's state folder");
  app.add_flag("--degrade", options.degrade,
               "If the session lane can't be had, go on over the transaction lane (leases may be lost) instead of refusing");
  app.add_flag("--json", options.json, "Machine-readable output on stdout");
  app.add_flag("-v,--verbose", options.verbose, "More on stderr");
}

CLI::App* add_submit(CLI::App& app, Options::Submit& submit) {
  CLI::App* command = app.add_subcommand("submit", "Add a job; prints its id");
  command->add_option("name", submit.name, "The handler that runs it (built in: noop, sleep, echo)")->required();
  command->add_option("--payload", submit.payload, "JSON, for example '{\"ms\": 500}' for sleep")->capture_default_str();
  command->add_option("--queue", submit.queue)->capture_default_str();
  command->add_option("--priority", submit.priority, "Higher runs first")->capture_default_str();
  command->add_option("--delay-ms", submit.delay_ms, "Not before this many ms")->capture_default_str()->check(CLI::NonNegativeNumber);
  command->add_option("--max-attempts", submit.max_attempts, "Failures until it is dead")->capture_default_str()->check(CLI::PositiveNumber);
  return command;
}

CLI::App* add_work(CLI::App& app, Options::Work& work) {
  CLI::App* command = app.add_subcommand("work", "Run jobs with the built-in handlers until SIGTERM or Ctrl-C, then drain");
  command->add_option("--queue", work.queue)->capture_default_str();
  command->add_option("--concurrency", work.concurrency, "Handlers at a time")->capture_default_str()->check(CLI::Range(1, 1000));
  command->add_option("--lease-ms", work.lease_ms, "How long a claim holds without a renewal; renewed at a third of it")
      ->capture_default_str()->check(CLI::Range(500, 3600000));
  command->add_option("--drain-ms", work.drain_ms, "For running jobs once told to stop")->capture_default_str()->check(CLI::NonNegativeNumber);
  command->add_flag("--until-empty", work.until_empty, "End when nothing is due");
  return command;
}

CLI::App* add_list(CLI::App& app, Options::List& list) {
  CLI::App* command = app.add_subcommand("list", "List jobs, newest first");
  command->add_option("--queue", list.queue, "Of this queue only");
  command->add_option("--status", list.status, "Of this status only")->check(CLI::IsMember({"waiting", "active", "completed", "dead"}));
  command->add_option("--limit", list.limit)->capture_default_str()->check(CLI::Range(1, 100000));
  return command;
}

}  // namespace

int main(int argc, char** argv) {
  Signals signals;
  Options options;
  CLI::App app("A job queue in Postgres whose leases hold behind a connection pooler.", "poolguard-jobs");
  app.footer("Exit status: 0 done; 1 done, and the answer is no (doctor found trouble, a handler would not stop); 2 could not do it.");
  app.require_subcommand(1);
  app.fallthrough();
  add_common(app, options);
  const CLI::App* submit_command = add_submit(app, options.submit);
  const CLI::App* work_command = add_work(app, options.work);
  const CLI::App* list_command = add_list(app, options.list);
  const CLI::App* stats_command = app.add_subcommand("stats", "Count jobs by status");
  const CLI::App* doctor_command = app.add_subcommand("doctor", "Check both lanes, the schema and the leases");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kOk : kCouldNot;
  }
  try {
    if (*submit_command) return submit(options);
    if (*work_command) return work(options, signals);
    if (*list_command) return list(options);
    if (*stats_command) return stats(options);
    if (*doctor_command) return doctor(options);
  } catch (const std::exception& error) {
    std::cerr << "poolguard-jobs: error: " << poolguard::redact(error.what()) << '\n';
  }
  return kCouldNot;
}
