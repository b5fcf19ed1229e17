#include "stage.hpp"

namespace {

void save_order(pqxx::connection& connection) {
  pqxx::work tx(connection);
  tx.exec("INSERT INTO orders (customer) VALUES ('ada')");
  tx.commit();
}

}  // namespace

int main() {
  return incident::expect_cured([] { return stage(save_order); });
}
