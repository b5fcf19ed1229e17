#include "worker/wake_listener.hpp"

#include <exception>
#include <utility>

#include <fmt/format.h>

namespace poolguard::detail {

WakeListener::WakeListener(WakeListenerCalls calls, EventSink events, Backoff retry)
    : calls_(std::move(calls)), events_(std::move(events)), retry_(retry), thread_([this](const std::stop_token& stop) { run(stop); }) {}

Backoff WakeListener::usual_retry() { return {.initial = kRetryLeast, .factor = 2.0, .most = kRetryMost, .jitter = 0.5}; }

void WakeListener::run(const std::stop_token& stop) noexcept {
  while (!stop.stop_requested()) {
    try {
      if (listen(stop)) continue;
      become(State::unavailable, "");
    } catch (const std::exception& error) {
      become(State::lost, error.what());
    } catch (...) {
      become(State::lost, "unknown exception");
    }
    if (!stop.stop_requested()) pause(stop);
  }
}

bool WakeListener::listen(const std::stop_token& stop) {
  constexpr std::chrono::milliseconds kLong{std::chrono::hours{1}};
  const std::unique_ptr<Listener> listener = calls_.open(stop);
  if (!listener) return false;
  become(State::listening, "");
  while (!stop.stop_requested()) {
    const std::vector<std::string> payloads = listener->wait(kLong, stop);
    failures_ = 0;  // not before it has proved itself: one that is lost at once is made with back-off
    if (!payloads.empty()) calls_.notified(payloads);
  }
  return true;
}

void WakeListener::become(State state, std::string_view why) {
  const State before = std::exchange(state_, state);
  if (state == before) return;
  if (state == State::listening) {
    emit(events_, Level::info, "listener.ready", "new jobs are notified from now on");
  } else if (state == State::lost) {
    emit(events_, Level::warning, "listener.lost",
         fmt::format("new jobs are not notified ({}); the worker looks for them by itself, so they may start later, until it can listen "
                     "again, which it tries",
                     why));
  } else if (state == State::unavailable) {
    emit(events_, Level::info, "listener.unavailable",
         "there is no session to listen on (one lane only, or the session lane is degraded); the worker looks for new jobs by itself");
  }
  if (state == State::listening || before == State::listening) calls_.listening(state == State::listening);
}

void WakeListener::pause(const std::stop_token& stop) {
  const double random = std::uniform_real_distribution<double>(0.0, 1.0)(random_);
  const auto wait = state_ == State::unavailable ? retry_.most : retry_.delay(++failures_, random);
  std::unique_lock lock(mutex_);
  stopped_.wait_for(lock, stop, wait, [] { return false; });
}

}  // namespace poolguard::detail
