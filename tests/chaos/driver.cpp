#include "chaos/driver.hpp"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <memory>
#include <random>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <pqxx/pqxx>

#include "chaos/chaos_worker.hpp"
#include "chaos/faults.hpp"
#include "chaos/history.hpp"
#include "chaos/stage.hpp"
#include "poolguard/errors.hpp"
#include "poolguard/postgres_engine.hpp"
#include "poolguard/queue.hpp"
#include "support/eventually.hpp"

namespace poolguard::chaos {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kFaultLasts{1200};
constexpr std::chrono::milliseconds kStopLasts{kLeaseMs + kStalledGraceMs + 900};
constexpr std::chrono::milliseconds kGap{300};
constexpr auto kUnderWayWithin = 60s;
constexpr auto kEveryJobEndsWithin = 180s;

/// The server's own record: a row a transition, written by the transition's transaction. The order of a job's rows is the order in which
/// its row was locked.
constexpr std::string_view kRecord = R"sql(
CREATE SEQUENCE chaos_order;
CREATE TABLE chaos_transitions (
  seq bigint PRIMARY KEY DEFAULT nextval('chaos_order'),
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  job bigint, old_status text, new_status text, old_epoch bigint, new_epoch bigint, old_until timestamptz, new_until timestamptz,
  old_worker text, new_worker text, old_attempts integer, new_attempts integer, old_stalls integer, new_stalls integer
);
CREATE TABLE chaos_effects (
  seq bigint PRIMARY KEY DEFAULT nextval('chaos_order'),
  job bigint NOT NULL, epoch bigint NOT NULL, worker text NOT NULL, side text NOT NULL
);
CREATE FUNCTION chaos_record() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  INSERT INTO chaos_transitions (job, old_status, new_status, old_epoch, new_epoch, old_until, new_until, old_worker, new_worker,
                                 old_attempts, new_attempts, old_stalls, new_stalls)
  VALUES (coalesce(NEW.id, OLD.id), OLD.status, NEW.status, OLD.lock_epoch, NEW.lock_epoch, OLD.lock_until, NEW.lock_until,
          OLD.locked_by, NEW.locked_by, OLD.attempts, NEW.attempts, OLD.stalls, NEW.stalls);
  RETURN NULL;
END
$body$;
CREATE TRIGGER chaos_record AFTER INSERT OR UPDATE OR DELETE ON poolguard_jobs FOR EACH ROW EXECUTE FUNCTION chaos_record();
)sql";

void prepare_database(const Stage& stage) {
  ConnectionOptions options;
  options.url = stage.url();
  PostgresEngine engine(options);
  Queue(engine).migrate();
  pqxx::connection connection(stage.url());
  pqxx::work work(connection);
  work.exec(std::string(kRecord));
  work.commit();
  pqxx::nontransaction(connection).exec("CHECKPOINT");  // with async_commit: this much is not to be lost
}

/// Adds jobs while faults come and go; each until its add was acknowledged.
class Producer {
 public:
  Producer(const Stage& stage, History& history, std::uint32_t seed) : history_(history), random_(seed) {
    ConnectionOptions options;
    options.url = stage.pooled_url();
    options.direct_url = stage.url();
    options.connect_timeout = 2000ms;
    options.events = {};
    engine_ = std::make_unique<PostgresEngine>(options);
    thread_ = std::jthread([this](const std::stop_token& stop) { produce(stop); });
  }

  /// How many adds were acknowledged.
  [[nodiscard]] int added() const noexcept { return added_; }
  /// Waits for the job that is being added.
  void end() {
    thread_.request_stop();
    thread_.join();
  }

 private:
  void produce(const std::stop_token& stop) {
    for (int number = 1; !stop.stop_requested(); ++number) {
      const std::string key = fmt::format("job-{}", number);
      const json payload = payload_of(number);
      while (!add(key, payload)) std::this_thread::sleep_for(50ms);
      std::this_thread::sleep_for(std::chrono::milliseconds(std::uniform_int_distribution<int>(20, 120)(random_)));
    }
  }

