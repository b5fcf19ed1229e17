// poolguard-jobs, as its users run it.
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli_fixture.hpp"
#include "poolguard/postgres_engine.hpp"
#include "poolguard/queue.hpp"
#include "support/command.hpp"
#include "support/eventually.hpp"
#include "support/pgbouncer_process.hpp"
#include "support/pglite_process.hpp"
#include "support/test_cluster.hpp"

using namespace poolguard;
using namespace poolguard::test;
using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

TEST_F(CliTest, SubmitWorkListStats) {
  const CommandResult submitted = cli({"submit", "echo", "--payload", R"({"a": 1})"});
  EXPECT_EQ(submitted.status, 0) << submitted.err;
  EXPECT_EQ(submitted.out, "1\n");
  EXPECT_EQ(json::parse(cli({"submit", "sleep", "--payload", R"({"ms": 1})", "--json"}).out)["id"], 2);
  const CommandResult worked = cli({"work", "--until-empty", "--json"});
  EXPECT_EQ(worked.status, 0) << worked.err;
  EXPECT_EQ(json::parse(worked.out)["completed"], 2);
  const json jobs = list();
  EXPECT_EQ(jobs[1]["status"], "completed");
  EXPECT_EQ(jobs[1]["result"], json::parse(R"({"a": 1})"));
  EXPECT_EQ(json::parse(cli({"stats", "--json"}).out)["completed"], 2);
  EXPECT_THAT(cli({"list"}).out, HasSubstr("completed"));
  EXPECT_THAT(cli({"stats"}).out, HasSubstr("expired leases"));
}

TEST(PgliteCli, WorksOnItsOneConnection) {
  const PgliteProcess pglite;
  EXPECT_EQ(jobs({"--pglite-url", pglite.url(), "submit", "noop"}).out, "1\n");
  const std::map<std::string, std::string> environment{{"POOLGUARD_PGLITE_URL", pglite.url()}};
  EXPECT_EQ(json::parse(jobs({"work", "--until-empty", "--json"}, environment).out)["completed"], 1);
  const CommandResult doctor = jobs({"doctor"}, environment);
  EXPECT_EQ(doctor.status, 0) << doctor.out << doctor.err;
  EXPECT_THAT(doctor.out, HasSubstr("one lane"));
  EXPECT_THAT(doctor.out, HasSubstr("there is no session to listen on"));
  EXPECT_EQ(jobs({"--degrade", "list"}, environment).status, 2);
  EXPECT_EQ(jobs({"list"}, {{"POOLGUARD_PGLITE_URL", pglite.url()}, {"POOLGUARD_DATABASE_URL", "postgresql://localhost/x"}}).status, 2);
}

TEST_F(CliTest, TwoAtOnceOnAnEmptyDatabaseBothMigrate) {
  Command first({POOLGUARD_JOBS, "submit", "noop"}, environment), second({POOLGUARD_JOBS, "submit", "noop"}, environment);
  EXPECT_EQ(first.wait().status, 0);
  EXPECT_EQ(second.wait().status, 0);
  EXPECT_EQ(list().size(), 2U);
}

TEST_F(CliTest, SigtermDrains) {
  cli({"submit", "sleep", "--payload", R"({"ms": 1000})"});
  Command worker({POOLGUARD_JOBS, "work", "--json", "--verbose"}, environment);
  // An active job may still wait for its handler, and would then be given back.
  ASSERT_TRUE(eventually(30s, [&] { return worker.err().find("job.started") != std::string::npos; }));
  worker.signal(SIGTERM);
  const CommandResult result = worker.wait();
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(json::parse(result.out)["completed"], 1);
}

