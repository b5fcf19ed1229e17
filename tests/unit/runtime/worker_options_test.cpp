#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "poolguard/errors.hpp"
#include "poolguard/worker.hpp"
#include "worker/worker_id.hpp"

using namespace poolguard;
using namespace std::chrono_literals;

TEST(WorkerOptions, DefaultsWork) { EXPECT_NO_THROW(WorkerOptions{}.check()); }

TEST(WorkerOptions, TheLeaseMustHaveRoomForASlowBeat) {
  WorkerOptions options;
  options.lease = 15s;  // interval 10 s + timeout 5 s
  EXPECT_THROW(options.check(), ConfigError);
  options.lease = 15001ms;
  EXPECT_NO_THROW(options.check());
}

TEST(WorkerOptions, NonsenseIsRefused) {
  const auto refused = [](auto change) {
    WorkerOptions options;
    change(options);
    EXPECT_THROW(options.check(), ConfigError);
  };
  refused([](WorkerOptions& o) { o.concurrency = 0; });
  refused([](WorkerOptions& o) { o.batch = 0; });
  refused([](WorkerOptions& o) { o.batch = 1001; });
  refused([](WorkerOptions& o) { o.renew_timeout = 0ms; });
  refused([](WorkerOptions& o) { o.poll_most = 1ms; });
  refused([](WorkerOptions& o) { o.max_stalls = -1; });
  refused([](WorkerOptions& o) { o.backoff.jitter = 2; });
}

TEST(WorkerId, IsNeverTheSameTwice) { EXPECT_NE(detail::make_worker_id(), detail::make_worker_id()); }
