#include "incidents/support/incident.hpp"

/// A service's own layer over the pooler.
class Db {
 public:
  explicit Db(const std::string& url) : for_statements_(url), for_transactions_(url) {}

  POOLGUARD_EXECUTES("transaction", 0)
  void execute(const std::string& sql) { pqxx::nontransaction(for_statements_).exec(sql); }

  POOLGUARD_RUNS_IN_TRANSACTION(0, "transaction")
  void transaction(const std::function<void(pqxx::work&)>& work) {
    pqxx::work tx(for_transactions_);
    work(tx);
    tx.commit();
  }

 private:
  pqxx::connection for_statements_;
  pqxx::connection for_transactions_;
};

/// Ada has less than she gives, so the transfer fails and must leave nothing behind.
inline incident::Outcome stage(void (*transfer)(Db&)) {
  const incident::Database database(R"sql(
    CREATE TABLE accounts (name text, balance int CHECK (balance >= 0));
    INSERT INTO accounts VALUES ('ada', 5), ('bob', 5);
  )sql");
  const incident::PgBouncerProcess pooler(database.cluster());
  Db db(pooler.url());
  bool refused = false;
  try {
    transfer(db);
  } catch (const pqxx::check_violation&) {
    refused = true;
  }
  const int sum = database.number("SELECT sum(balance) FROM accounts");
  return {.broke = refused && sum == 20,
          .works = refused && sum == 10,
          .seen = fmt::format("a refused transfer; the sum of all accounts was 10, is {}", sum)};
}
