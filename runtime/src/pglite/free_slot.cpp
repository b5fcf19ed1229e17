#include "pglite/free_slot.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "poolguard/errors.hpp"

namespace poolguard::detail {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// A server that isn't busy has turned a connection away by then.
constexpr milliseconds kTurnedAway{30};
/// Between its answer and the moment at which it counts the connection as gone.
constexpr milliseconds kForgets{30};
constexpr milliseconds kRetry{50};

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  [[nodiscard]] int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

[[noreturn]] void fail(const ConnectionUrl& url, const std::string& why) {
  throw ConnectError(fmt::format("can't connect to {}: {}. Is pglite-server running there?", url.redacted(), why));
}

std::string system_error_text(int error) { return std::error_code(error, std::generic_category()).message(); }

std::unique_ptr<Socket> connect_unix(const ConnectionUrl& url) {
  const std::string path = fmt::format("{}/.s.PGSQL.{}", url.get("host"), url.get("port"));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) fail(url, "the name of its socket is too long");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  auto socket = std::make_unique<Socket>(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(socket->fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail(url, system_error_text(errno));
  return socket;
}

std::unique_ptr<Socket> connect_tcp(const ConnectionUrl& url) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string host = url.get("hostaddr").empty() ? url.get("host") : url.get("hostaddr");
  if (const int error = ::getaddrinfo(host.c_str(), url.get("port").c_str(), &hints, &found); error != 0) fail(url, ::gai_strerror(error));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, &::freeaddrinfo);
  int error = 0;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    auto socket = std::make_unique<Socket>(::socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol));
    if (::connect(socket->fd(), at->ai_addr, at->ai_addrlen) == 0) return socket;
    error = errno;
  }
  fail(url, system_error_text(error));
}

bool speaks_within(const Socket& socket, milliseconds most) {
  pollfd request{.fd = socket.fd(), .events = POLLIN, .revents = 0};
  return ::poll(&request, 1, static_cast<int>(most.count())) > 0;
}

}  // namespace

/// A connection that sends nothing but its end.
class FreeSlot::Inquiry {
 public:
  explicit Inquiry(const ConnectionUrl& url)
      : socket_(url.get("host").starts_with('/') ? connect_unix(url) : connect_tcp(url)), turned_away_(speaks_within(*socket_, kTurnedAway)) {
    ::shutdown(socket_->fd(), SHUT_WR);
  }

  /// False if the server, which must be busy, hasn't ended the connection until `until`. All that it says is read: what is unread when a
  /// socket is closed resets the connection, which crashes the server, too.
  [[nodiscard]] bool ended(Clock::time_point until) {
    std::array<char, 256> part{};
    while (true) {
      const auto left = std::chrono::ceil<milliseconds>(until - Clock::now());
      if (!speaks_within(*socket_, std::max(left, milliseconds{0}))) return false;
      if (::recv(socket_->fd(), part.data(), part.size(), 0) <= 0) return true;
      turned_away_ = true;  // it speaks to those alone
    }
  }
  [[nodiscard]] bool turned_away() const noexcept { return turned_away_; }

 private:
  std::unique_ptr<Socket> socket_;
  bool turned_away_;
};

FreeSlot::FreeSlot(ConnectionUrl url) : url_(std::move(url)) {}

FreeSlot::~FreeSlot() = default;

bool FreeSlot::await(Clock::time_point until) {
  while (true) {
    const bool late = open_ != nullptr;
    if (!open_) open_ = std::make_unique<Inquiry>(url_);
    const auto asked = Clock::now();
    if (!open_->ended(until)) return false;
    // An answer that took long came from a server that was busy, perhaps with the end of another connection: ask once more.
    const bool room = !open_->turned_away() && !late && Clock::now() - asked < kRetry;
    open_.reset();
    std::this_thread::sleep_for(room ? kForgets : kRetry);
    if (room) return true;
    if (Clock::now() > until) return false;
  }
}

}  // namespace poolguard::detail
