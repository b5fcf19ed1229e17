// RUN: %check_poolguard %s poolguard-connection-shared-across-threads

#include "queue.h"

#include <functional>
#include <future>
#include <memory>
#include <pqxx/pqxx>
#include <thread>
#include <vector>

void workers(int count) {
  pqxx::connection connection("host=db");
  std::vector<std::jthread> threads;
  for (int i = 0; i < count; ++i)
    threads.emplace_back([&connection] {
      pqxx::work tx(connection);
      // CHECK-MESSAGES: :[[@LINE-1]]:18: warning: 'connection' is used by several threads that 'std::jthread::jthread' starts without a lock: a connection carries one statement at a time, so results are mixed up or the connection breaks; give each thread a connection of its own, or guard this one with a mutex [poolguard-connection-shared-across-threads]
      tx.commit();
    });
}

// One transaction is one connection.
void pool(pqxx::connection &connection) {
  pqxx::work tx(connection);
  app::parallel_for(4, [&] {
    tx.exec("SELECT 1");
    // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: 'tx' is used by several threads that 'app::parallel_for' starts
  });
}

class Service {
public:
  void start() {
    reader_ = std::jthread([this] { read(); });
    writer_ = std::jthread([this] { write(); });
  }

private:
  std::unique_ptr<pqxx::connection> connection_;
  std::jthread reader_, writer_;
  void read() {
    pqxx::work tx(*connection_);
    // CHECK-MESSAGES: :[[@LINE-1]]:16: warning: 'connection_' is used by this thread and another one without a lock
  }
  void write() {
    pqxx::work tx(*connection_);
    // CHECK-MESSAGES: :[[@LINE-1]]:16: warning: 'connection_' is used by this thread and another one without a lock
  }
};

void starter() {
  auto connection = std::make_shared<pqxx::connection>("host=db");
  std::thread beat([connection] { pqxx::work tx(*connection); });
  // CHECK-MESSAGES: :[[@LINE-1]]:46: warning: 'connection' is used by this thread and the one that started it without a lock
  pqxx::work tx(*connection);
  beat.join();
}

// Arguments, over calls.
void insert(pqxx::connection &c) {
  pqxx::work tx(c);
  // CHECK-MESSAGES: :[[@LINE-1]]:14: warning: 'c' is used by this thread and another one without a lock
}
void import(pqxx::connection *to) { insert(*to); }
void arguments() {
  pqxx::connection connection("host=db");
  std::thread one(import, &connection), two(insert, std::ref(connection));
  one.join();
  two.join();
}
void count(std::stop_token, pqxx::connection &c) {
  pqxx::work tx(c);
  // CHECK-MESSAGES: :[[@LINE-1]]:14: warning: 'c' is used by several threads that 'std::jthread::jthread' starts
}
void tokens(int threads) {
  pqxx::connection other("host=db");
  std::vector<std::jthread> all;
  for (int i = 0; i < threads; ++i)
    all.emplace_back(count, std::ref(other));
}

// A function of yours that starts the thread.
class Threads {
public:
  void start(std::function<void()> body) { all_.emplace_back(std::move(body)); }

private:
  std::vector<std::thread> all_;
};
void through(Threads &threads, pqxx::connection &connection) {
  for (int i = 0; i < 4; ++i)
    threads.start([&] { pqxx::work tx(connection); });
  // CHECK-MESSAGES: :[[@LINE-1]]:36: warning: 'connection' is used by several threads that 'std::thread::thread' starts
}

pqxx::connection global("host=db");
void first() {
  pqxx::work tx(global);
  // CHECK-MESSAGES: :[[@LINE-1]]:14: warning: 'global' is used by this thread and another one without a lock
}
void second() {
  pqxx::work tx(global);
  // CHECK-MESSAGES: :[[@LINE-1]]:14: warning: 'global' is used by this thread and another one without a lock
}
void globals() {
  std::thread one(first);
  std::thread two(second);
  one.join();
  two.join();
  app::parallel_for(4, [] { pqxx::work tx(global); });
  // CHECK-MESSAGES: :[[@LINE-1]]:40: warning: 'global' is used by several threads that 'app::parallel_for' starts
  app::parallel_for(4, [] { pqxx::work tx(global); }); // NOLINT(poolguard-connection-shared-across-threads)
}

#define ON_THREAD(code) std::async(std::launch::async, [&] { code; })
template <typename Connection> void both(Connection &connection) {
  auto later = ON_THREAD(pqxx::work tx(connection));
  // CHECK-MESSAGES: :[[@LINE-1]]:37: warning: 'connection' is used by this thread and the one that started it without a lock
  pqxx::work tx(connection);
  later.get();
}
template void both(pqxx::connection &);
