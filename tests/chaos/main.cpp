// The two kinds of process of a chaos run. tests/chaos/chaos.py is what one calls.
#include <exception>
#include <filesystem>
#include <iostream>

#include <CLI/CLI.hpp>

#include "chaos/chaos_worker.hpp"
#include "chaos/driver.hpp"
#include "chaos/faults.hpp"

int main(int argc, char** argv) {
  using namespace poolguard::chaos;
  CLI::App app("Workers under faults; their histories go to a folder that checker.py judges.", "poolguard-chaos");
  app.require_subcommand(1);
  DriverOptions drive_options;
  drive_options.program = std::filesystem::read_symlink("/proc/self/exe");
  int mixed_seconds = 0;
  CLI::App* drive_command = app.add_subcommand("drive", "Start servers and workers, and harm them");
  drive_command->add_option("--histories", drive_options.histories, "An empty folder")->required()->check(CLI::ExistingDirectory);
  drive_command->add_option("--seed", drive_options.seed, "Of the faults and the jobs")->required();
  drive_command->add_option("--faults", drive_options.faults, "Which; each comes alone once")->delimiter(',')->required();
  drive_command->add_option("--mixed", mixed_seconds, "How many seconds of them together follow")->capture_default_str();
  drive_command->add_option("--workers", drive_options.workers)->capture_default_str()->check(CLI::Range(1, 50));
  drive_command->add_flag("--async-commit", drive_options.async_commit, "Let the server lose what it acknowledges, when it crashes");
  WorkerArguments worker;
  CLI::App* worker_command = app.add_subcommand("worker", "Be a worker; the driver starts it");
  worker_command->add_option("--id", worker.id)->required();
  worker_command->add_option("--url", worker.url)->required();
  worker_command->add_option("--direct-url", worker.direct_url)->required();
  worker_command->add_option("--history", worker.history)->required();
  const CLI::App* faults_command = app.add_subcommand("faults", "List the faults: name, what it is");
  CLI11_PARSE(app, argc, argv);
  try {
    if (*worker_command) return work(worker);
    if (*faults_command) {
      for (const FaultKind& kind : fault_kinds()) std::cout << kind.name << '\t' << kind.what << '\n';
      return 0;
    }
    drive_options.mixed = std::chrono::seconds(mixed_seconds);
    drive(drive_options);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "poolguard-chaos: error: " << error.what() << '\n';
    return 2;
  }
}
