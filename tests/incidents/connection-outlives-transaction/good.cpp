#include "stage.hpp"

namespace {

void handle(incident::Pool& pool, const std::function<void()>& next_request) {
  const auto give_back = [&pool](pqxx::connection* connection) { pool.release(connection); };
  {
    const std::unique_ptr<pqxx::connection, decltype(give_back)> connection(pool.acquire(), give_back);
    pqxx::work tx(*connection);
    tx.exec("INSERT INTO orders VALUES (1)");
    tx.commit();
  }
  next_request();
}

}  // namespace

int main() {
  return incident::expect_cured([] { return stage(handle); });
}
