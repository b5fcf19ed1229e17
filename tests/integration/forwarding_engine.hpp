#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "poolguard/engine.hpp"

namespace poolguard::test {

/// Hands everything on to `inner`, which must outlive it: a test overrides the call that it wants to come in between.
class ForwardingEngine : public Engine {
 public:
  explicit ForwardingEngine(Engine& inner) : inner_(inner) {}

  Result execute(std::string_view sql, const Params& params, const ExecuteOptions& options) override {
    return inner_.execute(sql, params, options);
  }
  Result execute_direct(std::string_view sql, const Params& params, const ExecuteOptions& options) override {
    return inner_.execute_direct(sql, params, options);
  }
  void transaction(const std::function<void(TransactionEngine&)>& work, const ExecuteOptions& options) override {
    inner_.transaction(work, options);
  }
  void require_session_lane() override { inner_.require_session_lane(); }
  [[nodiscard]] std::unique_ptr<Listener> listen(std::string_view channel, const ExecuteOptions& options) override {
    return inner_.listen(channel, options);
  }
  [[nodiscard]] Health health(std::chrono::milliseconds timeout) override { return inner_.health(timeout); }
  [[nodiscard]] std::string describe() const override { return inner_.describe(); }

 private:
  Engine& inner_;
};

}  // namespace poolguard::test