TEST_F(CliTest, SigtermGivesBackWhatDoesNotEndInTime) {
  cli({"submit", "sleep", "--payload", R"({"ms": 600000})"});
  Command worker({POOLGUARD_JOBS, "work", "--drain-ms", "50", "--json"}, environment);
  ASSERT_TRUE(becomes_active());
  worker.signal(SIGTERM);
  const CommandResult result = worker.wait();
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(json::parse(result.out)["released"], 1);
  EXPECT_EQ(list()[0]["status"], "waiting");
  EXPECT_EQ(list()[0]["attempts"], 0);
}

TEST_F(CliTest, AWorkerThatIsKilledLosesNoJob) {
  cli({"submit", "sleep", "--payload", R"({"ms": 600000})"});
  {
    Command worker({POOLGUARD_JOBS, "work", "--lease-ms", "500"}, environment);
    ASSERT_TRUE(becomes_active());
    worker.signal(SIGKILL);
  }
  EXPECT_TRUE(eventually(20s, [this] { return json::parse(cli({"stats", "--json"}).out)["expired_leases"] == 1; }));
  const CommandResult doctor = cli({"doctor"});
  EXPECT_EQ(doctor.status, 1) << "an expired lease is trouble";
  EXPECT_THAT(doctor.out, HasSubstr("FAIL leases"));
}

TEST_F(CliTest, DoctorIsContentWithAHealthyDatabase) {
  cli({"submit", "noop"});
  const CommandResult doctor = cli({"doctor", "--json"});
  EXPECT_EQ(doctor.status, 0) << doctor.out;
  EXPECT_THAT(doctor.out, HasSubstr("a notification was heard"));
  EXPECT_TRUE(json::parse(doctor.out)["ok"]);
  EXPECT_THAT(doctor.out, Not(HasSubstr(TestCluster::kPassword)));
}

TEST_F(CliTest, BehindAPoolerItRefusesToWorkUnlessTold) {
  const PgBouncerProcess bouncer(shared_cluster());
  environment["POOLGUARD_DATABASE_URL"] = bouncer.url(database.name());
  EXPECT_EQ(cli({"submit", "noop"}).status, 0) << "submitting needs no session lane";
  const CommandResult refused = cli({"work", "--until-empty"});
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.err, HasSubstr("POOLGUARD_DIRECT_DATABASE_URL"));
  EXPECT_EQ(cli({"doctor"}).status, 1);
  const CommandResult degraded = cli({"work", "--until-empty", "--degrade"});
  EXPECT_EQ(degraded.status, 0) << degraded.err;
  EXPECT_THAT(degraded.err, HasSubstr("lane.degraded"));
  EXPECT_EQ(cli({"submit", "noop"}).status, 0);
  EXPECT_EQ(cli({"work", "--until-empty", "--direct-url", database.url()}).status, 0);
  for (const CommandResult& result : {refused, degraded}) EXPECT_THAT(result.err, Not(HasSubstr(TestCluster::kPassword)));
}

TEST_F(CliTest, ErrorsAreClearAndTheirStatusIs2) {
  EXPECT_EQ(cli({}).status, 2);
  EXPECT_EQ(cli({"frobnicate"}).status, 2);
  EXPECT_EQ(cli({"submit"}).status, 2);
  EXPECT_EQ(cli({"submit", "noop", "--priority", "high"}).status, 2);
  EXPECT_EQ(cli({"list", "--status", "lost"}).status, 2);
  const CommandResult payload = cli({"submit", "noop", "--payload", "{"});
  EXPECT_EQ(payload.status, 2);
  EXPECT_THAT(payload.err, HasSubstr("not JSON"));
  environment["POOLGUARD_DATABASE_URL"] = "postgres://u:hunter2@127.0.0.1:1/x";
  const CommandResult unreachable = cli({"stats"});
  EXPECT_EQ(unreachable.status, 2);
  EXPECT_THAT(unreachable.err, HasSubstr("127.0.0.1"));
  EXPECT_THAT(unreachable.err, Not(HasSubstr("hunter2")));
  environment["POOLGUARD_DATABASE_URL"] = "postgres://u:hunter2@h:x/y";
  EXPECT_THAT(cli({"stats"}).err, HasSubstr("POOLGUARD_DATABASE_URL"));
}

