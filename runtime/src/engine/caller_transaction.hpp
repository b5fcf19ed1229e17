#pragma once

#include <pqxx/pqxx>

#include "poolguard/engine.hpp"

namespace poolguard::detail {

/// The engine of a libpqxx transaction that the caller has opened and will end. It knows no limits on time: they are the caller's,
/// and `options` must be empty.
class CallerTransaction final : public TransactionEngine {
 public:
  /// `open` must outlive it.
  explicit CallerTransaction(pqxx::transaction_base& open) : open_(open) {}

  POOLGUARD_EXECUTES("tx", 0)
  Result execute(std::string_view sql, const Params& params = {}, const ExecuteOptions& options = {}) override;

  POOLGUARD_RUNS_IN_TRANSACTION(0, "tx")
  void transaction(const std::function<void(TransactionEngine&)>& work, const ExecuteOptions& options = {}) override;

  POOLGUARD_EXECUTES("tx", 0)
  void copy_in(std::string_view sql, const std::vector<Params>& rows, const ExecuteOptions& options = {}) override;

  [[nodiscard]] std::string describe() const override;

 private:
  pqxx::transaction_base& open_;
};

}  // namespace poolguard::detail
