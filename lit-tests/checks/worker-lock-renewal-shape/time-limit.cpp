// RUN: %check_poolguard %s poolguard-worker-lock-renewal-shape -- -config=Inputs/libpq.yaml
// RUN: %check_poolguard --check-suffix=LIMITED %s poolguard-worker-lock-renewal-shape -- -config=Inputs/libpq.yaml -- -DLIMITED

extern "C" {
typedef struct pg_conn PGconn;
typedef struct pg_result PGresult;
PGconn *PQconnectdb(const char *conninfo);
PGresult *PQexec(PGconn *conn, const char *query);
char *PQcmdTuples(PGresult *res);
void PQclear(PGresult *res);
}

#include <chrono>
#include <thread>

#ifdef LIMITED
#define LIMITS " options='-c statement_timeout=5000' tcp_user_timeout=5000"
#else
#define LIMITS ""
#endif

bool renew(PGconn *connection) {
  PGresult *result = PQexec(connection, "UPDATE jobs SET lock_until = now() + interval '30 s' WHERE id = 1 AND lock_epoch = 2");
  bool held = PQcmdTuples(result)[0] == '1';
  PQclear(result);
  return held;
}

// CHECK-MESSAGES-LIMITED-NOT: {{.}}
void beat() {
  PGconn *connection = PQconnectdb("host=db dbname=app" LIMITS);
  std::jthread thread([connection] {
    try {
      while (renew(connection))
        // CHECK-MESSAGES: :[[@LINE-1]]:14: warning: the renewal of a lease of 'jobs' has no time limit: no connection of the program sets statement_timeout or tcp_user_timeout, so the call hangs for as long as the network does, and the lease runs out meanwhile; set both on the connection that renews
        std::this_thread::sleep_for(std::chrono::seconds(10));
    } catch (...) {
    }
  });
}
