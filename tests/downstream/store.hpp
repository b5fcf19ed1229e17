#pragma once
#include <functional>
#include <poolguard/annotations.hpp>

POOLGUARD_RUNS_IN_RETRY(0, 4) void with_retry(const std::function<void()>& body);

struct Store {
  POOLGUARD_RETRIES(3) void upsert();
};

void save(Store& store);
