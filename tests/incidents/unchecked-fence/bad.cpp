// The fence protects the row, and nobody looks whether it held: the mail goes out all the same.
#include "stage.hpp"

namespace {

void finish(pqxx::connection& connection, const incident::Lease& lease, Outbox& outbox) {
  pqxx::work tx(connection);
  tx.exec("UPDATE jobs SET status = 'completed' WHERE id = " + std::to_string(lease.id) +  // flagged: unchecked-fence
          " AND lock_epoch = " + std::to_string(lease.epoch));
  tx.commit();
  outbox.emplace_back("your invoice");
}

}  // namespace

int main() {
  return incident::expect_broken([] { return stage(finish); });
}
