#include <future>
#include <latch>
#include <memory>

#include <libpq-fe.h>

#include "incidents/support/incident.hpp"

/// Somebody else's service. It answers when it likes.
class Carrier {
 public:
  POOLGUARD_BLOCKS std::string label() {
    asked_.count_down();
    return answer_.get_future().get();
  }
  void wait_until_asked() const { asked_.wait(); }
  void answer() { answer_.set_value("L-7"); }

 private:
  std::latch asked_{1};
  std::promise<std::string> answer_;
};

/// While the carrier takes its time, a neighbour wants one row, through a pool of one server connection.
inline incident::Outcome stage(void (*ship)(pqxx::connection&, Carrier&)) {
  const incident::Database database(R"sql(
    CREATE TABLE orders (id bigint, state text, label text);
    INSERT INTO orders VALUES (7, 'packed', NULL);
  )sql");
  const incident::PgBouncerProcess pooler(database.cluster(), {.pool_size = 1, .settings = {"query_wait_timeout = 5"}});
  const std::unique_ptr<PGconn, decltype(&PQfinish)> neighbour(PQconnectdb(pooler.url().c_str()), &PQfinish);
  Carrier carrier;
  std::future<void> shipping = std::async(std::launch::async, [&] {
    pqxx::connection connection(pooler.url());
    ship(connection, carrier);
  });
  carrier.wait_until_asked();
  const std::unique_ptr<PGresult, decltype(&PQclear)> row(PQexec(neighbour.get(), "SELECT 1"), &PQclear);
  const bool served = PQresultStatus(row.get()) == PGRES_TUPLES_OK;
  // PgBouncer's words, when a client has waited for a server connection for too long.
  const bool timed_out = std::string(PQerrorMessage(neighbour.get())).find("query_wait_timeout") != std::string::npos;
  carrier.answer();
  shipping.get();
  const bool sent = database.text("SELECT state FROM orders") == "sent";
  return {.broke = sent && timed_out,
          .works = sent && served,
          .seen = fmt::format("while the carrier was asked, a neighbour of the pool {}",
                              timed_out ? "timed out" : "was served")};
}
