// Declarations that match drogon 1.9's and trantor 1.5's, as far as the tests need them: own code, after
// drogon/orm/{DbClient,DbListener,SqlBinder}.h and trantor/net/EventLoop.h.
#pragma once

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>

namespace trantor {

class NonCopyable {};
class Date {};
using Func = std::function<void()>;
using TimerId = uint64_t;

class EventLoop : NonCopyable {
public:
  EventLoop();
  ~EventLoop();
  void loop();
  template <typename Functor> inline void runInLoop(Functor &&f) {
    if (isInLoopThread())
      f();
    else
      queueInLoop(std::forward<Functor>(f));
  }
  void queueInLoop(const Func &f);
  void queueInLoop(Func &&f);
  TimerId runAt(const Date &time, const Func &cb);
  TimerId runAt(const Date &time, Func &&cb);
  TimerId runAfter(double delay, const Func &cb);
  TimerId runAfter(double delay, Func &&cb);
  TimerId runAfter(const std::chrono::duration<double> &delay, const Func &cb);
  TimerId runAfter(const std::chrono::duration<double> &delay, Func &&cb);
  TimerId runEvery(double interval, const Func &cb);
  TimerId runEvery(double interval, Func &&cb);
  TimerId runEvery(const std::chrono::duration<double> &interval, const Func &cb);
  TimerId runEvery(const std::chrono::duration<double> &interval, Func &&cb);
  void runOnQuit(Func &&cb);
  void runOnQuit(const Func &cb);
  bool isInLoopThread() const;
};

} // namespace trantor

namespace drogon::orm {

class Result {
public:
  std::size_t affectedRows() const noexcept;
};
class DrogonDbException {
public:
  virtual ~DrogonDbException();
};
using ResultCallback = std::function<void(const Result &)>;
using ExceptionCallback = std::function<void(const DrogonDbException &)>;
class Transaction;
class DbClient;
enum class TransactionType { Deferred, Immediate, Exclusive };
enum class ClientType { PostgreSQL = 0, Mysql, Sqlite3 };
enum class Mode { NonBlocking, Blocking };

namespace internal {

class SqlBinder : public trantor::NonCopyable {
public:
  SqlBinder(const std::string &sql, DbClient &client, ClientType type);
  SqlBinder(std::string &&sql, DbClient &client, ClientType type);
  SqlBinder(const char *sql, size_t sqlLength, DbClient &client, ClientType type);
  SqlBinder(SqlBinder &&that) noexcept;
  ~SqlBinder();
  template <typename T> SqlBinder &operator<<(T &&parameter) { return *this; }
  template <typename CallbackType> SqlBinder &operator>>(CallbackType &&callback) { return *this; }
  void exec() noexcept(false);
};

template <typename T> struct CallbackAwaiter {
  bool await_ready() noexcept;
  T await_resume() noexcept(false);
  void await_suspend(std::coroutine_handle<> handle);
};
struct [[nodiscard]] SqlAwaiter : public CallbackAwaiter<Result> {
  explicit SqlAwaiter(SqlBinder &&binder);
};
struct [[nodiscard]] TransactionAwaiter : public CallbackAwaiter<std::shared_ptr<Transaction>> {
  explicit TransactionAwaiter(DbClient *client, TransactionType transType = TransactionType::Deferred);
};

} // namespace internal

class DbClient : public trantor::NonCopyable {
public:
  virtual ~DbClient();
  static std::shared_ptr<DbClient> newPgClient(const std::string &connInfo, size_t connNum, bool autoBatch = false);

  template <typename FUNCTION1, typename FUNCTION2, typename... Arguments>
  void execSqlAsync(const std::string &sql, FUNCTION1 &&rCallback, FUNCTION2 &&exceptCallback,
                    Arguments &&...args) noexcept {}
  template <typename... Arguments>
  std::future<Result> execSqlAsyncFuture(const std::string &sql, Arguments &&...args) noexcept;
  template <typename... Arguments> Result execSqlSync(const std::string &sql, Arguments &&...args) noexcept(false) {
    auto binder = *this << sql;
    binder << Mode::Blocking;
    binder.exec();
    return {};
  }
  template <typename... Arguments>
  internal::SqlAwaiter execSqlCoro(const std::string &sql, Arguments &&...args) noexcept;

  internal::SqlBinder operator<<(const std::string &sql);
  internal::SqlBinder operator<<(std::string &&sql);
  template <int N> internal::SqlBinder operator<<(const char (&sql)[N]) {
    return internal::SqlBinder(sql, N - 1, *this, type_);
  }
  internal::SqlBinder operator<<(const std::string_view &sql);

  virtual std::shared_ptr<Transaction>
  newTransaction(const std::function<void(bool)> &commitCallback = std::function<void(bool)>(),
                 TransactionType transType = TransactionType::Deferred) noexcept(false) = 0;
  std::shared_ptr<Transaction> newTransaction(TransactionType transType) noexcept(false);
  virtual void newTransactionAsync(const std::function<void(const std::shared_ptr<Transaction> &)> &callback,
                                   TransactionType transType = TransactionType::Deferred) = 0;
  void newTransactionAsync(TransactionType transType,
                           const std::function<void(const std::shared_ptr<Transaction> &)> &callback);
  internal::TransactionAwaiter newTransactionCoro(TransactionType transType = TransactionType::Deferred);
  virtual bool hasAvailableConnections() const noexcept = 0;

protected:
  ClientType type_;
};
using DbClientPtr = std::shared_ptr<DbClient>;

class Transaction : public DbClient {
public:
  virtual void rollback() = 0;
  virtual void setCommitCallback(const std::function<void(bool)> &commitCallback) = 0;
};

class DbListener;
using DbListenerPtr = std::shared_ptr<DbListener>;
class DbListener {
public:
  using MessageCallback = std::function<void(std::string, std::string)>;
  virtual ~DbListener();
  static DbListenerPtr newPgListener(const std::string &connInfo, trantor::EventLoop *loop = nullptr);
  virtual void listen(const std::string &channel, MessageCallback messageCallback) noexcept = 0;
  virtual void unlisten(const std::string &channel) noexcept = 0;
};

} // namespace drogon::orm
