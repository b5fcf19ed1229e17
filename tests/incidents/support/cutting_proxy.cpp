#include "incidents/support/cutting_proxy.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "support/test_cluster.hpp"

namespace incident {
namespace {

constexpr int kPollMilliseconds = 20;  // how soon the end of the proxy is noticed

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<in_port_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int open_socket() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) throw std::runtime_error("the proxy can't have a socket");
  return socket;
}

bool write_all(int socket, std::string_view data) {
  while (!data.empty()) {
    const ssize_t written = ::send(socket, data.data(), data.size(), MSG_NOSIGNAL);
    if (written <= 0) return false;
    data.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

CuttingProxy::CuttingProxy(int server_port) : server_port_(server_port), listener_(open_socket()) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, any, size) != 0 || ::listen(listener_, 16) != 0 || ::getsockname(listener_, any, &size) != 0) {
    ::close(listener_);
    throw std::runtime_error("the proxy can't listen");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::jthread([this](const std::stop_token& stop) { accept_clients(stop); });
}

CuttingProxy::~CuttingProxy() {
  acceptor_.request_stop();
  acceptor_.join();
  ::close(listener_);
}

std::string CuttingProxy::url() const {
  return fmt::format("postgresql://poolguard:{}@127.0.0.1:{}/postgres?sslmode=disable&gssencmode=disable",
                     poolguard::test::TestCluster::kPassword, port_);
}

void CuttingProxy::cut_at_next(const std::string& command_tag) {
  const std::lock_guard lock(mutex_);
  // CommandComplete: 'C', its length (of the length itself, the text and its zero), the text.
  const auto length = static_cast<char>(sizeof(std::int32_t) + command_tag.size() + 1);
  tag_ = std::string{'C', '\0', '\0', '\0', length} + command_tag;
  tag_.push_back('\0');
}

bool CuttingProxy::should_cut(const char* data, std::size_t size) {
  const std::lock_guard lock(mutex_);
  if (tag_.empty() || std::string_view(data, size).find(tag_) == std::string_view::npos) return false;
  tag_.clear();
  ++cuts_;
  return true;
}

void CuttingProxy::accept_clients(const std::stop_token& stop) {
  std::vector<std::jthread> connections;
  while (!stop.stop_requested()) {
    pollfd waiting{.fd = listener_, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, kPollMilliseconds) <= 0) continue;
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    if (refuse_ > 0) {
      --refuse_;
      ::close(client);
      ++refused_;
      continue;
    }
    connections.emplace_back([this, client](const std::stop_token& end) { forward(client, end); });
  }
}

void CuttingProxy::forward(int client, const std::stop_token& stop) {
  const int server = open_socket();
  const sockaddr_in address = loopback(server_port_);
  bool open = ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  std::array<char, 65536> buffer;
  while (open && !stop.stop_requested()) {
    std::array<pollfd, 2> ends{pollfd{.fd = client, .events = POLLIN, .revents = 0},
                               pollfd{.fd = server, .events = POLLIN, .revents = 0}};
    if (::poll(ends.data(), ends.size(), kPollMilliseconds) <= 0) continue;
    for (const bool from_server : {false, true}) {
      if (ends.at(from_server ? 1 : 0).revents == 0) continue;
      const ssize_t size = ::recv(from_server ? server : client, buffer.data(), buffer.size(), 0);
      if (size <= 0) open = false;
      else if (from_server && should_cut(buffer.data(), static_cast<std::size_t>(size))) open = false;
      else open = write_all(from_server ? client : server, {buffer.data(), static_cast<std::size_t>(size)});
      if (!open) break;
    }
  }
  ::close(client);
  ::close(server);
}

}  // namespace incident
