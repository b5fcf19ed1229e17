// RUN: %check_poolguard %s poolguard-retry-not-idempotent

#include "app.h"
#include "retry.h"

#include <pqxx/pqxx>

void autocommit(app::Db &db) {
  app::with_retry([&] { db.execute("INSERT INTO audit (what) VALUES ($1)"); });
  // CHECK-MESSAGES: :[[@LINE-1]]:28: warning: this statement inserts into 'audit' without ON CONFLICT or a key of its own, and a retry by 'app::with_retry' repeats it: when only the answer was lost, the write is done twice; make it safe to repeat, with a key and ON CONFLICT, or don't retry what may have been done [poolguard-retry-not-idempotent]
  app::with_retry([&] { db.execute("UPDATE accounts SET balance = balance - $2 WHERE id = $1"); });
  // CHECK-MESSAGES: :[[@LINE-1]]:28: warning: this statement counts 'balance' of 'accounts' on from what it finds, and a retry by
}

// pqxx::perform gives up on in_doubt_error, but without a transaction a broken connection is in doubt, too.
void no_transaction(pqxx::connection &connection) {
  pqxx::perform([&] {
    pqxx::nontransaction each(connection);
    each.exec("INSERT INTO audit (what) VALUES ('x')");
    // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: this statement inserts into 'audit' {{.*}} a retry by 'pqxx::perform' repeats it
  });
}

void in_doubt(pqxx::connection &connection) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    try {
      pqxx::work tx(connection);
      tx.exec("INSERT INTO audit (what) VALUES ('x')");
      // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: this statement inserts into 'audit' without ON CONFLICT or a key of its own, and the retry loop in 'in_doubt' repeats it on 'pqxx::failure', which leaves open whether the server did the work
      tx.commit();
      return;
    } catch (const pqxx::failure &) {
    }
  }
}

// statement_completion_unknown is a transaction_rollback.
void rollback(pqxx::connection &connection) {
  for (;;) {
    try {
      pqxx::work tx(connection);
      tx.exec("INSERT INTO audit (what) VALUES ('x')");
      // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: {{.*}} on 'pqxx::transaction_rollback', which leaves open
      tx.commit();
      return;
    } catch (const pqxx::transaction_rollback &) {
    }
  }
}

void everything(pqxx::connection &connection) {
  int tries = 0;
  while (true) {
    try {
      pqxx::work tx(connection);
      tx.exec("INSERT INTO audit (what) VALUES ('x')");
      // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: {{.*}} on '...', which leaves open
      tx.commit();
      break;
    } catch (...) {
      if (++tries == 3)
        throw;
    }
  }
}

// Over a call.
void record(pqxx::connection &connection, const char *sql) {
  pqxx::work tx(connection);
  tx.exec(sql);
  tx.commit();
}
void far(pqxx::connection &connection) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    try {
      record(connection, "INSERT INTO audit (what) VALUES ('x')");
      // CHECK-MESSAGES: :[[@LINE-1]]:7: warning: {{.*}} the retry loop in 'far' repeats it on 'std::exception'
      return;
    } catch (const std::exception &) {
    }
  }
}

template <typename Database> void generic(Database &db) {
  app::with_retry([&] { db.execute("INSERT INTO audit (what) VALUES ($1)"); });
  // CHECK-MESSAGES: :[[@LINE-1]]:28: warning: this statement inserts
}
template void generic(app::Db &);

#define RECORD(db) app::with_retry([&] { db.execute("INSERT INTO audit (what) VALUES ($1)"); })
void macro(app::Db &db) {
  RECORD(db);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: this statement inserts
}

void suppressed(app::Db &db) {
  app::with_retry([&] { db.execute("INSERT INTO audit (what) VALUES ($1)"); }); // NOLINT(poolguard-retry-not-idempotent)
}
