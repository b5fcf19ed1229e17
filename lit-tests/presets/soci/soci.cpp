// RUN: %check_poolguard %s poolguard-* -- -config=config.yaml
// RUN: %preset_roles soci %S/config.yaml %s -- -std=c++17 -I%S/../../Inputs

#include <iostream>
#include <soci/soci.h>

namespace app {
soci::session &pooled();        // behind the pooler
soci::session &direct();        // not behind it
soci::connection_pool &pool();  // of pooled sessions
} // namespace app

void state() {
  soci::session &sql = app::pooled();
  int id = 0;
  sql << "LISTEN jobs";
  // CHECK-MESSAGES: :[[@LINE-1]]:7: warning: 'LISTEN' listens on a channel on the transaction lane
  sql << "SET work_mem = '1GB'", soci::use(id);
  // CHECK-MESSAGES: :[[@LINE-1]]:7: warning: 'SET' sets a setting of the session on the transaction lane
  sql.once << "LISTEN jobs";
  // CHECK-MESSAGES: :[[@LINE-1]]:12: warning: 'LISTEN' listens on a channel
  soci::rowset<> rows = (sql.prepare << "SET work_mem = '1GB'");
  // CHECK-MESSAGES: :[[@LINE-1]]:38: warning: 'SET' sets a setting of the session
  soci::statement read(sql);
  read.alloc();
  read.exchange(soci::into(id));
  read.prepare("SELECT id FROM jobs");
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: 'soci::statement::prepare' keeps a prepared statement in the session
  read.define_and_bind();
  app::pool().at(0) << "LISTEN jobs";
  // CHECK-MESSAGES: :[[@LINE-1]]:21: warning: 'LISTEN' listens on a channel
}

// The statements run on the session that the transaction was opened on.
void inTransaction(int id) {
  soci::session &sql = app::pooled();
  soci::transaction tx(sql);
  sql << "UPDATE t SET n = n + 1 WHERE id = :id", soci::use(id);
  soci::statement own = (sql.prepare << "DELETE FROM t WHERE id = :id", soci::use(id));
  own.execute(true);
  sql << "VACUUM t";
  // CHECK-MESSAGES: :[[@LINE-1]]:7: warning: this statement can't run in a transaction block
  tx.commit();
  app::direct() << "DELETE FROM t";
}

void elsewhere() {
  soci::session &sql = app::pooled();
  soci::transaction tx(sql);
  app::direct() << "DELETE FROM t";
  // CHECK-MESSAGES: :[[@LINE-1]]:17: warning: this statement runs on another connection while transaction 'tx' is open
  soci::statement other(app::direct());
  other.execute();
  // CHECK-MESSAGES: :[[@LINE-1]]:9: warning: this statement runs on another connection
  soci::procedure call = (app::direct().prepare << "f()");
  // CHECK-MESSAGES: :[[@LINE-1]]:49: warning: this statement runs on another connection
  call.execute();
  app::direct().truncate_table("t");
  // CHECK-MESSAGES: :[[@LINE-1]]:17: warning: this statement runs on another connection
  app::direct().drop_table("t");
  // CHECK-MESSAGES: :[[@LINE-1]]:17: warning: this statement runs on another connection
  std::size_t at = app::pool().lease();
  // CHECK-MESSAGES: :[[@LINE-1]]:32: warning: 'soci::connection_pool::lease' waits while transaction 'tx' is open
  app::pool().try_lease(at, 100);
  // CHECK-MESSAGES: :[[@LINE-1]]:15: warning: 'soci::connection_pool::try_lease' waits while transaction 'tx' is open
  tx.rollback();
  app::direct().drop_table("t");
}

void connects(const std::string &first, const std::string &second, const std::string &backend) {
  soci::session sql(backend, first);
  std::cerr << "no connection: " << first;
  // CHECK-MESSAGES: :[[@LINE-1]]:34: warning: a connection string reaches a stream
  soci::session later;
  later.open(second);
  std::cerr << "no connection: " << second << " with " << backend;
  // CHECK-MESSAGES: :[[@LINE-1]]:34: warning: a connection string reaches a stream
}

static soci::session shared;
void useShared() {
  shared << "SELECT 1";
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'shared' is a legacy connection
}
