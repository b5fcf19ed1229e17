#include "chaos/faults.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <pqxx/pqxx>

namespace poolguard::chaos {
namespace {

std::size_t any_worker(const Stage& stage, std::minstd_rand& random) {
  return std::uniform_int_distribution<std::size_t>(0, stage.workers() - 1)(random);
}

class WorkerKilled final : public Fault {
  std::string begin(Stage& stage, std::minstd_rand& random) override {
    const std::size_t worker = any_worker(stage, random);
    stage.signal_worker(worker, SIGKILL);
    return fmt::format("worker {}", worker);
  }
};

/// The driver lets it last longer than a lease.
class WorkerStopped final : public Fault {
  std::string begin(Stage& stage, std::minstd_rand& random) override {
    worker_ = any_worker(stage, random);
    stage.signal_worker(worker_, SIGSTOP);
    return fmt::format("worker {}", worker_);
  }
  std::string end(Stage& stage) override {
    stage.signal_worker(worker_, SIGCONT);
    return {};
  }
  std::size_t worker_ = 0;
};

class BackendsTerminated final : public Fault {
  std::string begin(Stage& stage, std::minstd_rand& /*random*/) override {
    pqxx::connection connection(stage.url());
    pqxx::nontransaction run(connection);
    const auto ended = run.exec(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND random() < 0.6");
    return fmt::format("{} backends", ended.size());
  }
};

class ServerRestarted final : public Fault {
 public:
  explicit ServerRestarted(bool immediate) : immediate_(immediate) {}

 private:
  std::string begin(Stage& stage, std::minstd_rand& /*random*/) override {
    stage.stop_server(immediate_);
    return {};
  }
  std::string end(Stage& stage) override {
    stage.let_server_run();
    return {};
  }
  const bool immediate_;
};

class BouncerRestarted final : public Fault {
  std::string begin(Stage& stage, std::minstd_rand& /*random*/) override {
    stage.restart_bouncer();
    return {};
  }
};

class BouncerFrozen final : public Fault {
  std::string begin(Stage& stage, std::minstd_rand& /*random*/) override {
    stage.bouncer().freeze();
    return {};
  }
  std::string end(Stage& stage) override {
    stage.bouncer().thaw();
    return {};
  }
};

/// PAUSE waits for the statements under way, for which the driver doesn't.
class BouncerPaused final : public Fault {
  std::string begin(Stage& stage, std::minstd_rand& /*random*/) override {
    pause_ = std::jthread([console = stage.console_url(), this] {
      try {
        tell_bouncer(console, "PAUSE");
      } catch (const std::exception& error) {
        problem_ = error.what();  // RESUME came first, or PgBouncer is gone
      }
    });
    return {};
  }
  std::string end(Stage& stage) override {
    pause_.join();  // it gives up in the end
    tell_bouncer(stage.console_url(), "RESUME");
    return problem_;
  }
  std::string problem_;
  std::jthread pause_;
};

class ClientsKilled final : public Fault {
  std::string begin(Stage& stage, std::minstd_rand& /*random*/) override {
    tell_bouncer(stage.console_url(), "KILL postgres");
    return {};
  }
  std::string end(Stage& stage) override {
    tell_bouncer(stage.console_url(), "RESUME postgres");
    return {};
  }
};

class HalfOpen final : public Fault {
  std::string begin(Stage& stage, std::minstd_rand& /*random*/) override {
    stage.transaction_proxy().fall_silent();
    stage.session_proxy().fall_silent();
    return {};
  }
  std::string end(Stage& stage) override {
    stage.transaction_proxy().end_silence();
    stage.session_proxy().end_silence();
    return {};
  }
};

/// All of PgBouncer's server connections are in somebody's transaction.
class PoolExhausted final : public Fault {
  std::string begin(Stage& stage, std::minstd_rand& /*random*/) override {
    constexpr std::size_t kPoolSize = 4;
    for (std::size_t i = 0; i < kPoolSize; ++i) holders_.push_back(std::make_unique<Holder>(stage.bouncer().url() + "?connect_timeout=3"));
    return {};
  }
  std::string end(Stage& /*stage*/) override {
    const auto held = std::ranges::count_if(holders_, [](const auto& holder) { return holder->holds.load(); });
    holders_.clear();
    return fmt::format("{} transactions", held);
  }

  /// On a thread of its own: PgBouncer gives a connection when one is free, and may be frozen.
  struct Holder {
    explicit Holder(std::string url) : thread([this, url = std::move(url)](const std::stop_token& stop) { hold(url, stop); }) {}
    ~Holder() {
      thread.request_stop();
      if (const int open = socket; open >= 0) ::shutdown(open, SHUT_RDWR);  // if it waits for an answer
    }
    Holder(const Holder&) = delete;
    Holder& operator=(const Holder&) = delete;

