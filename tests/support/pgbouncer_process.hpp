#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "process/supervised_process.hpp"
#include "support/test_cluster.hpp"

namespace poolguard::test {

struct PgBouncerOptions {
  int pool_size = 4;                   ///< server connections
  std::string pool_mode = "transaction";
  std::vector<std::string> settings;   ///< "name = value"
  std::string address = "127.0.0.1";
  int port = 0;                        ///< 0: a free one
};

/// A PgBouncer in front of a cluster, on a free port of 127.0.0.1 if not told otherwise. Ends with the test however that ends.
class PgBouncerProcess {
 public:
  explicit PgBouncerProcess(const TestCluster& cluster, const PgBouncerOptions& options = {})
      : PgBouncerProcess(cluster.port(), options) {}
  /// In front of whatever listens on this port of 127.0.0.1.
  PgBouncerProcess(int server_port, const PgBouncerOptions& options);
  ~PgBouncerProcess();
  PgBouncerProcess(const PgBouncerProcess&) = delete;
  PgBouncerProcess& operator=(const PgBouncerProcess&) = delete;

  [[nodiscard]] int port() const noexcept { return port_; }
  [[nodiscard]] std::string url(const std::string& database = "postgres") const;
  /// Stops the process where it stands (it accepts connections and answers nothing), and lets it go on.
  void freeze() const;
  void thaw() const;
  void kill() const;

 private:
  void start(int server_port, const PgBouncerOptions& options);

  std::string address_;
  int port_ = 0;
  std::unique_ptr<detail::SupervisedProcess> process_;
};

/// $POOLGUARD_TEST_PGBOUNCER, or the one that is installed. Throws std::runtime_error with the remedy if there is none.
[[nodiscard]] std::filesystem::path find_pgbouncer();

}  // namespace poolguard::test
