#include "connection/pg_listener.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "connection/pg_connection.hpp"
#include "poolguard/errors.hpp"

namespace poolguard::detail {
namespace {

std::shared_ptr<const int> make_event() {
  const int event = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (event < 0) throw ConnectionError("the process has no file descriptors left (raise `ulimit -n` or make the pools smaller)");
  return {new int(event), [](const int* fd) {
            ::close(*fd);
            delete fd;
          }};
}

}  // namespace

PgListener::PgListener(Connection<Lane::session> session, const std::string& channel, const ExecuteOptions& options)
    : session_(std::move(session)), wake_(make_event()) {
  PgConnection& connection = session_.raw();
  connection.watched("LISTEN", options, [&] {
    subscription_ = std::make_unique<pqxx_adapter::Subscription>(*connection.connection_, channel);
  });
}

PgListener::~PgListener() {
  // libpqxx 6 sends UNLISTEN when the subscription ends, and a server that hangs would never answer that.
  session_.raw().cut();
}

std::vector<std::string> PgListener::wait(std::chrono::milliseconds most, const std::stop_token& stop) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kLongest{std::chrono::hours{1}};  // poll() counts in an int
  const auto until = Clock::now() + most;
  const std::stop_callback on_stop(stop, [this] { (void)::eventfd_write(*wake_, 1); });
  while (true) {
    std::vector<std::string> payloads;
    try {
      payloads = subscription_->take();
    } catch (const std::exception&) {
      pqxx_adapter::rethrow("");
    }
    const auto left = std::min(std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()), kLongest);
    if (!payloads.empty() || stop.stop_requested() || left.count() <= 0) return payloads;
    std::array<pollfd, 2> sources{pollfd{.fd = *session_.raw().socket_, .events = POLLIN, .revents = 0},
                                  pollfd{.fd = *wake_, .events = POLLIN, .revents = 0}};
    ::poll(sources.data(), sources.size(), static_cast<int>(left.count()));
    if (sources[1].revents != 0) {
      std::uint64_t rings = 0;
      (void)::eventfd_read(*wake_, &rings);
    }
  }
}

}  // namespace poolguard::detail