  bool add(const std::string& key, const json& payload) {
    history_.write({{"event", "add"}, {"key", key}});
    try {
      NewJob job{.name = "work", .payload = payload.dump()};
      job.max_attempts = kMaxAttempts;
      job.idempotency_key = key;
      const Added added = Queue(*engine_).add(job, {.timeout = 2000ms, .stop = {}});
      history_.write({{"event", "added"}, {"key", key}, {"job", added.id}});
      ++added_;
      return true;
    } catch (const Error& error) {
      history_.write({{"event", "add.failed"}, {"key", key}, {"text", error.what()}});
      if (!error.infrastructure()) throw;  // ends the driver: nothing here is the job's own fault
      return false;
    }
  }

  /// Most end soon; some fail once or for good, some give up once, some outlast their lease and need its renewal.
  json payload_of(int number) {
    const int kind = std::uniform_int_distribution<int>(0, 9)(random_);
    json payload = {{"ms", std::uniform_int_distribution<int>(5, 250)(random_)}};
    if (kind == 0) payload["failures"] = 1;
    if (kind == 1) payload["failures"] = kMaxAttempts;
    if (kind == 2) payload["gives_up"] = true;
    if (number % 6 == 0) payload["ms"] = 2 * kLeaseMs;
    return payload;
  }

  History& history_;
  std::minstd_rand random_;
  std::atomic<int> added_ = 0;
  std::unique_ptr<PostgresEngine> engine_;
  std::jthread thread_;
};

struct Step {
  std::chrono::milliseconds from{0}, until{0};
  const FaultKind* kind = nullptr;
  std::unique_ptr<Fault> fault;
};

std::chrono::milliseconds lasts(const FaultKind& kind) { return kind.name == "worker-stopped" ? kStopLasts : kFaultLasts; }

/// Each alone in an order of chance, then together.
std::vector<Step> plan(const DriverOptions& options, std::minstd_rand& random) {
  std::vector<const FaultKind*> kinds;
  for (const std::string& name : options.faults) {
    const auto found = std::ranges::find(fault_kinds(), name, &FaultKind::name);
    if (found == fault_kinds().end()) throw std::runtime_error(fmt::format("there is no fault '{}'", name));
    if (name == "clock-stepped" && !Stage::can_step_clocks()) {
      fmt::print(stderr, "chaos: left out: clock-stepped, for which libfaketime is needed (and no sanitizer)\n");
      continue;
    }
    kinds.push_back(&*found);
  }
  std::ranges::shuffle(kinds, random);
  std::vector<Step> steps;
  std::chrono::milliseconds at = kGap;
  for (const FaultKind* kind : kinds) {
    steps.push_back({.from = at, .until = at + lasts(*kind), .kind = kind, .fault = kind->make()});
    at = steps.back().until + kGap;
  }
  const auto end = at + options.mixed;
  for (std::vector<std::chrono::milliseconds> busy(kinds.size(), at); at < end;
       at += std::chrono::milliseconds(std::uniform_int_distribution<int>(300, 1500)(random))) {
    const auto next = std::uniform_int_distribution<std::size_t>(0, kinds.size() - 1)(random);
    if (busy[next] > at) continue;  // not twice at a time
    busy[next] = at + lasts(*kinds[next]);
    steps.push_back({.from = at, .until = busy[next], .kind = kinds[next], .fault = kinds[next]->make()});
  }
  return steps;
}

void act(History& history, const FaultKind& kind, std::string_view phase, const std::function<std::string()>& what) {
  std::string note;
  try {
    history.write({{"event", "fault"}, {"name", kind.name}, {"phase", phase}});
    note = what();
  } catch (const std::exception& error) {
    note = fmt::format("could not: {}", error.what());  // another fault is in its way
  }
  history.write({{"event", "fault.done"}, {"name", kind.name}, {"phase", phase}, {"note", note}});
}

