// RUN: %check_poolguard %s poolguard-connection-shared-across-threads

#include "queue.h"

#include <future>
#include <memory>
#include <mutex>
#include <pqxx/pqxx>
#include <thread>
#include <vector>

// Each thread has its own.
void own(int count) {
  std::vector<std::jthread> threads;
  std::shared_ptr<pqxx::connection> next;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([] {
      pqxx::connection connection("host=db");
      pqxx::work tx(connection);
      auto save = [&] { tx.exec("SELECT 1"); };
      save();
    });
    auto connection = std::make_shared<pqxx::connection>("host=db");
    threads.emplace_back([connection] { pqxx::work tx(*connection); });
    auto moved = std::make_unique<pqxx::connection>("host=db");
    threads.emplace_back([mine = std::move(moved)] { pqxx::work tx(*mine); });
    next = std::make_shared<pqxx::connection>("host=db");
    threads.emplace_back([next] { pqxx::work tx(*next); });
  }
  app::parallel_for(4, [] {
    thread_local pqxx::connection mine("host=db");
    pqxx::work tx(mine);
  });
}

// A mutex guards the one that is shared.
class Service {
public:
  void run() {
    for (int i = 0; i < 4; ++i)
      threads_.emplace_back([this] {
        std::lock_guard lock(mutex_);
        pqxx::work tx(connection_);
        save();
        write(connection_);
      });
    for (int i = 0; i < 4; ++i)
      threads_.emplace_back([this] {
        mutex_.lock();
        pqxx::work tx(connection_);
        tx.commit();
        mutex_.unlock();
      });
  }

private:
  std::mutex mutex_;
  pqxx::connection connection_{"host=db"};
  std::vector<std::jthread> threads_;
  void save() {
    std::scoped_lock lock(mutex_);
    pqxx::work tx(connection_);
  }
  void write(pqxx::connection &connection) { pqxx::work tx(connection); }
};
void guarded(pqxx::connection &connection, std::mutex &mutex) {
  std::unique_lock lock(mutex);
  pqxx::work tx(connection);
}
void handed() {
  pqxx::connection connection("host=db");
  std::mutex mutex;
  std::jthread one(guarded, std::ref(connection), std::ref(mutex)), two(guarded, std::ref(connection), std::ref(mutex));
}

// One after the other.
void after(int rounds) {
  pqxx::connection connection("host=db");
  pqxx::work(connection).commit();
  std::thread one([&] { pqxx::work tx(connection); });
  one.join();
  pqxx::work(connection).commit();
  std::thread two([&] { pqxx::work tx(connection); });
  two.join();
  {
    std::jthread three([&] { pqxx::work tx(connection); });
  }
  pqxx::work(connection).commit();
  for (int i = 0; i < rounds; ++i) {
    std::thread round([&] { pqxx::work tx(connection); });
    round.join();
  }
  for (int i = 0; i < rounds; ++i) {
    std::jthread round([&] { pqxx::work tx(connection); });
  }
  for (int i = 0; i < rounds; ++i)
    std::async(std::launch::async, [&] { pqxx::work tx(connection); }).get();
  for (int i = 0; i < rounds; ++i)
    (void)std::async(std::launch::async, [&] { pqxx::work tx(connection); });
}

// One thread for as long as the service lives, which is started once.
class Single {
public:
  void start() {
    reader_ = std::jthread([this] { read(); });
  }

private:
  std::unique_ptr<pqxx::connection> connection_;
  std::jthread reader_;
  void read() { pqxx::work tx(*connection_); }
};
class Listener {
public:
  Listener() : thread_([this] { pqxx::work tx(connection_); }) {}

private:
  pqxx::connection connection_{"host=db"};
  std::jthread thread_;
};

// Different objects, each with its own.
class Worker {
public:
  void run() { pqxx::work tx(connection_); }

private:
  pqxx::connection connection_{"host=db"};
};
void objects(std::vector<std::unique_ptr<Worker>> &workers, Worker &first, Worker &second) {
  std::vector<std::jthread> threads;
  for (auto &worker : workers)
    threads.emplace_back([&worker] { worker->run(); });
  for (auto &worker : workers)
    threads.emplace_back(&Worker::run, worker.get());
  std::jthread one(&Worker::run, &first), two(&Worker::run, &second);
}

// A timer runs one round after the other, and nobody else uses its connection.
void timer(pqxx::connection &connection) {
  app::every(std::chrono::seconds(1), [&] { pqxx::work tx(connection); });
}
