// RUN: %check_poolguard %s poolguard-* -- -config=config.yaml
// RUN: %preset_roles libpqxx %S/config.yaml %s %S/pqxx6.cpp %S/forward.cpp -- -std=c++17 -I%S/../../Inputs

#include <iostream>
#include <libpqxx/pqxx7.h>

namespace app {
pqxx::connection &pooled(); // behind the pooler
pqxx::connection &direct(); // not behind it
void retrying();            // tries five times
} // namespace app

void state(pqxx::notification_receiver *&) {
  pqxx::connection &connection = app::pooled();
  connection.prepare("pick", "SELECT 1");
  // CHECK-MESSAGES: :[[@LINE-1]]:14: warning: 'pqxx::connection::prepare' keeps a prepared statement in the session
  connection.unprepare("pick");
  // CHECK-MESSAGES: :[[@LINE-1]]:14: warning: 'pqxx::connection::unprepare' keeps a prepared statement
  connection.set_variable("work_mem", "1GB");
  // CHECK-MESSAGES: :[[@LINE-1]]:14: warning: 'pqxx::connection::set_variable' sets a setting of the session
  connection.set_session_var("work_mem", "1GB");
  // CHECK-MESSAGES: :[[@LINE-1]]:14: warning: 'pqxx::connection::set_session_var' sets a setting of the session
  connection.set_client_encoding("UTF8");
  // CHECK-MESSAGES: :[[@LINE-1]]:14: warning: 'pqxx::connection::set_client_encoding' sets a setting of the session
  connection.listen("jobs");
  // CHECK-MESSAGES: :[[@LINE-1]]:14: warning: 'pqxx::connection::listen' listens on a channel
  pqxx::notification_receiver receiver(connection, "jobs");
  // CHECK-MESSAGES: :[[@LINE-1]]:31: warning: 'pqxx::notification_receiver::notification_receiver' listens on a channel
}

void onTransaction() {
  pqxx::work tx(app::pooled());
  tx.exec("VACUUM t");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement can't run in a transaction block, and transaction 'tx' is open
  tx.exec0("VACUUM t");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement can't run in a transaction block
  tx.exec1("VACUUM t");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement can't run in a transaction block
  tx.exec_n(1, "VACUUM t");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement can't run in a transaction block
  tx.exec_params("VACUUM t", 1);
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement can't run in a transaction block
  tx.exec_params0("VACUUM t", 1);
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement can't run in a transaction block
  tx.exec_params1("VACUUM t", 1);
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement can't run in a transaction block
  tx.exec_params_n(1, "VACUUM t", 1);
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement can't run in a transaction block
  (void)tx.query<int>("VACUUM t");
  // CHECK-MESSAGES: :[[@LINE-1]]:12: warning: this statement can't run in a transaction block
  (void)tx.query1<int>("VACUUM t");
  // CHECK-MESSAGES: :[[@LINE-1]]:12: warning: this statement can't run in a transaction block
  (void)tx.query01<int>("VACUUM t");
  // CHECK-MESSAGES: :[[@LINE-1]]:12: warning: this statement can't run in a transaction block
  (void)tx.query_value<int>("VACUUM t");
  // CHECK-MESSAGES: :[[@LINE-1]]:12: warning: this statement can't run in a transaction block
  (void)tx.query_n<int>(1, "VACUUM t");
  // CHECK-MESSAGES: :[[@LINE-1]]:12: warning: this statement can't run in a transaction block
  tx.for_query("VACUUM t", [](int) {});
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement can't run in a transaction block
  tx.for_each("VACUUM t", [](int) {});
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement can't run in a transaction block
  tx.for_stream("VACUUM t", [](int) {});
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement can't run in a transaction block
  (void)tx.stream<int>("VACUUM t");
  // CHECK-MESSAGES: :[[@LINE-1]]:12: warning: this statement can't run in a transaction block
  tx.set_variable("work_mem", "1GB");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: 'pqxx::transaction_base::set_variable' sets a setting of the session
  tx.conn().set_session_var("work_mem", "1GB");
  // CHECK-MESSAGES: :[[@LINE-1]]:13: warning: 'pqxx::connection::set_session_var' sets a setting of the session
  app::direct().await_notification();
  // CHECK-MESSAGES: :[[@LINE-1]]:17: warning: 'pqxx::connection::await_notification' waits while transaction 'tx' is open
  tx.commit();
  tx.exec_prepared("pick");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: statement on transaction 'tx', which has ended
  tx.exec_prepared0("pick");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: statement on transaction 'tx', which has ended
  tx.exec_prepared1("pick");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: statement on transaction 'tx', which has ended
  tx.exec_prepared_n(1, "pick");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: statement on transaction 'tx', which has ended
  tx.notify("jobs");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: statement on transaction 'tx', which has ended
  tx.set_variable("work_mem", "1GB");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: 'pqxx::transaction_base::set_variable' sets a setting of the session on the transaction lane
  // CHECK-MESSAGES: :[[@LINE-2]]:6: warning: statement on transaction 'tx', which has ended
  tx.get_variable("work_mem");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: statement on transaction 'tx', which has ended
}

