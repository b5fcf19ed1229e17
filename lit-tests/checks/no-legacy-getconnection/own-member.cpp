// RUN: %check_poolguard %s poolguard-no-legacy-getconnection
//
// A class that keeps its connection in a static member: the class is what hands it out, its callers are what bypasses the pools.

#include "legacy.h"

namespace app {

class Registry {
public:
  static Connection &get() {
    if (!shared)
      shared = new Connection;
    return *shared;
  }
  void clear() { shared = nullptr; }

  static Connection *shared;
};

} // namespace app

void user() {
  app::Registry::get().run("SELECT 1");
  // CHECK-MESSAGES: :[[@LINE-1]]:18: warning: 'app::Registry::get' hands out a legacy connection
  app::Registry::shared->run("SELECT 1");
  // CHECK-MESSAGES: :[[@LINE-1]]:18: warning: 'app::Registry::shared' is a legacy connection
}
