// A worker looks for a free job, and then takes it: in between, another one does the same.
#include "stage.hpp"

namespace {

Job claim(pqxx::connection& connection, const std::function<void()>& meanwhile) {
  pqxx::nontransaction autocommit(connection);
  const Job job = first(autocommit.exec("SELECT id FROM jobs WHERE status = 'waiting' ORDER BY id LIMIT 1"));
  meanwhile();
  const std::string id = std::to_string(job.value());
  const std::string set = "SET status = 'active', lock_epoch = lock_epoch + 1, lock_until = now() + interval '1 minute'";
  autocommit.exec("UPDATE jobs " + set + " WHERE id = " + id);  // flagged: worker-pool-atomicity
  return job;
}

}  // namespace

int main() {
  return incident::expect_broken([] { return stage(claim); });
}
