// RUN: %check_poolguard %s poolguard-worker-lock-renewal-shape

#include <exception>
#include <pqxx/pqxx>
#include <thread>

constexpr const char *kRenew = "UPDATE jobs SET lock_until = now() + interval '30 s' WHERE id = 1 AND lock_epoch = 2";

// The statement is known in the thread; the connection, and with it the lane, only to whoever starts it.
void start(pqxx::connection &connection, bool &stop) {
  std::thread beat([&] {
    while (!stop) {
      pqxx::nontransaction tx(connection);
      if (tx.exec(kRenew).affected_rows() == 0)
        // CHECK-MESSAGES: :[[@LINE-1]]:14: warning: an exception from the renewal of a lease of 'jobs' escapes the thread: std::terminate ends the process
        return;
    }
  });
  beat.join();
}

void careful(pqxx::connection &connection, bool &stop) {
  std::thread beat([&] {
    while (!stop) {
      try {
        pqxx::nontransaction tx(connection);
        if (tx.exec(kRenew).affected_rows() == 0)
          return;
      } catch (const std::exception &) {
      }
    }
  });
  beat.join();
}
