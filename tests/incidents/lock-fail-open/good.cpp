#include "stage.hpp"

namespace {

void close_month(pqxx::connection& connection, const std::function<void(pqxx::work&)>& book) {
  pqxx::work tx(connection);
  if (!tx.exec("SELECT pg_try_advisory_xact_lock(42)").at(0).at(0).as<bool>()) return;  // another one is at it
  book(tx);
  tx.commit();
}

}  // namespace

int main() {
  return incident::expect_cured([] { return stage(close_month); });
}
