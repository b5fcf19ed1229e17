#include "pqxx_adapter.hpp"

#include <algorithm>
#include <stdexcept>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "poolguard/connection_url.hpp"
#include "poolguard/errors.hpp"

namespace poolguard::pqxx_adapter {
namespace {

constexpr std::size_t kShownStatement = 200;

std::string shown(std::string_view statement) {
  std::string out;
  for (const char c : statement) {
    const bool space = c == ' ' || c == '\n' || c == '\t';
    if (!space) out += c;
    else if (!out.empty() && out.back() != ' ') out += ' ';
    if (out.size() >= kShownStatement) return out + "…";
  }
  return out;
}

/// A message of libpq ends in a newline, and may span lines.
std::string cleaned(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  return redact(text);
}

[[noreturn]] void throw_sql_error(const std::exception& error, std::string_view statement, std::string sqlstate) {
  const std::string code = sqlstate.empty() ? "" : fmt::format(" (SQLSTATE {})", sqlstate);
  throw SqlError(fmt::format("{}{} in: {}", cleaned(error.what()), code, shown(statement)), std::move(sqlstate),
                 std::string(statement));
}

/// libpqxx puts the statement together itself.
struct CopyTarget {
  std::string table;
  std::string columns;
};

std::string trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n";
  const auto begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(kSpace) - begin + 1));
}

CopyTarget copy_target(std::string_view sql) {
  constexpr std::string_view kCopy = "COPY ";
  const std::string statement = trimmed(sql);
  const auto open = statement.find('('), close = statement.rfind(')');
  if (!statement.starts_with(kCopy) || open == std::string::npos || close == std::string::npos || close < open ||
      trimmed(statement.substr(close + 1)) != "FROM STDIN") {
    throw std::invalid_argument(fmt::format("'{}' is not of the form COPY table (column, …) FROM STDIN", shown(sql)));
  }
  return {.table = trimmed(statement.substr(kCopy.size(), open - kCopy.size())),
          .columns = trimmed(statement.substr(open + 1, close - open - 1))};
}

#if PQXX_VERSION_MAJOR >= 7
pqxx::params values_of(const Params& params) {
  pqxx::params values;
  for (const auto& value : params.values()) {
    if (value) values.append(pqxx::zview(*value));
    else values.append();
  }
  return values;
}

pqxx::result exec(pqxx::transaction_base& transaction, std::string_view sql, const Params& params) {
  return transaction.exec(pqxx::zview(std::string(sql)), values_of(params));
}

pqxx::result exec_prepared(pqxx::transaction_base& transaction, const std::string& name, const Params& params) {
  return transaction.exec(pqxx::prepped(name), values_of(params));
}

pqxx::stream_to copy_stream(pqxx::transaction_base& transaction, const CopyTarget& target) {
  return pqxx::stream_to::raw_table(transaction, target.table, target.columns);
}

void write_row(pqxx::stream_to& stream, const std::vector<const char*>& values) { stream.write_row(values); }
#else
std::vector<const char*> values_of(const Params& params) {
  std::vector<const char*> values;
  values.reserve(params.values().size());
  for (const auto& value : params.values()) values.push_back(value ? value->c_str() : nullptr);
  return values;
}

pqxx::result exec(pqxx::transaction_base& transaction, std::string_view sql, const Params& params) {
  const std::vector<const char*> values = values_of(params);
  return transaction.exec_params(std::string(sql), pqxx::prepare::make_dynamic_params(values));
}

pqxx::result exec_prepared(pqxx::transaction_base& transaction, const std::string& name, const Params& params) {
  const std::vector<const char*> values = values_of(params);
  return transaction.exec_prepared(name, pqxx::prepare::make_dynamic_params(values));
}

pqxx::stream_to copy_stream(pqxx::transaction_base& transaction, const CopyTarget& target) {
  return pqxx::stream_to(transaction, target.table, std::vector<std::string>{target.columns});
}

/// libpqxx 6.4 takes tuples only, whatever its comment says.
template <std::size_t N>
void write_tuple(pqxx::stream_to& stream, const std::vector<const char*>& values) {
  constexpr std::size_t kMostColumns = 24;
  if (values.size() == N) {
    [&]<std::size_t... I>(std::index_sequence<I...>) { stream << std::make_tuple(values[I]...); }(std::make_index_sequence<N>{});
  } else if constexpr (N < kMostColumns) {
    write_tuple<N + 1>(stream, values);
  } else {
    throw std::invalid_argument(fmt::format("COPY of {} columns; {} are the most with libpqxx 6", values.size(), kMostColumns));
  }
}

void write_row(pqxx::stream_to& stream, const std::vector<const char*>& values) { write_tuple<1>(stream, values); }
#endif

}  // namespace

#if PQXX_VERSION_MAJOR >= 7
class Subscription::Inbox {
 public:
  Inbox(pqxx::connection& connection, const std::string& channel) {
    connection.listen(channel, [arrived = payloads_](const pqxx::notification& notification) { arrived->emplace_back(notification.payload); });
  }
  [[nodiscard]] std::vector<std::string>& payloads() noexcept { return *payloads_; }

 private:
  // Shared with the handler that the connection keeps.
  std::shared_ptr<std::vector<std::string>> payloads_ = std::make_shared<std::vector<std::string>>();
};
#else
class Subscription::Inbox : public pqxx::notification_receiver {
 public:
  Inbox(pqxx::connection& connection, const std::string& channel) : pqxx::notification_receiver(connection, channel) {}
  void operator()(const std::string& payload, int) override { payloads_.push_back(payload); }
  [[nodiscard]] std::vector<std::string>& payloads() noexcept { return payloads_; }

