#include "embedded/embedded_server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iterator>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <libpq-fe.h>

#include "embedded/server_binaries.hpp"
#include "poolguard/errors.hpp"

namespace poolguard::detail {
namespace {

namespace fs = std::filesystem;

constexpr int kSocketNumber = 5432;  // names the socket file; no port is opened
constexpr std::string_view kUser = "poolguard";
constexpr std::size_t kLongestSocketFolder = sizeof(sockaddr_un::sun_path) - sizeof("/.s.PGSQL.5432.lock");

std::string system_error_text() { return std::error_code(errno, std::generic_category()).message(); }

void own(const fs::path& path, const std::optional<ProcessUser>& user) {
  if (user && ::chown(path.c_str(), user->uid, user->gid) != 0) {
    throw ServerStartError(fmt::format("can't give {} to the user {}: {}", path.string(), user->name, system_error_text()));
  }
}

void make_private_folder(const fs::path& path, const std::optional<ProcessUser>& user) {
  std::error_code error;
  if (fs::create_directories(path, error); error) {
    throw ServerStartError(fmt::format("can't make the folder {}: {}", path.string(), error.message()));
  }
  own(path, user);
  fs::permissions(path, fs::perms::owner_all, error);
  if (error) throw ServerStartError(fmt::format("can't make {} private: {}", path.string(), error.message()));
}

fs::path make_temporary_folder(const std::optional<ProcessUser>& user) {
  std::string name = (fs::temp_directory_path() / "poolguard-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw ServerStartError(fmt::format("can't make a folder in {}: {}", fs::temp_directory_path().string(), system_error_text()));
  }
  own(name, user);
  return name;
}

std::string tail(const fs::path& file) {
  std::ifstream in(file);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  constexpr std::size_t kMost = 1500;
  return text.size() > kMost ? "…" + text.substr(text.size() - kMost) : text;
}

/// Held while a cluster is made and started, so that two processes don't do it at once.
class FolderLock {
 public:
  explicit FolderLock(const fs::path& folder) : fd_(::open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (fd_ < 0 || ::flock(fd_, LOCK_EX) != 0) {
      throw ServerStartError(fmt::format("can't lock {}: {}", (folder / "lock").string(), system_error_text()));
    }
  }
  ~FolderLock() { ::close(fd_); }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int fd_;
};

/// With owners and modes, which std::filesystem::copy doesn't keep.
void copy_folder(const fs::path& from, const fs::path& to) {
  fs::remove_all(to);
  if (run_to_end({.arguments = {"/bin/cp", "-a", from.string(), to.string()}, .user = {}, .output = {}, .remove_after = {}}) != 0) {
    throw ServerStartError(fmt::format("can't copy {} to {}", from.string(), to.string()));
  }
}

bool answers(const fs::path& socket_folder) {
  const std::string conninfo = fmt::format("host='{}' port={} user={} dbname=postgres connect_timeout=2", socket_folder.string(),
                                           kSocketNumber, kUser);
  return PQping(conninfo.c_str()) == PQPING_OK;
}

}  // namespace

int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(fd);
  if (!bound) throw ServerStartError("no free port on 127.0.0.1");
  return ntohs(address.sin_port);
}

EmbeddedServer::EmbeddedServer(const EmbeddedServerOptions& options)
    : user_(unprivileged_user()), temporary_(!options.folder), binaries_(find_server_binaries()), port_(options.tcp_port.value_or(kSocketNumber)) {
  folder_ = temporary_ ? make_temporary_folder(user_) : fs::absolute(*options.folder);
  try {
    if (!temporary_) make_private_folder(folder_, user_);
    data_ = folder_ / "data";
    log_ = folder_ / "log";
    const FolderLock lock(folder_);
    if (!temporary_ && join_running_server()) return;
    prepare_folder(options.fresh_copy);
    start(options);
  } catch (...) {
    // Once it runs, the supervisor removes the folders; before that nobody else does.
    const bool started = process_ != nullptr;
    stop();
    std::error_code ignored;  // the first error is the one to tell
    if (temporary_ && !started) fs::remove_all(folder_, ignored);
    throw;
  }
}

