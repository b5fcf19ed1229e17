#include "stage.hpp"

namespace {

std::size_t complete(pqxx::connection& connection, const incident::Lease& lease, const std::string& result) {
  pqxx::work tx(connection);
  const pqxx::result done = tx.exec("UPDATE jobs SET status = 'completed', result = " + tx.quote(result) +
                                    " WHERE id = " + std::to_string(lease.id) + " AND lock_epoch = " + std::to_string(lease.epoch));
  tx.commit();
  return done.affected_rows();
}

}  // namespace

int main() {
  return incident::expect_cured([] { return stage(complete); });
}
