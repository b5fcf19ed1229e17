// RUN: %check_poolguard %s poolguard-missing-commit
//
// A specialization that befriends all others of its own template is no way to walk in circles, and a function that is defined
// as a friend is walked as any other.

#include <pqxx/pqxx>

template <typename Row> class Table {};

template <> class Table<void> {
  template <typename Row> friend class Table;

  friend void store(const Table &, pqxx::connection &connection) {
    pqxx::work tx(connection);
    // CHECK-MESSAGES: :[[@LINE-1]]:16: warning: transaction 'tx' writes and is never committed
    tx.exec("INSERT INTO t VALUES (1)");
  }
};

template <typename Row> class Tables {
  friend class Table<Row>;
  template <typename Other> friend class Tables;
};
template class Tables<int>;
