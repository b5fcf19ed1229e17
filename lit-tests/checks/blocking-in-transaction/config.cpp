// The roles of a library that nobody may edit come from the config.
// RUN: %check_poolguard %s poolguard-blocking-in-transaction -- -config=Inputs/config.yaml

namespace legacy {
struct Connection {};
struct Unit {
  Unit(int isolation, Connection &connection);
  ~Unit();
  void done();
};
int fetch();
void in_unit(Connection &connection, void (*body)(Unit &));
} // namespace legacy

void object(legacy::Connection &connection) {
  legacy::Unit unit(1, connection);
  legacy::fetch();
  // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: 'legacy::fetch' waits while transaction 'unit' is open
  unit.done();
  legacy::fetch();
}

void body(legacy::Unit &unit) {
  unit.done();
  legacy::fetch();
}
void waits(legacy::Unit &) {
  legacy::fetch();
  // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: 'legacy::fetch' waits while the transaction is open
}
void callable(legacy::Connection &connection) { legacy::in_unit(connection, waits); }
