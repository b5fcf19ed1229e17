#include "signals.hpp"

#include <unistd.h>

#include <csignal>
#include <ctime>
#include <iostream>
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

void Signals::listen(std::function<void()> on_stop) {
  thread_ = std::jthread([on_stop = std::move(on_stop)](const std::stop_token& stop) {
    const sigset_t signals = watched();
    bool stopping = false;
    while (!stop.stop_requested()) {
      // A signal wakes it at once; the limit is only for its own end.
      const timespec limit{.tv_sec = 0, .tv_nsec = 100'000'000};
      if (::sigtimedwait(&signals, nullptr, &limit) < 0) continue;
      if (stopping) {
        std::cerr << "poolguard-jobs: told twice to stop; ending at once. Running jobs run again when their leases have run out\n";
        ::_exit(kNo);
      }
      stopping = true;
      std::cerr << "poolguard-jobs: stopping: no new jobs; waiting for the running ones (once more to end at once)\n";
      on_stop();
    }
  });
}

}  // namespace poolguard::cli
