#include "stage.hpp"

namespace {

void handle(incident::Pool& pool, int order) {
  const auto give_back = [&pool](pqxx::connection* connection) { pool.release(connection); };
  const std::unique_ptr<pqxx::connection, decltype(give_back)> connection(pool.acquire(), give_back);
  pqxx::work tx(*connection);
  tx.exec("INSERT INTO orders VALUES (" + std::to_string(order) + ")");
  tx.commit();
}

}  // namespace

int main() {
  return incident::expect_cured([] { return stage(handle); });
}
