/// The service's own subject: orders, and the jobs that see to them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <poolguard/engine.hpp>
#include <poolguard/worker.hpp>

namespace orders {

struct Order {
  std::int64_t id = 0;
  std::string item;
  bool shipped = false;
  bool mailed = false;
};

/// Makes the tables of this service and of the queue. Safe to run at every start, from several processes at once.
void migrate(poolguard::Engine& engine);

/// Stores an order together with the job that ships it: either both are there or none. Returns the order's id.
std::int64_t place(poolguard::Engine& engine, const std::string& item);

std::vector<Order> list(poolguard::Engine& engine);

/// Tells the worker how to do this service's jobs. `engine` must outlive the worker.
void add_handlers(poolguard::Worker& worker, poolguard::Engine& engine);

}  // namespace orders
