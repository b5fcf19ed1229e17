#include "connection/watchdog.hpp"

#include <cstdint>
#include <system_error>
#include <utility>
#include <vector>

namespace poolguard::detail {

/// One watched statement. All but `target` is guarded by State::mutex.
struct Watchdog::Entry {
  WatchTarget target;
  std::optional<Clock::time_point> wake_at;  // the deadline; after the request, the end of the grace
  WatchOutcome outcome;
  bool requested = false;
  bool requesting = false;
};

struct Watchdog::State {
  explicit State(std::chrono::milliseconds grace_time) : grace(grace_time) {}

  const std::chrono::milliseconds grace;
  std::mutex mutex;
  std::condition_variable_any changed;
  std::vector<std::shared_ptr<Entry>> entries;
  std::uint64_t generation = 0;
  /// When the thread looks again if nobody wakes it; none: never. Most statements end long before their deadlines, so it is woken for none
  /// of them: it wakes at the deadline of one that has ended long ago, and finds the next.
  std::optional<Clock::time_point> next_look;

  void touch() {
    ++generation;
    changed.notify_all();
  }

  /// Mutex held. The first step of the end: asks the server.
  void request_cancel(const std::shared_ptr<Entry>& entry, const std::shared_ptr<State>& self, EndReason reason) {
    entry->outcome.reason = reason;
    entry->requested = true;
    entry->requesting = true;
    entry->wake_at = Clock::now() + grace;
    try {
      std::thread([self, entry] {
        try {
          entry->target.cancel();
        } catch (...) {
          // The request could not be sent. The cut at the end of the grace ends the statement, and says so.
        }
        const std::lock_guard lock(self->mutex);
        entry->requesting = false;
        self->touch();
      }).detach();
    } catch (const std::system_error&) {
      entry->requesting = false;  // no thread to be had: as above
    }
  }

  /// Mutex held. The second step: the server didn't confirm in time.
  static void cut(Entry& entry) {
    entry.wake_at.reset();
    entry.outcome.cut = true;
    entry.target.cut();
  }
};

Watchdog::Watchdog(std::chrono::milliseconds grace) : state_(std::make_shared<State>(grace)) {}

Watchdog::~Watchdog() = default;

std::unique_ptr<Watchdog::Watch> Watchdog::watch(WatchTarget target, std::optional<Clock::time_point> deadline,
                                                 const std::stop_token& stop) {
  auto entry = std::make_shared<Entry>();
  entry->target = std::move(target);
  entry->wake_at = deadline;
  std::call_once(started_, [this] {
    thread_ = std::jthread([state = state_](const std::stop_token& ended) {
      const auto keep = state;
      while (!ended.stop_requested()) {
        std::unique_lock lock(keep->mutex);
        const auto now = Clock::now();
        std::optional<Clock::time_point> next;
        for (const std::shared_ptr<Entry>& watched : keep->entries) {
          if (watched->wake_at && *watched->wake_at <= now) {
            if (watched->requested) State::cut(*watched);
            else keep->request_cancel(watched, keep, EndReason::timeout);
          }
          if (watched->wake_at && (!next || *watched->wake_at < *next)) next = watched->wake_at;
        }
        keep->next_look = next;
        const auto changed = [&keep, seen = keep->generation] { return keep->generation != seen; };
        if (next) keep->changed.wait_until(lock, ended, *next, changed);
        else keep->changed.wait(lock, ended, changed);
      }
    });
  });
  {
    const std::lock_guard lock(state_->mutex);
    state_->entries.push_back(entry);
    if (deadline && (!state_->next_look || *deadline < *state_->next_look)) state_->touch();
  }
  return std::make_unique<Watch>(state_, std::move(entry), stop);
}

Watchdog::Watch::Watch(std::shared_ptr<State> state, std::shared_ptr<Entry> entry, const std::stop_token& stop)
    : state_(std::move(state)), entry_(std::move(entry)) {
  if (!stop.stop_possible()) return;
  on_stop_.emplace(stop, [shared = state_, watched = entry_] {
    const std::lock_guard lock(shared->mutex);
    if (watched->requested) return;
    shared->request_cancel(watched, shared, EndReason::stop);
    shared->touch();
  });
}

Watchdog::Watch::~Watch() { finish(); }

WatchOutcome Watchdog::Watch::finish() {
  on_stop_.reset();  // waits for a callback that is running, so no lock may be held here
  std::unique_lock lock(state_->mutex);
  if (!finished_) {
    finished_ = true;
    entry_->wake_at.reset();
    std::erase(state_->entries, entry_);
    const bool ended = state_->changed.wait_for(lock, state_->grace, [this] { return !entry_->requesting; });
    if (!ended) {
      entry_->outcome.abandoned = true;
      if (!entry_->outcome.cut) State::cut(*entry_);
    }
  }
  return entry_->outcome;
}

}  // namespace poolguard::detail
