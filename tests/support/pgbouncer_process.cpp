#include "support/pgbouncer_process.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>

#include <fmt/format.h>
#include <libpq-fe.h>

#include "poolguard/errors.hpp"
#include "support/eventually.hpp"

namespace poolguard::test {
namespace {

namespace fs = std::filesystem;

fs::path make_folder() {
  std::string name = (fs::temp_directory_path() / "poolguard-bouncer-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("can't make a folder in " + fs::temp_directory_path().string());
  return name;
}

std::string read(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

fs::path find_pgbouncer() {
  if (const char* named = std::getenv("POOLGUARD_TEST_PGBOUNCER"); named != nullptr && *named != '\0') return named;
  for (const char* path : {"/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer"}) {
    if (::access(path, X_OK) == 0) return path;
  }
  throw std::runtime_error("this test needs PgBouncer; install it (Debian: `apt install pgbouncer`)");
}

PgBouncerProcess::PgBouncerProcess(int server_port, const PgBouncerOptions& options) {
  constexpr int kAttempts = 5;
  for (int attempt = 1;; ++attempt) {
    try {
      start(server_port, options);
      return;
    } catch (const ServerStartError&) {
      // Somebody else may have taken the port in between.
      if (attempt == kAttempts) throw;
    }
  }
}

PgBouncerProcess::~PgBouncerProcess() {
  if (process_) thaw();
}

void PgBouncerProcess::start(int server_port, const PgBouncerOptions& options) {
  const fs::path folder = make_folder();
  const auto user = detail::unprivileged_user();
  address_ = options.address;
  port_ = options.port == 0 ? detail::free_port() : options.port;
  const fs::path config = folder / "pgbouncer.ini";
  std::ofstream ini(config);
  ini << fmt::format(
      "[databases]\n"
      "* = host=127.0.0.1 port={} user=poolguard\n"
      "[pgbouncer]\n"
      "listen_addr = {}\n"
      "listen_port = {}\n"
      "unix_socket_dir =\n"
      "auth_type = any\n"
      "pool_mode = {}\n"
      "default_pool_size = {}\n"
      "max_client_conn = 500\n"
      "log_connections = 0\n"
      "log_disconnections = 0\n",
      server_port, address_, port_, options.pool_mode, options.pool_size);
  for (const std::string& setting : options.settings) ini << setting << '\n';
  ini.close();
  if (user && (::chown(folder.c_str(), user->uid, user->gid) != 0 || ::chown(config.c_str(), user->uid, user->gid) != 0)) {
    throw std::runtime_error("can't give " + folder.string() + " to " + user->name);
  }
  const fs::path log = folder / "log";
  process_ = std::make_unique<detail::SupervisedProcess>(detail::ProcessSpec{.arguments = {find_pgbouncer().string(), config.string()},
                                                                             .user = user,
                                                                             .output = log,
                                                                             .stop_signal = SIGTERM,
                                                                             .remove_after = folder});
  // Its own console answers, whether the server runs or not.
  const bool up = eventually(std::chrono::seconds{20},
                             [this] { return !process_->running() || PQping(url("pgbouncer").c_str()) == PQPING_OK; });
  if (!up || !process_->running()) throw ServerStartError("PgBouncer did not start:\n" + read(log));
}

std::string PgBouncerProcess::url(const std::string& database) const {
  return fmt::format("postgresql://poolguard:{}@{}:{}/{}", TestCluster::kPassword, address_, port_, database);
}

void PgBouncerProcess::freeze() const { ::kill(process_->pid(), SIGSTOP); }

void PgBouncerProcess::thaw() const { ::kill(process_->pid(), SIGCONT); }

void PgBouncerProcess::kill() const { ::kill(process_->pid(), SIGKILL); }

}  // namespace poolguard::test
