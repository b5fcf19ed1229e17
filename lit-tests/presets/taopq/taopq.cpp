// RUN: %check_poolguard %s poolguard-* -- -config=config.yaml
// RUN: %preset_roles taopq %S/config.yaml %s -- -std=c++17 -I%S/../../Inputs

#include <iostream>
#include <taopq/pq.hpp>

namespace pq = tao::pq;

namespace app {
std::shared_ptr<pq::connection> pooled();         // behind the pooler
std::shared_ptr<pq::connection> direct();         // not behind it
std::shared_ptr<pq::connection_pool> pool();      // of pooled connections
} // namespace app

void state() {
  const auto connection = app::pooled();
  connection->execute("LISTEN jobs");
  // CHECK-MESSAGES: :[[@LINE-1]]:15: warning: 'LISTEN' listens on a channel on the transaction lane
  connection->direct()->execute("LISTEN jobs");
  // CHECK-MESSAGES: :[[@LINE-1]]:25: warning: 'LISTEN' listens on a channel
  connection->prepare("pick", "SELECT 1");
  // CHECK-MESSAGES: :[[@LINE-1]]:15: warning: 'tao::pq::connection::prepare' keeps a prepared statement in the session
  connection->deallocate("pick");
  // CHECK-MESSAGES: :[[@LINE-1]]:15: warning: 'tao::pq::connection::deallocate' keeps a prepared statement
  connection->listen("jobs", [](const char *) {});
  // CHECK-MESSAGES: :[[@LINE-1]]:15: warning: 'tao::pq::connection::listen' listens on a channel
  connection->unlisten("jobs");
  // CHECK-MESSAGES: :[[@LINE-1]]:15: warning: 'tao::pq::connection::unlisten' listens on a channel
  app::pool()->execute("LISTEN jobs");
  // CHECK-MESSAGES: :[[@LINE-1]]:16: warning: 'LISTEN' listens on a channel
  app::pool()->connection()->execute("LISTEN jobs");
  // CHECK-MESSAGES: :[[@LINE-1]]:30: warning: 'LISTEN' listens on a channel
  const auto pipeline = connection->pipeline();
  pipeline->send("LISTEN jobs");
  // CHECK-MESSAGES: :[[@LINE-1]]:13: warning: 'LISTEN' listens on a channel
}

void inTransaction() {
  const auto connection = app::pooled();
  const auto tx = connection->transaction();
  tx->execute("UPDATE t SET n = $1", 1);
  tx->execute("VACUUM t");
  // CHECK-MESSAGES: :[[@LINE-1]]:7: warning: this statement can't run in a transaction block
  tx->send("VACUUM t");
  // CHECK-MESSAGES: :[[@LINE-1]]:7: warning: this statement can't run in a transaction block
  tx->subtransaction()->execute("SET work_mem = '1GB'");
  // CHECK-MESSAGES: :[[@LINE-1]]:25: warning: 'SET' sets a setting of the session
  tx->pipeline()->send("SET work_mem = '1GB'");
  // CHECK-MESSAGES: :[[@LINE-1]]:19: warning: 'SET' sets a setting of the session
  tx->connection()->execute("SET work_mem = '1GB'");
  // CHECK-MESSAGES: :[[@LINE-1]]:21: warning: 'SET' sets a setting of the session
  pq::table_reader reader(tx, "COPY t TO STDOUT; LISTEN jobs");
  // CHECK-MESSAGES: :[[@LINE-1]]:20: warning: 'LISTEN' listens on a channel
  pq::table_writer writer(tx, "COPY t FROM STDIN; LISTEN jobs");
  // CHECK-MESSAGES: :[[@LINE-1]]:20: warning: 'LISTEN' listens on a channel
  app::direct()->notify("jobs");
  // CHECK-MESSAGES: :[[@LINE-1]]:18: warning: this statement runs on another connection while transaction 'tx' is open
  tx->commit();
  tx->execute("SELECT 1");
  // CHECK-MESSAGES: :[[@LINE-1]]:7: warning: statement on transaction 'tx', which has ended
}

void undone() {
  const auto tx = app::pooled()->transaction();
  tx->execute("UPDATE t SET n = $1", 1);
  tx->rollback();
  tx->execute("SELECT 1");
  // CHECK-MESSAGES: :[[@LINE-1]]:7: warning: statement on transaction 'tx', which has ended
}

void connects(const std::string &first, const std::string &second) {
  const auto connection = pq::connection::create(first);
  std::cerr << "no connection: " << first;
  // CHECK-MESSAGES: :[[@LINE-1]]:34: warning: a connection string reaches a stream
  const auto pool = pq::connection_pool::create(second);
  std::cerr << "no connection: " << second;
  // CHECK-MESSAGES: :[[@LINE-1]]:34: warning: a connection string reaches a stream
}

static std::shared_ptr<pq::connection> shared;
void useShared() {
  shared->execute("SELECT 1");
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'shared' is a legacy connection
}

// Every statement of the pool may have another connection.
void onAnyConnection() {
  app::pool()->execute("BEGIN");
  // CHECK-MESSAGES: :[[@LINE-1]]:16: warning: this opens a transaction with 'tao::pq::connection_pool::execute', of which every call may take another connection
}
