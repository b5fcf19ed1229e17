// RUN: %check_poolguard %s poolguard-worker-pool-atomicity

#include "app.h"
#include "queue.h"

#include <atomic>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

void work(int item);

// A plain counter.
void counter(const std::vector<int> &items, int workers) {
  std::size_t next = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < workers; ++i)
    threads.emplace_back([&] {
      while (next < items.size())
        work(items[next++]);
      // CHECK-MESSAGES: :[[@LINE-1]]:24: warning: several threads change 'next' without a lock, in more than one step: two of them get the same value, and work is done twice or left out; make it a std::atomic and take the value with fetch_add, or lock [poolguard-worker-pool-atomicity]
    });
}

class Pool {
public:
  void run() {
    std::thread one(&Pool::loop, this), two(&Pool::loop, this);
    one.join();
    two.join();
  }

private:
  int next_ = 0;
  std::deque<int> queue_;
  void loop() {
    next_ = next_ + 1;
    // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: several threads change 'next_' without a lock
    take();
  }
  void take() {
    if (queue_.empty())
      return;
    work(queue_.front());
    queue_.pop_front();
    // CHECK-MESSAGES: :[[@LINE-1]]:12: warning: several threads take from 'queue_' without a lock: two of them get the same element, or the container breaks; look and take under one lock
  }
};

// A bound that is checked on another read.
void bound(const std::vector<int> &items) {
  std::atomic<std::size_t> next{0};
  app::parallel_for(4, [&] {
    while (next.load() < items.size()) {
      std::size_t mine = next.fetch_add(1);
      // CHECK-MESSAGES: :[[@LINE-1]]:31: warning: the bound is checked on one read of 'next', and another value of it is used: a thread that comes between the two takes the last piece of work, and this one goes past the end; take the value in one step with fetch_add, then check it
      work(items[mine]);
    }
  });
  app::parallel_for(4, [&] {
    if (next < items.size())
      work(items[next++]);
    // CHECK-MESSAGES: :[[@LINE-1]]:18: warning: the bound is checked on one read of 'next'
  });
}

void read(const std::vector<int> &items) {
  std::atomic<std::size_t> next{0};
  app::parallel_for(4, [&] {
    if (next.load() >= items.size())
      return;
    work(items[next.load()]);
    // CHECK-MESSAGES: :[[@LINE-1]]:21: warning: the bound is checked on one read of 'next'
    next.fetch_add(1);
  });
}

// What a thread is given, over calls.
struct State {
  std::atomic<int> next{0};
  int done = 0;
};
void step(State &state) {
  int mine = state.next;
  state.next = mine * 2;
  // CHECK-MESSAGES: :[[@LINE-1]]:14: warning: 'next' is loaded, then stored: between the two another thread loads the same value, and both work on it
  ++state.done;
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: several threads change 'done' without a lock
}
void loop(State *state, int times) {
  for (int i = 0; i < times; ++i)
    step(*state);
}
void given(int workers) {
  State state;
  std::vector<std::thread> threads;
  for (int i = 0; i < workers; ++i)
    threads.emplace_back(loop, &state, 10);
  for (std::thread &thread : threads)
    thread.join();
}

// Two callables over one object.
void producers(std::vector<int> &out) {
  std::size_t next = 0;
  auto even = [&] { out[next++] = 0; };
  // CHECK-MESSAGES: :[[@LINE-1]]:29: warning: several threads change 'next' without a lock
  auto odd = [&] { out[next++] = 1; };
  // CHECK-MESSAGES: :[[@LINE-1]]:28: warning: several threads change 'next' without a lock
  std::jthread one(even);
  std::jthread two(odd);
}

// A claim in two statements, with or without threads: other workers may be other processes.
void claims(app::Db &db) {
  db.execute_direct("SELECT id FROM jobs WHERE status = 'waiting' LIMIT 1");
  db.execute_direct("UPDATE jobs SET status = 'active', lock_epoch = lock_epoch + 1, lock_until = now() + interval '1 min' WHERE id = $1");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this claims the row of 'jobs' that an earlier SELECT found, without a lock and without asking whether it is still free: two workers find the same row, and both run the job; claim in one statement, with FOR UPDATE SKIP LOCKED in the subquery that picks the row [
}

#define TAKE(next) work(next++)
template <typename Counter> void generic(Counter &next) {
  app::parallel_for(4, [&] { TAKE(next); });
  // CHECK-MESSAGES: :[[@LINE-1]]:30: warning: several threads change 'next' without a lock
  app::parallel_for(4, [&] { TAKE(next); }); // NOLINT(poolguard-worker-pool-atomicity)
}
template void generic(int &);
