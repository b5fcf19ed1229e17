#include "worker/hand_over.hpp"

#include <utility>

namespace poolguard::detail {

void HandOver::take(Turn& turn) {
  std::unique_lock lock(mutex_);
  waiting_.push_back(&turn);
  turn.changed.wait(lock, [&] { return turn.over || !under_way_; });
  if (turn.over) return;
  under_way_ = true;
  const std::vector<Turn*> turns = std::exchange(waiting_, {});
  lock.unlock();
  send_(turns);
  lock.lock();
  under_way_ = false;
  // Under the mutex: a turn whose thread has seen that it is over is gone.
  for (Turn* one : turns) {
    one->over = true;
    one->changed.notify_one();
  }
  if (!waiting_.empty()) waiting_.front()->changed.notify_one();
}

}  // namespace poolguard::detail
