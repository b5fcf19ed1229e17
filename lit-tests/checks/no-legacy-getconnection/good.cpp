// RUN: %check_poolguard %s poolguard-no-legacy-getconnection

#include "legacy.h"

// Handed in, local, or one a thread.
void handedIn(app::Connection &connection) { connection.run("SELECT 1"); }
void local() {
  app::Connection connection;
  connection.run("SELECT 1");
}
thread_local app::Connection perThread;
void ownThread() { perThread.run("SELECT 1"); }

// The same name somewhere else.
namespace other {
app::Connection &getConnection();
}
void another() { other::getConnection().run("SELECT 1"); }

// Named in a text, in a comment (app::getConnection()), or not evaluated.
const char *text = "app::getConnection()";
using Type = decltype(app::getConnection());
constexpr auto size = sizeof(app::getConnection());

// The body of a legacy function is where the connection is made.
app::Connection &app::getConnection() {
  static app::Connection connection;
  return connection;
}
