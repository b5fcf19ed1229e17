// RUN: %check_poolguard %s poolguard-retry-inside-transaction

#include "app.h"
#include "retry.h"

#include <pqxx/pqxx>

void statement(pqxx::connection &connection) {
  pqxx::work tx(connection);
  app::with_retry([&] { tx.exec("UPDATE t SET x = 1"); });
  // CHECK-MESSAGES: :[[@LINE-1]]:28: warning: a retry by 'app::with_retry' repeats this statement in the transaction 'tx', which is opened outside of it: the first error aborts the transaction, so every further attempt fails, and what ran before isn't done again; open, run and commit the whole transaction inside the retry [poolguard-retry-inside-transaction]
  tx.commit();
}

void performs(pqxx::connection &connection) {
  pqxx::work outer(connection);
  pqxx::perform([&] { outer.exec("UPDATE t SET x = 1"); });
  // CHECK-MESSAGES: :[[@LINE-1]]:29: warning: a retry by 'pqxx::perform' repeats this statement in the transaction 'outer'
  outer.commit();
}

void loop(pqxx::connection &connection) {
  pqxx::work tx(connection);
  for (int attempt = 0; attempt < 3; ++attempt) {
    try {
      tx.exec("UPDATE t SET x = 1");
      // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: the retry loop in 'loop' repeats this statement in the transaction 'tx'
      break;
    } catch (const pqxx::sql_error &) {
    }
  }
  tx.commit();
}

// The transaction comes from the caller.
void save(pqxx::work &tx) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    try {
      tx.exec("UPDATE t SET x = 1");
      // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: the retry loop in 'save' repeats this statement in the transaction that it was handed
      return;
    } catch (const pqxx::sql_error &) {
    }
  }
}

void callback(app::Db &db) {
  db.transaction([](app::Db &tx) {
    app::with_retry([&] { tx.execute("UPDATE t SET x = 1"); });
    // CHECK-MESSAGES: :[[@LINE-1]]:30: warning: a retry by 'app::with_retry' repeats this statement in the transaction that its caller opened
  });
}

// Over a call.
void update(pqxx::work &tx) { tx.exec("UPDATE t SET x = 1"); }
// CHECK-MESSAGES: :[[@LINE-1]]:34: warning: a retry by 'app::with_retry' repeats this statement in the transaction 'tx'
void far(pqxx::connection &connection) {
  pqxx::work tx(connection);
  app::with_retry([&] { update(tx); });
  tx.commit();
}

template <typename Transaction> void generic(pqxx::connection &connection) {
  Transaction tx(connection);
  app::with_retry([&] { tx.exec("UPDATE t SET x = 1"); });
  // CHECK-MESSAGES: :[[@LINE-1]]:28: warning: a retry by 'app::with_retry' repeats
}
template void generic<pqxx::work>(pqxx::connection &);

#define AGAIN(body) app::with_retry([&] { body; })
void macro(pqxx::connection &connection) {
  pqxx::work tx(connection);
  AGAIN(tx.exec("UPDATE t SET x = 1"));
  // CHECK-MESSAGES: :[[@LINE-1]]:12: warning: a retry by 'app::with_retry' repeats
  AGAIN(tx.exec("UPDATE t SET x = 1")); // NOLINT(poolguard-retry-inside-transaction)
}

// The text comes from outside of the retry, and so does the transaction.
void again(std::function<void()> body) { app::with_retry(body); }
void given(pqxx::work &tx, const char *sql) {
  again([&tx, sql] { tx.exec(sql); });
  // CHECK-MESSAGES: :[[@LINE-1]]:25: warning: a retry by 'app::with_retry' repeats this statement in the transaction 'tx'
}
void gives(pqxx::connection &connection) {
  pqxx::work tx(connection);
  given(tx, "UPDATE t SET x = 1");
  tx.commit();
}
