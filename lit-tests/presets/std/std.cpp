// RUN: %check_poolguard %s poolguard-* -- -config=config.yaml -- -nostdinc++ -std=c++20 -I%S/../../Inputs/std
// RUN: %preset_roles std %S/config.yaml %s %S/posix.cpp -- -std=c++20 -nostdinc++ -I%S/../../Inputs/std -I%S/../../Inputs

#include "std.h"

namespace app {
bool renew(); // renews the lease
class Connection;
class Transaction { // begins and ends with the object
public:
  explicit Transaction(Connection &);
  ~Transaction();
};
} // namespace app

void inTransaction(app::Connection &connection, std::thread &thread, std::jthread &jthread, std::future<int> &future,
                   std::shared_future<int> &shared, std::__basic_future<int> &base, std::condition_variable &condition,
                   std::condition_variable_any &any, std::unique_lock<std::mutex> &lock, std::latch &latch,
                   std::barrier<> &barrier, std::counting_semaphore<> &semaphore, std::atomic<int> &atomic,
                   std::__atomic_base<int> &atomicBase, std::chrono::time_point point) {
  std::chrono::seconds s1;
  app::Transaction tx(connection);
  std::this_thread::sleep_for(s1);
  // CHECK-MESSAGES: :[[@LINE-1]]:21: warning: 'std::this_thread::sleep_for' waits while transaction 'tx' is open
  std::this_thread::sleep_until(point);
  // CHECK-MESSAGES: :[[@LINE-1]]:21: warning: 'std::this_thread::sleep_until' waits while transaction 'tx' is open
  thread.join();
  // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: 'std::thread::join' waits while transaction 'tx' is open
  jthread.join();
  // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: 'std::jthread::join' waits while transaction 'tx' is open
  future.get();
  // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: 'std::future::get' waits while transaction 'tx' is open
  future.wait();
  // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: 'std::future::wait' waits while transaction 'tx' is open
  future.wait_for(s1);
  // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: 'std::future::wait_for' waits while transaction 'tx' is open
  future.wait_until(point);
  // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: 'std::future::wait_until' waits while transaction 'tx' is open
  shared.get();
  // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: 'std::shared_future::get' waits while transaction 'tx' is open
  shared.wait();
  // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: 'std::shared_future::wait' waits while transaction 'tx' is open
  shared.wait_for(s1);
  // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: 'std::shared_future::wait_for' waits while transaction 'tx' is open
  shared.wait_until(point);
  // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: 'std::shared_future::wait_until' waits while transaction 'tx' is open
  base.wait();
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: 'std::__basic_future::wait' waits while transaction 'tx' is open
  base.wait_for(s1);
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: 'std::__basic_future::wait_for' waits while transaction 'tx' is open
  base.wait_until(point);
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: 'std::__basic_future::wait_until' waits while transaction 'tx' is open
  condition.wait(lock);
  // CHECK-MESSAGES: :[[@LINE-1]]:13: warning: 'std::condition_variable::wait' waits while transaction 'tx' is open
  condition.wait_for(lock, s1);
  // CHECK-MESSAGES: :[[@LINE-1]]:13: warning: 'std::condition_variable::wait_for' waits while transaction 'tx' is open
  condition.wait_until(lock, point);
  // CHECK-MESSAGES: :[[@LINE-1]]:13: warning: 'std::condition_variable::wait_until' waits while transaction 'tx' is open
  any.wait(lock);
  // CHECK-MESSAGES: :[[@LINE-1]]:7: warning: 'std::condition_variable_any::wait' waits while transaction 'tx' is open
  any.wait_for(lock, s1);
  // CHECK-MESSAGES: :[[@LINE-1]]:7: warning: 'std::condition_variable_any::wait_for' waits while transaction 'tx' is open
  any.wait_until(lock, point);
  // CHECK-MESSAGES: :[[@LINE-1]]:7: warning: 'std::condition_variable_any::wait_until' waits while transaction 'tx' is open
  latch.wait();
  // CHECK-MESSAGES: :[[@LINE-1]]:9: warning: 'std::latch::wait' waits while transaction 'tx' is open
  latch.arrive_and_wait();
  // CHECK-MESSAGES: :[[@LINE-1]]:9: warning: 'std::latch::arrive_and_wait' waits while transaction 'tx' is open
  barrier.wait(barrier.arrive());
  // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: 'std::barrier::wait' waits while transaction 'tx' is open
  barrier.arrive_and_wait();
  // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: 'std::barrier::arrive_and_wait' waits while transaction 'tx' is open
  semaphore.acquire();
  // CHECK-MESSAGES: :[[@LINE-1]]:13: warning: 'std::counting_semaphore::acquire' waits while transaction 'tx' is open
  semaphore.try_acquire_for(s1);
  // CHECK-MESSAGES: :[[@LINE-1]]:13: warning: 'std::counting_semaphore::try_acquire_for' waits while transaction 'tx' is open
  semaphore.try_acquire_until(point);
  // CHECK-MESSAGES: :[[@LINE-1]]:13: warning: 'std::counting_semaphore::try_acquire_until' waits while transaction 'tx' is open
  atomic.wait(1);
  // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: 'std::atomic::wait' waits while transaction 'tx' is open
  atomicBase.wait(1);
  // CHECK-MESSAGES: :[[@LINE-1]]:14: warning: 'std::__atomic_base::wait' waits while transaction 'tx' is open
}

void logs() {
  const char *dsn = "host=db password=hunter2";
  std::print("{}", dsn);
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: a connection string with its password reaches a log, through 'std::print'
  std::println("{}", dsn);
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: a connection string with its password reaches a log, through 'std::println'
}

void threads() {
  std::thread a([] { app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:27: warning: an exception from 'app::renew' escapes the thread
  // CHECK-MESSAGES: :[[@LINE-2]]:27: warning: the result of 'app::renew' is dropped
  std::jthread b([] { app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:28: warning: an exception from 'app::renew' escapes the thread
  // CHECK-MESSAGES: :[[@LINE-2]]:28: warning: the result of 'app::renew' is dropped
  auto c = std::async([] { app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:33: warning: the result of 'app::renew' is dropped
  auto d = std::async(std::launch::async, [] { app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:53: warning: the result of 'app::renew' is dropped
}
