#include "chaos/faulty_proxy.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <vector>

namespace poolguard::chaos {
namespace {

constexpr int kPollMilliseconds = 20;  // how soon an order, or the end of the proxy, is noticed

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<in_port_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool write_all(int socket, std::string_view data) {
  while (!data.empty()) {
    const ssize_t written = ::send(socket, data.data(), data.size(), MSG_NOSIGNAL);
    if (written <= 0) return false;
    data.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// CommandComplete of what writes, and after it ReadyForQuery outside a transaction: the server has committed it.
bool is_committed_write(std::string_view data) {
  using namespace std::string_view_literals;
  constexpr std::string_view kReady = "Z\0\0\0\5I"sv;
  if (!data.ends_with(kReady)) return false;
  for (const std::string_view tag : {"UPDATE "sv, "INSERT "sv, "COMMIT\0"sv}) {
    const auto at = data.rfind(tag);
    if (at != std::string_view::npos && at >= 5 && data[at - 5] == 'C') return true;
  }
  return false;
}

/// Parse or Query: the beginning of a statement. A startup message begins with its length.
bool is_statement(std::string_view data) { return data.starts_with('P') || data.starts_with('Q'); }

}  // namespace

struct FaultyProxy::Pair {
  Pair(int client_socket, int server_socket) : client(client_socket), server(server_socket) {}
  ~Pair() {
    ::close(client);
    ::close(server);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  int client;
  int server;
  bool silent = false;
};

FaultyProxy::FaultyProxy(int upstream_port, std::uint32_t seed)
    : upstream_port_(upstream_port), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), random_(seed) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (listener_ < 0 || ::bind(listener_, any, size) != 0 || ::listen(listener_, 64) != 0 || ::getsockname(listener_, any, &size) != 0) {
    throw std::runtime_error("the proxy can't listen");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

FaultyProxy::~FaultyProxy() {
  thread_.request_stop();
  thread_.join();
  ::close(listener_);
}

void FaultyProxy::fall_silent() {
  const std::lock_guard lock(mutex_);
  bool this_one = true;
  for (const auto& [client, pair] : pairs_) {
    pair->silent = pair->silent || this_one;
    if (this_one) ++harmed_;
    this_one = !this_one;
  }
}

void FaultyProxy::end_silence() {
  const std::lock_guard lock(mutex_);
  std::erase_if(pairs_, [](const auto& entry) { return entry.second->silent; });
}

void FaultyProxy::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::vector<pollfd> waiting{{.fd = listener_, .events = POLLIN, .revents = 0}};
    std::vector<int> clients{-1};  // whose entry of `waiting` it is
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [client, pair] : pairs_) {
        if (pair->silent) continue;
        waiting.push_back({.fd = pair->client, .events = POLLIN, .revents = 0});
        waiting.push_back({.fd = pair->server, .events = POLLIN, .revents = 0});
        clients.insert(clients.end(), 2, client);
      }
    }
    if (::poll(waiting.data(), waiting.size(), kPollMilliseconds) <= 0) continue;
    if (waiting.front().revents != 0) accept_client();
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 1; i < waiting.size(); ++i) {
      if (waiting[i].revents == 0) continue;
      const auto pair = pairs_.find(clients[i]);
      if (pair == pairs_.end() || pair->second->silent) continue;  // in between
      if (!forward(*pair->second, waiting[i].fd == pair->second->server)) pairs_.erase(pair);
    }
  }
}

void FaultyProxy::accept_client() {
  const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) return;
  const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(upstream_port_);
  auto pair = std::make_unique<Pair>(client, server);
  if (server < 0 || ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return;  // closes both
  const std::lock_guard lock(mutex_);
  pairs_[client] = std::move(pair);
}

bool FaultyProxy::forward(Pair& pair, bool from_server) {
  std::array<char, 65536> buffer;
  const ssize_t size = ::recv(from_server ? pair.server : pair.client, buffer.data(), buffer.size(), 0);
  if (size <= 0) return false;
  const std::string_view data(buffer.data(), static_cast<std::size_t>(size));
  if (loses(data, from_server)) {
    ++harmed_;
    return false;
  }
  return write_all(from_server ? pair.client : pair.server, data);
}

bool FaultyProxy::loses(std::string_view data, bool from_server) {
  const int percent = from_server ? reply_percent_ : statement_percent_;
  if (percent == 0 || !(from_server ? is_committed_write(data) : is_statement(data))) return false;
  return std::uniform_int_distribution<int>(0, 99)(random_) < percent;
}

}  // namespace poolguard::chaos