 private:
  std::vector<std::string> payloads_;
};
#endif

std::unique_ptr<pqxx::connection> connect(const std::string& conninfo) {
  auto connection = std::make_unique<pqxx::connection>(conninfo);
#if PQXX_VERSION_MAJOR < 7
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  connection->inhibit_reactivation(true);
#pragma GCC diagnostic pop
#endif
  return connection;
}

namespace {

Result read(const pqxx::result& result) {
  std::vector<std::string> columns;
  for (pqxx::row_size_type column = 0; column < result.columns(); ++column) columns.emplace_back(result.column_name(column));
  std::vector<Result::Row> rows;
  rows.reserve(static_cast<std::size_t>(result.size()));
  for (const auto& row : result) {
    Result::Row values;
    values.reserve(columns.size());
    for (const auto& field : row) {
      if (field.is_null()) values.emplace_back();
      else values.emplace_back(std::string(field.c_str(), field.size()));
    }
    rows.push_back(std::move(values));
  }
  return Result(std::move(columns), std::move(rows), static_cast<std::size_t>(result.affected_rows()));
}

}  // namespace

Result run(pqxx::transaction_base& transaction, std::string_view sql, const Params& params) { return read(exec(transaction, sql, params)); }

void prepare(pqxx::connection& connection, const std::string& name, std::string_view sql) {
  connection.prepare(name, std::string(sql));
#if PQXX_VERSION_MAJOR < 7
  connection.prepare_now(name);
#endif
}

Result run_prepared(pqxx::transaction_base& transaction, const std::string& name, const Params& params) {
  return read(exec_prepared(transaction, name, params));
}

void copy_in(pqxx::transaction_base& transaction, std::string_view sql, const std::vector<Params>& rows) {
  pqxx::stream_to stream = copy_stream(transaction, copy_target(sql));
  std::vector<const char*> values;
  for (const Params& row : rows) {
    values.clear();
    for (const auto& value : row.values()) values.push_back(value ? value->c_str() : nullptr);
    write_row(stream, values);
  }
  stream.complete();
}

void insert_rows(pqxx::transaction_base& transaction, std::string_view sql, const std::vector<Params>& rows) {
  constexpr std::size_t kRowsAtOnce = 500;
  constexpr std::size_t kMostParameters = 65535;  // the protocol counts them in 16 bits
  const CopyTarget target = copy_target(sql);
  for (std::size_t row = 0; row < rows.size();) {
    // COPY writes identity columns, too.
    std::string statement = fmt::format("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ", target.table, target.columns);
    Params params;
    const std::size_t columns = rows[row].values().size();
    const std::size_t most = std::max<std::size_t>(1, std::min(kRowsAtOnce, kMostParameters / std::max<std::size_t>(1, columns)));
    for (const std::size_t end = std::min(rows.size(), row + most); row < end; ++row) {
      statement += params.values().empty() ? "(" : ", (";
      for (const auto& value : rows[row].values()) {
        if (statement.back() != '(') statement += ", ";
        params.add(value);
        statement += fmt::format("${}", params.values().size());
      }
      statement += ')';
    }
    exec(transaction, statement, params);
  }
}

Subscription::Subscription(pqxx::connection& connection, const std::string& channel)
    : connection_(connection), inbox_(std::make_unique<Inbox>(connection, channel)) {
  // libpqxx 6 keeps it to itself if the connection is lost here.
  if (!connection.is_open()) throw pqxx::broken_connection("the connection was lost while LISTEN was sent");
}

Subscription::~Subscription() {
#if PQXX_VERSION_MAJOR < 7
  // Its receiver would send UNLISTEN now, and of a connection that is lost libpqxx 6 leaks libpq's answer.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  connection_.disconnect();
#pragma GCC diagnostic pop
#endif
}

std::vector<std::string> Subscription::take() {
  connection_.get_notifs();
  // libpqxx 6 takes no notifications from a lost connection, and says nothing.
  if (!connection_.is_open()) throw pqxx::broken_connection("the connection was lost");
  return std::exchange(inbox_->payloads(), {});
}

void rethrow(std::string_view statement) {
  try {
    throw;
  } catch (const Error&) {
    throw;
  } catch (const pqxx::in_doubt_error& error) {
    throw InDoubtError(fmt::format("the connection was lost during the commit, which may or may not have taken place: {}. "
                                   "Look at the data before anything is repeated",
                                   cleaned(error.what())));
  } catch (const pqxx::statement_completion_unknown& error) {
    throw InDoubtError(fmt::format("the server doesn't say whether the statement took place: {}. Look at the data before "
                                   "anything is repeated",
                                   cleaned(error.what())));
  } catch (const pqxx::deadlock_detected& error) {
    throw_sql_error(error, statement, "40P01");
  } catch (const pqxx::serialization_failure& error) {
    throw_sql_error(error, statement, "40001");
  } catch (const pqxx::transaction_rollback& error) {
    throw_sql_error(error, statement, "40000");
  } catch (const pqxx::too_many_connections& error) {
    throw ConnectionError(fmt::format("the server takes no more connections: {}. Make the pools smaller or raise its limit",
                                      cleaned(error.what())));
  } catch (const pqxx::broken_connection& error) {
    throw ConnectionError(fmt::format("the connection to the server is lost or can't be made: {}", cleaned(error.what())));
  } catch (const pqxx::sql_error& error) {
    throw_sql_error(error, statement, error.sqlstate());
  } catch (const pqxx::failure& error) {
    throw ConnectionError(fmt::format("libpqxx: {}", cleaned(error.what())));
  }
  // Anything else (std::bad_alloc, a libpqxx usage error) is not the server's doing and passes as it is.
}

}  // namespace poolguard::pqxx_adapter
