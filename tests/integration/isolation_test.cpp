#include "poolguard/isolation.hpp"

#include <csignal>
#include <optional>
#include <string>

#include <gmock/gmock.h>

#include "fixtures.hpp"
#include "poolguard/queue.hpp"
#include "poolguard/worker.hpp"
#include "running_worker.hpp"
#include "support/eventually.hpp"

using namespace poolguard;
using namespace poolguard::test;
using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;

namespace {

class IsolationTest : public QueueOverEveryEngine {
 protected:
  bool reaches(JobId id, JobStatus status) {
    return eventually(20s, [&] { return queue.get(id)->status == status; });
  }
  /// The process id that the job's program has reported as its progress.
  std::optional<pid_t> process_of(JobId id) {
    std::string progress;
    if (!eventually(20s, [&] { return !(progress = queue.get(id)->progress).empty(); })) return std::nullopt;
    return std::stoi(progress);
  }
};

Handler shell(const std::string& script) {
  return isolated_handler({.command = {"/bin/sh", "-c", script}, .environment = {{"PATH", "/usr/bin:/bin"}}, .stop_grace = 10s});
}

WorkerOptions one_at_a_time() {
  WorkerOptions options;
  options.concurrency = 1;
  options.lease = 60s;
  options.renew_interval = 100ms;
  options.renew_timeout = 2s;
  options.call_timeout = 10s;
  options.poll_most = 100ms;
  options.backoff = {.initial = 1ms, .factor = 1.0, .most = 1ms, .jitter = 0.0};
  options.drain_deadline = 0ms;
  options.stop_grace = 20s;
  options.events = {};
  return options;
}

bool ended(pid_t process) { return ::kill(process, 0) != 0; }

}  // namespace

INSTANTIATE_TEST_SUITE_P(Ways, IsolationTest, every_way(), way_name);

TEST_P(IsolationTest, ACrashFailsItsJobAndTheWorkerGoesOn) {
  const JobId crash = queue.add({.name = "crash", .priority = 1, .max_attempts = 2});
  const JobId hopeless = queue.add({.name = "hopeless", .max_attempts = 5});
  const JobId good = queue.add({.name = "good", .payload = R"({"n": 7})"});
  Worker worker(engine, one_at_a_time());
  worker.handle("crash", shell("echo \"run $POOLGUARD_JOB_ATTEMPT\" >&2; kill -SEGV $$"));
  worker.handle("hopeless", shell("exit 100"));
  worker.handle("good", shell("cat"));
  Running running(worker);
  EXPECT_TRUE(reaches(crash, JobStatus::dead));
  EXPECT_TRUE(reaches(hopeless, JobStatus::dead));
  EXPECT_TRUE(reaches(good, JobStatus::completed));
  const WorkerReport report = running.stop();
  EXPECT_EQ(report.failed, 3U);
  EXPECT_EQ(report.completed, 1U);
  const Job crashed = *queue.get(crash);
  EXPECT_EQ(crashed.attempts, 2);
  EXPECT_THAT(crashed.last_error, AllOf(HasSubstr("SIGSEGV"), HasSubstr("run 2")));
  EXPECT_EQ(queue.get(hopeless)->attempts, 1);
  EXPECT_EQ(queue.get(good)->result, R"({"n": 7})");
}

TEST_P(IsolationTest, AHangEndsWithTheJobsTimeout) {
  const JobId id = queue.add({.name = "hang", .max_attempts = 1, .timeout = 5s});
  Worker worker(engine, one_at_a_time());
  worker.handle("hang", shell("echo $$ >&3; exec sleep 1000"));
  Running running(worker);
  const auto process = process_of(id);
  ASSERT_TRUE(process);
  EXPECT_TRUE(reaches(id, JobStatus::dead));
  EXPECT_THAT(queue.get(id)->last_error, AllOf(HasSubstr("longer than the 5000 ms"), HasSubstr("SIGTERM")));
  EXPECT_TRUE(ended(*process));
}

TEST_P(IsolationTest, ACancelEndsTheProgram) {
  const JobId id = queue.add({.name = "long"});
  Worker worker(engine, one_at_a_time());
  worker.handle("long", shell("echo $$ >&3; exec sleep 1000"));
  Running running(worker);
  const auto process = process_of(id);
  ASSERT_TRUE(process);
  queue.cancel(id);
  EXPECT_TRUE(reaches(id, JobStatus::cancelled));
  EXPECT_TRUE(ended(*process));
}

TEST_P(IsolationTest, TheWorkersEndGivesTheJobBack) {
  const JobId id = queue.add({.name = "long", .max_attempts = 1});
  Worker worker(engine, one_at_a_time());
  worker.handle("long", shell("echo $$ >&3; exec sleep 1000"));
  Running running(worker);
  const auto process = process_of(id);
  ASSERT_TRUE(process);
  EXPECT_EQ(running.stop().released, 1U);
  EXPECT_EQ(queue.get(id)->status, JobStatus::waiting);
  EXPECT_TRUE(ended(*process));
}
