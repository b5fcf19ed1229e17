// The request handler retries the store, which retries its statement.
#include "stage.hpp"

namespace {

void save(pqxx::connection& connection) {
  with_retry([&] {  // once more around what is tried three times already
    upsert(connection);  // flagged: no-double-retry
  });
}

}  // namespace

int main() {
  return incident::expect_broken([] { return stage(save); });
}
