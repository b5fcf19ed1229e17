// RUN: %check_poolguard %s poolguard-connection-shared-across-threads -- -config=Inputs/libpq.yaml

extern "C" {
typedef struct pg_conn PGconn;
typedef struct pg_result PGresult;
typedef struct pg_cancel PGcancel;
PGconn *PQconnectdb(const char *conninfo);
PGresult *PQexec(PGconn *conn, const char *query);
PGcancel *PQgetCancel(PGconn *conn);
int PQcancel(PGcancel *cancel, char *errbuf, int errbufsize);
}

#include <pthread.h>
#include <thread>

// Made to be called from another thread.
void cancel() {
  PGconn *connection = PQconnectdb("host=db");
  std::jthread query([connection] { PQexec(connection, "SELECT pg_sleep(100)"); });
  PGcancel *cancel = PQgetCancel(connection);
  char error[256];
  PQcancel(cancel, error, sizeof(error));
}

struct Context {
  PGconn *connection;
};
void *run(void *argument) {
  auto *context = static_cast<Context *>(argument);
  PQexec(context->connection, "SELECT 1");
  // CHECK-MESSAGES: :[[@LINE-1]]:3: warning: 'connection' is used by several threads that 'pthread_create' starts without a lock
  return nullptr;
}
void threads() {
  Context context{PQconnectdb("host=db")};
  pthread_t all[4];
  for (pthread_t &one : all)
    pthread_create(&one, nullptr, run, &context);
  for (pthread_t &one : all)
    pthread_join(one, nullptr);
}
