#include "chaos/stage.hpp"

#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>

#include <fmt/format.h>
#include <libpq-fe.h>

#include "poolguard/errors.hpp"
#include "support/eventually.hpp"

namespace poolguard::chaos {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kWithin = 60s;  // whatever should happen by itself

fs::path make_folder() {
  std::string name = (fs::temp_directory_path() / "poolguard-chaos-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("can't make a folder in " + fs::temp_directory_path().string());
  ::chmod(name.c_str(), 0711);  // the server may run as another user
  return name;
}

std::string url_of(int port) { return fmt::format("postgresql://poolguard@127.0.0.1:{}/postgres?sslmode=disable&gssencmode=disable", port); }

std::string read(const fs::path& file, std::streamoff from = 0) {
  std::ifstream in(file);
  in.seekg(from);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

bool has_ended(pid_t process) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(process), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == process;
}

/// Debian's; a sanitizer's runtime must come before anything that is preloaded.
fs::path faketime() {
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  return {};
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return {};
#endif
  for (const fs::directory_entry& architecture : fs::directory_iterator("/usr/lib")) {
    const fs::path library = architecture.path() / "faketime" / "libfaketimeMT.so.1";
    if (fs::exists(library)) return library;
  }
  return {};
}

}  // namespace

Stage::Stage(const StageOptions& options) : options_(options), folder_(make_folder()), workers_(static_cast<std::size_t>(options.workers)) {
  // Of this process' children, before it has threads. Not of the workers: start_worker().
  ::setenv("LD_PRELOAD", POOLGUARD_FULL_DISK_LIBRARY, 1);       // NOLINT(concurrency-mt-unsafe)
  ::setenv("POOLGUARD_FULL_DISK", full_disk_flag().c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
  port_ = detail::free_port();
  start_server();
  restart_bouncer();
  session_proxy_ = std::make_unique<FaultyProxy>(port_, options.seed + 1);
}

Stage::~Stage() {
  workers_.clear();
  bouncer_.reset();
  server_.reset();
  std::error_code ignored;  // a leftover in /tmp fails no run
  fs::remove_all(folder_, ignored);
}

std::string Stage::url() const { return url_of(port_); }

std::string Stage::pooled_url() const { return url_of(transaction_proxy_->port()); }

void Stage::start_server() {
  detail::EmbeddedServerOptions options{.folder = folder_ / "server",
                                        .tcp_port = port_,
                                        .settings = {"max_connections=60", "shared_buffers=8MB", "max_wal_size=64MB", "timezone=UTC",
                                                     // A process may be killed here, not the machine: only what stays in the process is lost.
                                                     "fsync=off", "full_page_writes=off"},
                                        .fresh_copy = test::fresh_copy_folder()};
  if (options_.async_commit) {
    options.settings.insert(options.settings.end(), {"synchronous_commit=off", "wal_writer_delay=10s", "wal_writer_flush_after=1GB"});
  }
  std::string last;
  const bool up = test::eventually(kWithin, [&] {
    try {
      server_ = std::make_unique<detail::EmbeddedServer>(options);
      return true;
    } catch (const ServerStartError& error) {
      last = error.what();
      return false;
    }
  });
  if (!up) throw std::runtime_error("the server doesn't start: " + last);
}

void Stage::stop_server(bool immediate) {
  server_stopped_ = true;
  if (server_ && immediate) {
    ::kill(server_->process()->pid(), SIGQUIT);
    (void)test::eventually(kWithin, [this] { return !server_->process()->running(); });
  }
  server_.reset();
}

void Stage::let_server_run() {
  server_stopped_ = false;
  tend();
}

void Stage::restart_bouncer() {
  if (bouncer_) bouncer_->kill();
  bouncer_.reset();
  bouncer_ = std::make_unique<test::PgBouncerProcess>(port_, test::PgBouncerOptions{.pool_size = 4, .settings = {"admin_users = poolguard", "server_login_retry = 1"}});
  if (!transaction_proxy_) transaction_proxy_ = std::make_unique<FaultyProxy>(bouncer_->port(), options_.seed);
  transaction_proxy_->forward_to(bouncer_->port());
}

void Stage::start_worker(std::size_t worker) {
  WorkerProcess& slot = workers_[worker];
  slot.id = fmt::format("w{}.{}", worker, ++generation_);
  slot.history = options_.histories / ("worker-" + slot.id + ".jsonl");
  slot.clock = folder_ / fmt::format("clock-{}", worker);
  std::ofstream(slot.clock) << "+0";
  const fs::path clock = faketime();
  const std::map<std::string, std::string> environment = {
      {"LD_PRELOAD", clock.string()},
      {"POOLGUARD_FULL_DISK", ""},
      {"FAKETIME_TIMESTAMP_FILE", clock.empty() ? "" : slot.clock.string()},
      {"FAKETIME_NO_CACHE", clock.empty() ? "" : "1"},
      {"FAKETIME_DONT_FAKE_MONOTONIC", clock.empty() ? "" : "1"},  // a step is of the wall clock
  };
  slot.process = std::make_unique<test::Command>(
      std::vector<std::string>{options_.program, "worker", "--id", slot.id, "--url", pooled_url(), "--direct-url",
                               url_of(session_proxy_->port()), "--history", slot.history},
      environment);
}

void Stage::signal_worker(std::size_t worker, int signal) const {
  if (workers_[worker].process) workers_[worker].process->signal(signal);
}

bool Stage::can_step_clocks() { return !faketime().empty(); }

void Stage::step_clock(std::size_t worker, int seconds) const {
  if (!can_step_clocks()) throw std::runtime_error("libfaketime isn't installed (Debian: `apt install faketime`), or this is a sanitizer's build");
  const fs::path written = workers_[worker].clock.string() + ".new";
  std::ofstream(written) << fmt::format("{:+}", seconds);
  fs::rename(written, workers_[worker].clock);
}

void Stage::fill_disk(bool full) const {
  if (full) std::ofstream(full_disk_flag()) << "";
  else fs::remove(full_disk_flag());
}

void Stage::tend() {
  if (!server_stopped_ && !fs::exists(full_disk_flag()) && (!server_ || !server_->process()->running())) {
    server_.reset();
    start_server();
  }
  for (std::size_t worker = 0; worker < workers_.size(); ++worker) {
    if (!workers_[worker].process || has_ended(workers_[worker].process->pid())) start_worker(worker);
  }
}

bool Stage::every_worker_asks() {
  std::map<fs::path, std::streamoff> from;
  for (const WorkerProcess& worker : workers_) {
    std::error_code none_yet;
    const auto size = fs::file_size(worker.history, none_yet);
    from[worker.history] = none_yet ? 0 : static_cast<std::streamoff>(size);
  }
  return test::eventually(kWithin, [&] {
    tend();
    for (const WorkerProcess& worker : workers_) {
      const std::string text = read(worker.history, from[worker.history]);
      const auto answers = [&text](const std::string& answer) {
        std::size_t count = 0;
        for (auto at = text.find(answer); at != std::string::npos; at = text.find(answer, at + 1)) ++count;
        return count;
      };
      // Two: the first may answer what was under way.
      if (answers(R"("op":"claim","reply":"ran")") + answers(R"("op":"due","reply":"ran")") < 2) return false;
    }
    return true;
  });
}

std::vector<std::string> Stage::end_workers() {
  for (const WorkerProcess& worker : workers_) worker.process->signal(SIGTERM);
  std::vector<std::string> stuck;
  for (WorkerProcess& worker : workers_) {
    if (!test::eventually(kWithin, [&] { return has_ended(worker.process->pid()); })) stuck.push_back(worker.id);
    worker.process.reset();
  }
  return stuck;
}

void tell_bouncer(const std::string& console_url, const std::string& statement) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> console(PQconnectdb(console_url.c_str()), &PQfinish);
  // It may be frozen, and the one who can thaw it is the caller.
  constexpr int kPatienceMs = 3000;
  pollfd answer{.fd = PQsocket(console.get()), .events = POLLIN, .revents = 0};
  if (PQsendQuery(console.get(), statement.c_str()) == 1 && ::poll(&answer, 1, kPatienceMs) == 1) {
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQgetResult(console.get()), &PQclear);
    if (PQresultStatus(result.get()) == PGRES_COMMAND_OK) return;
  }
  throw std::runtime_error(fmt::format("PgBouncer, told '{}', doesn't do it: {}", statement, PQerrorMessage(console.get())));
}

}  // namespace poolguard::chaos
