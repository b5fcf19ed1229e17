// The tenant is set for the session, and the session belongs to the pooler.
#include "stage.hpp"

namespace {

int count_invoices(POOLGUARD_LANE("transaction") pqxx::connection& connection, const std::function<void()>& meanwhile) {
  pqxx::nontransaction autocommit(connection);
  autocommit.exec("SET app.tenant = 'ada'");  // flagged: session-state-on-transaction-lane
  meanwhile();
  return autocommit.exec("SELECT count(*) FROM my_invoices").at(0).at(0).as<int>();
}

}  // namespace

int main() {
  return incident::expect_broken([] { return stage(count_invoices); });
}
