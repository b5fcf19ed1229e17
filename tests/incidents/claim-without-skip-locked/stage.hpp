#include <future>
#include <optional>

#include "incidents/support/jobs.hpp"

using Job = std::optional<int>;

inline Job first(const pqxx::result& rows) {
  return rows.empty() ? std::nullopt : Job(rows.at(0).at(0).as<int>());
}

/// Three jobs wait. A has picked one and not yet committed when B comes.
inline incident::Outcome stage(Job (*pick)(pqxx::work&)) {
  const incident::Database database(incident::jobs_table(3));
  pqxx::connection connection_a(database.url());
  pqxx::work a(connection_a);
  const Job picked_by_a = pick(a);
  std::future<Job> b = std::async(std::launch::async, [&] {
    pqxx::connection connection_b(database.url());
    pqxx::work tx(connection_b);
    return pick(tx);
  });
  bool waited = false;
  const auto waits = [&] {
    return waited = database.text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") == "1";
  };
  const auto done = [&] { return b.wait_for(std::chrono::seconds{0}) == std::future_status::ready; };
  if (!incident::eventually(std::chrono::seconds{10}, [&] { return done() || waits(); })) {
    throw std::runtime_error("B neither waits nor comes back");
  }
  a.exec("UPDATE jobs SET status = 'active', lock_epoch = lock_epoch + 1 WHERE status = 'waiting' AND id = " +
         std::to_string(picked_by_a.value()));
  a.commit();
  const Job picked_by_b = b.get();
  return {.broke = waited && picked_by_b == 2,
          .works = !waited && picked_by_b == 2,
          .seen = fmt::format("2 jobs were free; B {} for A's commit before it got one", waited ? "waited" : "did not wait")};
}
