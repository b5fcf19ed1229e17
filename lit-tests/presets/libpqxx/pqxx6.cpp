// RUN: %check_poolguard %s poolguard-* -- -config=config.yaml

#include <iostream>
#include <libpqxx/pqxx6.h>

namespace app {
pqxx::connection &pooled(); // behind the pooler
pqxx::connection &direct(); // not behind it
void retrying();            // tries five times
} // namespace app

void state() {
  pqxx::connection &connection = app::pooled();
  connection.prepare("pick", "SELECT 1");
  // CHECK-MESSAGES: :[[@LINE-1]]:14: warning: 'pqxx::connection_base::prepare' keeps a prepared statement in the session
  connection.prepare_now("pick");
  // CHECK-MESSAGES: :[[@LINE-1]]:14: warning: 'pqxx::connection_base::prepare_now' keeps a prepared statement
  connection.unprepare("pick");
  // CHECK-MESSAGES: :[[@LINE-1]]:14: warning: 'pqxx::connection_base::unprepare' keeps a prepared statement
  connection.set_variable("work_mem", "1GB");
  // CHECK-MESSAGES: :[[@LINE-1]]:14: warning: 'pqxx::connection_base::set_variable' sets a setting of the session
  connection.set_client_encoding("UTF8");
  // CHECK-MESSAGES: :[[@LINE-1]]:14: warning: 'pqxx::connection_base::set_client_encoding' sets a setting of the session
}

void onTransaction() {
  pqxx::work tx(app::pooled(), "name");
  tx.exec("VACUUM t");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement can't run in a transaction block
  tx.parameterized("VACUUM t")(1).exec();
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement can't run in a transaction block
  app::direct().await_notification(1, 0);
  // CHECK-MESSAGES: :[[@LINE-1]]:17: warning: 'pqxx::connection_base::await_notification' waits while transaction 'tx' is open
  app::direct().activate();
  // CHECK-MESSAGES: :[[@LINE-1]]:17: warning: 'pqxx::connection_base::activate' waits
  app::direct().get_variable("work_mem");
  // CHECK-MESSAGES: :[[@LINE-1]]:17: warning: this statement runs on another connection
  pqxx::nontransaction other(app::direct());
  other.prepared("pick")(1).exec();
  tx.commit();
  tx.prepared("pick")(1).exec();
  pqxx::tablereader reader(tx, "t");
  // CHECK-MESSAGES: :[[@LINE-1]]:21: warning: statement on transaction 'tx', which has ended
  pqxx::tablewriter writer(tx, "t");
  // CHECK-MESSAGES: :[[@LINE-1]]:21: warning: statement on transaction 'tx', which has ended
}

// The member opens the transaction, and tries three times.
class Move : public pqxx::transactor<> {
public:
  void operator()(pqxx::work &tx) {
    app::retrying();
    // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: 'app::retrying'
    app::direct().get_variable("work_mem");
    // CHECK-MESSAGES: :[[@LINE-1]]:19: warning: this statement runs on another connection while transaction 'tx' is open
  }
};
void retries(Move &move) {
  app::pooled().perform(move);
  app::pooled().perform([](pqxx::work &tx) {
    app::retrying();
    // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: 'app::retrying'
    app::direct().get_variable("work_mem");
    // CHECK-MESSAGES: :[[@LINE-1]]:19: warning: this statement runs on another connection while transaction 'tx' is open
  });
}

void connects(const std::string &dsn) {
  pqxx::connection connection{dsn};
  std::cerr << "no connection: " << dsn;
  // CHECK-MESSAGES: :[[@LINE-1]]:34: warning: a connection string reaches a stream
}

static pqxx::connection shared;
void useShared() {
  pqxx::nontransaction tx(shared);
  // CHECK-MESSAGES: :[[@LINE-1]]:27: warning: 'shared' is a legacy connection
}

// A prepared statement is judged by its text.
void named(pqxx::connection &connection, pqxx::work &tx) {
  connection.prepare("finish", "UPDATE jobs SET status = 'done' WHERE id = $1");
  tx.exec_prepared("finish", 1);
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement changes a leased row of 'jobs' without matching 'lock_epoch'
}
