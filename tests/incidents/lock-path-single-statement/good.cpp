#include "stage.hpp"

namespace {

bool take_job(pqxx::connection& connection) {
  {
    pqxx::work tx(connection);
    load_plan(tx);
    tx.commit();
  }
  pqxx::nontransaction autocommit(connection);
  return autocommit.exec(kClaim).affected_rows() == 1;
}

}  // namespace

int main() {
  return incident::expect_cured([] { return stage(take_job); });
}
