// The order is written, the function returns, and the destructor takes the order back.
#include "stage.hpp"

namespace {

void save_order(pqxx::connection& connection) {
  pqxx::work tx(connection);  // flagged: missing-commit
  tx.exec("INSERT INTO orders (customer) VALUES ('ada')");
}

}  // namespace

int main() {
  return incident::expect_broken([] { return stage(save_order); });
}
