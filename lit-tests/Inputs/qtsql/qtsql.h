// Declarations that match Qt 6's (QtSql, QtCore, QtConcurrent), as far as the tests need them: own code, after the
// headers qsqldatabase.h, qsqlquery.h, qsqldriver.h, qsqlquerymodel.h, qthread.h, qwaitcondition.h, qprocess.h,
// qeventloop.h, qlogging.h, qdebug.h and qtconcurrent{run,map}.h.
#pragma once

typedef unsigned int uint;

class QString {
public:
  QString();
  QString(const char *ch);
  QString(const QString &);
  ~QString();
};
QString operator+(const QString &s1, const QString &s2);
class QVariant {};
class QStringList {};
class QObject {
public:
  virtual ~QObject();
};
class QMutex {};
class QThreadPool {};
class QDeadlineTimer {
public:
  enum ForeverConstant { Forever };
  QDeadlineTimer(ForeverConstant);
};
template <typename T> class QFuture {};

class QSqlDriver : public QObject {
public:
  virtual bool subscribeToNotification(const QString &name);
  virtual bool unsubscribeFromNotification(const QString &name);
};

class QSqlQuery;
class QSqlDatabase {
public:
  QSqlDatabase();
  QSqlDatabase(const QSqlDatabase &other);
  ~QSqlDatabase();
  QSqlDatabase &operator=(const QSqlDatabase &other);
  bool open();
  void close();
  QSqlQuery exec(const QString &query = QString()) const;
  bool transaction();
  bool commit();
  bool rollback();
  void setPassword(const QString &password);
  QSqlDriver *driver() const;
  static const char *defaultConnection;
  static QSqlDatabase addDatabase(const QString &type, const QString &connectionName = QString(defaultConnection));
  static QSqlDatabase database(const QString &connectionName = QString(defaultConnection), bool open = true);
};

class QSqlQuery {
public:
  explicit QSqlQuery(const QString &query = QString(), const QSqlDatabase &db = QSqlDatabase());
  explicit QSqlQuery(const QSqlDatabase &db);
  QSqlQuery(QSqlQuery &&other) noexcept;
  ~QSqlQuery();
  int numRowsAffected() const;
  bool exec(const QString &query);
  bool exec();
  enum BatchExecutionMode { ValuesAsRows, ValuesAsColumns };
  bool execBatch(BatchExecutionMode mode = ValuesAsRows);
  bool prepare(const QString &query);
  void bindValue(int pos, const QVariant &val);
  bool next();
};

class QSqlQueryModel : public QObject {
public:
  void setQuery(const QString &query, const QSqlDatabase &db = QSqlDatabase());
};

class QThread : public QObject {
public:
  bool wait(QDeadlineTimer deadline = QDeadlineTimer(QDeadlineTimer::Forever));
  bool wait(unsigned long time);
  static void sleep(unsigned long);
  static void msleep(unsigned long);
  static void usleep(unsigned long);
  template <typename Function, typename... Args> static QThread *create(Function &&f, Args &&...args) {
    return nullptr;
  }
};
class QWaitCondition {
public:
  bool wait(QMutex *, QDeadlineTimer = QDeadlineTimer(QDeadlineTimer::Forever));
  bool wait(QMutex *lockedMutex, unsigned long time);
};
class QProcess : public QObject {
public:
  static int execute(const QString &program, const QStringList &arguments = {});
  bool waitForFinished(int msecs = 30000);
};
class QEventLoop : public QObject {
public:
  int exec();
};

namespace QtConcurrent {
template <class Function, class... Args> [[nodiscard]] auto run(Function &&f, Args &&...args) {
  return QFuture<void>{};
}
template <class Function, class... Args> [[nodiscard]] auto run(QThreadPool *pool, Function &&f, Args &&...args) {
  return QFuture<void>{};
}
template <typename Sequence, typename MapFunctor> QFuture<void> map(Sequence &&sequence, MapFunctor &&map) {
  return {};
}
template <typename Sequence, typename MapFunctor>
QFuture<void> map(QThreadPool *pool, Sequence &&sequence, MapFunctor &&map) {
  return {};
}
template <typename Sequence, typename MapFunctor> void blockingMap(Sequence &&sequence, MapFunctor map) {}
template <typename Sequence, typename MapFunctor>
void blockingMap(QThreadPool *pool, Sequence &&sequence, MapFunctor map) {}
} // namespace QtConcurrent

class QDebug {
public:
  QDebug(const QDebug &o);
  ~QDebug();
  QDebug &operator<<(const char *t);
  QDebug &operator<<(const QString &t);
  QDebug &operator<<(int t);
};
class QMessageLogger {
public:
  constexpr QMessageLogger(const char *file, int line, const char *function) noexcept {}
  void debug(const char *msg, ...) const;
  void info(const char *msg, ...) const;
  void warning(const char *msg, ...) const;
  void critical(const char *msg, ...) const;
  [[noreturn]] void fatal(const char *msg, ...) const noexcept;
  QDebug debug() const;
  QDebug info() const;
  QDebug warning() const;
  QDebug critical() const;
};
#define qDebug QMessageLogger(__FILE__, __LINE__, static_cast<const char *>(__func__)).debug
#define qInfo QMessageLogger(__FILE__, __LINE__, static_cast<const char *>(__func__)).info
#define qWarning QMessageLogger(__FILE__, __LINE__, static_cast<const char *>(__func__)).warning
#define qCritical QMessageLogger(__FILE__, __LINE__, static_cast<const char *>(__func__)).critical
