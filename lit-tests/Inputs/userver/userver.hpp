// Declarations that match userver 2.4's, as far as the tests need them: own code, after its headers
// userver/storages/{query,postgres/{cluster,transaction,query_queue,notify}}.hpp, userver/engine/{async,sleep}.hpp and
// userver/utils/{async,periodic_task}.hpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace userver {

namespace engine {

class TaskProcessor;
class Deadline {
public:
  static Deadline FromDuration(std::chrono::milliseconds);
};
template <typename T> class TaskWithResult {
public:
  ~TaskWithResult();
  T Get();
};
template <typename T> class SharedTaskWithResult {};

template <typename Function, typename... Args>
[[nodiscard]] auto AsyncNoSpan(TaskProcessor &task_processor, Function &&f, Args &&...args) {
  return TaskWithResult<void>{};
}
template <typename Function, typename... Args>
[[nodiscard]] auto AsyncNoSpan(TaskProcessor &task_processor, Deadline deadline, Function &&f, Args &&...args) {
  return TaskWithResult<void>{};
}
template <typename Function, typename... Args> [[nodiscard]] auto AsyncNoSpan(Function &&f, Args &&...args) {
  return TaskWithResult<void>{};
}
template <typename Function, typename... Args>
[[nodiscard]] auto AsyncNoSpan(Deadline deadline, Function &&f, Args &&...args) {
  return TaskWithResult<void>{};
}
template <typename Function, typename... Args>
[[nodiscard]] auto SharedAsyncNoSpan(TaskProcessor &task_processor, Function &&f, Args &&...args) {
  return SharedTaskWithResult<void>{};
}
template <typename Function, typename... Args>
[[nodiscard]] auto SharedAsyncNoSpan(TaskProcessor &task_processor, Deadline deadline, Function &&f, Args &&...args) {
  return SharedTaskWithResult<void>{};
}
template <typename Function, typename... Args> [[nodiscard]] auto SharedAsyncNoSpan(Function &&f, Args &&...args) {
  return SharedTaskWithResult<void>{};
}
template <typename Function, typename... Args>
[[nodiscard]] auto CriticalAsyncNoSpan(TaskProcessor &task_processor, Function &&f, Args &&...args) {
  return TaskWithResult<void>{};
}
template <typename Function, typename... Args> [[nodiscard]] auto CriticalAsyncNoSpan(Function &&f, Args &&...args) {
  return TaskWithResult<void>{};
}
template <typename Function, typename... Args>
[[nodiscard]] auto SharedCriticalAsyncNoSpan(TaskProcessor &task_processor, Function &&f, Args &&...args) {
  return SharedTaskWithResult<void>{};
}
template <typename Function, typename... Args>
[[nodiscard]] auto SharedCriticalAsyncNoSpan(Function &&f, Args &&...args) {
  return SharedTaskWithResult<void>{};
}

void InterruptibleSleepUntil(Deadline);
void SleepUntil(Deadline);
template <typename Rep, typename Period> void InterruptibleSleepFor(const std::chrono::duration<Rep, Period> &duration);
template <typename Rep, typename Period> void SleepFor(const std::chrono::duration<Rep, Period> &duration);

} // namespace engine

