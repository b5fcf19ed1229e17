// Every mistake in a config is an error with its place and remedy, and no model comes of it.
#include "model/RoleModel.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace poolguard;
using testing::HasSubstr;

namespace {

struct Mistake {
  const char *Name;
  const char *Text;
  unsigned Line, Column;
  const char *Says;
  unsigned Errors = 1;
};

void PrintTo(const Mistake &M, std::ostream *Out) { *Out << M.Name; }

class ConfigMistake : public testing::TestWithParam<Mistake> {};

TEST_P(ConfigMistake, IsReportedWithPlaceAndRemedy) {
  const Mistake &M = GetParam();
  std::vector<ConfigError> Errors;
  EXPECT_FALSE(RoleModel::parse(M.Text, "cfg.yaml", Errors));
  std::string All;
  for (const ConfigError &E : Errors)
    All += E.File + ":" + std::to_string(E.Line) + ":" + std::to_string(E.Column) + ": " + E.Message + "\n";
  ASSERT_EQ(Errors.size(), M.Errors) << All;
  EXPECT_EQ(Errors[0].File, "cfg.yaml");
  EXPECT_EQ(Errors[0].Line, M.Line) << All;
  EXPECT_EQ(Errors[0].Column, M.Column) << All;
  EXPECT_THAT(Errors[0].Message, HasSubstr(M.Says));
}

#define FUNCTION(Roles) "version: 1\nfunctions:\n  - name: f\n    " Roles "\n"
#define TYPE(Roles) "version: 1\ntypes:\n  - name: T\n    " Roles "\n"
#define ALLOW(Rest) "version: 1\nallow:\n  - check: poolguard-lock-path-routing\n    " Rest "\n"

INSTANTIATE_TEST_SUITE_P(
    File, ConfigMistake,
    testing::Values(
        Mistake{"Empty", "", 1, 1, "empty"}, Mistake{"OnlyComment", "# nothing\n\n", 1, 1, "empty"},
        Mistake{"OnlyNull", "~\n", 1, 1, "a config is a map"}, Mistake{"Text", "hello\n", 1, 1, "a config is a map"},
        Mistake{"List", "- version: 1\n", 1, 1, "a config is a map"},
        Mistake{"NotYaml", "version: 1\nfunctions: [\n", 2, 13, "not YAML"},
        Mistake{"Binary", "version: 1\n\xff\xfe\x01", 2, 1, "not YAML"},
        Mistake{"KeyTwice", "version: 1\nversion: 1\n", 2, 1, "'version' stands here twice (first on line 1)"},
        Mistake{"KeyTwiceInside", FUNCTION("blocks: true\n    blocks: false"), 5, 5, "'blocks' stands here twice"},
        Mistake{"SecondDocument", "version: 1\n---\nfunctions: []\n", 3, 1, "second YAML document"},
        Mistake{"Alias", "version: 1\nfunctions:\n  - name: *exec\n    blocks: true\n", 3, 11, "in quotes"},
        Mistake{"StarAlone", "version: 1\nfunctions:\n  - name: *\n    blocks: true\n", 3, 11, "in quotes"},
        Mistake{"NestedTooDeep", "version: 1\nfunctions: [[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]\n", 2, 28,
                "nested"},
        Mistake{"NoVersion", "functions: []\n", 1, 1, "write 'version: 1' first"},
        Mistake{"WrongVersion", "version: 2\n", 1, 10, "knows version 1 alone"},
        Mistake{"VersionNotANumber", "version: one\n", 1, 10, "knows version 1 alone"},
        Mistake{"UnknownKey", "version: 1\nfuncitons: []\n", 2, 1,
                "unknown key 'funcitons': did you mean 'functions'?"},
        Mistake{"UnknownKeyFarOff", "version: 1\ndatabase: x\n", 2, 1, "known are version, presets, functions"},
        Mistake{"UnknownPreset", "version: 1\npresets: [libpqx]\n", 2, 11, "did you mean 'libpqxx'?"},
        Mistake{"PresetTwice", "version: 1\npresets: [libpq, libpq]\n", 2, 18, "twice"},
        Mistake{"PresetsNoList", "version: 1\npresets: libpq\n", 2, 10, "'presets' must be a list"},
        Mistake{"FunctionsEmpty", "version: 1\nfunctions:\n", 2, 1, "'functions' must be a list: add its items"},
        Mistake{"FunctionsMap", "version: 1\nfunctions: {name: f}\n", 2, 12, "'functions' must be a list"},
        Mistake{"ItemNoMap", "version: 1\nfunctions: [f]\n", 2, 13, "must be a map, as in"}),
    [](const auto &Info) { return Info.param.Name; });

INSTANTIATE_TEST_SUITE_P(
    Names, ConfigMistake,
    testing::Values(
        Mistake{"Missing", "version: 1\nfunctions:\n  - blocks: true\n", 3, 5, "lacks 'name'"},
        Mistake{"Empty", "version: 1\nfunctions:\n  - name: ''\n    blocks: true\n", 3, 11, "'name' is empty"},
        Mistake{"Null", "version: 1\nfunctions:\n  - name:\n    blocks: true\n", 3, 5, "'name' is empty"},
        Mistake{"NoRole", "version: 1\nfunctions:\n  - name: f\n", 3, 11, "gives 'f' no role"},
        Mistake{"Parameters", "version: 1\nfunctions:\n  - name: app::f(int)\n    blocks: true\n", 3, 11,
                "write 'app::f'"},
        Mistake{"TemplateArguments", "version: 1\nfunctions:\n  - name: app::V<int>::f\n    blocks: true\n", 3, 11,
                "template arguments"},
        Mistake{"Blank", "version: 1\nfunctions:\n  - name: void f\n    blocks: true\n", 3, 11, "has a blank"},
        Mistake{"Dot", "version: 1\nfunctions:\n  - name: app.f\n    blocks: true\n", 3, 11, "written with '::'"}),
    [](const auto &Info) { return Info.param.Name; });

INSTANTIATE_TEST_SUITE_P(
    Roles, ConfigMistake,
    testing::Values(
        Mistake{"Unknown", FUNCTION("block: true"), 4, 5, "did you mean 'blocks'?"},
        Mistake{"DirectOutside", FUNCTION("direct: g"), 4, 5, "it belongs inside executes"},
        Mistake{"AttemptsOutside", FUNCTION("attempts: 3"), 4, 5, "it belongs inside runs"},
        Mistake{"LaneOutside", FUNCTION("lane: session"), 4, 5, "it belongs inside executes, returns or runs"},
        Mistake{"ExecutesNoMap", FUNCTION("executes: session"), 4, 15, "'executes' must be a map"},
        Mistake{"ExecutesWithoutLane", FUNCTION("executes: {sql: 0}"), 4, 15, "lacks 'lane'"},
        Mistake{"ExecutesBadLane", FUNCTION("executes: {lane: transction, sql: 0}"), 4, 22,
                "did you mean 'transaction'?"},
        Mistake{"ExecutesUnknownKey", FUNCTION("executes: {lane: session, slq: 0}"), 4, 31, "did you mean 'sql'?"},
        Mistake{"NegativeIndex", FUNCTION("executes: {lane: session, sql: -1}"), 4, 36, "is negative (-1)"},
        Mistake{"LargeIndex", FUNCTION("executes: {lane: session, sql: 256}"), 4, 36, "is too large (256)"},
        Mistake{"HugeIndex", FUNCTION("executes: {lane: session, sql: 99999999999999999999}"), 4, 36, "is too large"},
        Mistake{"IndexNotANumber", FUNCTION("executes: {lane: session, sql: first}"), 4, 36, "not 'first'"},
        Mistake{"IndexInQuotes", FUNCTION("executes: {lane: session, sql: '0'}"), 4, 36, "whole number"},
        Mistake{"IndexFraction", FUNCTION("releases: 1.5"), 4, 15, "not '1.5'"},
        Mistake{"ReleasesNoObject", FUNCTION("releases: handle"), 4, 15, "or 'object') must be a whole number"},
        Mistake{"ConnectionNeedsLaneConnection", FUNCTION("executes: {lane: session, sql: 1, connection: 0}"), 4, 39,
                "needs 'lane: connection'"},
        Mistake{"SqlIsConnection", FUNCTION("executes: {lane: connection, sql: 0, connection: 0}"), 4, 42,
                "same argument"},
        Mistake{"PreparedOutside", FUNCTION("prepared: 0"), 4, 5, "it belongs inside executes"},
        Mistake{"SqlAndPrepared", FUNCTION("executes: {lane: session, sql: 0, prepared: 1}"), 4, 39,
                "remove one of the two"},
        Mistake{"AutocommitInTransaction", FUNCTION("executes: {lane: tx, sql: 0, autocommit: true}"), 4, 34,
                "contradicts 'lane: tx'"},
        Mistake{"PreparesNoMap", FUNCTION("prepares: 0"), 4, 15, "'prepares' must be a map"},
        Mistake{"PreparesWithoutText", FUNCTION("prepares: {name: 0}"), 4, 15, "needs 'name' and 'sql'"},
        Mistake{"PreparesItsName", FUNCTION("prepares: {name: 0, sql: 0}"), 4, 25, "name the same argument"},
        Mistake{"DirectOnSession", FUNCTION("executes: {lane: session, sql: 0, direct: g}"), 4, 39,
                "nothing to be moved"},
        Mistake{"ReturnsNoMap", FUNCTION("returns: session"), 4, 14, "'returns' must be a map"},
        Mistake{"ReturnsWithoutLane", FUNCTION("returns: {}"), 4, 14, "lacks 'lane'"},
        Mistake{"RunsWithoutArgument", FUNCTION("runs: {in: thread}"), 4, 11, "lacks 'argument'"},
        Mistake{"RunsWithoutIn", FUNCTION("runs: {argument: 0}"), 4, 11, "lacks 'in'"},
        Mistake{"RunsBadIn", FUNCTION("runs: {argument: 0, in: threads}"), 4, 29, "did you mean 'thread'?"},
        Mistake{"LaneOfRetry", FUNCTION("runs: {argument: 0, in: retry, lane: session}"), 4, 36,
                "needs 'in: transaction'"},
        Mistake{"AttemptsOfThread", FUNCTION("runs: {argument: 0, in: thread, attempts: 3}"), 4, 37,
                "needs 'in: retry'"},
        Mistake{"KeepsExceptionOfRetry", FUNCTION("runs: {argument: 0, in: retry, keeps-exception: true}"), 4, 36,
                "needs 'in: thread' or 'in: workers'"},
        Mistake{"KeepsExceptionOutside", FUNCTION("keeps-exception: true"), 4, 5, "it belongs inside runs"},
        Mistake{"RunsEmptyList", FUNCTION("runs: []"), 4, 11, "empty list"},
        Mistake{"RunsTwice", FUNCTION("runs: [{argument: 0, in: thread}, {argument: 0, in: thread}]"), 4, 39,
                "says twice"},
        Mistake{"NotABool", FUNCTION("blocks: yes"), 4, 13, "must be true or false, not 'yes'"},
        Mistake{"BoolInQuotes", FUNCTION("blocks: 'true'"), 4, 13, "must be true or false"},
        Mistake{"BadEnd", FUNCTION("ends-transaction: rollback"), 4, 23, "one of commit or abort"},
        Mistake{"BadSessionState", FUNCTION("session-state: listn"), 4, 20, "did you mean 'listen'?"},
        Mistake{"RetriesNegative", FUNCTION("retries: -2"), 4, 14, "is negative"},
        Mistake{"TypeUnknown", TYPE("lanes: session"), 4, 5, "did you mean 'lane'?"},
        Mistake{"TypeLaneConnection", TYPE("lane: connection"), 4, 11, "says nothing of an object"},
        Mistake{"TypeAutocommitOutside", TYPE("autocommit: true"), 4, 5, "it belongs inside transaction"},
        Mistake{"TypeTransactionNoMap", TYPE("transaction: true"), 4, 18, "'transaction' must be a map"},
        Mistake{"TypeTransactionWithoutConnection", TYPE("transaction: {autocommit: true}"), 4, 18,
                "lacks 'connection'"}),
    [](const auto &Info) { return Info.param.Name; });

INSTANTIATE_TEST_SUITE_P(
    LeasesAndAllow, ConfigMistake,
    testing::Values(
        Mistake{"LeaseWithoutTable", "version: 1\nleases:\n  - {epoch: e, expires: x}\n", 3, 5, "lacks 'table'"},
        Mistake{"LeaseWithoutEpoch", "version: 1\nleases:\n  - {table: jobs, expires: x}\n", 3, 5, "lacks 'epoch'"},
        Mistake{
            "LeaseTwice",
            "version: 1\nleases:\n  - {table: jobs, epoch: e, expires: x}\n  - {table: jobs, epoch: e, expires: x}\n",
            4, 13, "twice"},
        Mistake{"AllowUnknownCheck",
                "version: 1\nallow:\n  - check: poolguard-lock-path-ruting\n    path: a\n    reason: b\n", 3, 12,
                "did you mean 'lock-path-routing'?"},
        Mistake{"AllowWithoutCheck", "version: 1\nallow:\n  - path: a\n    reason: b\n", 3, 5, "lacks 'check'"},
        Mistake{"AllowWithoutReason", ALLOW("path: a"), 3, 5, "lacks 'reason'"},
        Mistake{"AllowEmptyReason", ALLOW("path: a\n    reason: ''"), 5, 13, "'reason' is empty"},
        Mistake{"AllowEverywhere", ALLOW("reason: b"), 3, 5, "needs 'path' or 'symbol'"},
        Mistake{"AllowBadDate", ALLOW("path: a\n    reason: b\n    until: 2027-02-30"), 6, 12, "must be a date"},
        Mistake{"AllowNoLeapDay", ALLOW("path: a\n    reason: b\n    until: 2100-02-29"), 6, 12, "must be a date"},
        Mistake{"AllowDateInWords", ALLOW("path: a\n    reason: b\n    until: next year"), 6, 12, "not 'next year'"}),
    [](const auto &Info) { return Info.param.Name; });

TEST(ConfigErrors, AllAreReportedNotOnlyTheFirst) {
  std::vector<ConfigError> Errors;
  EXPECT_FALSE(
      RoleModel::parse("version: 3\npresets: [x]\nfunctions:\n  - name: f\n    executes: {lane: moon, sql: -1}\n"
                       "allow:\n  - {check: y}\n",
                       "cfg.yaml", Errors));
  EXPECT_GE(Errors.size(), 7u);
}

TEST(ConfigErrors, AFourHundredthLeapDayIsADate) {
  std::vector<ConfigError> Errors;
  EXPECT_TRUE(RoleModel::parse(ALLOW("path: a\n    reason: b\n    until: 2400-02-29"), "cfg.yaml", Errors));
}

TEST(ConfigErrors, ChecksMayBeNamedWithoutThePrefix) {
  std::vector<ConfigError> Errors;
  auto Model = RoleModel::parse("version: 1\nallow:\n  - {check: lock-path-routing, symbol: 'app::*', reason: b}\n",
                                "cfg.yaml", Errors);
  ASSERT_TRUE(Model);
  EXPECT_EQ(Model->allow()[0].Check, "poolguard-lock-path-routing");
}

TEST(ConfigErrors, AnyTextEndsInAModelOrInErrors) {
  const std::string Good =
      "version: 1\npresets: [libpq]\nfunctions:\n  - name: \"app::*\"\n    executes: {lane: transaction, "
      "sql: 0, direct: d}\n    runs:\n      - {argument: 0, in: retry, attempts: 3}\ntypes:\n  - {name: "
      "'T', lane: session}\nleases:\n  - {table: j, epoch: e, expires: x}\nallow:\n  - check: "
      "poolguard-lock-path-routing\n    path: a/**\n    reason: >\n      folded\n      text\n";
  const std::string Bytes = "{}[]:,-*&!|>'\"%@` #\n\t\r?~\\\xff\x01" + std::string(1, '\0') + "ax0";
  std::mt19937 Random(20260101);
  for (int Round = 0; Round != 4000; ++Round) {
    std::string Text = Good;
    for (unsigned Changes = 1 + Random() % 4; Changes; --Changes) {
      size_t At = Random() % Text.size();
      switch (Random() % 3) {
      case 0: Text[At] = Bytes[Random() % Bytes.size()]; break;
      case 1: Text.insert(At, 1, Bytes[Random() % Bytes.size()]); break;
      default: Text.erase(At, 1 + Random() % 8);
      }
    }
    std::vector<ConfigError> Errors;
    bool Read = RoleModel::parse(Text, "cfg.yaml", Errors) != nullptr;
    ASSERT_EQ(Read, Errors.empty()) << Text;
    for (const ConfigError &E : Errors) {
      ASSERT_NE(E.Line, 0u) << E.Message << "\n" << Text;
      ASSERT_FALSE(E.Message.empty());
    }
  }
}

} // namespace
