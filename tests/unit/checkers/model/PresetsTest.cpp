#include "model/Presets.h"

#include <gtest/gtest.h>

#include "model/RoleModel.h"

using namespace poolguard;

namespace {

class EveryPreset : public testing::TestWithParam<std::string> {};

TEST_P(EveryPreset, HasNoMistakes) {
  for (const Preset &P : presets()) {
    if (P.Name != GetParam())
      continue;
    std::vector<ConfigError> Errors;
    ParsedConfig Config = readConfig(P.Text, P.Name, /*IsPreset=*/true, Errors);
    for (const ConfigError &E : Errors)
      ADD_FAILURE() << E.File << ".yaml:" << E.Line << ':' << E.Column << ": " << E.Message;
    EXPECT_FALSE(Config.Entries.empty());
    EXPECT_TRUE(P.Text.starts_with("# ")) << "a preset begins with where it was read from";
    std::map<std::pair<bool, std::string>, unsigned> Seen;
    for (const RoleEntry &Entry : Config.Entries) {
      auto [At, New] = Seen.try_emplace({Entry.Where.IsType, Entry.Where.Pattern}, Entry.Where.Line);
      EXPECT_TRUE(New) << Entry.Where.Pattern << " on line " << Entry.Where.Line << " stands on line " << At->second
                       << " too";
      EXPECT_TRUE(Entry.Where.FromPreset);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shipped, EveryPreset, testing::ValuesIn(presetNames()), [](const auto &Info) {
  std::string Name = Info.param;
  std::replace(Name.begin(), Name.end(), '-', '_');
  return Name;
});

TEST(Presets, TheNamesOfTheReference) {
  EXPECT_EQ(presetNames(), (std::vector<std::string>{"libpqxx", "libpq", "std", "poolguard-runtime", "userver",
                                                     "drogon", "soci", "taopq", "qtsql", "logging"}));
}

TEST(Presets, AreNoPlaceForLeasesOrAllow) {
  std::vector<ConfigError> Errors;
  (void)readConfig("version: 1\nallow: []\nleases: []\npresets: []\n", "p", /*IsPreset=*/true, Errors);
  EXPECT_EQ(Errors.size(), 3u);
}

TEST(Presets, LibpqxxKnowsWhereTheSqlIs) {
  auto Model = RoleModel::defaults();
  EXPECT_EQ(Model->function("pqxx::transaction_base::exec").Executes->Sql, 0u);
  EXPECT_EQ(Model->function("pqxx::transaction_base::exec").Executes->On, Lane::Connection);
  EXPECT_EQ(Model->function("pqxx::transaction_base::exec_n").Executes->Sql, 1u);
  EXPECT_FALSE(Model->function("pqxx::transaction_base::exec_prepared").Executes->Sql);
  EXPECT_EQ(Model->function("pqxx::perform").Runs.at(0).Attempts, 3u);
  EXPECT_EQ(Model->function("pqxx::transaction_base::commit").EndsTransaction, "commit");
  EXPECT_EQ(Model->function("pqxx::connection::connection").Connects, 0u);
  EXPECT_EQ(Model->function("pqxx::connection_base::prepare").SessionState, "prepare");
  EXPECT_EQ(Model->type("pqxx::transaction").TransactionOn, 0u);
  EXPECT_FALSE(Model->type("pqxx::transaction").Autocommit);
  EXPECT_EQ(Model->type("pqxx::nontransaction").Autocommit, true);
  EXPECT_EQ(Model->type("pqxx::basic_connection_base").IsConnection, true);
}

TEST(Presets, LibpqAndStd) {
  auto Model = RoleModel::defaults();
  EXPECT_EQ(Model->function("PQexec").Executes->Sql, 1u);
  EXPECT_EQ(Model->function("PQexec").Executes->ConnectionArgument, 0u);
  EXPECT_EQ(Model->function("PQconnectdb").Connects, 0u);
  EXPECT_EQ(Model->function("std::thread::thread").Runs.at(0).In, Scope::Thread);
  EXPECT_EQ(Model->function("std::this_thread::sleep_for").Blocks, true);
  EXPECT_TRUE(Model->function("std::mutex::lock").empty());
}

} // namespace
