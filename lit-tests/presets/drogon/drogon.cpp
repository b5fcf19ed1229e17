// RUN: %check_poolguard %s poolguard-* -- -config=config.yaml
// RUN: %preset_roles drogon %S/config.yaml %s -- -std=c++20 -I%S/../../Inputs

#include <drogon/drogon.h>
#include <iostream>

using namespace drogon::orm;

namespace app {
DbClientPtr pooled(); // behind the pooler
DbClientPtr direct(); // not behind it
bool renew();         // renews the lease
} // namespace app

struct Task {
  struct promise_type {
    Task get_return_object();
    std::suspend_never initial_suspend();
    std::suspend_never final_suspend() noexcept;
    void return_void();
    void unhandled_exception();
  };
};

void state(const std::string &text) {
  DbClientPtr client = app::pooled();
  client->execSqlSync("LISTEN jobs");
  // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: 'LISTEN' listens on a channel on the transaction lane
  client->execSqlAsync("LISTEN jobs", [](const Result &) {}, [](const DrogonDbException &) {});
  // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: 'LISTEN' listens on a channel
  auto later = client->execSqlAsyncFuture("LISTEN jobs");
  // CHECK-MESSAGES: :[[@LINE-1]]:24: warning: 'LISTEN' listens on a channel
  *client << "LISTEN jobs" >> [](const Result &) {};
  // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: 'LISTEN' listens on a channel
  *client << std::string("SET work_mem = '1GB'") << text;
  // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: 'SET' sets a setting of the session
}

Task coroutine() {
  co_await app::pooled()->execSqlCoro("LISTEN jobs");
  // CHECK-MESSAGES: :[[@LINE-1]]:27: warning: 'LISTEN' listens on a channel
  auto tx = co_await app::pooled()->newTransactionCoro();
  co_await tx->execSqlCoro("SET work_mem = '1GB'");
  // CHECK-MESSAGES: :[[@LINE-1]]:16: warning: 'SET' sets a setting of the session
}

// It commits when it is destroyed.
void inTransaction() {
  auto tx = app::pooled()->newTransaction();
  tx->execSqlSync("UPDATE t SET n = $1", 1);
  tx->execSqlSync("VACUUM t");
  // CHECK-MESSAGES: :[[@LINE-1]]:7: warning: this statement can't run in a transaction block
  app::direct()->execSqlSync("DELETE FROM t");
  // CHECK-MESSAGES: :[[@LINE-1]]:18: warning: this statement runs on another connection while transaction 'tx' is open
}

void undone() {
  auto tx = app::pooled()->newTransaction(TransactionType::Immediate);
  tx->execSqlSync("SET work_mem = '1GB'");
  // CHECK-MESSAGES: :[[@LINE-1]]:7: warning: 'SET' sets a setting of the session
  tx->rollback();
  tx->execSqlSync("SELECT 1");
  // CHECK-MESSAGES: :[[@LINE-1]]:7: warning: statement on transaction 'tx', which has ended
}

void callbacks(DbClient &client) {
  client.newTransactionAsync([](const std::shared_ptr<Transaction> &tx) {
    tx->execSqlSync("UPDATE t SET n = $1", 1);
    app::direct()->execSqlSync("DELETE FROM t");
    // CHECK-MESSAGES: :[[@LINE-1]]:20: warning: this statement runs on another connection
  });
  client.newTransactionAsync(TransactionType::Deferred, [](const std::shared_ptr<Transaction> &tx) {
    app::direct()->execSqlSync("DELETE FROM t");
    // CHECK-MESSAGES: :[[@LINE-1]]:20: warning: this statement runs on another connection
  });
}

void connects(const std::string &first, const std::string &second) {
  auto client = DbClient::newPgClient(first, 4);
  std::cerr << "no connection: " << first;
  // CHECK-MESSAGES: :[[@LINE-1]]:34: warning: a connection string reaches a stream
  auto listener = DbListener::newPgListener(second);
  std::cerr << "no connection: " << second;
  // CHECK-MESSAGES: :[[@LINE-1]]:34: warning: a connection string reaches a stream
}

void timers(trantor::EventLoop &loop, trantor::Date when) {
  loop.runEvery(5.0, [] { app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:32: warning: an exception from 'app::renew' escapes the callback that 'trantor::EventLoop::runEvery' runs
  // CHECK-MESSAGES: :[[@LINE-2]]:32: warning: the result of 'app::renew' is dropped
  loop.runAfter(5.0, [] { app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:32: warning: an exception from 'app::renew' escapes the callback that 'trantor::EventLoop::runAfter' runs
  // CHECK-MESSAGES: :[[@LINE-2]]:32: warning: the result of 'app::renew' is dropped
  loop.runAt(when, [] { app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:30: warning: an exception from 'app::renew' escapes the callback that 'trantor::EventLoop::runAt' runs
  // CHECK-MESSAGES: :[[@LINE-2]]:30: warning: the result of 'app::renew' is dropped
  loop.queueInLoop([] { app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:30: warning: an exception from 'app::renew' escapes the callback that 'trantor::EventLoop::queueInLoop' runs
  // CHECK-MESSAGES: :[[@LINE-2]]:30: warning: the result of 'app::renew' is dropped
  loop.runInLoop([] { app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:28: warning: an exception from 'app::renew' escapes the callback that 'trantor::EventLoop::runInLoop' runs
  // CHECK-MESSAGES: :[[@LINE-2]]:28: warning: the result of 'app::renew' is dropped
}
