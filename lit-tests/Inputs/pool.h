// Pools of libpqxx connections, as services write them, and things that wait.
#pragma once

#include <poolguard/annotations.hpp>
#include <pqxx/pqxx>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace app {

// Acquired and released by hand.
struct RawPool {
  pqxx::connection *acquire();
  POOLGUARD_ROLE("releases", 0) void release(pqxx::connection *connection);
};

// A handle that gives its connection back when it is destroyed.
class Lease {
public:
  explicit Lease(RawPool &pool);
  Lease(Lease &&) noexcept;
  Lease &operator=(Lease &&) noexcept;
  ~Lease();
  pqxx::connection &operator*() const noexcept;
  pqxx::connection *operator->() const noexcept;
};

struct Pool {
  POOLGUARD_RETURNS_LANE("transaction") Lease take();
  POOLGUARD_ROLE("releases", 0) void give_back(Lease &lease);
};

// Runs a callable in a transaction of its own connection.
struct Database {
  POOLGUARD_EXECUTES("transaction", 0) int execute(std::string_view sql);
  POOLGUARD_RUNS_IN_TRANSACTION(0, "transaction") void transaction(const std::function<void(Database &)> &body);
  POOLGUARD_RUNS_IN_TRANSACTION(0, "transaction") void work(const std::function<void(pqxx::work &)> &body);
};

POOLGUARD_BLOCKS int http_get(const char *url);
int compute(int);
void log(const char *text);

} // namespace app
