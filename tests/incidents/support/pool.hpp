/// A connection pool as services write them: connections are taken and given back by hand.
#pragma once

#include <memory>
#include <stdexcept>
#include <vector>

#include "incidents/support/incident.hpp"

namespace incident {

class Pool {
 public:
  Pool(const std::string& url, int size) {
    for (int i = 0; i < size; ++i) {
      all_.push_back(std::make_unique<pqxx::connection>(url));
      free_.push_back(all_.back().get());
    }
  }

  pqxx::connection* acquire() {
    if (free_.empty()) throw std::runtime_error("the pool is exhausted");
    pqxx::connection* connection = free_.back();
    free_.pop_back();
    return connection;
  }

  POOLGUARD_ROLE("releases", 0)
  void release(pqxx::connection* connection) { free_.push_back(connection); }

  [[nodiscard]] std::size_t free() const noexcept { return free_.size(); }

 private:
  std::vector<std::unique_ptr<pqxx::connection>> all_;
  std::vector<pqxx::connection*> free_;
};

}  // namespace incident