bool EmbeddedServer::join_running_server() {
  std::ifstream pid_file(data_ / "postmaster.pid");
  std::array<std::string, 5> lines;  // pid, data folder, start time, port, socket folder
  for (std::string& line : lines) {
    if (!std::getline(pid_file, line)) return false;
  }
  if (lines[4].empty() || !answers(lines[4])) return false;
  socket_folder_ = lines[4];
  return true;
}

void EmbeddedServer::prepare_folder(const fs::path& fresh_copy) {
  socket_folder_ = folder_ / "run";
  if (socket_folder_.string().size() > kLongestSocketFolder) {
    socket_folder_ = make_temporary_folder(user_);
    temporary_socket_folder_ = true;
  } else {
    make_private_folder(socket_folder_, user_);
  }
  if (fs::exists(data_ / "PG_VERSION")) return;
  if (fresh_copy.empty()) return make_cluster();
  fs::create_directories(fresh_copy);
  const FolderLock lock(fresh_copy);
  if (const fs::path kept = fresh_copy / binaries_.parent_path().filename(); fs::exists(kept)) {
    copy_folder(kept, data_);
  } else {
    make_cluster();
    copy_folder(data_, fresh_copy / "making");
    fs::rename(fresh_copy / "making", kept);
  }
}

void EmbeddedServer::make_cluster() {
  // Made beside its place and moved there: a cluster that was interrupted while it was made must not be taken for one.
  const fs::path making = folder_ / "data.making";
  fs::remove_all(making);
  ProcessSpec initdb{.arguments = {(binaries_ / "initdb").string(), "-D", making.string(), "-U", std::string(kUser), "--auth=trust",
                                   "--encoding=UTF8", "--locale=C", "--no-instructions", "--wal-segsize=1"},
                     .user = user_,
                     .output = log_,
                     .stop_signal = SIGTERM,
                     .remove_after = {}};
  if (temporary_) initdb.arguments.emplace_back("--no-sync");
  if (const int status = run_to_end(initdb); status != 0) {
    throw ServerStartError(fmt::format("initdb failed (exit status {}) for {}{}:\n{}", status, making.string(),
                                       user_ ? " as user " + user_->name + ", who must be able to enter its parent folders" : "",
                                       tail(log_)));
  }
  fs::rename(making, data_);
}

void EmbeddedServer::start(const EmbeddedServerOptions& options) {
  ProcessSpec spec{.arguments = {(binaries_ / "postgres").string(), "-D", data_.string(), "-k", socket_folder_.string(), "-p",
                                 std::to_string(port_), "-c",
                                 options.tcp_port ? "listen_addresses=127.0.0.1" : "listen_addresses=", "-c",
                                 "unix_socket_permissions=0700"},
                   .user = user_,
                   .output = log_,
                   // Temporary: nothing is worth a checkpoint. Kept: a fast shutdown, clean.
                   .stop_signal = temporary_ ? SIGQUIT : SIGINT,
                   .remove_after = temporary_ ? folder_ : temporary_socket_folder_ ? socket_folder_ : fs::path()};
  std::vector<std::string> settings = options.settings;
  if (temporary_) settings.insert(settings.begin(), {"fsync=off", "synchronous_commit=off", "full_page_writes=off"});
  for (const std::string& setting : settings) spec.arguments.insert(spec.arguments.end(), {"-c", setting});
  process_ = std::make_unique<SupervisedProcess>(spec);

  const auto deadline = std::chrono::steady_clock::now() + options.start_timeout;
  while (PQping(url().c_str()) != PQPING_OK) {
    if (!process_->running()) throw ServerStartError(fmt::format("the private Postgres server ended at its start:\n{}", tail(log_)));
    if (std::chrono::steady_clock::now() > deadline) {
      throw ServerStartError(fmt::format("the private Postgres server took no connection within {} ms:\n{}",
                                         options.start_timeout.count(), tail(log_)));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
}

std::string EmbeddedServer::url() const {
  return fmt::format("host='{}' port={} user={} dbname=postgres", socket_folder_.string(), port_, kUser);
}

void EmbeddedServer::stop() noexcept { process_.reset(); }

}  // namespace poolguard::detail
