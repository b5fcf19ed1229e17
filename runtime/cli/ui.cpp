#include <cstdlib>
#include <iostream>
#include <latch>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "dashboard/dashboard.hpp"
#include "jobs_json.hpp"
#include "open_engine.hpp"
#include "poolguard/errors.hpp"

namespace poolguard::cli {
namespace {

std::string token_of(const Options& options) {
  if (!options.ui.token.empty()) return options.ui.token;
  const char* environment = std::getenv("POOLGUARD_UI_TOKEN");
  return environment == nullptr ? "" : environment;
}

Gate gate(const Options& options, const ListenAddress& address) {
  const std::string token = token_of(options);
  if (token.empty() && !address.loopback()) {
    throw ConfigError(fmt::format("whoever reaches {} could see, retry and cancel jobs: set POOLGUARD_UI_TOKEN (or --token) for another address "
                                  "than one of this machine itself. Nothing was started",
                                  options.ui.listen));
  }
  std::set<std::string> hosts{address.host};
  for (const std::string& host : options.ui.hosts) hosts.insert(ListenAddress::parse(host + ":0").host);
  return {std::move(hosts), token};
}

}  // namespace

int ui(const Options& options, const Signals& signals) {
  const ListenAddress address = ListenAddress::parse(options.ui.listen);
  Gate checked = gate(options, address);
  const auto engine = open_engine(options);
  Queue(*engine).migrate(limits());
  Dashboard dashboard(*engine, std::move(checked), events(options));
  const HttpServer server(address, [&dashboard](const Request& request) { return dashboard.answer(request); });

  std::latch told_to_stop(1);
  const std::jthread listener = signals.listen([&told_to_stop] { told_to_stop.count_down(); }, [] {});
  const std::string url = fmt::format("http://{}:{}/", address.host, server.port());
  if (options.json) std::cout << nlohmann::json{{"url", url}} << std::endl;
  else std::cout << "poolguard-jobs: the dashboard is at " << url << " until Ctrl-C or SIGTERM" << std::endl;
  told_to_stop.wait();
  return kOk;
}

}  // namespace poolguard::cli
