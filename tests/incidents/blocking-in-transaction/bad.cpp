// The carrier is asked for a label while the order is locked, and a server connection with it.
#include "stage.hpp"

namespace {

void ship(pqxx::connection& connection, Carrier& carrier) {
  pqxx::work tx(connection);
  tx.exec("UPDATE orders SET state = 'sent' WHERE id = 7");
  const std::string label = carrier.label();  // flagged: blocking-in-transaction
  tx.exec("UPDATE orders SET label = " + tx.quote(label) + " WHERE id = 7");
  tx.commit();
}

}  // namespace

int main() {
  return incident::expect_broken([] { return stage(ship); });
}
