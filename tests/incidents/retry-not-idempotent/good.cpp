#include "stage.hpp"

namespace {

void pay(const std::string& dsn) {
  for (int attempt = 1; attempt <= 3; ++attempt) {
    try {
      pqxx::connection connection(dsn);
      pqxx::work tx(connection);
      tx.exec("INSERT INTO payments (request_id, amount) VALUES ('r-7', 10) ON CONFLICT (request_id) DO NOTHING");
      tx.commit();
      return;
    } catch (const pqxx::failure&) {
      // The next attempt may succeed.
    }
  }
}

}  // namespace

int main() {
  return incident::expect_cured([] { return stage(pay); });
}
