// RUN: %check_poolguard %s poolguard-* -- -config=config.yaml
// RUN: %preset_roles userver %S/config.yaml %s -- -std=c++17 -I%S/../../Inputs

#include <userver/userver.hpp>

using namespace std::chrono_literals;
namespace pg = userver::storages::postgres;
namespace engine = userver::engine;
namespace utils = userver::utils;

namespace app {
pg::ClusterPtr pooled(); // behind the pooler
pg::ClusterPtr direct(); // not behind it
bool renew();            // renews the lease
} // namespace app

const pg::Query kListen{"LISTEN jobs", pg::Query::Name{"listen"}, pg::Query::LogMode::kNameOnly};
const pg::Query kVacuum{"VACUUM t"};
constexpr auto kMaster = pg::ClusterHostType::kMaster;

void state(const pg::CommandControl &slow, const pg::ParameterStore &store) {
  pg::ClusterPtr cluster = app::pooled();
  cluster->Execute(kMaster, "LISTEN jobs");
  // CHECK-MESSAGES: :[[@LINE-1]]:12: warning: 'LISTEN' listens on a channel on the transaction lane
  cluster->Execute(kMaster, kListen, store);
  // CHECK-MESSAGES: :[[@LINE-1]]:12: warning: 'LISTEN' listens on a channel
  cluster->Execute(kMaster, slow, kListen, 1);
  // CHECK-MESSAGES: :[[@LINE-1]]:12: warning: 'LISTEN' listens on a channel
  auto scope = cluster->Listen("jobs");
  // CHECK-MESSAGES: :[[@LINE-1]]:25: warning: 'userver::storages::postgres::Cluster::Listen' listens on a channel
  auto queue = cluster->CreateQueryQueue(kMaster);
  queue.Push(kListen);
  // CHECK-MESSAGES: :[[@LINE-1]]:9: warning: 'LISTEN' listens on a channel
  queue.Push(slow, kListen);
  // CHECK-MESSAGES: :[[@LINE-1]]:9: warning: 'LISTEN' listens on a channel
}

void inTransaction(const pg::CommandControl &slow, const std::vector<int> &rows, pg::NotifyScope &scope) {
  pg::Transaction tx = app::pooled()->Begin(kMaster, pg::TransactionOptions{});
  tx.SetParameter("work_mem", "1GB"); // SET LOCAL
  tx.Execute("SET work_mem = '1GB'");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: 'SET' sets a setting of the session on the transaction lane
  tx.Execute(kVacuum);
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement can't run in a transaction block
  tx.Execute(slow, kVacuum);
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement can't run in a transaction block
  tx.ExecuteBulk(kVacuum, rows);
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement can't run in a transaction block
  tx.ExecuteBulk(slow, kVacuum, rows);
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement can't run in a transaction block
  tx.ExecuteDecomposeBulk(kVacuum, rows);
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement can't run in a transaction block
  tx.ExecuteDecomposeBulk(slow, kVacuum, rows);
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement can't run in a transaction block
  pg::Portal portal = tx.MakePortal(kVacuum);
  // CHECK-MESSAGES: :[[@LINE-1]]:26: warning: this statement can't run in a transaction block
  pg::Portal other = tx.MakePortal(slow, kVacuum);
  // CHECK-MESSAGES: :[[@LINE-1]]:25: warning: this statement can't run in a transaction block
  app::direct()->Execute(kMaster, "DELETE FROM t");
  // CHECK-MESSAGES: :[[@LINE-1]]:18: warning: this statement runs on another connection while transaction 'tx' is open
  scope.WaitNotify(engine::Deadline::FromDuration(1s));
  // CHECK-MESSAGES: :[[@LINE-1]]:9: warning: 'userver::storages::postgres::NotifyScope::WaitNotify' waits while transaction 'tx' is open
  engine::SleepFor(1s);
  // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: 'userver::engine::SleepFor' waits while transaction 'tx' is open
  engine::SleepUntil(engine::Deadline::FromDuration(1s));
  // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: 'userver::engine::SleepUntil' waits
  engine::InterruptibleSleepFor(1s);
  // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: 'userver::engine::InterruptibleSleepFor' waits
  engine::InterruptibleSleepUntil(engine::Deadline::FromDuration(1s));
  // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: 'userver::engine::InterruptibleSleepUntil' waits
  tx.Commit();
  tx.Execute("SELECT 1");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: statement on transaction 'tx', which has ended
  tx.SetParameter("work_mem", "1GB");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: statement on transaction 'tx', which has ended
}

