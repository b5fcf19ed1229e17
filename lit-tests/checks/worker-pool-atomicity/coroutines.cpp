// RUN: %check_poolguard %s poolguard-worker-pool-atomicity

#include <atomic>
#include <coroutine>

struct Task {
  bool await_ready();
  void await_suspend(std::coroutine_handle<>);
  void await_resume();
  struct promise_type {
    Task get_return_object();
    std::suspend_never initial_suspend();
    std::suspend_never final_suspend() noexcept;
    void return_void();
    void unhandled_exception();
  };
};
struct Awaitable {
  bool await_ready();
  void await_suspend(std::coroutine_handle<>);
  int await_resume();
};
Awaitable ping();
struct MutexLock {};
struct Mutex {
  struct Locking {
    bool await_ready();
    void await_suspend(std::coroutine_handle<>);
    MutexLock await_resume();
  };
  Locking scoped_lock();
};
void work(int item);
void spawn(Task task);

class Pool {
public:
  // Nobody in the program says how often it runs.
  Task bad() {
    int mine = next_;
    co_await ping();
    next_ = mine + 1;
    // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: the coroutine suspends between reading 'next_' and writing what it computed from it: another one reads the same value meanwhile, and both work on it; take the value in one step before the suspension
    work(mine);
  }
  Task split() {
    auto mine = shared_.load();
    if (co_await ping() > 0)
      shared_.store(mine + 1);
    // CHECK-MESSAGES: :[[@LINE-1]]:15: warning: the coroutine suspends between reading 'shared_'
  }
  Task worker() {
    int mine = next_;
    co_await ping();
    next_ = mine + 1;
    // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: the coroutine suspends between reading 'next_'
  }
  void start() {
    for (int i = 0; i < 4; ++i)
      spawn(worker());
  }

  Task good() {
    int mine = next_++;
    co_await ping();
    work(mine);
    mine = next_;
    next_ = mine + 1;
    co_await ping();
    next_ = co_await ping();
  }
  Task locked() {
    auto lock = co_await mutex_.scoped_lock();
    int mine = next_;
    co_await ping();
    next_ = mine + 1;
  }
  Task local() {
    int mine = 0;
    int before = mine;
    co_await ping();
    mine = before + 1;
    work(mine);
  }
  // The path to the write has no suspension after the read.
  Task branches(bool some) {
    int mine = 0;
    if (some)
      mine = next_;
    else
      co_await ping();
    if (some)
      next_ = mine + 1;
  }

private:
  int next_ = 0;
  std::atomic<int> shared_{0};
  Mutex mutex_;
};

// One run at a time.
class Session {
public:
  Task run() {
    co_await step();
    co_await step();
  }

private:
  int sequence_ = 0;
  Task step() {
    int mine = sequence_;
    co_await ping();
    sequence_ = mine + 1;
  }
};

// Each run has its own; all have the same.
Task each(int &next) {
  int mine = next;
  co_await ping();
  next = mine + 1;
}
Task all(int &next) {
  int mine = next;
  co_await ping();
  next = mine + 1;
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: the coroutine suspends between reading 'next'
}
int counter;
Task global() {
  int mine = counter;
  co_await ping();
  counter = mine + 1;
  // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: the coroutine suspends between reading 'counter'
}
void sessions() {
  int shared = 0;
  for (int i = 0; i < 4; ++i) {
    int own = 0;
    spawn(each(own));
    spawn(all(shared));
  }
  spawn(global());
}
