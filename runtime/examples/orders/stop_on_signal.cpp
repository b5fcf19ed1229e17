#include "stop_on_signal.hpp"

#include <csignal>
#include <ctime>

namespace orders {

StopOnSignal::StopOnSignal() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGTERM);
  ::sigaddset(&signals, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  waiting_ = std::jthread([this, signals](const std::stop_token& end) {
    while (!end.stop_requested()) {
      const timespec limit{.tv_sec = 0, .tv_nsec = 100'000'000};  // only for its own end
      if (::sigtimedwait(&signals, nullptr, &limit) > 0) stop_.request_stop();
    }
  });
}

}  // namespace orders
