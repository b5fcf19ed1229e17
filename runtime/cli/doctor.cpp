#include <unistd.h>

#include <chrono>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "open_engine.hpp"
#include "poolguard/errors.hpp"
#include "poolguard/postgres_engine.hpp"
#include "poolguard/queue.hpp"

namespace poolguard::cli {
namespace {

constexpr std::chrono::milliseconds kCall{5000};

struct Check {
  std::string name;
  bool ok = false;
  std::string detail;
};

Check check(std::string name, const std::function<std::string()>& look) {
  const auto start = std::chrono::steady_clock::now();
  try {
    std::string detail = look();
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    return {.name = std::move(name), .ok = true, .detail = fmt::format("{} ({:.1f} ms)", detail, took.count())};
  } catch (const Error& error) {
    return {.name = std::move(name), .ok = false, .detail = error.what()};
  }
}

std::vector<Check> run_checks(Engine& engine) {
  const ExecuteOptions limits{.timeout = kCall, .stop = {}};
  Queue queue(engine);
  std::vector<Check> checks;
  checks.push_back(check("transaction lane", [&] {
    return "server " + engine.execute("SELECT current_setting('server_version') AS version", {}, limits).text(0, "version");
  }));
  checks.push_back(check("session lane", [&] {
    engine.require_session_lane();
    const auto sql = "SELECT current_setting('server_version') AS version";
    return "server " + engine.execute_direct(sql, {}, limits).text(0, "version");
  }));
  if (auto* postgres = dynamic_cast<PostgresEngine*>(&engine)) {
    checks.push_back(check("connections", [&] {
      const LaneBudget budget = postgres->manager().budget(limits);
      if (!budget.fits()) throw LaneBudgetError(budget.text());
      return budget.text();
    }));
  }
  checks.push_back(check("wake-up", [&] {
    const std::string channel = fmt::format("poolguard_doctor_{}", ::getpid());
    const auto listener = engine.listen(channel, limits);
    if (!listener) return std::string("there is no session to listen on; workers look for new jobs by themselves");
    engine.execute("SELECT pg_notify($1, '')", {channel}, limits);
    if (listener->wait(kCall, {}).empty()) {
      throw Error("what is notified on the transaction lane isn't heard on the session lane: the direct URL leads to another database, "
                  "or to a pooler in transaction mode. Jobs start late, and leases may be lost; correct the direct URL");
    }
    return std::string("a notification was heard");
  }));
  checks.push_back(check("schema", [&] {
    const auto found = engine.execute("SELECT to_regclass('poolguard_jobs') IS NOT NULL AS found", {}, limits).text(0, "found");
    if (found != "t") throw SchemaError("the table poolguard_jobs isn't there; `poolguard-jobs submit`, `list` or `work` makes it");
    return std::string("poolguard_jobs is there");
  }));
  if (!checks.back().ok) return checks;
  checks.push_back(check("leases", [&] {
    const QueueStats stats = queue.stats({}, limits);
    if (stats.expired_leases > 0) {
      throw Error(fmt::format("{} active jobs have a lease that ran out: their workers are gone, or their renewals don't get "
                              "through; a running worker's sweep puts them back",
                              stats.expired_leases));
    }
    return fmt::format("{} active, none expired", stats.by_status.at(JobStatus::active));
  }));
  return checks;
}

}  // namespace

int doctor(const Options& options) {
  const auto engine = open_engine(options);
  const std::vector<Check> checks = run_checks(*engine);
  bool ok = true;
  nlohmann::json out = nlohmann::json::array();
  for (const Check& found : checks) {
    ok = ok && found.ok;
    out.push_back({{"check", found.name}, {"ok", found.ok}, {"detail", found.detail}});
    if (!options.json) std::cout << fmt::format("{:<4} {:<17} {}\n", found.ok ? "ok" : "FAIL", found.name, found.detail);
  }
  if (options.json) std::cout << nlohmann::json{{"ok", ok}, {"engine", engine->describe()}, {"checks", out}}.dump(2) << '\n';
  else std::cout << '\n' << engine->describe() << '\n';
  return ok ? kOk : kNo;
}

}  // namespace poolguard::cli
