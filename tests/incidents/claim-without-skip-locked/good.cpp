#include "stage.hpp"

namespace {

Job pick(pqxx::work& tx) {
  return first(tx.exec("SELECT id FROM jobs WHERE status = 'waiting' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"));
}

}  // namespace

int main() {
  return incident::expect_cured([] { return stage(pick); });
}
