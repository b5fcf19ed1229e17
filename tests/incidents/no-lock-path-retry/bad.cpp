// Each beat makes three attempts, with a pause that doubles. The pauses outlast the lease.
#include "stage.hpp"

namespace {

void beat(const std::string& dsn, const incident::Lease& lease) {
  with_retry([&] { renew(dsn, lease); });  // flagged: no-lock-path-retry
}

}  // namespace

int main() {
  return incident::expect_broken([] { return stage(beat); });
}