TEST(CliHelp, NamesEveryCommand) {
  const CommandResult help = jobs({"--help"});
  EXPECT_EQ(help.status, 0);
  for (const char* word : {"submit", "list", "get", "cancel", "retry", "replay", "delete", "prune", "pause", "resume", "stats", "work", "watch", "ui",
                           "doctor", "migrate", "smoke", "--json", "--direct-url", "Exit status"}) {
    EXPECT_THAT(help.out, HasSubstr(word));
  }
  EXPECT_EQ(jobs({"submit", "--help"}).status, 0);
}

TEST(CliEmbedded, WithoutAUrlTheEmbeddedDatabaseIsUsedAndKept) {
  std::string folder = "/tmp/poolguard-test-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  std::filesystem::permissions(folder, std::filesystem::perms::others_exec, std::filesystem::perm_options::add);
  const std::map<std::string, std::string> environment{{"POOLGUARD_DATABASE_URL", ""}, {"POOLGUARD_EMBEDDED_DIR", folder + "/db"}};
  EXPECT_EQ(jobs({"submit", "noop"}, environment).out, "1\n");
  EXPECT_EQ(jobs({"work", "--until-empty"}, environment).status, 0);
  EXPECT_EQ(json::parse(jobs({"list", "--json"}, environment).out)[0]["status"], "completed");
  std::filesystem::remove_all(folder);
}

TEST_F(CliTest, OneJobsLifeByHand) {
  EXPECT_EQ(json::parse(cli({"migrate", "--json"}).out)["ok"], true);
  const CommandResult first = cli({"submit", "echo", "--key", "k", "--json"});
  EXPECT_EQ(json::parse(first.out), json::parse(R"({"id": 1, "new": true})")) << first.err;
  EXPECT_EQ(json::parse(cli({"submit", "echo", "--key", "k", "--json"}).out)["new"], false);
  EXPECT_EQ(cli({"pause", "1"}).status, 0);
  EXPECT_EQ(json::parse(cli({"get", "1", "--json"}).out)["paused"], true);
  EXPECT_THAT(cli({"get", "1"}).out, HasSubstr("paused            true"));
  EXPECT_EQ(cli({"resume", "1"}).status, 0);
  EXPECT_EQ(json::parse(cli({"cancel", "1", "--json"}).out)["outcome"], "cancelled");
  EXPECT_EQ(cli({"cancel", "1"}).status, 1);
  EXPECT_EQ(cli({"retry", "1"}).status, 0);
  EXPECT_EQ(json::parse(cli({"get", "1", "--json"}).out)["status"], "waiting");
  EXPECT_EQ(cli({"replay", "1"}).status, 1) << "it isn't dead";
  EXPECT_EQ(cli({"delete", "1"}).status, 0);
  EXPECT_EQ(cli({"get", "1"}).status, 1);
  EXPECT_EQ(cli({"delete", "1"}).status, 1);
}

TEST_F(CliTest, ADeadJobIsListedAndReplayedWithChanges) {
  // Its payload isn't what `sleep` reads, so that it fails.
  cli({"submit", "sleep", "--payload", "[]", "--max-attempts", "1"});
  EXPECT_EQ(cli({"work", "--until-empty"}).status, 0);
  EXPECT_EQ(json::parse(cli({"list", "--status", "dead", "--name", "sleep", "--json"}).out).size(), 1U);
  EXPECT_EQ(json::parse(cli({"list", "--status", "dead", "--name", "echo", "--json"}).out).size(), 0U);
  const json replayed = json::parse(cli({"replay", "1", "--payload", R"({"ms": 1})", "--json"}).out);
  EXPECT_EQ(replayed["id"], 2);
  EXPECT_EQ(cli({"work", "--until-empty"}).status, 0);
  const json job = json::parse(cli({"get", "2", "--json"}).out);
  EXPECT_EQ(job["status"], "completed");
  EXPECT_EQ(job["replay_of"], 1);
  EXPECT_EQ(json::parse(cli({"prune", "--older-than", "1h", "--status", "dead", "--status", "completed", "--json"}).out)["deleted"], 0);
  EXPECT_EQ(json::parse(cli({"prune", "--older-than", "0", "--status", "dead", "--json"}).out)["deleted"], 1);
  EXPECT_EQ(json::parse(cli({"prune", "--older-than", "0", "--json"}).out)["deleted"], 1);
}

