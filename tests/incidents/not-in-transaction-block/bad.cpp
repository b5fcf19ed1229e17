// A migration that builds its index without locking the table, as it should, in a transaction, as it can't.
#include "stage.hpp"

namespace {

void migrate(pqxx::connection& connection) {
  pqxx::work tx(connection);
  tx.exec("CREATE INDEX CONCURRENTLY jobs_state ON jobs (state)");  // flagged: not-in-transaction-block
  tx.commit();
}

}  // namespace

int main() {
  return incident::expect_broken([] { return stage(migrate); });
}
