// RUN: %check_poolguard %s poolguard-no-transaction-reroute

#include "pool.h"

// The engine that runs the callable isn't the transaction.
void transfer(app::Database &db, int amount) {
  db.transaction([&](app::Database &tx) {
    tx.execute("UPDATE accounts SET balance = balance - 1");
    db.execute("UPDATE accounts SET balance = balance + 1");
    // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: this statement runs on another connection while the transaction is open: it isn't rolled back with the transaction, can't see its changes, and under load it waits for a second connection while the first is held; run it on 'tx' [poolguard-no-transaction-reroute]
    app::compute(amount);
  });
}

class Accounts {
public:
  void close(int id) {
    db_.transaction([this, id](app::Database &transaction) {
      transaction.execute("DELETE FROM entries");
      db_.execute("DELETE FROM accounts");
      // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: this statement runs on another connection while the transaction is open
      app::compute(id);
    });
  }

private:
  app::Database &db_;
};

// Over calls, on the same engine.
void audit(app::Database &database) { database.execute("INSERT INTO audit VALUES (1)"); }
void remove(app::Database &db) {
  db.transaction([&](app::Database &tx) {
    tx.execute("DELETE FROM users");
    audit(db);
    // CHECK-MESSAGES: :[[@LINE-1]]:5: warning: 'audit' is called while the transaction is open, and runs 'app::Database::execute' on another connection: {{.*}}; hand the transaction down, or call it after the commit
    audit(tx);
  });
}

// A transaction object, and a second connection of the same pool.
void note(app::Pool &pool) {
  auto lease = pool.take();
  pqxx::work inner(*lease);
  inner.exec("INSERT INTO audit VALUES (1)");
  inner.commit();
}
void order(app::Pool &pool, app::Database &db) {
  auto lease = pool.take();
  pqxx::work tx(*lease);
  tx.exec("UPDATE orders SET paid = true");
  note(pool);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'note' is called while transaction 'tx' is open, and runs 'pqxx::transaction_base::exec' on another connection
  db.execute("UPDATE stock SET left = left - 1");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement runs on another connection while transaction 'tx' is open
  tx.commit();
  note(pool);
  db.execute("SELECT 1");
}

// A second handle beside the transaction, where the first would do.
struct Handle {
  ~Handle();
  pqxx::connection &operator*();
  POOLGUARD_EXECUTES("connection", 0) int execute(const char *sql);
};
POOLGUARD_RETURNS_LANE("transaction") Handle hold();
void pay(Handle &handle, pqxx::work &tx) {
  handle.execute("INSERT INTO payments VALUES (1)");
  tx.exec("UPDATE orders SET paid = true");
}
void beside() {
  Handle first = hold();
  Handle second = hold();
  pqxx::work tx(*first);
  pay(first, tx);
  pay(second, tx);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'pay' is called while transaction 'tx' is open, and runs 'Handle::execute' on another connection
  tx.commit();
}

// A template, and a macro, which gets no fix-it.
template <typename Db> void both(Db &db) {
  db.transaction([&](Db &tx) {
    tx.execute("SELECT 1");
    db.execute("SELECT 2");
    // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: this statement runs on another connection
  });
}
template void both(app::Database &);

#define AUDIT(database) (database).execute("INSERT INTO audit VALUES (2)")
void macro(app::Database &db) {
  db.transaction([&](app::Database &tx) {
    AUDIT(tx);
    AUDIT(db);
    // CHECK-MESSAGES: :[[@LINE-1]]:5: warning: this statement runs on another connection
  });
}
