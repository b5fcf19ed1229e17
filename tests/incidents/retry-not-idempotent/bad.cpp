// The answer to the COMMIT gets lost, so the payment is made once more.
#include "stage.hpp"

namespace {

void pay(const std::string& dsn) {
  for (int attempt = 1; attempt <= 3; ++attempt) {
    try {
      pqxx::connection connection(dsn);
      pqxx::work tx(connection);
      tx.exec("INSERT INTO payments (amount) VALUES (10)");  // flagged: retry-not-idempotent
      tx.commit();
      return;
    } catch (const pqxx::failure&) {
      // The next attempt may succeed.
    }
  }
}

}  // namespace

int main() {
  return incident::expect_broken([] { return stage(pay); });
}
