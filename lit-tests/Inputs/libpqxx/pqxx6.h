// Declarations that match libpqxx 6.4's, as far as preset libpqxx names them: own code, after its headers.
#pragma once

#include <string>

namespace pqxx {

class row {};
class result {
public:
  int affected_rows() const;
};
class binarystring;

class connection_base {
public:
  void activate();
  void set_client_encoding(const std::string &encoding);
  void set_variable(const std::string &Var, const std::string &Value);
  std::string get_variable(const std::string &);
  int await_notification();
  int await_notification(long seconds, long microseconds);
  void prepare(const std::string &name, const std::string &definition);
  void prepare(const std::string &definition);
  void unprepare(const std::string &name);
  void prepare_now(const std::string &name);
  template <typename TRANSACTOR> void perform(const TRANSACTOR &T, int Attempts) {}
  template <typename TRANSACTOR> void perform(const TRANSACTOR &T) { perform(T, 3); }
};
class connect_direct {};
template <typename CONNECTPOLICY> class basic_connection_base : public connection_base {
public:
  basic_connection_base() {}
  explicit basic_connection_base(const std::string &opt);
  explicit basic_connection_base(const char opt[]) : basic_connection_base(std::string{opt}) {}
  ~basic_connection_base() noexcept {}
};
using connection = basic_connection_base<connect_direct>;

namespace internal {
class parameterized_invocation {
public:
  template <typename T> parameterized_invocation &operator()(const T &v) { return *this; }
  result exec();
};
} // namespace internal
namespace prepare {
class invocation {
public:
  template <typename T> invocation &operator()(const T &v) { return *this; }
  result exec() const;
  bool exists() const;
};
} // namespace prepare

class transaction_base {
public:
  virtual ~transaction_base() = 0;
  void commit();
  void abort();
  result exec(const std::string &Query, const std::string &Desc = std::string{});
  result exec0(const std::string &Query, const std::string &Desc = std::string{});
  row exec1(const std::string &Query, const std::string &Desc = std::string{});
  result exec_n(std::size_t rows, const std::string &Query, const std::string &Desc = std::string{});
  template <typename... Args> result exec_params(const std::string &query, Args &&...args);
  template <typename... Args> result exec_params0(const std::string &query, Args &&...args);
  template <typename... Args> row exec_params1(const std::string &query, Args &&...args);
  template <typename... Args> result exec_params_n(std::size_t rows, const std::string &query, Args &&...args);
  internal::parameterized_invocation parameterized(const std::string &query);
  template <typename... Args> result exec_prepared(const std::string &statement, Args &&...args);
  template <typename... Args> result exec_prepared0(const std::string &statement, Args &&...args);
  template <typename... Args> row exec_prepared1(const std::string &statement, Args &&...args);
  template <typename... Args> result exec_prepared_n(std::size_t rows, const std::string &statement, Args &&...args);
  prepare::invocation prepared(const std::string &statement = std::string{});
  connection_base &conn() const;
  void set_variable(const std::string &Var, const std::string &Val);
  std::string get_variable(const std::string &);
};
class dbtransaction : public transaction_base {};
namespace internal {
class basic_transaction : public dbtransaction {};
class basic_robusttransaction : public dbtransaction {};
} // namespace internal
enum isolation_level { read_committed, repeatable_read, serializable };
template <isolation_level> struct isolation_traits {};
enum readwrite_policy { read_only, read_write };
template <isolation_level ISOLATIONLEVEL = read_committed, readwrite_policy READWRITE = read_write>
class transaction : public internal::basic_transaction {
public:
  explicit transaction(connection_base &C, const std::string &TName);
  explicit transaction(connection_base &C);
  ~transaction() noexcept override;
};
using work = transaction<>;
template <isolation_level ISOLATIONLEVEL = read_committed>
class robusttransaction : public internal::basic_robusttransaction {
public:
  explicit robusttransaction(connection_base &C, const std::string &Name = std::string{});
  ~robusttransaction() noexcept override;
};
class nontransaction : public transaction_base {
public:
  explicit nontransaction(connection_base &C, const std::string &Name = std::string{});
  ~nontransaction() override;
};
class subtransaction : public dbtransaction {
public:
  explicit subtransaction(dbtransaction &T, const std::string &Name = std::string{});
  ~subtransaction() override;
};
template <typename TRANSACTION = transaction<read_committed>> class transactor {
public:
  explicit transactor(const std::string &TName = "transactor");
  void operator()(TRANSACTION &T);
};

class pipeline {
public:
  using query_id = long;
  explicit pipeline(transaction_base &, const std::string &Name = std::string{});
  ~pipeline() noexcept;
  query_id insert(const std::string &);
};
class stream_from {
public:
  stream_from(transaction_base &, const std::string &table_name);
  ~stream_from() noexcept;
};
class stream_to {
public:
  stream_to(transaction_base &, const std::string &table_name);
  ~stream_to() noexcept;
};
class tablereader {
public:
  tablereader(transaction_base &, const std::string &Name, const std::string &Null = std::string{});
  ~tablereader() noexcept;
};
class tablewriter {
public:
  tablewriter(transaction_base &, const std::string &WName, const std::string &Null = std::string{});
  ~tablewriter() noexcept;
};
class icursorstream {
public:
  icursorstream(transaction_base &context, const std::string &query, const std::string &basename, long sstride = 1);
};
class notification_receiver {
public:
  notification_receiver(connection_base &c, const std::string &channel);
  virtual ~notification_receiver();
};

template <typename TRANSACTION_CALLBACK>
inline auto perform(const TRANSACTION_CALLBACK &callback, int attempts = 3) -> decltype(callback()) {
  return callback();
}

} // namespace pqxx