TEST_F(CliTest, APausedQueueIsNotWorkedOn) {
  cli({"submit", "noop"});
  EXPECT_EQ(cli({"pause", "--queue", "default"}).status, 0);
  EXPECT_EQ(cli({"work", "--until-empty"}).status, 0);
  EXPECT_EQ(list()[0]["status"], "waiting");
  EXPECT_EQ(cli({"resume", "--queue", "default"}).status, 0);
  EXPECT_EQ(cli({"pause", "--queue", "default", "--name", "echo"}).status, 0);
  EXPECT_EQ(cli({"work", "--until-empty"}).status, 0);
  EXPECT_EQ(list()[0]["status"], "completed");
  EXPECT_EQ(cli({"pause"}).status, 2);
  EXPECT_EQ(cli({"pause", "1", "--queue", "default"}).status, 2);
}

TEST_F(CliTest, SchedulesAreAddedListedPausedAndRemoved) {
  const std::vector<std::string> add{"schedule", "add", "s", "--cron", "30 2 * * mon", "--time-zone", "Europe/Berlin", "--job", "echo",
                                     "--payload", "[1]", "--missed", "skip", "--json"};
  EXPECT_EQ(json::parse(cli(add).out)["new"], true);
  EXPECT_EQ(json::parse(cli(add).out)["new"], false);
  const auto schedules = [&] { return json::parse(cli({"schedule", "list", "--json"}).out); };
  const json there = schedules()[0];
  EXPECT_EQ(there["cron"], "30 2 * * mon");
  EXPECT_EQ(there["time_zone"], "Europe/Berlin");
  EXPECT_EQ(there["job"], "echo");
  EXPECT_EQ(there["payload"], json::array({1}));
  EXPECT_EQ(there["missed"], "skip");
  EXPECT_EQ(there["paused"], false);
  EXPECT_EQ(there["last_at"], nullptr);
  EXPECT_EQ(cli({"schedule", "pause", "s"}).status, 0);
  EXPECT_EQ(schedules()[0]["paused"], true);
  EXPECT_THAT(cli({"schedule", "list"}).out, HasSubstr("paused"));
  EXPECT_EQ(cli({"schedule", "resume", "s"}).status, 0);
  EXPECT_EQ(schedules()[0]["paused"], false);
  EXPECT_EQ(cli({"schedule", "remove", "s"}).status, 0);
  EXPECT_EQ(cli({"schedule", "remove", "s"}).status, 1);
  EXPECT_EQ(schedules().size(), 0U);
  const CommandResult bad = cli({"schedule", "add", "s", "--cron", "61 * * * *", "--job", "echo"});
  EXPECT_EQ(bad.status, 2);
  EXPECT_THAT(bad.err, HasSubstr("minute '61'"));
}

