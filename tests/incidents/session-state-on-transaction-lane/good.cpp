#include "stage.hpp"

namespace {

int count_invoices(POOLGUARD_LANE("transaction") pqxx::connection& connection, const std::function<void()>& meanwhile) {
  pqxx::work tx(connection);
  tx.exec("SET LOCAL app.tenant = 'ada'");
  meanwhile();
  return tx.exec("SELECT count(*) FROM my_invoices").at(0).at(0).as<int>();
}

}  // namespace

int main() {
  return incident::expect_cured([] { return stage(count_invoices); });
}
