#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "chaos/history.hpp"
#include "poolguard/engine.hpp"

namespace poolguard::chaos {

/// An engine that writes down each statement of the lease protocol before it is sent and after its answer: what this process
/// knows, as opposed to what the server did. `inner` and `history` must outlive it. Thread-safe.
class RecordingEngine final : public Engine {
 public:
  RecordingEngine(Engine& inner, History& history) : inner_(inner), history_(history) {}

  POOLGUARD_EXECUTES_OR("transaction", 0, "execute_direct")
  Result execute(std::string_view sql, const Params& params = {}, const ExecuteOptions& options = {}) override;
  POOLGUARD_EXECUTES("session", 0)
  Result execute_direct(std::string_view sql, const Params& params = {}, const ExecuteOptions& options = {}) override;
  POOLGUARD_RUNS_IN_TRANSACTION(0, "transaction")
  void transaction(const std::function<void(TransactionEngine&)>& work, const ExecuteOptions& options = {}) override;
  void require_session_lane() override { inner_.require_session_lane(); }
  [[nodiscard]] std::unique_ptr<Listener> listen(std::string_view channel, const ExecuteOptions& options = {}) override {
    return inner_.listen(channel, options);
  }
  [[nodiscard]] std::string describe() const override { return inner_.describe(); }

 private:
  Result record(const std::function<Result()>& run, std::string_view sql, const Params& params);

  Engine& inner_;
  History& history_;
  std::atomic<std::uint64_t> calls_ = 0;
};

}  // namespace poolguard::chaos
