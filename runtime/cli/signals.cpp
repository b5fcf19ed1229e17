#include "signals.hpp"

#include <unistd.h>

#include <csignal>
#include <ctime>
#include <utility>

#include "options.hpp"

namespace poolguard::cli {
namespace {

sigset_t watched() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&signals, signal);
  return signals;
}

}  // namespace

Signals::Signals() {
  const sigset_t signals = watched();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

std::jthread Signals::listen(std::function<void()> on_stop, std::function<void()> on_again) const {
  return std::jthread([on_stop = std::move(on_stop), on_again = std::move(on_again)](const std::stop_token& stop) {
    const sigset_t signals = watched();
    bool stopping = false;
    while (!stop.stop_requested()) {
      // A signal wakes it at once; the limit is only for its own end.
      const timespec limit{.tv_sec = 0, .tv_nsec = 100'000'000};
      if (::sigtimedwait(&signals, nullptr, &limit) < 0) continue;
      if (stopping) {
        on_again();
        ::_exit(kNo);
      }
      stopping = true;
      on_stop();
    }
  });
}

}  // namespace poolguard::cli
