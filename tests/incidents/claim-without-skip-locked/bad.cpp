// Every worker asks for the first free job, and waits for the one who has it.
#include "stage.hpp"

namespace {

Job pick(pqxx::work& tx) {
  return first(tx.exec("SELECT id FROM jobs WHERE status = 'waiting' ORDER BY id LIMIT 1 FOR UPDATE"));  // flagged: claim-without-skip-locked
}

}  // namespace

int main() {
  return incident::expect_broken([] { return stage(pick); });
}
