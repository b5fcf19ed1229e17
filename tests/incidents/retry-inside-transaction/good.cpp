#include "stage.hpp"

namespace {

void reserve(pqxx::connection& connection, Attempts& attempts) {
  with_retry(attempts, [&] {
    pqxx::work tx(connection);
    tx.exec("UPDATE stock SET reserved = reserved + 1 WHERE id = 7");
    tx.commit();
  });
}

}  // namespace

int main() {
  return incident::expect_cured([] { return stage(reserve); });
}
