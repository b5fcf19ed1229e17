// RUN: %check_poolguard %s poolguard-lock-path-single-statement -- -config=../../Inputs/prepared.yaml

// Transactions that BEGIN and COMMIT open and end as text.
#include <libpq/libpq-fe.h>

constexpr const char *kRenew = "UPDATE jobs SET lock_until = now() + interval '30 s' WHERE id = 1 AND lock_epoch = 2";

void renew(PGconn *connection) {
  PQclear(PQexec(connection, "BEGIN"));
  PQclear(PQexec(connection, "UPDATE progress SET done = 1"));
  PQclear(PQexec(connection, kRenew));
  // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: this statement, which renews a lease of 'jobs', is part of the transaction on 'connection'
  PQclear(PQexec(connection, "COMMIT"));
  PQclear(PQexec(connection, kRenew));
}

// By the name that it was prepared with.
void prepared(PGconn *connection) {
  PQclear(PQprepare(connection, "renew", kRenew, 0, nullptr));
  PQclear(PQexec(connection, "BEGIN"));
  PQclear(PQexec(connection, "UPDATE progress SET done = 1"));
  PQclear(PQexecPrepared(connection, "renew", 0, nullptr, nullptr, nullptr, 0));
  // CHECK-MESSAGES: :[[@LINE-1]]:11: warning: this statement, which renews a lease of 'jobs', is part of the transaction on 'connection'
  PQclear(PQexec(connection, "COMMIT"));
}

// For this one statement it does what autocommit does.
void alone(PGconn *connection) {
  PQclear(PQexec(connection, "BEGIN"));
  PQclear(PQexec(connection, kRenew));
  PQclear(PQexec(connection, "COMMIT"));
}
