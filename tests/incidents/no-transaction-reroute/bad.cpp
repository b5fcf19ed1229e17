// Two lines that look alike; one says 'db' where it should say 'tx'.
#include "stage.hpp"

namespace {

void transfer(Db& db) {
  db.transaction([&](pqxx::work& tx) {
    db.execute("UPDATE accounts SET balance = balance + 10 WHERE name = 'bob'");  // flagged: no-transaction-reroute
    tx.exec("UPDATE accounts SET balance = balance - 10 WHERE name = 'ada'");
  });
}

}  // namespace

int main() {
  return incident::expect_broken([] { return stage(transfer); });
}
