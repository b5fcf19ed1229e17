#include <optional>

#include "incidents/support/incident.hpp"

/// Ada has two invoices. Another client, which has said for nobody that it is Ada, comes in between.
inline incident::Outcome stage(int (*count_invoices)(pqxx::connection&, const std::function<void()>& meanwhile)) {
  const incident::Database database(R"sql(
    CREATE TABLE invoices (tenant text, amount int);
    INSERT INTO invoices VALUES ('ada', 10), ('ada', 20);
    CREATE VIEW my_invoices AS SELECT * FROM invoices WHERE tenant = current_setting('app.tenant', true);
  )sql");
  const incident::PgBouncerProcess pooler(database.cluster(), {.pool_size = 2, .settings = {}});
  pqxx::connection ada(pooler.url());
  pqxx::connection other(pooler.url());
  std::optional<pqxx::work> others_transaction;  // keeps its server connection to the end
  int leaked = 0;
  const int seen = count_invoices(ada, [&] {
    others_transaction.emplace(other);
    leaked = others_transaction->exec("SELECT count(*) FROM my_invoices").at(0).at(0).as<int>();
  });
  return {.broke = seen == 0 && leaked == 2,
          .works = seen == 2 && leaked == 0,
          .seen = fmt::format("of Ada's 2 invoices she sees {}, a stranger {}", seen, leaked)};
}
