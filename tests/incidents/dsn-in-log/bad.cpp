// The database is away, and the log says which one it was: all of it.
#include "stage.hpp"

namespace {

void connect(const std::string& dsn, std::ostream& log) {
  try {
    const pqxx::connection connection(dsn);
  } catch (const pqxx::failure&) {
    log << "can't connect to " << dsn << '\n';  // flagged: dsn-in-log
  }
}

}  // namespace

int main() {
  return incident::expect_broken([] { return stage(connect); });
}
