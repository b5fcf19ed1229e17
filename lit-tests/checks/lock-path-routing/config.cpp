// The roles of a library that nobody may edit come from the config.
// RUN: %check_poolguard %s poolguard-lock-path-routing -- -config=Inputs/config.yaml

namespace legacy {
struct Database {
  int query(const char *sql);
  int queryDirect(const char *sql);
};
int db_exec(void *connection, const char *sql);
void *pooled_connection();
void *direct_connection();
} // namespace legacy

void beat(legacy::Database &db) {
  db.query("UPDATE queue.tasks SET leased_until = now() + interval '1 min' WHERE id = $1");
  // CHECK-MESSAGES: :[[@LINE-1]]:6: warning: this statement, which renews a lease of 'queue.tasks', reaches the server on the transaction lane through 'legacy::Database::query'
  // CHECK-FIXES: {{^}}  db.queryDirect("UPDATE queue.tasks
  db.queryDirect("UPDATE queue.tasks SET leased_until = now() + interval '1 min' WHERE id = $1");
  db.query("UPDATE jobs SET lock_until = now()");
}

void c() {
  void *connection = legacy::pooled_connection();
  legacy::db_exec(connection, "UPDATE queue.tasks SET leased_until = now() + interval '1 min' WHERE id = $1");
  // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: this statement, which renews
  // CHECK-REMAINS: :[[@LINE-2]]:11: warning: this statement, which renews
  legacy::db_exec(legacy::direct_connection(), "UPDATE queue.tasks SET leased_until = now() WHERE id = $1");
}
