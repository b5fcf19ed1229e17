// Everything in one transaction, which has been open for a while when it claims; now() is when it began.
#include "stage.hpp"

namespace {

bool take_job(pqxx::connection& connection) {
  pqxx::work tx(connection);
  load_plan(tx);
  const pqxx::result claimed = tx.exec(kClaim);  // flagged: lock-path-single-statement
  tx.commit();
  return claimed.affected_rows() == 1;
}

}  // namespace

int main() {
  return incident::expect_broken([] { return stage(take_job); });
}
