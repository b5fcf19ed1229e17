// The connection goes back to the pool at the end of the function, and the transaction ends after that.
#include "stage.hpp"

namespace {

void handle(incident::Pool& pool, const std::function<void()>& next_request) {
  pqxx::connection* connection = pool.acquire();  // flagged: connection-leak-on-path
  pqxx::work tx(*connection);
  tx.exec("INSERT INTO orders VALUES (1)");
  pool.release(connection);  // flagged: connection-outlives-transaction
  next_request();
  tx.commit();
}

}  // namespace

int main() {
  return incident::expect_broken([] { return stage(handle); });
}
