#include "orders.hpp"

#include <optional>
#include <utility>

#include <nlohmann/json.hpp>
#include <poolguard/queue.hpp>

namespace orders {
namespace {

using poolguard::Engine;
using poolguard::JobContext;
using poolguard::Queue;
using poolguard::Result;
using poolguard::TransactionEngine;
using Json = nlohmann::json;

// One at a time: CREATE TABLE IF NOT EXISTS fails where two processes run it at once.
constexpr auto kLockMigrations = "SELECT pg_advisory_xact_lock(7265001)";
constexpr auto kMigrate =
    "CREATE TABLE IF NOT EXISTS orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, item text NOT NULL,"
    " shipped_at timestamptz, mailed_at timestamptz)";
constexpr auto kPlace = "INSERT INTO orders (item) VALUES ($1) RETURNING id";
constexpr auto kShip = "UPDATE orders SET shipped_at = now() WHERE id = $1 AND shipped_at IS NULL";
constexpr auto kMailed = "UPDATE orders SET mailed_at = now() WHERE id = $1 AND mailed_at IS NULL";
constexpr auto kList =
    "SELECT id, item, shipped_at IS NOT NULL AS shipped, mailed_at IS NOT NULL AS mailed FROM orders ORDER BY id";

std::int64_t order_of(const JobContext& context) { return Json::parse(context.job.payload).at("order").get<std::int64_t>(); }

/// A job runs at least once: after a crash it runs again. So what it does is made to matter once: only the run that finds the
/// order unshipped ships it, and the next job is added with that, in one transaction.
void ship(Engine& engine, std::int64_t order) {
  engine.transaction([order](TransactionEngine& open) {
    if (open.execute(kShip, {order}).affected_rows() == 0) return;
    Queue::add(open, {.name = "mail", .payload = Json{{"order", order}}.dump(), .timeout = std::chrono::seconds(30)});
  });
}

/// What goes outside the database can't be undone. Send it with a key by which the other side knows a repetition (here the
/// order's number), and not inside a transaction, which would hold a connection and its locks meanwhile.
void mail(Engine& engine, std::int64_t order) { engine.execute(kMailed, {order}); }

}  // namespace

void migrate(Engine& engine) {
  Queue(engine).migrate();
  engine.transaction([](TransactionEngine& open) {
    open.execute(kLockMigrations);
    open.execute(kMigrate);
  });
}

std::int64_t place(Engine& engine, const std::string& item) {
  std::int64_t order = 0;
  engine.transaction([&](TransactionEngine& open) {
    order = open.execute(kPlace, {item}).number(0, "id");
    // In the order's own transaction: what goes through `engine` here would be another connection's, and stay when this
    // is rolled back. (The guards say so of a statement: no-transaction-reroute.)
    Queue::add(open, {.name = "ship", .payload = Json{{"order", order}}.dump()});
  });
  return order;
}

std::vector<Order> list(Engine& engine) {
  const Result rows = engine.execute(kList);
  std::vector<Order> all;
  for (std::size_t row = 0; row < rows.size(); ++row)
    all.push_back({.id = rows.number(row, "id"),
                   .item = rows.text(row, "item"),
                   .shipped = rows.text(row, "shipped") == "t",
                   .mailed = rows.text(row, "mailed") == "t"});
  return all;
}

void add_handlers(poolguard::Worker& worker, Engine& engine) {
  const auto handle = [&](const std::string& name, void (*does)(Engine&, std::int64_t)) {
    worker.handle(name, [&engine, does](const JobContext& context) -> std::optional<std::string> {
      context.throw_if_stopped();  // a handler that works for long asks this now and then
      does(engine, order_of(context));
      return std::nullopt;
    });
  };
  handle("ship", ship);
  handle("mail", mail);
}

}  // namespace orders
