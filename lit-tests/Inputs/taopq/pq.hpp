// Declarations that match taoPQ 1.0.0-beta.3's, as far as the tests need them: own code, after its headers
// tao/pq/{connection,connection_pool,transaction_base,transaction,pipeline,table_reader,table_writer}.hpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace tao::pq {

class connection;
class connection_pool;
class pipeline;
class transaction;

namespace internal {
struct zsv {
  const char *value;
  zsv(std::nullptr_t) = delete;
  constexpr zsv(const char *v) noexcept : value(v) {}
  zsv(const std::string &v) noexcept : value(v.c_str()) {}
  constexpr operator const char *() const noexcept { return value; }
};
template <typename T> class pool : public std::enable_shared_from_this<pool<T>> {
public:
  auto create() -> std::shared_ptr<T>;
  auto get() -> std::shared_ptr<T>;
};
} // namespace internal

class result {
public:
  auto rows_affected() const -> std::size_t;
};

enum class access_mode { default_access_mode, read_write, read_only };
enum class isolation_level { default_isolation_level, serializable };

class transaction_base : public std::enable_shared_from_this<transaction_base> {
protected:
  std::shared_ptr<pq::connection> m_connection;
  explicit transaction_base(const std::shared_ptr<pq::connection> &connection) noexcept;

public:
  virtual ~transaction_base() = default;
  [[nodiscard]] auto connection() const noexcept -> const std::shared_ptr<pq::connection> & { return m_connection; }
  void send(const internal::zsv statement);
  template <typename... As> void send(const internal::zsv statement, As &&...as) { send(statement); }
  [[nodiscard]] auto get_result() -> result;
};

class transaction : public transaction_base {
protected:
  using transaction_base::transaction_base;
  virtual void v_commit() = 0;

public:
  [[nodiscard]] auto subtransaction() -> std::shared_ptr<transaction>;
  [[nodiscard]] auto pipeline() -> std::shared_ptr<pq::pipeline>;
  template <typename... As> auto execute(const internal::zsv statement, As &&...as) {
    transaction_base::send(statement, std::forward<As>(as)...);
    return transaction_base::get_result();
  }
  void commit();
  void rollback();
};

class pipeline : public transaction_base {
  class private_key final {
    private_key() = default;
    friend class transaction;
  };

public:
  pipeline(const private_key /*unused*/, const std::shared_ptr<pq::connection> &connection);
  void sync();
  void finish();
};

class connection final : public std::enable_shared_from_this<connection> {
  class private_key final {
    private_key() = default;
    friend class connection;
  };

public:
  connection(const private_key /*unused*/, const std::string &connection_info);
  [[nodiscard]] static auto create(const std::string &connection_info) -> std::shared_ptr<connection>;
  [[nodiscard]] auto direct() -> std::shared_ptr<pq::transaction>;
  [[nodiscard]] auto transaction() -> std::shared_ptr<pq::transaction>;
  [[nodiscard]] auto transaction(const access_mode am, const isolation_level il = isolation_level::serializable)
      -> std::shared_ptr<pq::transaction>;
  [[nodiscard]] auto pipeline() -> std::shared_ptr<pq::pipeline>;
  void prepare(std::string name, const internal::zsv statement);
  void deallocate(const std::string_view name);
  template <typename... As> auto execute(const internal::zsv statement, As &&...as) {
    return direct()->execute(statement, std::forward<As>(as)...);
  }
  void listen(const std::string_view channel);
  void listen(const std::string_view channel, const std::function<void(const char *payload)> &handler);
  void unlisten(const std::string_view channel);
  void notify(const std::string_view channel);
  void notify(const std::string_view channel, const std::string_view payload);
  void get_notifications();
};

class connection_pool : public internal::pool<pq::connection> {
  class private_key final {
    private_key() = default;
    friend class connection_pool;
  };

public:
  connection_pool(const private_key /*unused*/, const std::string_view connection_info);
  template <typename T = connection_pool>
  [[nodiscard]] static auto create(const std::string_view connection_info) -> std::shared_ptr<T> {
    return std::make_shared<T>(private_key(), connection_info);
  }
  [[nodiscard]] auto connection() -> std::shared_ptr<pq::connection>;
  template <typename... As> auto execute(const internal::zsv statement, As &&...as) {
    return connection()->direct()->execute(statement, std::forward<As>(as)...);
  }
};

class table_reader final {
public:
  template <typename... As>
  table_reader(const std::shared_ptr<transaction> &transaction, const internal::zsv statement, As &&...as);
  ~table_reader() = default;
  [[nodiscard]] auto get_row() -> bool;
};

class table_writer final {
public:
  template <typename... As>
  table_writer(const std::shared_ptr<transaction> &transaction, const internal::zsv statement, As &&...as);
  ~table_writer();
  void insert_raw(const std::string_view data);
  auto commit() -> std::size_t;
};

} // namespace tao::pq
