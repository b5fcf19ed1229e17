// RUN: %check_poolguard %s poolguard-blocking-in-transaction

#include "pool.h"

int fetch() { return app::http_get("http://example.org"); }
int price() { return fetch(); }

void overCalls(pqxx::connection &connection) {
  pqxx::work tx(connection);
  tx.exec("SELECT 1");
  price();
  // CHECK-NOTES: :[[@LINE-1]]:3: warning: 'price' waits in 'app::http_get'
  // CHECK-NOTES: :[[@LINE-4]]:14: note: transaction 'tx' is open from here
  // CHECK-NOTES: :[[@LINE-8]]:22: note: 'price' calls 'fetch' here
  // CHECK-NOTES: :[[@LINE-10]]:27: note: 'fetch' calls 'app::http_get' here
  tx.commit();
}

void callable(app::Database &db) {
  db.transaction([](app::Database &tx) {
    tx.execute("SELECT 1");
    app::http_get("http://example.org");
    // CHECK-NOTES: :[[@LINE-1]]:10: warning: 'app::http_get' waits
    // CHECK-NOTES: :[[@LINE-4]]:6: note: 'app::Database::transaction' runs the callable in a transaction
  });
}
