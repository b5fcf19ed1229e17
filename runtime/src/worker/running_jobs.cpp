#include "worker/running_jobs.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace poolguard::detail {

void RunningJobs::push(std::vector<std::shared_ptr<Entry>> entries) {
  const std::lock_guard lock(mutex_);
  for (auto& entry : entries) {
    entries_[entry->job.key()] = entry;
    inbox_.push_back(std::move(entry));
    arrived_.notify_one();
  }
}

std::shared_ptr<RunningJobs::Entry> RunningJobs::pop() {
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, [this] { return closed_ || !inbox_.empty(); });
  if (inbox_.empty()) return nullptr;
  auto entry = std::move(inbox_.front());
  inbox_.pop_front();
  return entry;
}

std::deque<std::shared_ptr<RunningJobs::Entry>> RunningJobs::take_unstarted() {
  const std::lock_guard lock(mutex_);
  return std::exchange(inbox_, {});
}

void RunningJobs::replace(const std::vector<LeaseKey>& ended, const std::vector<std::shared_ptr<Entry>>& next) {
  const std::lock_guard lock(mutex_);
  for (const LeaseKey& key : ended) entries_.erase(key);
  for (const auto& entry : next) entries_[entry->job.key()] = entry;
}

void RunningJobs::done(const std::vector<LeaseKey>& keys) {
  const std::lock_guard lock(mutex_);
  for (const LeaseKey& key : keys) entries_.erase(key);
  changed_.notify_all();
}

void RunningJobs::request_stop(const LeaseKey& key) {
  std::shared_ptr<Entry> entry;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = entries_.find(key); found != entries_.end()) entry = found->second;
  }
  if (entry) entry->stop.request_stop();  // runs the handler's callbacks: not under the mutex
}

void RunningJobs::request_stop_all() {
  std::vector<std::shared_ptr<Entry>> entries;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, entry] : entries_) entries.push_back(entry);
  }
  for (const auto& entry : entries) entry->stop.request_stop();
}

void RunningJobs::cancel(const LeaseKey& key) {
  std::shared_ptr<Entry> entry;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = entries_.find(key); found != entries_.end()) entry = found->second;
  }
  if (entry && !entry->cancelled.exchange(true)) entry->stop.request_stop();
}

std::optional<RunningJobs::Clock::time_point> RunningJobs::stop_overdue() {
  const auto now = Clock::now();
  std::vector<std::shared_ptr<Entry>> overdue;
  std::optional<Clock::time_point> next;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, entry] : entries_) {
      if (!entry->stop_at || entry->timed_out) continue;
      if (*entry->stop_at <= now) overdue.push_back(entry);
      else next = next ? std::min(*next, *entry->stop_at) : *entry->stop_at;
    }
  }
  for (const auto& entry : overdue) {
    entry->timed_out = true;
    entry->stop.request_stop();
  }
  return next;
}

void RunningJobs::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  arrived_.notify_all();
}

std::size_t RunningJobs::wait_for_free_slots(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop, [this] { return entries_.size() + least_ <= slots_; });
  return slots_ - std::min(slots_, entries_.size());
}

std::size_t RunningJobs::wait_until_idle(Clock::time_point until) {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, until, [this] { return entries_.empty(); });
  return entries_.size();
}

std::size_t RunningJobs::count() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace poolguard::detail
