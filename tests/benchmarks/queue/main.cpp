#include <exception>
#include <iostream>

#include <CLI/CLI.hpp>

#include "benchmarks/queue/program.hpp"

int main(int argc, char** argv) {
  using namespace poolguard::bench;
  CLI::App app("Our side of the queue's benchmarks; tests/benchmarks/jobs.py is what one calls.", "benchmark-queue");
  app.require_subcommand(1);
  Connections connections;
  app.add_option("--url", connections.url);
  app.add_option("--direct-url", connections.direct_url);
  app.add_option("--transaction-pool", connections.transaction_pool);
  WorkOptions work_options;
  CLI::App* work_command = app.add_subcommand("work", "Work on jobs that wait");
  work_command->add_option("--jobs", work_options.jobs);
  work_command->add_option("--concurrency", work_options.concurrency);
  work_command->add_option("--batch", work_options.batch);
  work_command->add_option("--metrics-address", work_options.metrics_address);
  AddOptions add_options;
  CLI::App* add_command = app.add_subcommand("add", "Add jobs");
  add_command->add_option("--jobs", add_options.jobs);
  add_command->add_option("--batch", add_options.batch);
  LatencyOptions latency_options;
  CLI::App* latency_command = app.add_subcommand("latency", "Add jobs one by one, with an idle worker");
  latency_command->add_option("--jobs", latency_options.jobs);
  int pause = 10;
  latency_command->add_option("--pause", pause, "Milliseconds from a job's start to the next one's adding");
  HeartbeatOptions heartbeat_options;
  CLI::App* heartbeat_command = app.add_subcommand("heartbeat", "Renew leases while the transaction lane is saturated");
  heartbeat_command->add_option("--beats", heartbeat_options.beats);
  heartbeat_command->add_option("--held", heartbeat_options.held);
  heartbeat_command->add_option("--others", heartbeat_options.others);
  SoakOptions soak_options;
  CLI::App* soak_command = app.add_subcommand("soak", "Work round after round");
  soak_command->add_option("--jobs", soak_options.jobs);
  const CLI::App* statements_command = app.add_subcommand("statements", "Print the queue's statements as JSON");
  CLI11_PARSE(app, argc, argv);
  try {
    if (*statements_command) statements();
    if (*work_command) work(connections, work_options);
    if (*add_command) add(connections, add_options);
    latency_options.pause = std::chrono::milliseconds(pause);
    if (*latency_command) latency(connections, latency_options);
    if (*heartbeat_command) heartbeat(connections, heartbeat_options);
    if (*soak_command) soak(connections, soak_options);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "benchmark-queue: error: " << error.what() << '\n';
    return 2;
  }
}
