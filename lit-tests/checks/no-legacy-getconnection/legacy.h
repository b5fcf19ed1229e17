// A service with a singleton connection that it wants to be rid of.
#pragma once

#include <poolguard/annotations.hpp>

namespace app {

struct POOLGUARD_ROLE("connection", true) Connection {
  POOLGUARD_EXECUTES("connection", 0) int run(const char *sql);
};

POOLGUARD_LEGACY_CONNECTION Connection &getConnection();

class Db {
public:
  POOLGUARD_LEGACY_CONNECTION static Db &instance();
  Connection &connection();
};

} // namespace app
