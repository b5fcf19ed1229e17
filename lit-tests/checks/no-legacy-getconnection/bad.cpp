// RUN: %check_poolguard %s poolguard-no-legacy-getconnection

#include "legacy.h"

void called() {
  app::getConnection().run("SELECT 1");
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: 'app::getConnection' is a legacy connection that the whole process shares: its statements mix with everybody's, and it bypasses the pools and their lanes; take the connection from the engine or pool that you were given [poolguard-no-legacy-getconnection]
  // CHECK-NOTES: :[[@LINE-2]]:8: warning: 'app::getConnection' is a legacy connection
  // CHECK-NOTES: legacy.h:12:{{[0-9]+}}: note: 'app::getConnection' is declared here
  app::Db::instance().connection().run("SELECT 1");
  // CHECK-MESSAGES: :[[@LINE-1]]:12: warning: 'app::Db::instance' is a legacy connection
  // CHECK-NOTES: :[[@LINE-2]]:12: warning: 'app::Db::instance' is a legacy connection
  // CHECK-NOTES: note: 'app::Db::instance' is declared here
}

// Whatever the spelling.
namespace alias = app;
using app::getConnection;
void respelled() {
  alias::getConnection();
  // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: 'app::getConnection' is a legacy connection
  // CHECK-NOTES: :[[@LINE-2]]:10: warning: 'app::getConnection' is a legacy connection
  // CHECK-NOTES: note: 'app::getConnection' is declared here
  getConnection();
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'app::getConnection' is a legacy connection
  // CHECK-NOTES: :[[@LINE-2]]:3: warning: 'app::getConnection' is a legacy connection
  // CHECK-NOTES: note: 'app::getConnection' is declared here
  auto get = &app::getConnection;
  // CHECK-MESSAGES: :[[@LINE-1]]:20: warning: 'app::getConnection' is a legacy connection
  // CHECK-NOTES: :[[@LINE-2]]:20: warning: 'app::getConnection' is a legacy connection
  // CHECK-NOTES: note: 'app::getConnection' is declared here
  get();
}

#define CONNECTION() app::getConnection()
void macro() {
  CONNECTION();
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'app::getConnection' is a legacy connection
  // CHECK-NOTES: :[[@LINE-2]]:3: warning: 'app::getConnection' is a legacy connection
  // CHECK-NOTES: note: 'app::getConnection' is declared here
}

template <typename T> T &typed() {
  return app::getConnection();
  // CHECK-MESSAGES: :[[@LINE-1]]:15: warning: 'app::getConnection' is a legacy connection
  // CHECK-NOTES: :[[@LINE-2]]:15: warning: 'app::getConnection' is a legacy connection
  // CHECK-NOTES: note: 'app::getConnection' is declared here
}
void instance() { typed<app::Connection>(); }

// A connection object that lives as long as the process.
static app::Connection global;
void object() {
  global.run("SELECT 1");
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'global' is a legacy connection
  // CHECK-NOTES: :[[@LINE-2]]:3: warning: 'global' is a legacy connection
  // CHECK-NOTES: :[[@LINE-5]]:24: note: 'global' is declared here
}

// At namespace scope, before main.
auto &early = app::getConnection();
// CHECK-MESSAGES: :[[@LINE-1]]:20: warning: 'app::getConnection' is a legacy connection
// CHECK-NOTES: :[[@LINE-2]]:20: warning: 'app::getConnection' is a legacy connection
// CHECK-NOTES: note: 'app::getConnection' is declared here

void suppressed() {
  app::getConnection(); // NOLINT(poolguard-no-legacy-getconnection)
  // NOLINTNEXTLINE
  app::getConnection();
}
