// The worker whose lease has run out doesn't know it, and completes a job that is somebody else's by now.
#include "stage.hpp"

namespace {

std::size_t complete(pqxx::connection& connection, const incident::Lease& lease, const std::string& result) {
  pqxx::work tx(connection);
  const pqxx::result done = tx.exec("UPDATE jobs SET status = 'completed', result = " + tx.quote(result) +  // flagged: unfenced-transition
                                    " WHERE id = " + std::to_string(lease.id));
  tx.commit();
  return done.affected_rows();
}

}  // namespace

int main() {
  return incident::expect_broken([] { return stage(complete); });
}
