#include "stage.hpp"

namespace {

void ship(pqxx::connection& connection, Carrier& carrier) {
  const std::string label = carrier.label();
  pqxx::work tx(connection);
  tx.exec("UPDATE orders SET state = 'sent', label = " + tx.quote(label) + " WHERE id = 7");
  tx.commit();
}

}  // namespace

int main() {
  return incident::expect_cured([] { return stage(ship); });
}
