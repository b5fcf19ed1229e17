// The audit record is written after the commit. With parameters libpqxx doesn't look whether the transaction is still
// there, so that each of the two statements commits on its own.
#include "stage.hpp"

namespace {

void ship(pqxx::connection& connection, const std::string& carrier) {
  pqxx::work tx(connection);
  tx.exec("UPDATE orders SET state = 'sent' WHERE id = 7");
  tx.commit();
  exec_params(tx, "INSERT INTO audit (entry) VALUES ('sent by ' || $1)", carrier);     // flagged: transaction-use-after-end
  exec_params(tx, "UPDATE carriers SET orders = orders + 1 WHERE name = $1", carrier);  // flagged: transaction-use-after-end
}

}  // namespace

int main() {
  return incident::expect_broken([] { return stage(ship); });
}