    void hold(const std::string& url, const std::stop_token& stop) {
      try {
        pqxx::connection connection(url);
        socket = connection.sock();
        pqxx::nontransaction(connection).exec("BEGIN; SELECT 1");
        holds = true;
        std::mutex mutex;
        std::condition_variable_any never;
        std::unique_lock lock(mutex);
        never.wait(lock, stop, [] { return false; });
        socket = -1;
      } catch (const std::exception&) {
        socket = -1;  // another fault came first
      }
    }

    std::atomic<int> socket = -1;
    std::atomic<bool> holds = false;
    std::jthread thread;  // last
  };
  std::vector<std::unique_ptr<Holder>> holders_;
};

/// Statements or replies are lost, with their connections.
class Lost final : public Fault {
 public:
  explicit Lost(void (FaultyProxy::*lose)(int) noexcept) : lose_(lose) {}

 private:
  std::string begin(Stage& stage, std::minstd_rand& /*random*/) override {
    constexpr int kPercent = 30;
    before_ = harmed(stage);
    set(stage, kPercent);
    return {};
  }
  std::string end(Stage& stage) override {
    set(stage, 0);
    return fmt::format("{} lost", harmed(stage) - before_);
  }
  void set(Stage& stage, int percent) const {
    (stage.transaction_proxy().*lose_)(percent);
    (stage.session_proxy().*lose_)(percent);
  }
  static int harmed(Stage& stage) { return stage.transaction_proxy().harmed() + stage.session_proxy().harmed(); }
  void (FaultyProxy::*const lose_)(int) noexcept;
  int before_ = 0;
};

/// Forward, then back behind where it was.
class ClockStepped final : public Fault {
  static constexpr int kHour = 3600;
  std::string begin(Stage& stage, std::minstd_rand& random) override {
    worker_ = any_worker(stage, random);
    stage.step_clock(worker_, kHour);
    return fmt::format("worker {}", worker_);
  }
  std::string end(Stage& stage) override {
    stage.step_clock(worker_, -kHour);
    return {};
  }
  std::size_t worker_ = 0;
};

/// The workers alone write too little to need more disk at once, so it is helped: by WAL.
class DiskFull final : public Fault {
  std::string begin(Stage& stage, std::minstd_rand& /*random*/) override {
    stage.fill_disk(true);
    pqxx::connection connection(stage.url());
    pqxx::nontransaction run(connection);
    try {
      constexpr int kMegabytes = 64;  // max_wal_size
      for (int i = 0; i < kMegabytes; ++i) run.exec("SELECT pg_logical_emit_message(false, 'chaos', repeat('x', 1000000))");
    } catch (const pqxx::failure& error) {
      if (!connection.is_open()) return "the server panicked: no space for its WAL";
      return fmt::format("the server: {}", error.what());
    }
    return "the server had enough";
  }
  std::string end(Stage& stage) override {
    stage.fill_disk(false);
    return {};
  }
};

template <typename Kind, typename... Arguments>
std::function<std::unique_ptr<Fault>()> making(Arguments... arguments) {
  return [arguments...] { return std::make_unique<Kind>(arguments...); };
}

}  // namespace

const std::vector<FaultKind>& fault_kinds() {
  static const std::vector<FaultKind> kinds = {
      {"worker-killed", "SIGKILL of a worker", making<WorkerKilled>()},
      {"worker-stopped", "SIGSTOP of a worker for longer than its leases", making<WorkerStopped>()},
      {"backends-terminated", "`pg_terminate_backend` of 6 in 10 connections", making<BackendsTerminated>()},
      {"server-restarted", "Postgres restarted, fast", making<ServerRestarted>(false)},
      {"server-crashed", "Postgres restarted, immediate", making<ServerRestarted>(true)},
      {"pgbouncer-restarted", "PgBouncer killed and started again", making<BouncerRestarted>()},
      {"pgbouncer-frozen", "PgBouncer stopped where it stands (SIGSTOP)", making<BouncerFrozen>()},
      {"pgbouncer-paused", "PgBouncer's `PAUSE`", making<BouncerPaused>()},
      {"clients-killed", "PgBouncer's `KILL` of all clients", making<ClientsKilled>()},
      {"half-open", "every second connection of both lanes goes silent, and stays open", making<HalfOpen>()},
      {"pool-exhausted", "all server connections of PgBouncer are in a transaction", making<PoolExhausted>()},
      {"statements-lost", "3 in 10 statements don't arrive, and their connection ends", making<Lost>(&FaultyProxy::lose_statements)},
      {"replies-lost", "3 in 10 committed writes lose their answer, and their connection ends", making<Lost>(&FaultyProxy::lose_replies)},
      {"clock-stepped", "the wall clock of a worker an hour ahead, then an hour behind", making<ClockStepped>()},
      {"disk-full", "no file of the server grows (ENOSPC)", making<DiskFull>()},
  };
  return kinds;
}

}  // namespace poolguard::chaos
