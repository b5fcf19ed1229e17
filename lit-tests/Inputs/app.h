// The database classes that the tests are about: a service's own wrapper with both lanes.
#pragma once

#include <poolguard/annotations.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace app {

struct Result {
  int affected_rows = 0;
};

struct Db {
  POOLGUARD_EXECUTES_OR("transaction", 0, "execute_direct")
  Result execute(std::string_view sql, int argument = 0);
  POOLGUARD_EXECUTES("session", 0)
  Result execute_direct(std::string_view sql, int argument = 0);
  POOLGUARD_RUNS_IN_TRANSACTION(0, "transaction")
  void transaction(std::function<void(Db &)> body);
};

// A pooled connection: its lane is the pool's.
struct Connection {
  POOLGUARD_EXECUTES("connection", 0) Result run(std::string_view sql);
};

struct Pool {
  POOLGUARD_RETURNS_LANE("connection") std::unique_ptr<Connection> acquire();
};

POOLGUARD_RETURNS_LANE("transaction") Pool &pooled();
POOLGUARD_RETURNS_LANE("session") Pool &direct();

} // namespace app
