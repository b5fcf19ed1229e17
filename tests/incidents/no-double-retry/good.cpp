#include "stage.hpp"

namespace {

void save(pqxx::connection& connection) { upsert(connection); }

}  // namespace

int main() {
  return incident::expect_cured([] { return stage(save); });
}
