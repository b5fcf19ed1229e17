// Three attempts in one transaction. The first one fails, and with it the transaction.
#include "stage.hpp"

namespace {

void reserve(pqxx::connection& connection, Attempts& attempts) {
  pqxx::work tx(connection);
  with_retry(attempts, [&] {
    tx.exec("UPDATE stock SET reserved = reserved + 1 WHERE id = 7");  // flagged: retry-inside-transaction
  });
  tx.commit();
}

}  // namespace

int main() {
  return incident::expect_broken([] { return stage(reserve); });
}
