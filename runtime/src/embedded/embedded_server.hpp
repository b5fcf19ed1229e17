/// A private Postgres server in a folder.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "process/supervised_process.hpp"

namespace poolguard::detail {

struct EmbeddedServerOptions {
  std::optional<std::filesystem::path> folder;  ///< unset: temporary, removed with the server
  std::optional<int> tcp_port;                  ///< on 127.0.0.1; unset: no TCP
  std::vector<std::string> settings;            ///< "name=value"
  /// Tests start many servers: a folder in which a copy of a fresh cluster is kept, so that initdb runs once. Empty: none.
  std::filesystem::path fresh_copy;
  std::chrono::milliseconds start_timeout{60000};
};

/// Owns the server process, unless it found one that runs on the folder already. One thread at a time.
class EmbeddedServer {
 public:
  /// Makes the cluster if need be, starts it and waits until it takes connections. Throws ServerStartError.
  explicit EmbeddedServer(const EmbeddedServerOptions& options);

  [[nodiscard]] const std::filesystem::path& socket_folder() const noexcept { return socket_folder_; }
  /// Through the unix socket.
  [[nodiscard]] std::string url() const;
  /// False if another process owns the server.
  [[nodiscard]] bool owned() const noexcept { return process_ != nullptr; }
  [[nodiscard]] SupervisedProcess* process() const noexcept { return process_.get(); }
  [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }
  void stop() noexcept;

 private:
  void prepare_folder(const std::filesystem::path& fresh_copy);
  void make_cluster();
  void start(const EmbeddedServerOptions& options);
  bool join_running_server();

  std::optional<ProcessUser> user_;
  bool temporary_ = false;
  std::filesystem::path binaries_;
  int port_ = 0;  // without TCP it only names the socket
  std::filesystem::path folder_;
  std::filesystem::path data_;
  std::filesystem::path log_;
  std::filesystem::path socket_folder_;
  bool temporary_socket_folder_ = false;
  std::unique_ptr<SupervisedProcess> process_;
};

/// A port on 127.0.0.1 that was free a moment ago.
[[nodiscard]] int free_port();

}  // namespace poolguard::detail
