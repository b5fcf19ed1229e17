// RUN: %check_poolguard %s poolguard-not-in-transaction-block

// Engines of which the role says that every call commits on its own.
#include "pool.h"

struct Engine {
  virtual ~Engine();
  POOLGUARD_EXECUTES("transaction", 0) virtual int execute(std::string_view sql) = 0;
};
struct Pooled : Engine {
  POOLGUARD_ROLE("executes", "lane", "transaction", "sql", 0, "autocommit", true)
  int execute(std::string_view sql) override;
  POOLGUARD_RUNS_IN_TRANSACTION(0, "transaction") void transaction(const std::function<void(Pooled &)> &body);
};

void lock(Pooled &engine) {
  engine.execute("SELECT id FROM t WHERE id = 1 FOR UPDATE");
  // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: 'FOR UPDATE' in autocommit, by 'Pooled::execute': its effect ends with the statement itself, so it protects nothing that comes after; run it in a transaction with the statements that need it
  engine.execute("SET LOCAL lock_timeout = '1s'");
  // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: 'SET LOCAL' in autocommit, by 'Pooled::execute'
  engine.execute("BEGIN");
  // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: this opens a transaction with 'Pooled::execute', of which every call may take another connection: what follows is not in it, and the connection goes back with the transaction open; run the statements in a transaction of one connection
  engine.execute("UPDATE t SET a = 1");
  engine.execute("COMMIT");
  engine.execute("BEGIN; SET LOCAL lock_timeout = '1s'; COMMIT");
}

void run(Pooled &engine, const char *sql) { engine.execute(sql); }
void over(Pooled &engine) {
  run(engine, "LOCK TABLE t");
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'LOCK TABLE' in autocommit, by 'Pooled::execute'
}

// In a transaction, or in one as its caller knows it.
void inside(Pooled &engine) {
  engine.transaction([](Pooled &open) {
    open.execute("SELECT id FROM t WHERE id = 1 FOR UPDATE");
    run(open, "SET LOCAL lock_timeout = '1s'");
  });
}

// Which engine it is, nobody knows.
void any(Engine &engine) {
  engine.execute("SELECT id FROM t WHERE id = 1 FOR UPDATE");
  engine.execute("BEGIN");
}
