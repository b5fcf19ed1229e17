#include "stage.hpp"

namespace {

void ship(pqxx::connection& connection, const std::string& carrier) {
  pqxx::work tx(connection);
  tx.exec("UPDATE orders SET state = 'sent' WHERE id = 7");
  exec_params(tx, "INSERT INTO audit (entry) VALUES ('sent by ' || $1)", carrier);
  exec_params(tx, "UPDATE carriers SET orders = orders + 1 WHERE name = $1", carrier);
  tx.commit();
}

}  // namespace

int main() {
  return incident::expect_cured([] { return stage(ship); });
}