void aborted() {
  pqxx::robusttransaction<> tx(app::pooled());
  tx.exec("UPDATE t SET n = 1");
  tx.abort();
  tx.exec_prepared("pick");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: statement on transaction 'tx', which has ended
}

// Made from a transaction, and run on its connection.
void madeFromTransaction() {
  pqxx::work tx(app::pooled());
  pqxx::work other(app::direct());
  pqxx::pipeline queries(other);
  queries.insert("LISTEN jobs");
  pqxx::pipeline own(tx);
  own.insert("VACUUM t");
  // CHECK-MESSAGES: :[[@LINE-1]]:7: warning: this statement can't run in a transaction block
  pqxx::icursorstream cursor(tx, "VACUUM t", "c");
  // CHECK-MESSAGES: :[[@LINE-1]]:23: warning: this statement can't run in a transaction block
  pqxx::stateless_cursor<pqxx::cursor_base::read_only, pqxx::cursor_base::owned> whole(tx, "VACUUM t", "c", false);
  // CHECK-MESSAGES: :[[@LINE-1]]:82: warning: this statement can't run in a transaction block
  auto rows = pqxx::stream_from::query(tx, "VACUUM t");
  // CHECK-MESSAGES: :[[@LINE-1]]:34: warning: this statement can't run in a transaction block
  tx.commit();
  auto table = pqxx::stream_from::table(tx, {"t"});
  // CHECK-MESSAGES: :[[@LINE-1]]:35: warning: statement on transaction 'tx', which has ended
  auto raw = pqxx::stream_from::raw_table(tx, "t");
  // CHECK-MESSAGES: :[[@LINE-1]]:33: warning: statement on transaction 'tx', which has ended
  pqxx::stream_from from(tx, pqxx::from_table_t{}, "t");
  // CHECK-MESSAGES: :[[@LINE-1]]:21: warning: statement on transaction 'tx', which has ended
  auto to = pqxx::stream_to::table(tx, {"t"});
  // CHECK-MESSAGES: :[[@LINE-1]]:30: warning: statement on transaction 'tx', which has ended
  auto rawTo = pqxx::stream_to::raw_table(tx, "t");
  // CHECK-MESSAGES: :[[@LINE-1]]:33: warning: statement on transaction 'tx', which has ended
  pqxx::stream_to out(tx, "t");
  // CHECK-MESSAGES: :[[@LINE-1]]:19: warning: statement on transaction 'tx', which has ended
}

void elsewhere() {
  pqxx::work tx(app::pooled());
  app::direct().get_var("work_mem");
  // CHECK-MESSAGES: :[[@LINE-1]]:17: warning: this statement runs on another connection while transaction 'tx' is open
  app::direct().get_var_as<int>("work_mem");
  // CHECK-MESSAGES: :[[@LINE-1]]:17: warning: this statement runs on another connection
  app::direct().get_variable("work_mem");
  // CHECK-MESSAGES: :[[@LINE-1]]:17: warning: this statement runs on another connection
}

void autocommit() {
  pqxx::nontransaction tx(app::pooled());
  tx.exec("VACUUM t");
  tx.exec("SELECT id FROM t FOR UPDATE");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: 'FOR UPDATE' in autocommit, on 'tx'
}

void nested() {
  pqxx::work tx(app::pooled());
  pqxx::subtransaction part(tx);
  part.exec("VACUUM t");
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: this statement can't run in a transaction block
}

// These throw where no row came back, so nobody need look at what they return.
void fenced(pqxx::work &tx) {
  constexpr const char *end = "UPDATE jobs SET status = 'done' WHERE id = $1 AND lock_epoch = $2 RETURNING id";
  tx.exec1(end);
  tx.exec_n(1, end);
  tx.exec_params1(end, 1, 2);
  tx.exec_params_n(1, end, 1, 2);
  tx.query1<int>(end);
  tx.query_value<int>(end);
  tx.query_n<int>(1, end);
  tx.exec(end).one_row();
  tx.exec(end).one_field();
  tx.exec(end).expect_rows(1);
  tx.exec(end).no_rows();
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: the result of this fenced statement on 'jobs' is dropped
  tx.exec(end);
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: the result of this fenced statement on 'jobs' is dropped
}

void retries() {
  pqxx::perform([] { app::retrying(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:27: warning: {{.*}}3{{.*}}5{{.*}}15
}

void connects(const std::string &first, const std::string &second) {
  pqxx::connection connection{first};
  std::cerr << "no connection: " << first;
  // CHECK-MESSAGES: :[[@LINE-1]]:34: warning: a connection string reaches a stream
  pqxx::connecting later{second};
  std::cerr << "no connection: " << second;
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
  tx.exec_prepared0("finish", 1);
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement changes a leased row of 'jobs' without matching 'lock_epoch'
  tx.exec_prepared1("finish", 1);
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement changes a leased row of 'jobs' without matching 'lock_epoch'
  tx.exec_prepared_n(1, "finish", 1);
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement changes a leased row of 'jobs' without matching 'lock_epoch'
  tx.exec(pqxx::prepped{"finish"});
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement changes a leased row of 'jobs' without matching 'lock_epoch'
}