void undone() {
  pg::Transaction tx = app::pooled()->Begin("name", pg::TransactionOptions{});
  tx.Execute("UPDATE t SET n = 1");
  tx.Rollback();
  tx.Execute("SELECT 1");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: statement on transaction 'tx', which has ended
}

// Each starts a task, which keeps what it throws until somebody waits for it: one renewal is that somebody's to see to, a loop of
// them ends without a word.
void tasks(engine::TaskProcessor &processor, engine::Deadline deadline) {
  auto beat = [] { return app::renew(); };
  auto a = utils::Async("name", beat);
  // CHECK-MESSAGES: :[[@LINE-1]]:19: warning: the result of 'userver::utils::Async'
  auto b = utils::Async(processor, "name", [] { while (app::renew()) {} });
  // CHECK-MESSAGES: :[[@LINE-1]]:61: warning: an exception from 'app::renew' ends the task of 'userver::utils::Async', and is lost unless somebody waits for that
  auto c = utils::Async(processor, "name", deadline, [] { while (app::renew()) {} });
  // CHECK-MESSAGES: :[[@LINE-1]]:71: warning: an exception from 'app::renew' ends the task of 'userver::utils::Async', and is lost unless somebody waits for that
  auto d = utils::SharedAsync("name", [] { while (app::renew()) {} });
  // CHECK-MESSAGES: :[[@LINE-1]]:56: warning: an exception from 'app::renew' ends the task of 'userver::utils::SharedAsync', and is lost unless somebody waits for that
  auto e = utils::SharedAsync(processor, "name", [] { while (app::renew()) {} });
  // CHECK-MESSAGES: :[[@LINE-1]]:67: warning: an exception from 'app::renew' ends the task of 'userver::utils::SharedAsync', and is lost unless somebody waits for that
  auto f = utils::SharedAsync(processor, "name", deadline, [] { while (app::renew()) {} });
  // CHECK-MESSAGES: :[[@LINE-1]]:77: warning: an exception from 'app::renew' ends the task of 'userver::utils::SharedAsync', and is lost unless somebody waits for that
  auto g = utils::CriticalAsync("name", [] { while (app::renew()) {} });
  // CHECK-MESSAGES: :[[@LINE-1]]:58: warning: an exception from 'app::renew' ends the task of 'userver::utils::CriticalAsync', and is lost unless somebody waits for that
  auto h = utils::CriticalAsync(processor, "name", [] { while (app::renew()) {} });
  // CHECK-MESSAGES: :[[@LINE-1]]:69: warning: an exception from 'app::renew' ends the task of 'userver::utils::CriticalAsync', and is lost unless somebody waits for that
  auto i = utils::SharedCriticalAsync("name", [] { while (app::renew()) {} });
  // CHECK-MESSAGES: :[[@LINE-1]]:64: warning: an exception from 'app::renew' ends the task of 'userver::utils::SharedCriticalAsync', and is lost unless somebody waits for that
  auto j = utils::SharedCriticalAsync(processor, "name", [] { while (app::renew()) {} });
  // CHECK-MESSAGES: :[[@LINE-1]]:75: warning: an exception from 'app::renew' ends the task of 'userver::utils::SharedCriticalAsync', and is lost unless somebody waits for that
  auto k = utils::AsyncBackground("name", processor, [] { while (app::renew()) {} });
  // CHECK-MESSAGES: :[[@LINE-1]]:71: warning: an exception from 'app::renew' ends the task of 'userver::utils::AsyncBackground', and is lost unless somebody waits for that
  auto l = utils::CriticalAsyncBackground("name", processor, [] { while (app::renew()) {} });
  // CHECK-MESSAGES: :[[@LINE-1]]:79: warning: an exception from 'app::renew' ends the task of 'userver::utils::CriticalAsyncBackground', and is lost unless somebody waits for that
  auto m = engine::AsyncNoSpan([] { while (app::renew()) {} });
  // CHECK-MESSAGES: :[[@LINE-1]]:49: warning: an exception from 'app::renew' ends the task of 'userver::engine::AsyncNoSpan', and is lost unless somebody waits for that
  auto n = engine::AsyncNoSpan(processor, [] { while (app::renew()) {} });
  // CHECK-MESSAGES: :[[@LINE-1]]:60: warning: an exception from 'app::renew' ends the task of 'userver::engine::AsyncNoSpan', and is lost unless somebody waits for that
  auto o = engine::AsyncNoSpan(processor, deadline, [] { while (app::renew()) {} });
  // CHECK-MESSAGES: :[[@LINE-1]]:70: warning: an exception from 'app::renew' ends the task of 'userver::engine::AsyncNoSpan', and is lost unless somebody waits for that
  auto p = engine::SharedAsyncNoSpan([] { while (app::renew()) {} });
  // CHECK-MESSAGES: :[[@LINE-1]]:55: warning: an exception from 'app::renew' ends the task of 'userver::engine::SharedAsyncNoSpan', and is lost unless somebody waits for that
  auto q = engine::SharedAsyncNoSpan(processor, [] { while (app::renew()) {} });
  // CHECK-MESSAGES: :[[@LINE-1]]:66: warning: an exception from 'app::renew' ends the task of 'userver::engine::SharedAsyncNoSpan', and is lost unless somebody waits for that
  auto r = engine::SharedAsyncNoSpan(processor, deadline, [] { while (app::renew()) {} });
  // CHECK-MESSAGES: :[[@LINE-1]]:76: warning: an exception from 'app::renew' ends the task of 'userver::engine::SharedAsyncNoSpan', and is lost unless somebody waits for that
  auto s = engine::CriticalAsyncNoSpan([] { while (app::renew()) {} });
  // CHECK-MESSAGES: :[[@LINE-1]]:57: warning: an exception from 'app::renew' ends the task of 'userver::engine::CriticalAsyncNoSpan', and is lost unless somebody waits for that
  auto t = engine::CriticalAsyncNoSpan(processor, [] { while (app::renew()) {} });
  // CHECK-MESSAGES: :[[@LINE-1]]:68: warning: an exception from 'app::renew' ends the task of 'userver::engine::CriticalAsyncNoSpan', and is lost unless somebody waits for that
  auto u = engine::SharedCriticalAsyncNoSpan([] { while (app::renew()) {} });
  // CHECK-MESSAGES: :[[@LINE-1]]:63: warning: an exception from 'app::renew' ends the task of 'userver::engine::SharedCriticalAsyncNoSpan', and is lost unless somebody waits for that
  auto v = engine::SharedCriticalAsyncNoSpan(processor, [] { while (app::renew()) {} });
  // CHECK-MESSAGES: :[[@LINE-1]]:74: warning: an exception from 'app::renew' ends the task of 'userver::engine::SharedCriticalAsyncNoSpan', and is lost unless somebody waits for that
}

void periodic(utils::PeriodicTask &later) {
  utils::PeriodicTask now("beat", 1s, [] { app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:49: warning: the result of 'app::renew' is dropped
  later.Start("beat", 1s, [] { app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:37: warning: the result of 'app::renew' is dropped
}

// Every statement of the cluster may have another connection.
void onAnyConnection() {
  app::pooled()->Execute(kMaster, "BEGIN");
  // CHECK-MESSAGES: :[[@LINE-1]]:18: warning: this opens a transaction with 'userver::storages::postgres::Cluster::Execute', of which every call may take another connection
}
