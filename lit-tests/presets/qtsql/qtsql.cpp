// RUN: %check_poolguard %s poolguard-* -- -config=config.yaml
// RUN: %preset_roles qtsql %S/config.yaml %s -- -std=c++17 -I%S/../../Inputs

#include <pqxx/pqxx>
#include <qtsql/qtsql.h>

namespace app {
QSqlDatabase pooled(); // behind the pooler
bool renew();          // renews the lease
} // namespace app

void state(QSqlQueryModel &model) {
  QSqlDatabase db = app::pooled();
  db.exec("LISTEN jobs");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: 'LISTEN' listens on a channel on the transaction lane
  QSqlQuery query(db);
  query.exec("LISTEN jobs");
  // CHECK-MESSAGES: :[[@LINE-1]]:9: warning: 'LISTEN' listens on a channel
  query.prepare("SELECT n FROM t WHERE id = ?");
  // CHECK-MESSAGES: :[[@LINE-1]]:9: warning: 'QSqlQuery::prepare' keeps a prepared statement in the session
  query.bindValue(0, QVariant());
  query.exec();
  QSqlQuery other("SET work_mem = '1GB'", db);
  // CHECK-MESSAGES: :[[@LINE-1]]:13: warning: 'SET' sets a setting of the session
  other.exec("LISTEN jobs");
  // CHECK-MESSAGES: :[[@LINE-1]]:9: warning: 'LISTEN' listens on a channel
  model.setQuery("SET work_mem = '1GB'", db);
  // CHECK-MESSAGES: :[[@LINE-1]]:9: warning: 'SET' sets a setting of the session
  db.driver()->subscribeToNotification("jobs");
  // CHECK-MESSAGES: :[[@LINE-1]]:16: warning: 'QSqlDriver::subscribeToNotification' listens on a channel
}

void inTransaction(pqxx::connection &connection, QThread &thread, QWaitCondition &condition, QMutex &mutex,
                   QProcess &process, QEventLoop &loop) {
  pqxx::work tx(connection);
  QSqlQuery(app::pooled()).execBatch();
  // CHECK-MESSAGES: :[[@LINE-1]]:28: warning: this statement runs on another connection while transaction 'tx' is open
  QThread::sleep(1);
  // CHECK-MESSAGES: :[[@LINE-1]]:12: warning: 'QThread::sleep' waits while transaction 'tx' is open
  QThread::msleep(1);
  // CHECK-MESSAGES: :[[@LINE-1]]:12: warning: 'QThread::msleep' waits
  QThread::usleep(1);
  // CHECK-MESSAGES: :[[@LINE-1]]:12: warning: 'QThread::usleep' waits
  thread.wait(5);
  // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: 'QThread::wait' waits
  condition.wait(&mutex);
  // CHECK-MESSAGES: :[[@LINE-1]]:13: warning: 'QWaitCondition::wait' waits
  QProcess::execute("ls");
  // CHECK-MESSAGES: :[[@LINE-1]]:13: warning: 'QProcess::execute' waits
  process.waitForFinished();
  // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: 'QProcess::waitForFinished' waits
  loop.exec();
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: 'QEventLoop::exec' waits
}

QSqlDatabase byName() { return QSqlDatabase::database("jobs"); }
// CHECK-MESSAGES: :[[@LINE-1]]:46: warning: 'QSqlDatabase::database' is a legacy connection

static QSqlDatabase shared;
void useShared() {
  shared.open();
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'shared' is a legacy connection
}

void tasks(QThreadPool *pool, int (&items)[3]) {
  QThread *thread = QThread::create([] { app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:47: warning: an exception from 'app::renew' escapes the callback that 'QThread::create' runs
  // CHECK-MESSAGES: :[[@LINE-2]]:47: warning: the result of 'app::renew' is dropped
  auto a = QtConcurrent::run([] { while (app::renew()) {} });
  // CHECK-MESSAGES: :[[@LINE-1]]:47: warning: an exception from 'app::renew' ends the task of 'QtConcurrent::run', and is lost unless somebody waits for that
  auto b = QtConcurrent::run(pool, [] { app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:46: warning: the result of 'app::renew' is dropped
  auto c = QtConcurrent::map(items, [](int) { app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:52: warning: the result of 'app::renew' is dropped
  auto d = QtConcurrent::map(pool, items, [](int) { app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:58: warning: the result of 'app::renew' is dropped
  QtConcurrent::blockingMap(items, [](int) { app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:51: warning: the result of 'app::renew' is dropped
  QtConcurrent::blockingMap(pool, items, [](int) { app::renew(); });
  // CHECK-MESSAGES: :[[@LINE-1]]:57: warning: the result of 'app::renew' is dropped
}

void logs() {
  const char *dsn = "host=db password=hunter2";
  qDebug("no connection: %s", dsn);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: a connection string with its password reaches a log
  qInfo("no connection: %s", dsn);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: a connection string with its password reaches a log
  qWarning("no connection: %s", dsn);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: a connection string with its password reaches a log
  qCritical("no connection: %s", dsn);
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: a connection string with its password reaches a log
  qWarning() << "no connection:" << dsn;
  // CHECK-MESSAGES: :[[@LINE-1]]:34: warning: a connection string with its password reaches a log
}
