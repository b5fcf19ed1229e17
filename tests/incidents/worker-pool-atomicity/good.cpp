#include "stage.hpp"

namespace {

Job claim(pqxx::connection& connection, const std::function<void()>& meanwhile) {
  pqxx::nontransaction autocommit(connection);
  meanwhile();
  return first(autocommit.exec(R"sql(
    UPDATE jobs
    SET status = 'active', lock_epoch = lock_epoch + 1, lock_until = now() + interval '1 minute'
    WHERE id = (SELECT id FROM jobs WHERE status = 'waiting' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id
  )sql"));
}

}  // namespace

int main() {
  return incident::expect_cured([] { return stage(claim); });
}
