#include <sstream>

#include "incidents/support/incident.hpp"

/// The server has been stopped: the log that follows is what is sent around.
inline incident::Outcome stage(void (*connect)(const std::string& dsn, std::ostream& log)) {
  poolguard::test::TestCluster cluster;
  cluster.stop();
  std::ostringstream log;
  connect(cluster.url(), log);
  const bool password = log.str().find(poolguard::test::TestCluster::kPassword) != std::string::npos;
  const bool place = log.str().find(fmt::format("127.0.0.1:{}", cluster.port())) != std::string::npos;
  return {.broke = password,
          .works = place && !password,
          .seen = fmt::format("the log has the host and {} password", password ? "the" : "no")};
}
