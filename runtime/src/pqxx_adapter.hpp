/// All that differs between libpqxx 6.4 (Debian 12) and 7.10 (Debian 13), and nothing else. The rest of the runtime
/// speaks to libpqxx through the parts that are the same in both.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <pqxx/pqxx>

#include "poolguard/annotations.hpp"
#include "poolguard/result.hpp"

namespace poolguard::pqxx_adapter {

/// Connects. libpqxx 6 reconnects by itself when a connection was lost, which loses the session's state in silence: that is
/// switched off, so that both versions report the loss. Throws what libpqxx throws.
[[nodiscard]] std::unique_ptr<pqxx::connection> connect(const std::string& conninfo);

/// Runs one statement in the extended protocol (so it can't be several) on the open transaction or nontransaction.
POOLGUARD_EXECUTES("connection", 1)
Result run(pqxx::transaction_base& transaction, std::string_view sql, const Params& params);

/// Prepares the statement under this name, for as long as the connection lives. Throws what libpqxx throws.
POOLGUARD_EXECUTES("connection", 2)
void prepare(pqxx::connection& connection, const std::string& name, std::string_view sql);

/// Runs a statement that was prepared on the transaction's connection.
Result run_prepared(pqxx::transaction_base& transaction, const std::string& name, const Params& params);

/// Appends rows by `COPY table (column, …) FROM STDIN`. Throws std::invalid_argument for another statement.
POOLGUARD_EXECUTES("connection", 1)
void copy_in(pqxx::transaction_base& transaction, std::string_view sql, const std::vector<Params>& rows);

/// The same rows by INSERT, in statements of many rows each, for a server that can't COPY. `sql` has the form that copy_in() takes.
POOLGUARD_EXECUTES("connection", 1)
void insert_rows(pqxx::transaction_base& transaction, std::string_view sql, const std::vector<Params>& rows);

/// LISTENs to one channel for as long as the connection lives, which is closed with it: nobody else may use that.
class Subscription {
 public:
  /// Sends LISTEN. Throws what libpqxx throws. `connection` must outlive it.
  Subscription(pqxx::connection& connection, const std::string& channel);
  ~Subscription();
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  /// The payloads that have come in, without waiting. Throws what libpqxx throws if the connection is lost.
  [[nodiscard]] std::vector<std::string> take();

 private:
  class Inbox;
  pqxx::connection& connection_;
  std::unique_ptr<Inbox> inbox_;
};

/// Turns the libpqxx exception that is being handled into one of poolguard's and throws it. `statement` may be empty.
[[noreturn]] void rethrow(std::string_view statement);

}  // namespace poolguard::pqxx_adapter
