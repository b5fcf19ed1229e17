#pragma once

#include <memory>
#include <string>
#include <vector>

#include "poolguard/connection.hpp"
#include "poolguard/listener.hpp"
#include "pqxx_adapter.hpp"

namespace poolguard::detail {

/// LISTEN on a session that is on loan.
class PgListener final : public Listener {
 public:
  /// `session` must be one that nobody uses afterwards. Throws ConnectionError and its kin.
  PgListener(Connection<Lane::session> session, const std::string& channel, const ExecuteOptions& options);
  ~PgListener() override;

  std::vector<std::string> wait(std::chrono::milliseconds most, const std::stop_token& stop) override;

 private:
  Connection<Lane::session> session_;
  std::shared_ptr<const int> wake_;  // an eventfd, for stop requests
  std::unique_ptr<pqxx_adapter::Subscription> subscription_;
};

}  // namespace poolguard::detail
