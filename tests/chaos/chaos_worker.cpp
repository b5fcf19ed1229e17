#include "chaos/chaos_worker.hpp"

#include <pthread.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <thread>

#include <nlohmann/json.hpp>

#include "chaos/history.hpp"
#include "chaos/recording_engine.hpp"
#include "poolguard/postgres_engine.hpp"
#include "poolguard/worker.hpp"
#include "util/pause.hpp"

namespace poolguard::chaos {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr std::chrono::milliseconds kCallTimeout{1000};

/// What the handler does for its job, in one transaction that the lease's epoch guards: two rows in two statements, both or none.
constexpr std::string_view kDebit = R"sql(
INSERT INTO chaos_effects (job, epoch, worker, side)
SELECT id, lock_epoch, $3, 'debit' FROM poolguard_jobs
WHERE id = $1::bigint AND lock_epoch = $2::bigint AND status = 'active'
FOR SHARE
)sql";
constexpr std::string_view kCredit = R"sql(
INSERT INTO chaos_effects (job, epoch, worker, side) VALUES ($1::bigint, $2::bigint, $3, 'credit')
)sql";

class Handlers {
 public:
  Handlers(Engine& engine, std::string id) : engine_(engine), id_(std::move(id)) {}

  /// Payload: `ms` of work, then a failure for the first `failures` attempts, else the effect and the end.
  std::optional<std::string> run(const JobContext& context) const {
    const json payload = json::parse(context.job.payload);
    if (!detail::pause_for(std::chrono::milliseconds(payload.at("ms")), context.stop)) throw JobInterrupted();
    if (payload.value("gives_up", false) && context.job.lock_epoch == 1) throw JobInterrupted();
    if (context.job.attempts < payload.value("failures", 0)) throw std::runtime_error("it was told to fail");
    effect(context.job);
    return json{{"worker", id_}, {"epoch", context.job.lock_epoch}}.dump();
  }

 private:
  void effect(const Job& job) const {
    const ExecuteOptions limit{.timeout = kCallTimeout, .stop = {}};
    engine_.transaction(
        [&](TransactionEngine& open) {
          if (open.execute(kDebit, {job.id, job.lock_epoch, id_}, limit).affected_rows() != 1) throw JobInterrupted();
          open.execute(kCredit, {job.id, job.lock_epoch, id_}, limit);
        },
        limit);
  }

  Engine& engine_;
  const std::string id_;
};

ConnectionOptions connections(const WorkerArguments& arguments, History& history) {
  ConnectionOptions options;
  options.url = arguments.url;
  options.direct_url = arguments.direct_url;
  options.transaction_pool_size = 3;
  options.session_pool_size = 2;
  options.acquire_timeout = 1000ms;
  options.connect_timeout = 2000ms;
  options.cancel_grace = 300ms;
  options.events = [&history](const Event& event) { history.write({{"event", event.name}, {"text", event.message}}); };
  return options;
}

WorkerOptions worker_options(const WorkerArguments& arguments, History& history) {
  WorkerOptions options;
  options.id = arguments.id;
  if (arguments.id.starts_with("w0")) {  // one of them claims and completes in batches, with so many handlers that ends meet
    options.batch = 8;
    options.concurrency = 16;
  }
  options.lease = std::chrono::milliseconds(kLeaseMs);
  options.renew_interval = 300ms;
  options.renew_timeout = 400ms;
  options.call_timeout = kCallTimeout;
  options.listen_poll = 1000ms;  // a notification that is lost costs no more
  options.poll_least = 20ms;
  options.poll_most = 200ms;
  options.sweep_interval = 400ms;
  options.stalled_grace = std::chrono::milliseconds(kStalledGraceMs);
  options.max_stalls = kMaxStalls;
  options.backoff = {.initial = 50ms, .factor = 1.5, .most = 200ms, .jitter = 0.5, .kind = BackoffKind::exponential};
  options.drain_deadline = 5000ms;
  options.stop_grace = 5000ms;
  options.on_stuck = [](std::size_t) { ::_exit(3); };
  options.events = [&history](const Event& event) { history.write({{"event", event.name}, {"text", event.message}}); };
  return options;
}

/// Before any thread is made: SIGTERM is for signals_to() alone.
sigset_t hold_signals() {
  sigset_t ends;
  ::sigemptyset(&ends);
  ::sigaddset(&ends, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  return ends;
}

}  // namespace

int work(const WorkerArguments& arguments) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // no worker outlives its driver
  const sigset_t ends = hold_signals();
  History history(arguments.history);
  history.write({{"event", "worker.begins"}, {"worker", arguments.id}, {"pid", ::getpid()}});
  std::stop_source stop;
  std::thread([stop, ends]() mutable {
    int signal = 0;
    ::sigwait(&ends, &signal);
    stop.request_stop();
  }).detach();
  try {
    PostgresEngine postgres(connections(arguments, history));
    RecordingEngine engine(postgres, history);
    const Handlers handlers(engine, arguments.id);
    Worker worker(engine, worker_options(arguments, history));
    worker.handle("work", [&handlers](const JobContext& context) { return handlers.run(context); });
    worker.run(stop.get_token());
    history.write({{"event", "worker.ends"}, {"worker", arguments.id}});
    return 0;
  } catch (const std::exception& error) {
    history.write({{"event", "worker.fails"}, {"worker", arguments.id}, {"text", error.what()}});
    return 1;
  }
}

}  // namespace poolguard::chaos
