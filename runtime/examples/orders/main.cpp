/// orders place ITEM | orders list | orders work [--until-empty]
///
/// The database: POOLGUARD_DATABASE_URL, which may go through a transaction-mode pooler, and POOLGUARD_DIRECT_DATABASE_URL for
/// the session lane; without them an embedded one.
#include <exception>
#include <iostream>
#include <memory>
#include <string>

#include <poolguard/embedded_engine.hpp>
#include <poolguard/postgres_engine.hpp>

#include "orders.hpp"
#include "stop_on_signal.hpp"

namespace {

std::unique_ptr<poolguard::Engine> open_engine() {
  poolguard::ConnectionOptions connection = poolguard::ConnectionOptions::from_environment();
  connection.application_name = "orders";
  if (!connection.url.empty()) return std::make_unique<poolguard::PostgresEngine>(connection);
  poolguard::EmbeddedOptions embedded;
  embedded.folder = poolguard::EmbeddedEngine::default_folder();
  return std::make_unique<poolguard::EmbeddedEngine>(embedded);
}

void work(poolguard::Engine& engine, const std::stop_token& stop, bool until_empty) {
  poolguard::WorkerOptions options;
  options.until_empty = until_empty;
  poolguard::Worker worker(engine, options);
  orders::add_handlers(worker, engine);
  const poolguard::WorkerReport report = worker.run(stop);
  std::cout << report.completed << " jobs done, " << report.failed << " attempts failed\n";
}

int run(const std::string& command, const std::string& argument) {
  const orders::StopOnSignal stop;
  const auto engine = open_engine();
  orders::migrate(*engine);
  if (command == "place" && !argument.empty()) {
    std::cout << orders::place(*engine, argument) << '\n';
  } else if (command == "list" && argument.empty()) {
    for (const orders::Order& order : orders::list(*engine))
      std::cout << order.id << ' ' << order.item << (order.shipped ? " shipped" : "") << (order.mailed ? " mailed" : "") << '\n';
  } else if (command == "work" && (argument.empty() || argument == "--until-empty")) {
    work(*engine, stop.token(), !argument.empty());
  } else {
    std::cerr << "usage: orders place ITEM | orders list | orders work [--until-empty]\n";
    return 2;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  return run(argc > 1 ? argv[1] : "", argc > 2 ? argv[2] : "");
} catch (const std::exception& error) {
  std::cerr << "orders: " << error.what() << '\n';
  return 1;
}
