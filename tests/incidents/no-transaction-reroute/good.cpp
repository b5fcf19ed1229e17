#include "stage.hpp"

namespace {

void transfer(Db& db) {
  db.transaction([&](pqxx::work& tx) {
    tx.exec("UPDATE accounts SET balance = balance + 10 WHERE name = 'bob'");
    tx.exec("UPDATE accounts SET balance = balance - 10 WHERE name = 'ada'");
  });
}

}  // namespace

int main() {
  return incident::expect_cured([] { return stage(transfer); });
}
