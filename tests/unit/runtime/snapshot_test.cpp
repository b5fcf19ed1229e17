#include "metrics/snapshot.hpp"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <prometheus/text_serializer.h>

using namespace poolguard;
using namespace std::chrono_literals;
using detail::Snapshot;
using testing::HasSubstr;
using testing::Not;

namespace {

Snapshot healthy() {
  Snapshot snapshot;
  snapshot.worker = "host:1:x";
  snapshot.queue = "q";
  snapshot.concurrency = 4;
  snapshot.state = {.state = WorkerState::working};
  return snapshot;
}

std::string text(const Snapshot& snapshot) {
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, metric_families(snapshot));
  return out.str();
}

}  // namespace

TEST(Metrics, TellTheWorkersCountersWithItsLabels) {
  Snapshot snapshot = healthy();
  snapshot.report = {.claimed = 7, .completed = 5, .beats = 11, .beats_failed = 2, .listening = true, .running = 1};
  const std::string out = text(snapshot);
  EXPECT_THAT(out, HasSubstr("# TYPE poolguard_jobs_claimed_total counter\npoolguard_jobs_claimed_total{queue=\"q\",worker=\"host:1:x\"} 7\n"));
  EXPECT_THAT(out, HasSubstr("poolguard_jobs_completed_total{queue=\"q\",worker=\"host:1:x\"} 5\n"));
  EXPECT_THAT(out, HasSubstr("poolguard_renewals_total{queue=\"q\",worker=\"host:1:x\",outcome=\"landed\"} 11\n"));
  EXPECT_THAT(out, HasSubstr("outcome=\"failed\"} 2\n"));
  EXPECT_THAT(out, HasSubstr("poolguard_worker_listening{queue=\"q\",worker=\"host:1:x\"} 1\n"));
  EXPECT_THAT(out, HasSubstr("poolguard_jobs_running{queue=\"q\",worker=\"host:1:x\"} 1\n"));
  EXPECT_THAT(out, HasSubstr("state=\"working\"} 1\n"));
  EXPECT_THAT(out, HasSubstr("state=\"wedged\"} 0\n"));
}

TEST(Metrics, TellTheLanesApartAndTheStarvedPoolFromTheServer) {
  Snapshot snapshot = healthy();
  snapshot.lanes.session = {.state = LaneState::pool_starved, .error = "x", .round_trip = 1500ms, .pool = {.size = 3, .open = 3, .in_use = 3, .waiting = 2}};
  const std::string out = text(snapshot);
  EXPECT_THAT(out, HasSubstr("poolguard_lane_up{queue=\"q\",worker=\"host:1:x\",lane=\"transaction\"} 1\n"));
  EXPECT_THAT(out, HasSubstr("poolguard_lane_up{queue=\"q\",worker=\"host:1:x\",lane=\"session\"} 0\n"));
  EXPECT_THAT(out, HasSubstr("poolguard_lane_pool_starved{queue=\"q\",worker=\"host:1:x\",lane=\"session\"} 1\n"));
  EXPECT_THAT(out, HasSubstr("poolguard_lane_round_trip_seconds{queue=\"q\",worker=\"host:1:x\",lane=\"session\"} 1.5\n"));
  EXPECT_THAT(out, HasSubstr("poolguard_pool_waiting{queue=\"q\",worker=\"host:1:x\",lane=\"session\"} 2\n"));
}

TEST(Metrics, TellTheQueuesCountsOnlyIfItCouldBeCounted) {
  Snapshot snapshot = healthy();
  EXPECT_THAT(text(snapshot), Not(HasSubstr("queue_jobs")));
  snapshot.counts = QueueStats{.by_status = {{JobStatus::waiting, 3}, {JobStatus::dead, 1}}, .ready = 2, .oldest_ready = 2500ms};
  const std::string out = text(snapshot);
  EXPECT_THAT(out, HasSubstr("poolguard_queue_jobs{queue=\"q\",worker=\"host:1:x\",status=\"waiting\"} 3\n"));
  EXPECT_THAT(out, HasSubstr("poolguard_queue_oldest_ready_seconds{queue=\"q\",worker=\"host:1:x\"} 2.5\n"));
}

TEST(HealthPage, IsOkOnlyIfTheWorkerAndBothLanesAre) {
  EXPECT_TRUE(healthy().ok());
  for (const WorkerState state : {WorkerState::wedged, WorkerState::cut_off, WorkerState::ended}) {
    Snapshot snapshot = healthy();
    snapshot.state.state = state;
    EXPECT_FALSE(snapshot.ok()) << to_string(state);
  }
  Snapshot snapshot = healthy();
  snapshot.lanes.transaction.state = LaneState::server_unreachable;
  EXPECT_FALSE(snapshot.ok());
}

TEST(HealthPage, SaysWhatIsWrongWithoutAPassword) {
  Snapshot snapshot = healthy();
  snapshot.state = {.state = WorkerState::wedged, .reason = "postgresql://u:tops3cret@h/d hangs"};
  snapshot.lanes.session = {.state = LaneState::server_unreachable, .error = "password=tops3cret"};
  const std::string body = health_json(snapshot);
  EXPECT_THAT(body, Not(HasSubstr("tops3cret")));
  const auto json = nlohmann::json::parse(body);
  EXPECT_FALSE(json["ok"]);
  EXPECT_EQ(json["state"], "wedged");
  EXPECT_EQ(json["lanes"]["session"]["state"], "server unreachable");
  EXPECT_EQ(json["lanes"]["transaction"]["state"], "ok");
}