namespace utils {

template <typename Function, typename... Args>
[[nodiscard]] auto Async(std::string name, Function &&f, Args &&...args) {
  return engine::TaskWithResult<void>{};
}
template <typename Function, typename... Args>
[[nodiscard]] auto Async(engine::TaskProcessor &task_processor, std::string name, Function &&f, Args &&...args) {
  return engine::TaskWithResult<void>{};
}
template <typename Function, typename... Args>
[[nodiscard]] auto Async(engine::TaskProcessor &task_processor, std::string name, engine::Deadline deadline,
                         Function &&f, Args &&...args) {
  return engine::TaskWithResult<void>{};
}
template <typename Function, typename... Args>
[[nodiscard]] auto Async(std::string name, engine::Deadline deadline, Function &&f, Args &&...args) {
  return engine::TaskWithResult<void>{};
}
template <typename Function, typename... Args>
[[nodiscard]] auto CriticalAsync(std::string name, Function &&f, Args &&...args) {
  return engine::TaskWithResult<void>{};
}
template <typename Function, typename... Args>
[[nodiscard]] auto CriticalAsync(engine::TaskProcessor &task_processor, std::string name, Function &&f,
                                 Args &&...args) {
  return engine::TaskWithResult<void>{};
}
template <typename Function, typename... Args>
[[nodiscard]] auto SharedCriticalAsync(std::string name, Function &&f, Args &&...args) {
  return engine::SharedTaskWithResult<void>{};
}
template <typename Function, typename... Args>
[[nodiscard]] auto SharedCriticalAsync(engine::TaskProcessor &task_processor, std::string name, Function &&f,
                                       Args &&...args) {
  return engine::SharedTaskWithResult<void>{};
}
template <typename Function, typename... Args>
[[nodiscard]] auto SharedAsync(std::string name, Function &&f, Args &&...args) {
  return engine::SharedTaskWithResult<void>{};
}
template <typename Function, typename... Args>
[[nodiscard]] auto SharedAsync(engine::TaskProcessor &task_processor, std::string name, Function &&f, Args &&...args) {
  return engine::SharedTaskWithResult<void>{};
}
template <typename Function, typename... Args>
[[nodiscard]] auto SharedAsync(engine::TaskProcessor &task_processor, std::string name, engine::Deadline deadline,
                               Function &&f, Args &&...args) {
  return engine::SharedTaskWithResult<void>{};
}
template <typename Function, typename... Args>
[[nodiscard]] auto AsyncBackground(std::string name, engine::TaskProcessor &task_processor, Function &&f,
                                   Args &&...args) {
  return engine::TaskWithResult<void>{};
}
template <typename Function, typename... Args>
[[nodiscard]] auto CriticalAsyncBackground(std::string name, engine::TaskProcessor &task_processor, Function &&f,
                                           Args &&...args) {
  return engine::TaskWithResult<void>{};
}

class PeriodicTask final {
public:
  struct Settings final {
    Settings(std::chrono::milliseconds period);
    template <class Rep, class Period> Settings(std::chrono::duration<Rep, Period> period);
  };
  using Callback = std::function<void()>;
  PeriodicTask();
  PeriodicTask(std::string name, Settings settings, Callback callback);
  void Start(std::string name, Settings settings, Callback callback);
  ~PeriodicTask();
  void Stop() noexcept;
};

} // namespace utils

namespace storages {

class Query {
public:
  struct Name {
    explicit Name(std::string);
  };
  enum class LogMode { kFull, kNameOnly };
  Query() = default;
  Query(const char *statement, std::optional<Name> name = std::nullopt, LogMode log_mode = LogMode::kFull);
  Query(std::string statement, std::optional<Name> name = std::nullopt, LogMode log_mode = LogMode::kFull);
  const std::string &Statement() const;
};

namespace postgres {

using Query = userver::storages::Query;

namespace detail {
class ConnectionPtr;
class ClusterImpl;
} // namespace detail

struct TransactionOptions {
  enum Mode : std::uint16_t { kReadWrite = 0, kReadOnly = 1 };
  constexpr TransactionOptions() = default;
  constexpr TransactionOptions(Mode m) : mode{m} {}
  Mode mode = kReadWrite;
};
struct CommandControl {
  std::chrono::milliseconds execute, statement;
};
using OptionalCommandControl = std::optional<CommandControl>;
using TimeoutDuration = std::chrono::milliseconds;

enum class ClusterHostType { kNone = 0, kMaster = 1, kSlave = 4 };
class ClusterHostTypeFlags {
public:
  constexpr ClusterHostTypeFlags(ClusterHostType) {}
};

class ParameterStore {
public:
  template <typename T> ParameterStore &PushBack(const T &param);
};
class ResultSet {
public:
  std::size_t RowsAffected() const;
  bool IsEmpty() const;
};
class Portal {
public:
  ResultSet Fetch(std::uint32_t n_rows);
};
struct Notification {
  std::string channel;
};
class [[nodiscard]] NotifyScope final {
public:
  NotifyScope(detail::ConnectionPtr conn, std::string_view channel, OptionalCommandControl cmd_ctl);
  ~NotifyScope();
  NotifyScope(NotifyScope &&) noexcept;
  Notification WaitNotify(engine::Deadline deadline);
};

class Transaction {
public:
  static constexpr std::size_t kDefaultRowsInChunk = 1024;
  explicit Transaction(detail::ConnectionPtr &&conn, const TransactionOptions & = {},
                       OptionalCommandControl trx_cmd_ctl = {});
  Transaction(Transaction &&) noexcept;
  Transaction &operator=(Transaction &&) noexcept;
  ~Transaction();

