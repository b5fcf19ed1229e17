#include <unistd.h>

#include <functional>
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

void require(bool holds, const char* what) {
  if (!holds) throw Error(what);
}

/// The life of one job, in a queue of its own, step by step.
void walk(Queue& queue, const std::string& name, const std::function<void(const char*)>& done) {
  constexpr std::chrono::milliseconds kLease{30000};
  const JobId id = queue.add({.name = "smoke", .payload = R"({"smoke": true})", .queue = name}, limits());
  done("add, on the transaction lane");
  const auto jobs = queue.claim({.worker = "smoke", .queue = name, .names = {"smoke"}, .lease = kLease}, limits());
  require(jobs.size() == 1 && jobs.front().id == id, "the job that was just added was not claimed");
  done("claim, on the session lane");
  const LeaseKey key = jobs.front().key();
  require(queue.renew({key}, kLease, limits()).size() == 1, "the lease that was just opened was not renewed");
  done("renewal, on the session lane");
  const LeaseKey stale{.id = key.id, .epoch = key.epoch - 1};
  require(!queue.complete(stale, {}, limits()), "the fence let a stale owner write");
  done("the fence holds off a stale owner");
  require(queue.complete(key, R"({"ok": true})", limits()), "the owner of the lease could not complete its job");
  require(queue.get(id, limits()).value().status == JobStatus::completed, "the job is not completed");
  done("completion, on the transaction lane");
  require(queue.remove(id, limits()), "the job could not be deleted");
}

}  // namespace

int smoke(const Options& options) {
  nlohmann::json steps = nlohmann::json::array();
  const auto done = [&](const char* step) {
    steps.push_back(step);
    if (!options.json) std::cout << "ok   " << step << '\n';
  };
  std::string trouble;
  try {
    const auto engine = open_engine(options);
    Queue queue(*engine);
    queue.migrate(limits());
    done("schema");
    engine->require_session_lane();
    done("session lane");
    walk(queue, fmt::format("poolguard-smoke-{}", ::getpid()), done);
  } catch (const Error& error) {
    trouble = error.what();
  }
  if (options.json) std::cout << nlohmann::json{{"ok", trouble.empty()}, {"done", steps}, {"error", trouble}}.dump(2) << '\n';
  else if (!trouble.empty()) std::cout << "FAIL " << trouble << '\n';
  return trouble.empty() ? kOk : kNo;
}

}  // namespace poolguard::cli
