#include "stage.hpp"

namespace {

bool save_order(PGconn* connection) { return exec(connection, "INSERT INTO orders VALUES ('bob')"); }

void transfer(PGconn* connection, const std::function<void()>& next_request) {
  exec(connection, "BEGIN");
  exec(connection, "UPDATE accounts SET balance = balance + 10 WHERE name = 'ada'");
  next_request();
  exec(connection, "ROLLBACK");  // the other account hadn't enough
}

}  // namespace

int main() {
  return incident::expect_cured([] {
    return stage([](const std::function<void()>& next_request) { transfer(connect().get(), next_request); },
                 [] { return save_order(connect().get()); });
  });
}
