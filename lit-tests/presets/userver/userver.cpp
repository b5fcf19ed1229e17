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

// Each starts a task; nobody sees what it throws before somebody waits for it.
void tasks(engine::TaskProcessor &processor, engine::Deadline deadline) {
  auto beat = [] { return app::renew(); };
  // CHECK-MESSAGES: :[[@LINE-1]]:32: warning: an exception from 'app::renew' escapes
  auto a = utils::Async("name", beat);
  // CHECK-MESSAGES: :[[@LINE-1]]:19: warning: the result of 'userver::utils::Async'
  auto b = utils::Async(processor, "name", [] { return app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:19: warning: the result of 'userver::utils::Async'
  // CHECK-MESSAGES: :[[@LINE-2]]:61: warning: an exception from 'app::renew' escapes
  auto c = utils::Async(processor, "name", deadline, [] { return app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:19: warning: the result of 'userver::utils::Async'
  // CHECK-MESSAGES: :[[@LINE-2]]:71: warning: an exception from 'app::renew' escapes
  auto d = utils::SharedAsync("name", [] { return app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:19: warning: the result of 'userver::utils::SharedAsync'
  // CHECK-MESSAGES: :[[@LINE-2]]:56: warning: an exception from 'app::renew' escapes
  auto e = utils::SharedAsync(processor, "name", [] { return app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:19: warning: the result of 'userver::utils::SharedAsync'
  // CHECK-MESSAGES: :[[@LINE-2]]:67: warning: an exception from 'app::renew' escapes
  auto f = utils::SharedAsync(processor, "name", deadline, [] { return app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:19: warning: the result of 'userver::utils::SharedAsync'
  // CHECK-MESSAGES: :[[@LINE-2]]:77: warning: an exception from 'app::renew' escapes
  auto g = utils::CriticalAsync("name", [] { return app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:19: warning: the result of 'userver::utils::CriticalAsync'
  // CHECK-MESSAGES: :[[@LINE-2]]:58: warning: an exception from 'app::renew' escapes
  auto h = utils::CriticalAsync(processor, "name", [] { return app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:19: warning: the result of 'userver::utils::CriticalAsync'
  // CHECK-MESSAGES: :[[@LINE-2]]:69: warning: an exception from 'app::renew' escapes
  auto i = utils::SharedCriticalAsync("name", [] { return app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:19: warning: the result of 'userver::utils::SharedCriticalAsync'
  // CHECK-MESSAGES: :[[@LINE-2]]:64: warning: an exception from 'app::renew' escapes
  auto j = utils::SharedCriticalAsync(processor, "name", [] { return app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:19: warning: the result of 'userver::utils::SharedCriticalAsync'
  // CHECK-MESSAGES: :[[@LINE-2]]:75: warning: an exception from 'app::renew' escapes
  auto k = utils::AsyncBackground("name", processor, [] { return app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:19: warning: the result of 'userver::utils::AsyncBackground'
  // CHECK-MESSAGES: :[[@LINE-2]]:71: warning: an exception from 'app::renew' escapes
  auto l = utils::CriticalAsyncBackground("name", processor, [] { return app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:19: warning: the result of 'userver::utils::CriticalAsyncBackground'
  // CHECK-MESSAGES: :[[@LINE-2]]:79: warning: an exception from 'app::renew' escapes
  auto m = engine::AsyncNoSpan([] { return app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:20: warning: the result of 'userver::engine::AsyncNoSpan'
  // CHECK-MESSAGES: :[[@LINE-2]]:49: warning: an exception from 'app::renew' escapes
  auto n = engine::AsyncNoSpan(processor, [] { return app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:20: warning: the result of 'userver::engine::AsyncNoSpan'
  // CHECK-MESSAGES: :[[@LINE-2]]:60: warning: an exception from 'app::renew' escapes
  auto o = engine::AsyncNoSpan(processor, deadline, [] { return app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:20: warning: the result of 'userver::engine::AsyncNoSpan'
  // CHECK-MESSAGES: :[[@LINE-2]]:70: warning: an exception from 'app::renew' escapes
  auto p = engine::SharedAsyncNoSpan([] { return app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:20: warning: the result of 'userver::engine::SharedAsyncNoSpan'
  // CHECK-MESSAGES: :[[@LINE-2]]:55: warning: an exception from 'app::renew' escapes
  auto q = engine::SharedAsyncNoSpan(processor, [] { return app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:20: warning: the result of 'userver::engine::SharedAsyncNoSpan'
  // CHECK-MESSAGES: :[[@LINE-2]]:66: warning: an exception from 'app::renew' escapes
  auto r = engine::SharedAsyncNoSpan(processor, deadline, [] { return app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:20: warning: the result of 'userver::engine::SharedAsyncNoSpan'
  // CHECK-MESSAGES: :[[@LINE-2]]:76: warning: an exception from 'app::renew' escapes
  auto s = engine::CriticalAsyncNoSpan([] { return app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:20: warning: the result of 'userver::engine::CriticalAsyncNoSpan'
  // CHECK-MESSAGES: :[[@LINE-2]]:57: warning: an exception from 'app::renew' escapes
  auto t = engine::CriticalAsyncNoSpan(processor, [] { return app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:20: warning: the result of 'userver::engine::CriticalAsyncNoSpan'
  // CHECK-MESSAGES: :[[@LINE-2]]:68: warning: an exception from 'app::renew' escapes
  auto u = engine::SharedCriticalAsyncNoSpan([] { return app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:20: warning: the result of 'userver::engine::SharedCriticalAsyncNoSpan'
  // CHECK-MESSAGES: :[[@LINE-2]]:63: warning: an exception from 'app::renew' escapes
  auto v = engine::SharedCriticalAsyncNoSpan(processor, [] { return app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:20: warning: the result of 'userver::engine::SharedCriticalAsyncNoSpan'
  // CHECK-MESSAGES: :[[@LINE-2]]:74: warning: an exception from 'app::renew' escapes
}

void periodic(utils::PeriodicTask &later) {
  utils::PeriodicTask now("beat", 1s, [] { app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:49: warning: an exception from 'app::renew' escapes the callback that 'userver::utils::PeriodicTask::PeriodicTask' runs
  // CHECK-MESSAGES: :[[@LINE-2]]:49: warning: the result of 'app::renew' is dropped
  later.Start("beat", 1s, [] { app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:37: warning: an exception from 'app::renew' escapes the callback that 'userver::utils::PeriodicTask::Start' runs
  // CHECK-MESSAGES: :[[@LINE-2]]:37: warning: the result of 'app::renew' is dropped
}