TEST_F(CliTest, LimitsAreSetListedAndKept) {
  EXPECT_EQ(cli({"limits", "set", "noop", "--rate", "1", "--window", "1h", "--key-active", "2"}).status, 0);
  const json limits = json::parse(cli({"limits", "list", "--json"}).out)[0];
  EXPECT_EQ(limits["rate"]["window_ms"], 3600000);
  EXPECT_EQ(limits["active"], nullptr);
  EXPECT_EQ(limits["key_active"], 2);
  cli({"submit", "noop", "--limit-key", "k"});
  cli({"submit", "noop"});
  EXPECT_EQ(json::parse(cli({"work", "--until-empty", "--json"}).out)["completed"], 1);
  EXPECT_EQ(json::parse(cli({"get", "1", "--json"}).out)["limit_key"], "k");
  EXPECT_EQ(cli({"limits", "set", "noop"}).status, 0);
  EXPECT_EQ(json::parse(cli({"limits", "list", "--json"}).out).size(), 0U);
  EXPECT_EQ(json::parse(cli({"work", "--until-empty", "--json"}).out)["completed"], 1);
  EXPECT_EQ(cli({"limits", "set", "noop", "--window", "1h"}).status, 2);
}

TEST_F(CliTest, AFlowIsAFileWithATree) {
  const std::string path = "/tmp/poolguard-flow-" + std::to_string(::getpid());
  const auto submit = [&](const std::string& text) {
    std::ofstream(path) << text;
    return cli({"submit", "--flow", path, "--json"});
  };
  EXPECT_EQ(json::parse(submit(R"({"name": "noop", "children": [{"name": "echo", "payload": 3, "on_failure": "ignore"}, {"name": "echo"}]})").out),
            json::parse(R"({"ids": [1, 2, 3]})"));
  EXPECT_EQ(json::parse(cli({"list", "--status", "blocked", "--json"}).out).size(), 1U);
  const json child = json::parse(cli({"get", "2", "--json"}).out);
  EXPECT_EQ(child["parent"], 1);
  EXPECT_EQ(child["on_failure"], "ignore");
  EXPECT_EQ(json::parse(cli({"work", "--until-empty", "--json"}).out)["completed"], 3);
  const CommandResult bad = submit(R"({"name": "noop", "children": [{"name": "echo", "on_failure": "shrug"}]})");
  EXPECT_EQ(bad.status, 2);
  EXPECT_THAT(bad.err, HasSubstr("'shrug'"));
  std::filesystem::remove(path);
}

TEST_F(CliTest, AJobCanBeGoneOnceItIsCompleted) {
  cli({"submit", "noop", "--remove-completed"});
  EXPECT_EQ(json::parse(cli({"work", "--until-empty", "--json"}).out)["completed"], 1);
  EXPECT_EQ(list().size(), 0U);
}

