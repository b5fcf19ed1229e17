#include "worker/completions.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace poolguard::detail {

Completions::Completions(std::size_t most, std::function<void(const std::vector<EndedJob>&)> write)
    : most_(most), write_(std::move(write)), thread_([this](const std::stop_token& stop) {
        for (std::vector<EndedJob> ended = take(stop); !ended.empty(); ended = take(stop)) write_(ended);
      }) {}

void Completions::add(EndedJob ended) {
  const std::lock_guard lock(mutex_);
  ended_.push_back(std::move(ended));
  if (ended_.size() == 1) added_.notify_one();
}

std::vector<EndedJob> Completions::take(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  added_.wait(lock, stop, [this] { return !ended_.empty(); });
  if (ended_.size() <= most_) return std::exchange(ended_, {});
  const auto end = ended_.begin() + static_cast<std::ptrdiff_t>(most_);
  std::vector<EndedJob> taken(std::make_move_iterator(ended_.begin()), std::make_move_iterator(end));
  ended_.erase(ended_.begin(), end);
  return taken;
}

}  // namespace poolguard::detail