void play(const std::vector<Step>& steps, Stage& stage, History& history, std::minstd_rand& random) {
  struct Moment {
    std::chrono::milliseconds at;
    std::size_t number;  // of the step: keeps the order of two that come together
    bool ends;
    auto operator<=>(const Moment&) const = default;
  };
  std::vector<Moment> moments;
  for (std::size_t number = 0; number < steps.size(); ++number) {
    moments.push_back({.at = steps[number].from, .number = number, .ends = false});
    moments.push_back({.at = steps[number].until, .number = number, .ends = true});
  }
  std::ranges::sort(moments);
  const auto start = Clock::now();
  for (const Moment& moment : moments) {
    while (Clock::now() < start + moment.at) {
      stage.tend();
      std::this_thread::sleep_for(20ms);
    }
    const Step& step = steps[moment.number];
    if (moment.ends) act(history, *step.kind, "ends", [&] { return step.fault->end(stage); });
    else act(history, *step.kind, "begins", [&] { return step.fault->begin(stage, random); });
  }
}

std::int64_t count_open_jobs(const Stage& stage) {
  pqxx::connection connection(stage.url());
  pqxx::nontransaction run(connection);
  return run.exec("SELECT count(*) FROM poolguard_jobs WHERE status IN ('waiting', 'active')").front().front().as<std::int64_t>();
}

bool every_job_ends(Stage& stage) {
  return test::eventually(kEveryJobEndsWithin, [&] {
    stage.tend();
    try {
      return count_open_jobs(stage) == 0;
    } catch (const pqxx::failure&) {
      return false;  // it recovers from the last fault
    }
  });
}

void write_table(const Stage& stage, const std::string& query, const std::filesystem::path& file) {
  pqxx::connection connection(stage.url());
  pqxx::nontransaction run(connection);
  std::ofstream out(file);
  for (const auto& row : run.exec("SELECT row_to_json(rows) FROM (" + query + ") AS rows")) out << row.front().c_str() << '\n';
  if (!out.flush()) throw std::runtime_error("can't write " + file.string());
}

}  // namespace

void drive(const DriverOptions& options) {
  std::minstd_rand random(options.seed);
  const std::vector<Step> steps = plan(options, random);
  History history(options.histories / "driver.jsonl");
  Stage stage({.program = options.program,
               .histories = options.histories,
               .seed = options.seed,
               .workers = options.workers,
               .async_commit = options.async_commit});
  prepare_database(stage);
  history.write({{"event", "begins"}, {"seed", options.seed}, {"max_stalls", kMaxStalls}, {"max_attempts", kMaxAttempts}});
  stage.tend();
  Producer producer(stage, history, options.seed);
  constexpr int kUnderWay = 10;
  if (!test::eventually(kUnderWayWithin, [&] { return producer.added() >= kUnderWay; })) {
    throw std::runtime_error("no jobs are added, though nothing is wrong yet");
  }
  play(steps, stage, history, random);
  history.write({{"event", "faults.end"}});
  producer.end();
  const bool ended = every_job_ends(stage);
  const bool asking = stage.every_worker_asks();
  history.write({{"event", "ends"}, {"every_job_ended", ended}, {"every_worker_asks", asking}, {"stuck_workers", stage.end_workers()}});
  std::filesystem::copy_file(stage.server_log(), options.histories / "server.log");
  write_table(stage, "SELECT * FROM chaos_transitions ORDER BY seq", options.histories / "transitions.jsonl");
  write_table(stage, "SELECT * FROM chaos_effects ORDER BY seq", options.histories / "effects.jsonl");
  write_table(stage, "SELECT * FROM poolguard_jobs ORDER BY id", options.histories / "jobs.jsonl");
}

}  // namespace poolguard::chaos
