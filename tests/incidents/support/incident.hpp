/// What every incident is made of: a private Postgres, a PgBouncer in transaction mode where the pooler is the point
/// (support/pgbouncer_process.hpp), and a verdict. The service's code stands in bad.cpp and good.cpp; what is done to it
/// and what is then seen stands in stage.hpp, the same for both.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <pqxx/pqxx>

#include "poolguard/annotations.hpp"
#include "support/eventually.hpp"
#include "support/pgbouncer_process.hpp"
#include "support/test_cluster.hpp"

namespace incident {

using poolguard::test::eventually;
using poolguard::test::PgBouncerProcess;

/// A server of the incident's own, and a look at it that the service doesn't have.
class Database {
 public:
  /// `schema` may be several statements.
  explicit Database(const std::string& schema, const std::vector<std::string>& settings = {});

  [[nodiscard]] const poolguard::test::TestCluster& cluster() const noexcept { return cluster_; }
  /// A session of one's own, past every pooler.
  [[nodiscard]] std::string url() const { return cluster_.url(); }
  void run(const std::string& sql) const;
  /// The first column of the first row.
  [[nodiscard]] std::string text(const std::string& sql) const;
  [[nodiscard]] int number(const std::string& sql) const { return std::stoi(text(sql)); }
  /// Asks until the statement's value is true, for as long as ten seconds.
  [[nodiscard]] bool becomes_true(const std::string& sql) const;

 private:
  poolguard::test::TestCluster cluster_;
};

/// What was seen. An incident where neither is true proves nothing, and fails.
struct Outcome {
  bool broke = false;  ///< the failure that the check predicts has happened
  bool works = false;  ///< the service has done what it is for
  std::string seen;    ///< in one short line, with the figures
};

/// Exit status of the program with the fault: 0 only if it broke. Prints what was seen.
int expect_broken(const std::function<Outcome()>& stage);
/// Exit status of its cured twin: 0 only if it works.
int expect_cured(const std::function<Outcome()>& stage);

}  // namespace incident
