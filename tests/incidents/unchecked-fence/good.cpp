#include "stage.hpp"

namespace {

void finish(pqxx::connection& connection, const incident::Lease& lease, Outbox& outbox) {
  pqxx::work tx(connection);
  const pqxx::result done = tx.exec("UPDATE jobs SET status = 'completed' WHERE id = " + std::to_string(lease.id) +
                                    " AND lock_epoch = " + std::to_string(lease.epoch));
  tx.commit();
  if (done.affected_rows() == 0) return;  // somebody else's job by now
  outbox.emplace_back("your invoice");
}

}  // namespace

int main() {
  return incident::expect_cured([] { return stage(finish); });
}
