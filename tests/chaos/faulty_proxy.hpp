#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <thread>

namespace poolguard::chaos {

/// A TCP proxy on 127.0.0.1 between a worker and what answers it, that harms what passes through it as it is told. It knows as much of
/// Postgres' protocol as it needs to tell a statement from the rest. Thread-safe.
class FaultyProxy {
 public:
  FaultyProxy(int upstream_port, std::uint32_t seed);
  ~FaultyProxy();
  FaultyProxy(const FaultyProxy&) = delete;
  FaultyProxy& operator=(const FaultyProxy&) = delete;

  [[nodiscard]] int port() const noexcept { return port_; }
  /// For the connections that are made from now on.
  void forward_to(int upstream_port) noexcept { upstream_port_ = upstream_port; }

  /// Of a hundred statements so many are lost with their connection before they reach the server.
  void lose_statements(int percent) noexcept { statement_percent_ = percent; }
  /// Of a hundred that wrote something and were committed, so many lose their answer, with the connection.
  void lose_replies(int percent) noexcept { reply_percent_ = percent; }
  /// Every second connection that is open now: it stays open at both ends, and nothing passes any more.
  void fall_silent();
  /// Closes the silent ones.
  void end_silence();

  /// How many statements, replies and connections it has harmed.
  [[nodiscard]] int harmed() const noexcept { return harmed_; }

 private:
  struct Pair;

  void run(const std::stop_token& stop);
  void accept_client();
  bool forward(Pair& pair, bool from_server);
  bool loses(std::string_view data, bool from_server);

  std::atomic<int> upstream_port_;
  std::atomic<int> statement_percent_ = 0;
  std::atomic<int> reply_percent_ = 0;
  std::atomic<int> harmed_ = 0;
  int listener_ = -1;
  int port_ = 0;
  std::mutex mutex_;
  std::map<int, std::unique_ptr<Pair>> pairs_;  // by the client's socket
  std::minstd_rand random_;                     // the proxy thread's
  std::jthread thread_;                         // last
};

}  // namespace poolguard::chaos
