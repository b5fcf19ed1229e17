// The lock is asked for, and the answer isn't looked at.
#include "stage.hpp"

namespace {

void close_month(pqxx::connection& connection, const std::function<void(pqxx::work&)>& book) {
  pqxx::work tx(connection);
  tx.exec("SELECT pg_try_advisory_xact_lock(42)");  // flagged: lock-fail-open
  book(tx);
  tx.commit();
}

}  // namespace

int main() {
  return incident::expect_broken([] { return stage(close_month); });
}
