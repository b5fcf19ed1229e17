// RUN: %check_poolguard %s poolguard-worker-pool-atomicity

#include "app.h"
#include "queue.h"

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

void work(int item);

void oneStep(const std::vector<int> &items, int workers) {
  std::atomic<std::size_t> next{0}, done{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < workers; ++i)
    threads.emplace_back([&] {
      for (std::size_t mine; (mine = next.fetch_add(1)) < items.size();)
        work(items[mine]);
      while (true) {
        std::size_t mine = next++;
        if (mine >= items.size())
          break;
        work(items[mine]);
      }
      // Checked early, and again on the value that is used.
      while (next.load() < items.size()) {
        auto mine = next.fetch_add(1);
        if (mine < items.size())
          work(items[mine]);
      }
      std::size_t seen = next.load();
      while (seen < items.size() && !next.compare_exchange_weak(seen, seen + 1)) {
      }
      // A counter of what is done takes no work.
      while (done.load() < items.size())
        ++done;
    });
}

class Pool {
public:
  void run() {
    for (int i = 0; i < 4; ++i)
      threads_.emplace_back([this] { loop(); });
  }
  void single() {
    std::jthread one([this] { alone_ = alone_ + 1; });
  }

private:
  std::mutex mutex_;
  std::size_t next_ = 0, alone_ = 0;
  std::atomic<bool> stop_{false};
  std::deque<int> queue_;
  std::vector<std::jthread> threads_;

  void loop() {
    while (!stop_.load()) {
      std::unique_lock lock(mutex_);
      if (queue_.empty()) {
        stop_.store(true);
        return;
      }
      int item = queue_.front();
      queue_.pop_front();
      ++next_;
      lock.unlock();
      work(item);
    }
  }
};

// Each thread has its own.
void own(const std::vector<std::vector<int>> &shares) {
  thread_local int mine = 0;
  std::vector<std::jthread> threads;
  for (const std::vector<int> &share : shares) {
    auto counter = std::make_shared<int>(0);
    threads.emplace_back([&share, counter, copy = 0, byHand = 0]() mutable {
      int local = 0;
      for (int item : share) {
        work(item);
        ++local;
        ++mine;
        ++copy;
        ++*counter;
      }
    });
  }
  std::vector<int> results(shares.size());
  app::parallel_for(4, [&] {
    std::size_t index = 0;
    results[index] = results[index] + 1;
  });
}

// Different objects.
struct Task {
  int steps = 0;
  void step() { ++steps; }
};
void objects(std::vector<Task> &tasks) {
  std::vector<std::jthread> threads;
  for (Task &task : tasks)
    threads.emplace_back([&task] { task.step(); });
  std::jthread a(&Task::step, &tasks[0]), b(&Task::step, &tasks[1]);
}

// On one thread at a time.
void sequential(app::Queue &, std::vector<int> items) {
  std::size_t next = 0;
  std::jthread one([&] { ++next; });
  one.join();
  app::every(std::chrono::seconds(1), [&] { ++next; });
  auto local = [&] { work(items[next++]); };
  local();
}

// Given by reference, under a lock that the caller holds; or an object for each.
void take(std::size_t &next, std::deque<int> &queue) {
  ++next;
  queue.pop_front();
}
void held(std::size_t &next, std::deque<int> &queue, std::mutex &mutex) {
  std::lock_guard lock(mutex);
  take(next, queue);
}
void given(int workers) {
  std::size_t next = 0;
  std::deque<int> queue;
  std::mutex mutex;
  std::vector<std::thread> threads;
  for (int i = 0; i < workers; ++i)
    threads.emplace_back(held, std::ref(next), std::ref(queue), std::ref(mutex));
  for (std::thread &thread : threads)
    thread.join();
  for (int i = 0; i < workers; ++i) {
    std::size_t mine = 0;
    std::thread one(take, std::ref(mine), std::ref(queue));
    one.join();
  }
  app::parallel_for(4, [] {
    std::size_t mine = 0;
    std::deque<int> local;
    take(mine, local);
    auto more = [&] { ++mine; };
    more();
  });
}

// A flag that stops everybody may be set twice; one that is exchanged is taken once; a spin lock is a lock.
void flags(const std::vector<int> &items) {
  std::atomic<bool> stop{false}, taken{false}, busy{false};
  std::atomic_flag spin;
  int next = 0, last = 0;
  app::parallel_for(4, [&] {
    while (!stop.load())
      if (items.empty())
        stop.store(true);
    if (!stop)
      stop = true;
    if (!taken.exchange(true))
      work(items[0]);
  });
  app::parallel_for(4, [&] {
    while (spin.test_and_set())
      ;
    work(items[next++]);
    spin.clear();
  });
  app::parallel_for(4, [&] {
    while (busy.exchange(true))
      ;
    work(items[last++]);
    busy.store(false);
  });
}

// One thread at a time, although there is a loop.
void rounds(int times) {
  int round = 0;
  for (int i = 0; i < times; ++i) {
    std::jthread beat([&] { ++round; });
    work(i);
  }
  for (int i = 0; i < times; ++i) {
    std::thread beat([&] { ++round; });
    work(i);
    beat.join();
  }
}

class Service {
public:
  void start() {
    reader_ = std::jthread([this] { ++read_; });
  }

private:
  int read_ = 0;
  std::jthread reader_;
};

void claims(app::Db &db) {
  db.execute_direct("UPDATE jobs SET status = 'active', lock_epoch = lock_epoch + 1, lock_until = now() + interval '1 min' "
                    "WHERE id = (SELECT id FROM jobs WHERE status = 'waiting' LIMIT 1 FOR UPDATE SKIP LOCKED)");
  db.execute_direct("SELECT id FROM jobs WHERE status = 'waiting' LIMIT 1");
  // It asks again.
  db.execute_direct("UPDATE jobs SET status = 'active', lock_epoch = lock_epoch + 1, lock_until = now() + interval '1 min' "
                    "WHERE id = $1 AND status = 'waiting'");
}
void locked_first(app::Db &db) {
  db.execute_direct("SELECT id FROM jobs WHERE status = 'waiting' LIMIT 1 FOR UPDATE SKIP LOCKED");
  db.execute_direct("UPDATE jobs SET status = 'active', lock_epoch = lock_epoch + 1, lock_until = now() WHERE id = $1");
}
void advisory(app::Db &db) {
  db.execute_direct("SELECT pg_advisory_xact_lock(42)");
  db.execute_direct("SELECT id FROM jobs WHERE status = 'waiting' LIMIT 1");
  db.execute_direct("UPDATE jobs SET status = 'active', lock_epoch = lock_epoch + 1, lock_until = now() WHERE id = $1");
}
