#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "chaos/faulty_proxy.hpp"
#include "chaos/history.hpp"
#include "embedded/embedded_server.hpp"
#include "support/command.hpp"
#include "support/pgbouncer_process.hpp"

namespace poolguard::chaos {

struct StageOptions {
  std::filesystem::path program;    ///< this one: a worker is a process of it
  std::filesystem::path histories;  ///< where each process writes
  std::uint32_t seed = 1;
  int workers = 3;
  bool async_commit = false;  ///< the server forgets what it has acknowledged when it is killed; the checker must see that
};

/// A Postgres that can be restarted, a PgBouncer in transaction mode before it, a proxy before each of the two, and worker processes.
/// One thread at a time, which must live as long as the stage.
class Stage {
 public:
  explicit Stage(const StageOptions& options);
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  /// To the server itself.
  [[nodiscard]] std::string url() const;
  /// Through the proxy and PgBouncer.
  [[nodiscard]] std::string pooled_url() const;

  /// "fast" ends sessions; "immediate" is a crash as far as the server's files go. It stays down until let_server_run().
  void stop_server(bool immediate);
  void let_server_run();
  void restart_bouncer();
  [[nodiscard]] const test::PgBouncerProcess& bouncer() const { return *bouncer_; }
  /// Of PgBouncer's console, for tell_bouncer().
  [[nodiscard]] std::string console_url() const { return bouncer_->url("pgbouncer") + "?connect_timeout=3"; }
  [[nodiscard]] FaultyProxy& transaction_proxy() noexcept { return *transaction_proxy_; }
  [[nodiscard]] FaultyProxy& session_proxy() noexcept { return *session_proxy_; }

  [[nodiscard]] std::size_t workers() const noexcept { return workers_.size(); }
  void signal_worker(std::size_t worker, int signal) const;
  /// Steps the wall clock of a worker's process by so many seconds. Throws std::runtime_error without libfaketime.
  void step_clock(std::size_t worker, int seconds) const;
  [[nodiscard]] static bool can_step_clocks();
  void fill_disk(bool full) const;

  /// Starts again what has ended by itself: workers (as a supervisor would), and the server, unless it was stopped or has no disk.
  void tend();
  /// Waits until each worker has asked for jobs after this call, and was answered. False: one wasn't within a minute.
  [[nodiscard]] bool every_worker_asks();
  /// What the server has logged, over all its starts.
  [[nodiscard]] std::filesystem::path server_log() const { return folder_ / "server" / "log"; }
  /// Ends the workers politely. Returns those that had to be killed.
  [[nodiscard]] std::vector<std::string> end_workers();

 private:
  struct WorkerProcess {
    std::string id;
    std::filesystem::path history;
    std::filesystem::path clock;
    std::unique_ptr<test::Command> process;
  };

  [[nodiscard]] std::filesystem::path full_disk_flag() const { return folder_ / "disk-is-full"; }
  void start_server();
  void start_worker(std::size_t worker);

  const StageOptions options_;
  std::filesystem::path folder_;
  int port_ = 0;
  int generation_ = 0;
  bool server_stopped_ = false;
  std::unique_ptr<detail::EmbeddedServer> server_;
  std::unique_ptr<test::PgBouncerProcess> bouncer_;
  std::unique_ptr<FaultyProxy> transaction_proxy_;
  std::unique_ptr<FaultyProxy> session_proxy_;
  std::vector<WorkerProcess> workers_;
};

/// A statement to a PgBouncer's console. Throws std::runtime_error, after some seconds if it doesn't answer.
void tell_bouncer(const std::string& console_url, const std::string& statement);

}  // namespace poolguard::chaos
