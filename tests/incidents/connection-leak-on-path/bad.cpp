// The statement throws, and the line that gives the connection back is never reached.
#include "stage.hpp"

namespace {

void handle(incident::Pool& pool, int order) {
  pqxx::connection* connection = pool.acquire();  // flagged: connection-leak-on-path
  pqxx::work tx(*connection);
  tx.exec("INSERT INTO orders VALUES (" + std::to_string(order) + ")");
  tx.commit();
  pool.release(connection);
}

}  // namespace

int main() {
  return incident::expect_broken([] { return stage(handle); });
}