TEST_F(CliTest, ABatchIsAFileOfJsonLines) {
  const std::string path = "/tmp/poolguard-batch-" + std::to_string(::getpid());
  const auto submit = [&](const std::string& text, std::vector<std::string> more = {}) {
    std::ofstream(path) << text;
    std::vector<std::string> arguments{"submit", "--batch", path, "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return cli(arguments);
  };
  const CommandResult good = submit("{\"name\": \"echo\", \"payload\": [1], \"priority\": 4}\n\n{\"key\": \"k\"}\n{\"key\": \"k\"}\n", {"noop"});
  EXPECT_EQ(good.status, 0) << good.err;
  EXPECT_EQ(json::parse(good.out)["new"], 2);
  EXPECT_EQ(json::parse(good.out)["there_before"], 1);
  EXPECT_EQ(list().size(), 2U);
  const CommandResult bad = submit("{\"name\": \"noop\"}\n{\"nmae\": \"noop\"}\n");
  EXPECT_EQ(bad.status, 2);
  EXPECT_THAT(bad.err, HasSubstr("line 2"));
  EXPECT_THAT(bad.err, HasSubstr("nmae"));
  EXPECT_EQ(list().size(), 2U) << "all or none";
  std::filesystem::remove(path);
}

TEST_F(CliTest, RunAtIsATimeWithItsZone) {
  EXPECT_EQ(cli({"submit", "noop", "--run-at", "2030-01-02T03:04:05Z"}).status, 0);
  EXPECT_EQ(cli({"submit", "noop", "--run-at", "2030-01-02T03:04:05+02:00"}).status, 0);
  ConnectionOptions options;
  options.url = database.url();
  PostgresEngine engine(options);
  const auto epoch = [&](int id) {
    return engine.execute("SELECT extract(epoch FROM run_at)::bigint AS s FROM poolguard_jobs WHERE id = $1::bigint", {id}).number(0, "s");
  };
  EXPECT_EQ(epoch(1), 1893553445);
  EXPECT_EQ(epoch(2), 1893553445 - 7200);
  for (const char* bad : {"tomorrow", "2030-01-02", "2030-01-02T03:04:05", "2030-01-02T03:04:05 CET"}) {
    EXPECT_EQ(cli({"submit", "noop", "--run-at", bad}).status, 2) << bad;
  }
}

TEST_F(CliTest, SmokeWalksAJobThroughItsLifeAndLeavesNothing) {
  const CommandResult smoke = cli({"smoke", "--json"});
  EXPECT_EQ(smoke.status, 0) << smoke.out;
  EXPECT_EQ(json::parse(smoke.out)["done"].size(), 7U);
  EXPECT_EQ(list().size(), 0U);
  const PgBouncerProcess bouncer(shared_cluster());
  environment["POOLGUARD_DATABASE_URL"] = bouncer.url(database.name());
  const CommandResult refused = cli({"smoke"});
  EXPECT_EQ(refused.status, 1) << "there is no session lane";
  EXPECT_THAT(refused.out, HasSubstr("FAIL"));
}

TEST_F(CliTest, WorkServesItsHealthAndMetricsIfToldWhere) {
  Command worker({POOLGUARD_JOBS, "work", "--metrics-address", "0"}, environment);
  EXPECT_TRUE(eventually(30s, [&] { return worker.err().find("served on port ") != std::string::npos; })) << worker.err();
  worker.signal(SIGTERM);
  EXPECT_EQ(worker.wait().status, 0);
  EXPECT_EQ(cli({"work", "--until-empty", "--metrics-address", "nonsense"}).status, 2);
}

TEST_F(CliTest, EventsGoToAFileWithoutAPassword) {
  const std::string file = testing::TempDir() + "/poolguard-cli-events-" + std::to_string(::getpid());
  cli({"submit", "noop"});
  EXPECT_EQ(cli({"work", "--until-empty", "--events", file}).status, 0);
  std::ifstream in(file);
  std::vector<std::string> names;
  for (std::string line; std::getline(in, line);) {
    names.push_back(json::parse(line)["event"]);
    EXPECT_THAT(line, Not(HasSubstr(TestCluster::kPassword)));
  }
  EXPECT_THAT(names, testing::IsSupersetOf({"lane.opened", "lane.budget", "worker.started"}));
  std::filesystem::remove(file);
  EXPECT_EQ(cli({"work", "--until-empty", "--events", "/nowhere/at/all"}).status, 2);
}

TEST_F(CliTest, DoctorReckonsWhetherThePoolsFit) {
  cli({"migrate"});
  EXPECT_THAT(cli({"doctor"}).out, HasSubstr("ok   connections"));
  const CommandResult doctor = cli({"doctor", "--processes", "5"});
  EXPECT_EQ(doctor.status, 1);
  EXPECT_THAT(doctor.out, HasSubstr("70 of 60"));
}

TEST_F(CliTest, DoctorFindsADirectUrlThatLeadsToATransactionPooler) {
  const PgBouncerProcess bouncer(shared_cluster());
  ASSERT_EQ(cli({"migrate"}).status, 0);
  environment["POOLGUARD_DIRECT_DATABASE_URL"] = bouncer.url(database.name());
  const CommandResult doctor = cli({"doctor"});
  EXPECT_EQ(doctor.status, 1);
  EXPECT_THAT(doctor.out, HasSubstr("FAIL wake-up"));
}
