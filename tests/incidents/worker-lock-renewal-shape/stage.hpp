#include <atomic>
#include <csignal>
#include <iostream>
#include <thread>

#include "incidents/support/cutting_proxy.hpp"
#include "incidents/support/jobs.hpp"
#include "support/command.hpp"

inline constexpr std::chrono::milliseconds kBeat{50};

/// A minute more; returns whether the lease was still held.
inline bool renew(const std::string& dsn, const incident::Lease& lease) {
  pqxx::connection connection(dsn);
  pqxx::nontransaction autocommit(connection);
  return autocommit
             .exec("UPDATE jobs SET lock_until = clock_timestamp() + interval '1 minute' WHERE id = " +
                   std::to_string(lease.id) + " AND lock_epoch = " + std::to_string(lease.epoch))
             .affected_rows() == 1;
}

using StartHeart = std::thread (*)(const std::string& dsn, const incident::Lease&, const std::atomic<bool>& done);

/// The worker, in a process of its own: takes the job, works on it until the stage says so, and completes it.
inline int work(const std::string& dsn, const std::string& dsn_of_the_heart, StartHeart start_heart) {
  pqxx::connection hands(dsn + "?application_name=hands");
  const incident::Lease lease = incident::claim(hands, "A", 60'000).value();
  std::atomic<bool> done = false;
  std::thread heart = start_heart(dsn_of_the_heart, lease, done);
  pqxx::nontransaction autocommit(hands);
  const bool worked = incident::eventually(std::chrono::seconds{20}, [&] {
    return autocommit.exec("SELECT finished FROM the_work").at(0).at(0).as<bool>();
  });
  done = true;
  heart.join();
  const pqxx::result completed = autocommit.exec("UPDATE jobs SET status = 'completed' WHERE " + incident::held(lease));
  return worked && completed.affected_rows() == 1 ? 0 : 1;
}

/// In the middle of the work, one connection is refused.
inline incident::Outcome stage(const std::string& program) {
  const incident::Database database(incident::jobs_table(1) + "CREATE TABLE the_work AS SELECT false AS finished;");
  incident::CuttingProxy proxy(database.cluster().port());
  poolguard::test::Command worker({program, database.url(), proxy.url()});
  if (!database.becomes_true("SELECT bool_and(status = 'active') FROM jobs")) throw std::runtime_error("no job was taken");
  proxy.refuse_next(1);
  if (!incident::eventually(std::chrono::seconds{10}, [&] { return proxy.refused() == 1; })) {
    throw std::runtime_error("the heart doesn't beat");
  }
  const std::string before = database.text("SELECT lock_until FROM jobs");
  if (!database.becomes_true("SELECT lock_until > '" + before + "' FROM jobs "
                             "UNION SELECT true WHERE NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'hands') "
                             "ORDER BY 1 DESC")) {
    throw std::runtime_error("the worker neither beats on nor ends");
  }
  database.run("UPDATE the_work SET finished = true");
  const int status = worker.wait().status;
  const std::string job = database.text("SELECT status FROM jobs");
  return {.broke = status == 128 + SIGABRT && job == "active",
          .works = status == 0 && job == "completed",
          .seen = fmt::format("one failed beat; the worker's exit status is {}, its job {}", status, job)};
}
