#include "model/RoleModel.h"

#include <fstream>

#include <gtest/gtest.h>

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace poolguard;

namespace {

std::shared_ptr<const RoleModel> parsed(llvm::StringRef Text) {
  std::vector<ConfigError> Errors;
  std::shared_ptr<const RoleModel> Model = RoleModel::parse(Text, "/app/.poolguard.yaml", Errors);
  for (const ConfigError &E : Errors)
    ADD_FAILURE() << E.File << ':' << E.Line << ':' << E.Column << ": " << E.Message;
  return Model;
}

TEST(RoleModel, ReadsTheConfigOfTheDesign) {
  auto Model = parsed(R"(version: 1
presets: [libpqxx]
functions:
  - name: app::Db::execute              # '*' globs over qualified names
    executes: {lane: transaction, sql: 0, direct: execute_direct}
  - name: app::Db::execute_direct
    executes: {lane: session, sql: 0}
  - name: app::Pool::acquire
    returns: {lane: transaction}
  - name: app::Db::transaction
    runs: {argument: 0, in: transaction, lane: transaction}
  - name: app::with_retry
    runs: {argument: 0, in: retry, attempts: 3}
  - name: app::every
    runs: {argument: 1, in: thread}
  - name: app::parallel_for
    runs: {argument: 1, in: workers}
  - name: app::Db::upsert_batch
    retries: 3
  - name: app::Queue::renew_lock
    lock-path: true
    fenced: true
  - name: app::http_get
    blocks: true
  - name: app::Db::instance
    legacy-connection: true
  - name: app::log_info
    logs: true
types:
  - name: app::PooledConnection
    lane: transaction
leases:
  - {table: jobs, state: status, epoch: lock_epoch, expires: lock_until}
allow:
  - check: poolguard-no-legacy-getconnection
    path: src/db/**
    reason: the singleton's definition
    until: 2027-06-30
)");
  ASSERT_TRUE(Model);
  FunctionRoles Execute = Model->function("app::Db::execute");
  ASSERT_TRUE(Execute.Executes);
  EXPECT_EQ(Execute.Executes->On, Lane::Transaction);
  EXPECT_EQ(Execute.Executes->Sql, 0u);
  EXPECT_EQ(Execute.Executes->Direct, "execute_direct");
  EXPECT_EQ(Model->function("app::Db::execute_direct").Executes->On, Lane::Session);
  EXPECT_EQ(Model->function("app::Pool::acquire").Returns, Lane::Transaction);

  FunctionRoles Transaction = Model->function("app::Db::transaction");
  ASSERT_EQ(Transaction.Runs.size(), 1u);
  EXPECT_EQ(Transaction.Runs[0].In, Scope::Transaction);
  EXPECT_EQ(Transaction.Runs[0].On, Lane::Transaction);
  EXPECT_EQ(Model->function("app::with_retry").Runs.at(0).Attempts, 3u);
  EXPECT_EQ(Model->function("app::every").Runs.at(0).In, Scope::Thread);
  EXPECT_EQ(Model->function("app::every").Runs.at(0).Argument, 1u);
  EXPECT_EQ(Model->function("app::parallel_for").Runs.at(0).In, Scope::Workers);
  EXPECT_EQ(Model->function("app::Db::upsert_batch").Retries, 3u);
  EXPECT_EQ(Model->function("app::Queue::renew_lock").LockPath, true);
  EXPECT_EQ(Model->function("app::Queue::renew_lock").Fenced, true);
  EXPECT_EQ(Model->function("app::http_get").Blocks, true);
  EXPECT_EQ(Model->function("app::Db::instance").LegacyConnection, true);
  EXPECT_EQ(Model->function("app::log_info").Logs, true);
  EXPECT_EQ(Model->type("app::PooledConnection").On, Lane::Transaction);
  EXPECT_TRUE(Model->function("app::PooledConnection").empty());

  ASSERT_EQ(Model->leases().size(), 1u);
  EXPECT_EQ(Model->leases()[0].Table, "jobs");
  EXPECT_EQ(Model->leases()[0].State, "status");
  EXPECT_EQ(Model->leases()[0].Epoch, "lock_epoch");
  EXPECT_EQ(Model->leases()[0].Expires, "lock_until");
  ASSERT_EQ(Model->allow().size(), 1u);
  EXPECT_EQ(Model->allow()[0].Check, "poolguard-no-legacy-getconnection");
  EXPECT_EQ(Model->allow()[0].Path, "src/db/**");
  EXPECT_EQ(Model->allow()[0].Reason, "the singleton's definition");
  EXPECT_EQ(Model->allow()[0].Until, "2027-06-30");
  EXPECT_EQ(Model->allow()[0].File, "/app/.poolguard.yaml");
  EXPECT_EQ(Model->allow()[0].Line, 35u);
  EXPECT_EQ(Model->path(), "/app/.poolguard.yaml");

  // The preset is in force beside it.
  EXPECT_TRUE(Model->function("pqxx::transaction_base::exec").Executes);
  EXPECT_FALSE(Model->function("PQexec").Executes);
}

TEST(RoleModel, ReadsTheKeysBeyondTheDesign) {
  auto Model = parsed(R"(version: 1
presets: []
functions:
  - name: query
    executes: {lane: connection, connection: 0, sql: 1}
  - name: app::Tx::commit
    ends-transaction: commit
  - name: app::Pool::release
    releases: 0
  - name: app::listen
    session-state: listen
  - name: app::keep
    prepares: {name: 2, sql: 1}
  - name: app::call
    executes: {lane: session, prepared: 3}
  - name: app::Pool::execute
    executes: {lane: transaction, sql: 0, autocommit: true}
  - name: app::task
    runs: {argument: 0, in: thread, keeps-exception: true}
  - name: app::connect
    connects: 2
  - name: app::insist
    retries: true
  - name: app::background
    runs:
      - {argument: 0, in: retry}
      - {argument: 0, in: thread}
types:
  - name: app::Tx
    transaction: {connection: 1, autocommit: true}
  - name: app::Conn
    connection: true
  - name: app::Prepared
    prepared-name: true
  - name: app::TxEngine
    lane: tx
)");
  ASSERT_TRUE(Model);
  EXPECT_EQ(Model->function("query").Executes->ConnectionArgument, 0u);
  EXPECT_EQ(Model->function("query").Executes->Sql, 1u);
  EXPECT_EQ(Model->function("app::Tx::commit").EndsTransaction, "commit");
  EXPECT_EQ(Model->function("app::Pool::release").Releases, 0);
  EXPECT_EQ(Model->function("app::keep").Prepares->Name, 2u);
  EXPECT_EQ(Model->function("app::keep").Prepares->Sql, 1u);
  EXPECT_EQ(Model->function("app::call").Executes->Prepared, 3u);
  EXPECT_FALSE(Model->function("app::call").Executes->Autocommit);
  EXPECT_TRUE(Model->function("app::Pool::execute").Executes->Autocommit);
  EXPECT_TRUE(Model->function("app::task").Runs.at(0).KeepsException);
  EXPECT_FALSE(Model->function("app::background").Runs.at(1).KeepsException);
  EXPECT_EQ(Model->type("app::Prepared").NamesPrepared, true);
  EXPECT_EQ(Model->function("app::listen").SessionState, "listen");
  EXPECT_EQ(Model->function("app::connect").Connects, 2u);
  EXPECT_EQ(Model->function("app::insist").Retries, 0u);
  EXPECT_EQ(Model->function("app::background").Runs.size(), 2u);
  EXPECT_EQ(Model->type("app::Tx").TransactionOn, 1u);
  EXPECT_EQ(Model->type("app::Tx").Autocommit, true);
  EXPECT_EQ(Model->type("app::Conn").IsConnection, true);
  EXPECT_EQ(Model->type("app::TxEngine").On, Lane::Tx);
}

TEST(RoleModel, LaterWinsKeyByKey) {
  auto Model = parsed(R"(version: 1
presets: [libpqxx]
functions:
  - name: pqxx::transaction_base::exec
    executes: {lane: session, sql: 0}
  - name: "app::*"
    blocks: true
    logs: true
  - name: app::quick
    blocks: false
  - name: app::quick
    fenced: true
)");
  ASSERT_TRUE(Model);
  EXPECT_EQ(Model->function("pqxx::transaction_base::exec").Executes->On, Lane::Session);
  FunctionRoles Quick = Model->function("app::quick");
  EXPECT_EQ(Quick.Blocks, false);
  EXPECT_EQ(Quick.Logs, true);
  EXPECT_EQ(Quick.Fenced, true);
  EXPECT_EQ(Model->function("app::slow").Blocks, true);
}

TEST(RoleModel, TellsWhichEntriesMatched) {
  auto Model = parsed("version: 1\npresets: []\nfunctions:\n"
                      "  - {name: 'app::*', blocks: true}\n"
                      "  - {name: app::f, logs: true}\n"
                      "  - {name: app::g, logs: true}\n"
                      "types:\n  - {name: app::f, lane: session}\n");
  ASSERT_TRUE(Model);
  std::vector<unsigned> Matched;
  (void)Model->function("app::f", &Matched);
  EXPECT_EQ(Matched, (std::vector<unsigned>{0, 1}));
  Matched.clear();
  (void)Model->type("app::f", &Matched);
  EXPECT_EQ(Matched, (std::vector<unsigned>{3}));
  ASSERT_EQ(Model->entries().size(), 4u);
  EXPECT_EQ(Model->entries()[1].Pattern, "app::f");
  EXPECT_EQ(Model->entries()[1].Line, 5u);
  EXPECT_EQ(Model->entries()[1].File, "/app/.poolguard.yaml");
  EXPECT_FALSE(Model->entries()[1].FromPreset);
  EXPECT_FALSE(Model->entries()[1].IsType);
  EXPECT_TRUE(Model->entries()[3].IsType);
}

TEST(RoleModel, MayMatchLooksAtTheLastIdentifier) {
  auto Model = parsed("version: 1\npresets: []\nfunctions:\n"
                      "  - {name: app::Db::execute, blocks: true}\n"
                      "  - {name: 'app::*_direct', blocks: true}\n"
                      "  - {name: 'a::*::F::operator()', blocks: true}\n");
  ASSERT_TRUE(Model);
  EXPECT_TRUE(Model->mayMatch("execute"));
  EXPECT_TRUE(Model->mayMatch("query_direct"));
  EXPECT_TRUE(Model->mayMatch("operator()"));
  EXPECT_FALSE(Model->mayMatch("query"));
  EXPECT_FALSE(Model->mayMatch("operator"));
}

TEST(RoleModel, MayMatchNeverRulesOutANameThatMatches) {
  auto Model = parsed("version: 1\npresets: []\nfunctions:\n"
                      "  - {name: 'app::ex*', blocks: true}\n");
  ASSERT_TRUE(Model);
  // '*' crosses '::', so the last identifier may be anything.
  EXPECT_EQ(Model->function("app::ex::other").Blocks, true);
  EXPECT_TRUE(Model->mayMatch("other"));
}

TEST(RoleModel, OperatorsAndGlobalNamesCanBeNamed) {
  auto Model = parsed("version: 1\npresets: []\nfunctions:\n"
                      "  - {name: '::run', blocks: true}\n"
                      "  - name: app::F::operator()\n    logs: true\n"
                      "  - name: app::A::operator[]\n    logs: true\n"
                      "  - name: app::Log::operator<<\n    logs: true\n"
                      "  - name: app::P::operator->\n    returns: {lane: session}\n"
                      "  - name: app::K::operator std::string\n    logs: true\n");
  ASSERT_TRUE(Model);
  EXPECT_EQ(Model->function("run").Blocks, true);
  EXPECT_EQ(Model->function("::run").Blocks, true);
  EXPECT_EQ(Model->function("app::F::operator()").Logs, true);
  EXPECT_EQ(Model->function("app::A::operator[]").Logs, true);
  EXPECT_EQ(Model->function("app::Log::operator<<").Logs, true);
  EXPECT_EQ(Model->function("app::P::operator->").Returns, Lane::Session);
  EXPECT_EQ(Model->function("app::K::operator std::string").Logs, true);
}

TEST(RoleModel, WithoutThePresetsKeyAllPresetsHold) {
  auto Model = parsed("version: 1\n");
  ASSERT_TRUE(Model);
  EXPECT_TRUE(Model->function("PQexec").Executes);
  EXPECT_TRUE(Model->function("pqxx::transaction_base::exec").Executes);
  EXPECT_EQ(parsed("version: 1\npresets: []\n")->entries().size(), 0u);
}

TEST(RoleModel, DefaultsAreEveryPreset) {
  auto Model = RoleModel::defaults();
  EXPECT_TRUE(Model->function("PQexec").Executes);
  EXPECT_TRUE(Model->type("pqxx::nontransaction").Autocommit.value_or(false));
  EXPECT_TRUE(Model->path().empty());
  EXPECT_TRUE(Model->leases().empty());
}

TEST(RoleModel, DigestFollowsAllItIsMadeFrom) {
  std::string One = parsed("version: 1\npresets: [libpq]\n")->digest();
  EXPECT_EQ(One, parsed("version: 1\npresets: [libpq]\n")->digest());
  EXPECT_NE(One, parsed("version: 1\npresets: [libpqxx]\n")->digest());
  EXPECT_NE(One, parsed("version: 1\npresets: [libpq] # why\n")->digest());
  EXPECT_NE(One, RoleModel::defaults()->digest());
}

TEST(RoleModel, ErrorsOfEarlierConfigsDontMatter) {
  std::vector<ConfigError> Errors{{"elsewhere", 1, 1, "old"}};
  EXPECT_TRUE(RoleModel::parse("version: 1\n", "c.yaml", Errors));
  EXPECT_EQ(Errors.size(), 1u);
}

TEST(RoleModel, WindowsLineEndsAndAByteOrderMark) {
  auto Model =
      parsed("\xEF\xBB\xBFversion: 1\r\npresets: []\r\nfunctions:\r\n  - name: app::f\r\n    blocks: true\r\n");
  ASSERT_TRUE(Model);
  EXPECT_EQ(Model->function("app::f").Blocks, true);
}

class ConfigFiles : public testing::Test {
protected:
  llvm::SmallString<128> Folder;
  void SetUp() override { ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("poolguard-model", Folder)); }
  void TearDown() override { llvm::sys::fs::remove_directories(Folder); }
  std::string at(llvm::StringRef Name) const {
    llvm::SmallString<128> Path(Folder);
    llvm::sys::path::append(Path, Name);
    return Path.str().str();
  }
  void write(llvm::StringRef Name, llvm::StringRef Text) {
    (void)llvm::sys::fs::create_directories(llvm::sys::path::parent_path(at(Name)));
    std::ofstream(at(Name)) << Text.str();
  }
};

TEST_F(ConfigFiles, TheNearestAboveTheSourceFileIsFound) {
  write(".poolguard.yaml", "version: 1\n");
  write("a/.poolguard.yaml", "version: 1\n");
  write("a/b/c/x.cpp", "");
  write("d/x.cpp", "");
  EXPECT_EQ(RoleModel::findConfig(at("a/b/c/x.cpp")), at("a/.poolguard.yaml"));
  EXPECT_EQ(RoleModel::findConfig(at("a/x.cpp")), at("a/.poolguard.yaml"));
  EXPECT_EQ(RoleModel::findConfig(at("d/x.cpp")), at(".poolguard.yaml"));
}

TEST_F(ConfigFiles, AFolderOfThatNameIsNoConfig) {
  write(".poolguard.yaml", "version: 1\n");
  write("a/.poolguard.yaml/x", "");
  EXPECT_EQ(RoleModel::findConfig(at("a/x.cpp")), at(".poolguard.yaml"));
}

// Not below the temporary folder, which is everybody's and may have a config.
TEST_F(ConfigFiles, NoConfigAboveIsAnEmptyPath) {
  EXPECT_EQ(RoleModel::findConfig("/no-such-folder-of-ours/x.cpp"), "");
}

TEST_F(ConfigFiles, LoadReadsTheFile) {
  write(".poolguard.yaml", "version: 1\npresets: []\nfunctions:\n  - {name: f, blocks: true}\n");
  std::vector<ConfigError> Errors;
  auto Model = RoleModel::load(at(".poolguard.yaml"), Errors);
  ASSERT_TRUE(Model);
  EXPECT_EQ(Model->function("f").Blocks, true);
}

TEST_F(ConfigFiles, AFileThatCantBeReadIsAnError) {
  std::vector<ConfigError> Errors;
  EXPECT_FALSE(RoleModel::load(at("none.yaml"), Errors));
  ASSERT_EQ(Errors.size(), 1u);
  EXPECT_EQ(Errors[0].File, at("none.yaml"));
  EXPECT_NE(Errors[0].Message.find("can't be read"), std::string::npos);
}

} // namespace
