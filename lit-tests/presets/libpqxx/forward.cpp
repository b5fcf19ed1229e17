// RUN: %check_poolguard %s poolguard-* -- -config=config.yaml

// A file that only hands things on may have no more than the forward declarations (pqxx/types, pqxx/internal/...): then
// no base class is known, and each type's own role must tell.
namespace pqxx {
class connection;
template <typename> class basic_connection_base;
class connect_direct;
class transaction_base;
class dbtransaction;
namespace internal {
class basic_transaction;
class basic_robusttransaction;
} // namespace internal
template <int, int> class transaction;
template <int> class robusttransaction;
class subtransaction;
} // namespace pqxx

namespace app {
void run(const char *sql);
} // namespace app

void f0(pqxx::dbtransaction &tx) {
  app::run("DELETE FROM t");
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: this statement runs on another connection while transaction 'tx' is open
}

void f1(pqxx::internal::basic_transaction &tx) {
  app::run("DELETE FROM t");
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: this statement runs on another connection while transaction 'tx' is open
}

void f2(pqxx::transaction<0, 0> &tx) {
  app::run("DELETE FROM t");
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: this statement runs on another connection while transaction 'tx' is open
}

void f3(pqxx::internal::basic_robusttransaction &tx) {
  app::run("DELETE FROM t");
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: this statement runs on another connection while transaction 'tx' is open
}

void f4(pqxx::robusttransaction<0> &tx) {
  app::run("DELETE FROM t");
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: this statement runs on another connection while transaction 'tx' is open
}

void f5(pqxx::subtransaction &tx) {
  app::run("DELETE FROM t");
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: this statement runs on another connection while transaction 'tx' is open
}

extern pqxx::connection &a;
extern pqxx::basic_connection_base<pqxx::connect_direct> &b;
void take(void *);
void shared() {
  take(&a);
  // CHECK-MESSAGES: :[[@LINE-1]]:9: warning: 'a' is a legacy connection
  take(&b);
  // CHECK-MESSAGES: :[[@LINE-1]]:9: warning: 'b' is a legacy connection
}
