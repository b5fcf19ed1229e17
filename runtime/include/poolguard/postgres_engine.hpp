#pragma once

#include <memory>
#include <string>

#include "poolguard/connection_manager.hpp"
#include "poolguard/engine.hpp"

namespace poolguard {

/// Postgres over libpqxx, on a connection manager's two lanes. Thread-safe.
class PostgresEngine final : public Engine {
 public:
  explicit PostgresEngine(std::shared_ptr<ConnectionManager> manager);
  /// Makes its own manager. Throws ConfigError.
  explicit PostgresEngine(ConnectionOptions options);

  POOLGUARD_EXECUTES_OR("transaction", 0, "execute_direct")
  Result execute(std::string_view sql, const Params& params = {}, const ExecuteOptions& options = {}) override;

  POOLGUARD_EXECUTES("session", 0)
  Result execute_direct(std::string_view sql, const Params& params = {}, const ExecuteOptions& options = {}) override;

  POOLGUARD_RUNS_IN_TRANSACTION(0, "transaction")
  void transaction(const std::function<void(TransactionEngine&)>& work, const ExecuteOptions& options = {}) override;

  void require_session_lane() override;
  [[nodiscard]] Health health(std::chrono::milliseconds timeout = std::chrono::milliseconds{2000}) override;
  [[nodiscard]] std::unique_ptr<Listener> listen(std::string_view channel, const ExecuteOptions& options = {}) override;
  [[nodiscard]] std::string describe() const override;

  [[nodiscard]] ConnectionManager& manager() const noexcept { return *manager_; }

 private:
  std::shared_ptr<ConnectionManager> manager_;
};

}  // namespace poolguard
