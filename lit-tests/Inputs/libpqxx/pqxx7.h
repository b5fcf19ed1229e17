// Declarations that match libpqxx 7.10's, as far as preset libpqxx names them: own code, after its headers.
#pragma once

#include <ctime>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace pqxx {

class zview : public std::string_view {
public:
  constexpr zview(const char text[]) noexcept : std::string_view{text} {}
  zview(const std::string &str) noexcept : std::string_view{str} {}
  constexpr const char *c_str() const noexcept { return data(); }
};
class row {};
class notification;
class result {
public:
  using size_type = int;
  int affected_rows() const;
  row one_row() const;
  std::string one_field() const;
  result expect_rows(size_type n) const;
  result no_rows() const;
};
struct prepped : zview {
  prepped(zview name) : zview{name} {}
};
class params {
public:
  params() = default;
  template <typename... Args> explicit params(Args &&...) {}
};

class connection {
public:
  using notification_handler = std::function<void(notification)>;
  connection() : connection{""} {}
  explicit connection(const char options[]);
  explicit connection(zview options) : connection{options.c_str()} {}
  connection(connection &&rhs);
  ~connection();
  void set_client_encoding(zview encoding) & { set_client_encoding(encoding.c_str()); }
  void set_client_encoding(const char encoding[]) &;
  template <typename TYPE> void set_session_var(std::string_view var, const TYPE &value) & {}
  std::string get_var(std::string_view var);
  template <typename TYPE> TYPE get_var_as(std::string_view var) { return TYPE(get_var(var).size()); }
  int await_notification();
  int await_notification(std::time_t seconds, long microseconds = 0);
  void listen(std::string_view channel, notification_handler handler = {});
  void prepare(zview name, zview definition) &;
  void prepare(const char name[], const char definition[]) &;
  void unprepare(std::string_view name);
  void set_variable(std::string_view var, std::string_view value) &;
  std::string get_variable(std::string_view);
};
class connecting {
public:
  connecting(zview connection_string = "");
  connection produce() &&;
};

class transaction_base {
public:
  virtual ~transaction_base() = 0;
  void commit();
  void abort();
  result exec(std::string_view query, std::string_view desc);
  result exec(std::string_view query, params parms);
  result exec(std::string_view query);
  result exec(prepped statement);
  result exec(prepped statement, const params &parms);
  result exec0(zview query);
  row exec1(zview query);
  result exec_n(result::size_type rows, zview query);
  template <typename TYPE> TYPE query_value(zview query);
  template <typename... TYPE> std::tuple<TYPE...> query1(zview query);
  template <typename... TYPE> std::optional<std::tuple<TYPE...>> query01(zview query);
  template <typename... TYPE> auto query(zview query) { return exec(query); }
  template <typename... TYPE> auto query_n(result::size_type rows, zview query) { return exec(query); }
  template <typename... TYPE> [[nodiscard]] auto stream(std::string_view query) & { return exec(query); }
  template <typename CALLABLE> auto for_stream(std::string_view query, CALLABLE &&func) { return 0; }
  template <typename CALLABLE> auto for_each(std::string_view query, CALLABLE &&func) { return 0; }
  template <typename CALLABLE> void for_query(zview query, CALLABLE &&func) {}
  template <typename... Args> result exec_params(std::string_view query, Args &&...args);
  template <typename... Args> row exec_params1(zview query, Args &&...args);
  template <typename... Args> result exec_params0(zview query, Args &&...args);
  template <typename... Args> result exec_params_n(std::size_t rows, zview query, Args &&...args);
  template <typename... Args> result exec_prepared(zview statement, Args &&...args);
  template <typename... Args> row exec_prepared1(zview statement, Args &&...args);
  template <typename... Args> result exec_prepared0(zview statement, Args &&...args);
  template <typename... Args> result exec_prepared_n(result::size_type rows, zview statement, Args &&...args);
  void notify(std::string_view channel, std::string_view payload = {});
  [[nodiscard]] connection &conn() const noexcept;
  void set_variable(std::string_view var, std::string_view value);
  std::string get_variable(std::string_view);
};
class dbtransaction : public transaction_base {};
namespace internal {
class basic_transaction : public dbtransaction {};
class basic_robusttransaction : public dbtransaction {};
} // namespace internal
enum isolation_level { read_committed, repeatable_read, serializable };
enum class write_policy { read_only, read_write };
template <isolation_level ISOLATION = read_committed, write_policy READWRITE = write_policy::read_write>
class transaction final : public internal::basic_transaction {
public:
  transaction(connection &cx, std::string_view tname);
  explicit transaction(connection &cx);
  ~transaction() noexcept override;
};
using work = transaction<>;
template <isolation_level ISOLATION = read_committed>
class robusttransaction final : public internal::basic_robusttransaction {
public:
  explicit robusttransaction(connection &cx);
  ~robusttransaction() noexcept override;
};
class nontransaction final : public transaction_base {
public:
  nontransaction(connection &cx, std::string_view tname = std::string_view{});
  ~nontransaction() override;
};
class subtransaction : public transaction_base {
public:
  explicit subtransaction(dbtransaction &t, std::string_view tname = std::string_view{});
  explicit subtransaction(subtransaction &t, std::string_view name = std::string_view{});
  ~subtransaction() noexcept override;
};

class pipeline {
public:
  using query_id = long;
  explicit pipeline(transaction_base &t);
  ~pipeline() noexcept;
  query_id insert(std::string_view) &;
  void complete();
};
struct from_query_t {};
struct from_table_t {};
class stream_from {
public:
  static stream_from query(transaction_base &tx, std::string_view q);
  static stream_from raw_table(transaction_base &tx, std::string_view path, std::string_view columns = "");
  static stream_from table(transaction_base &tx, std::initializer_list<std::string_view> path,
                           std::initializer_list<std::string_view> columns = {});
  stream_from(transaction_base &tx, from_table_t, std::string_view table);
  ~stream_from() noexcept;
};
class stream_to {
public:
  static stream_to raw_table(transaction_base &tx, std::string_view path, std::string_view columns = "");
  static stream_to table(transaction_base &tx, std::initializer_list<std::string_view> path,
                         std::initializer_list<std::string_view> columns = {});
  stream_to(transaction_base &tx, std::string_view table_name);
  ~stream_to() noexcept;
  void complete();
};
class cursor_base {
public:
  enum access_policy { forward_only, random_access };
  enum ownership_policy { owned, loose };
  enum update_policy { read_only, update };
};
template <cursor_base::update_policy up, cursor_base::ownership_policy op> class stateless_cursor {
public:
  stateless_cursor(transaction_base &tx, std::string_view query, std::string_view cname, bool hold);
};
class icursorstream {
public:
  icursorstream(transaction_base &context, std::string_view query, std::string_view basename, int sstride = 1);
};
class notification_receiver {
public:
  notification_receiver(connection &cx, std::string_view channel);
  virtual ~notification_receiver();
};

template <typename TRANSACTION_CALLBACK>
inline auto perform(TRANSACTION_CALLBACK &&callback, int attempts = 3) -> std::invoke_result_t<TRANSACTION_CALLBACK> {
  return std::invoke(callback);
}

} // namespace pqxx
