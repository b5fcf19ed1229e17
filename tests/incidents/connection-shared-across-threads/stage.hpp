#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "incidents/support/incident.hpp"

/// Has the second order come while the first is being written.
class Turns {
 public:
  explicit Turns(const incident::Database& database) : database_(database) {}

  /// Before the order's transaction is opened.
  void come(int order) const {
    if (order == 2 && !incident::eventually(std::chrono::seconds{10}, [&] { return written() == 1; })) {
      throw std::runtime_error("the first order is not being written");
    }
  }
  /// The transaction could not be opened.
  void failed() { failed_ = true; }
  /// Both orders have come as far as they will.
  [[nodiscard]] bool over() const { return failed_ || written() == 2; }

 private:
  /// How many wait for the table.
  [[nodiscard]] int written() const {
    return database_.number("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
  }

  const incident::Database& database_;
  std::atomic<bool> failed_ = false;
};

/// Two orders come in on two threads. Their table is locked until both have been tried.
inline incident::Outcome stage(void (*save_all)(const std::string& url, Turns& turns)) {
  const incident::Database database("CREATE TABLE orders (id int PRIMARY KEY)");
  Turns turns(database);
  pqxx::connection connection(database.url());
  pqxx::nontransaction locker(connection);
  locker.exec("BEGIN; LOCK TABLE orders");
  std::future<void> unlocked = std::async(std::launch::async, [&] {
    const bool over = incident::eventually(std::chrono::seconds{20}, [&] { return turns.over(); });
    locker.exec("COMMIT");
    if (!over) throw std::runtime_error("the second order was not tried");
  });
  save_all(database.url(), turns);
  unlocked.get();
  const int stored = database.number("SELECT count(*) FROM orders");
  return {.broke = stored == 1, .works = stored == 2, .seen = fmt::format("{} of 2 orders stored", stored)};
}
