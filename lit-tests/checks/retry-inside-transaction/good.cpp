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

// Whoever is given the text repeats the transaction that it opens itself.
struct Unit {
  POOLGUARD_ROLE("runs", "argument", 0, "in", "retry")
  POOLGUARD_ROLE("runs", "argument", 0, "in", "transaction", "lane", "transaction")
  void perform(std::function<void(app::Db &)> body);
};
void again(Unit &unit, std::function<void(app::Db &)> body) { unit.perform(body); }
void given(Unit &unit, const char *sql) {
  again(unit, [sql](app::Db &tx) { tx.execute(sql); });
}
void gives(Unit &unit) { given(unit, "UPDATE t SET x = 1"); }

// An engine that may be an open transaction: what its transaction() runs itself makes a savepoint, new in each attempt.
struct Engine {
  POOLGUARD_EXECUTES("transaction", 0) virtual int execute(std::string_view sql) = 0;
  POOLGUARD_RUNS_IN_TRANSACTION(0, "transaction")
  virtual void transaction(const std::function<void(Engine &)> &body) = 0;
};
struct POOLGUARD_LANE("tx") Open : Engine {
  POOLGUARD_EXECUTES("tx", 0) int execute(std::string_view sql) override;
  void transaction(const std::function<void(Engine &)> &body) override {
    execute("SAVEPOINT inner");
    body(*this);
    release("RELEASE SAVEPOINT inner");
  }
  void release(std::string_view sql) { execute(sql); }
};
void count(Engine &engine) {
  engine.transaction([](Engine &open) { open.execute("UPDATE t SET x = 1"); });
}
void savepoint(Engine &engine) {
  app::with_retry([&] { count(engine); });
}
