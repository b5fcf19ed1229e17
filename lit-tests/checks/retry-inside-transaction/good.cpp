// RUN: %check_poolguard %s poolguard-retry-inside-transaction

#include "app.h"
#include "retry.h"

#include <pqxx/pqxx>

// The whole transaction is repeated; what it found goes into a variable outside.
int whole(pqxx::connection &connection) {
  int count = 0;
  pqxx::perform([&] {
    pqxx::work tx(connection);
    count = tx.query_value<int>("SELECT count(*) FROM t");
    tx.exec("UPDATE t SET x = 1");
    tx.commit();
  });
  return count;
}

void loop(pqxx::connection &connection) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    try {
      pqxx::work tx(connection);
      tx.exec("UPDATE t SET x = 1");
      tx.commit();
      return;
    } catch (const pqxx::transaction_rollback &) {
    }
  }
}

void update(pqxx::work &tx) { tx.exec("UPDATE t SET x = 1"); }
void over_a_call(pqxx::connection &connection) {
  app::with_retry([&] {
    pqxx::work tx(connection);
    update(tx);
    tx.commit();
  });
}

void callback(app::Db &db) {
  app::with_retry([&] { db.transaction([](app::Db &tx) { tx.execute("UPDATE t SET x = 1"); }); });
}

// Every statement is on its own.
void autocommit(pqxx::connection &connection) {
  pqxx::nontransaction each(connection);
  app::with_retry([&] { each.exec("UPDATE t SET x = 1"); });
}

// Beside the transaction.
void beside(pqxx::connection &connection, pqxx::connection &other) {
  pqxx::work tx(connection);
  app::with_retry([&] {
    pqxx::work own(other);
    own.exec("UPDATE t SET x = 1");
    own.commit();
  });
  tx.exec("SELECT 1");
  tx.commit();
}