  template <typename... Args> ResultSet Execute(const Query &query, const Args &...args) {
    return Execute(OptionalCommandControl{}, query, args...);
  }
  template <typename... Args>
  ResultSet Execute(OptionalCommandControl statement_cmd_ctl, const Query &query, const Args &...args) {
    return DoExecute(query, statement_cmd_ctl);
  }
  ResultSet Execute(const Query &query, const ParameterStore &store);
  ResultSet Execute(OptionalCommandControl statement_cmd_ctl, const Query &query, const ParameterStore &store);
  template <typename Container>
  void ExecuteBulk(const Query &query, const Container &args, std::size_t chunk_rows = kDefaultRowsInChunk);
  template <typename Container>
  void ExecuteBulk(OptionalCommandControl statement_cmd_ctl, const Query &query, const Container &args,
                   std::size_t chunk_rows = kDefaultRowsInChunk);
  template <typename Container>
  void ExecuteDecomposeBulk(const Query &query, const Container &args, std::size_t chunk_rows = kDefaultRowsInChunk);
  template <typename Container>
  void ExecuteDecomposeBulk(OptionalCommandControl statement_cmd_ctl, const Query &query, const Container &args,
                            std::size_t chunk_rows = kDefaultRowsInChunk);
  template <typename... Args> Portal MakePortal(const Query &query, const Args &...args);
  template <typename... Args>
  Portal MakePortal(OptionalCommandControl statement_cmd_ctl, const Query &query, const Args &...args);
  void SetParameter(const std::string &param_name, const std::string &value);
  void Commit();
  void Rollback();

private:
  ResultSet DoExecute(const Query &query, OptionalCommandControl statement_cmd_ctl);
};

class QueryQueue final {
public:
  QueryQueue(QueryQueue &&) noexcept;
  ~QueryQueue();
  template <typename... Args> void Push(CommandControl cc, const Query &query, const Args &...args);
  template <typename... Args> void Push(const Query &query, const Args &...args);
  [[nodiscard]] std::vector<ResultSet> Collect();
};

class Cluster {
public:
  ~Cluster();
  Transaction Begin(const TransactionOptions &, OptionalCommandControl = {});
  Transaction Begin(ClusterHostTypeFlags, const TransactionOptions &, OptionalCommandControl = {});
  Transaction Begin(std::string name, const TransactionOptions &);
  Transaction Begin(std::string name, ClusterHostTypeFlags, const TransactionOptions &);
  [[nodiscard]] QueryQueue CreateQueryQueue(ClusterHostTypeFlags flags);
  template <typename... Args> ResultSet Execute(ClusterHostTypeFlags, const Query &query, const Args &...args);
  template <typename... Args>
  ResultSet Execute(ClusterHostTypeFlags, OptionalCommandControl, const Query &query, const Args &...args);
  ResultSet Execute(ClusterHostTypeFlags flags, const Query &query, const ParameterStore &store);
  ResultSet Execute(ClusterHostTypeFlags flags, OptionalCommandControl statement_cmd_ctl, const Query &query,
                    const ParameterStore &store);
  NotifyScope Listen(std::string_view channel, OptionalCommandControl = {});
};
using ClusterPtr = std::shared_ptr<Cluster>;

template <typename... Args>
ResultSet Cluster::Execute(ClusterHostTypeFlags flags, const Query &query, const Args &...args) {
  return Execute(flags, OptionalCommandControl{}, query, args...);
}

} // namespace postgres
} // namespace storages
} // namespace userver
