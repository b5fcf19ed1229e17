#include "stage.hpp"

namespace {

std::string host_of(const std::string& dsn) { return dsn.substr(dsn.find('@') + 1); }

void connect(const std::string& dsn, std::ostream& log) {
  try {
    const pqxx::connection connection(dsn);
  } catch (const pqxx::failure&) {
    log << "can't connect to " << host_of(dsn) << '\n';
  }
}

}  // namespace

int main() {
  return incident::expect_cured([] { return stage(connect); });
}
