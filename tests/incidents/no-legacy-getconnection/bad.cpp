// Both requests reach for the process's one connection, so the second one's order is in the first one's transaction.
#include "stage.hpp"

namespace {

bool save_order() { return exec(getConnection(), "INSERT INTO orders VALUES ('bob')"); }  // flagged: no-legacy-getconnection

void transfer(const std::function<void()>& next_request) {
  PGconn* connection = getConnection();  // flagged: no-legacy-getconnection
  exec(connection, "BEGIN");
  exec(connection, "UPDATE accounts SET balance = balance + 10 WHERE name = 'ada'");
  next_request();
  exec(connection, "ROLLBACK");  // the other account hadn't enough
}

}  // namespace

int main() {
  return incident::expect_broken([] { return stage(transfer, save_order); });
}
