/// A TCP proxy before a server that cuts a connection at the worst moment: when the server has done the work and the
/// client hasn't heard of it.
#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>

namespace incident {

class CuttingProxy {
 public:
  explicit CuttingProxy(int server_port);
  ~CuttingProxy();
  CuttingProxy(const CuttingProxy&) = delete;
  CuttingProxy& operator=(const CuttingProxy&) = delete;

  [[nodiscard]] std::string url() const;
  /// The next answer that says the command is complete ("COMMIT", "UPDATE 1") is dropped, and its connection with it.
  void cut_at_next(const std::string& command_tag);
  /// The next connections are closed as soon as they are made.
  void refuse_next(int connections) { refuse_ = connections; }
  [[nodiscard]] int cuts() const noexcept { return cuts_; }
  [[nodiscard]] int refused() const noexcept { return refused_; }

 private:
  void accept_clients(const std::stop_token& stop);
  void forward(int client, const std::stop_token& stop);
  bool should_cut(const char* data, std::size_t size);

  int server_port_;
  int port_ = 0;
  int listener_ = -1;
  std::atomic<int> refuse_ = 0;
  std::atomic<int> refused_ = 0;
  std::atomic<int> cuts_ = 0;
  std::mutex mutex_;
  std::string tag_;
  std::jthread acceptor_;
};

}  // namespace incident
