#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "poolguard/connection_manager.hpp"
#include "poolguard/errors.hpp"

using poolguard::ConfigError;
using poolguard::ConnectionOptions;
using testing::HasSubstr;
using testing::Not;

namespace {

ConnectionOptions from(std::map<std::string, std::string> environment) {
  return ConnectionOptions::from_environment([&environment](const std::string& name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  });
}

}  // namespace

TEST(ConnectionOptionsFromEnvironment, HasTheDocumentedDefaults) {
  const ConnectionOptions options = from({});
  EXPECT_EQ(options.url, "");
  EXPECT_FALSE(options.direct_url);
  EXPECT_FALSE(options.disable_direct_pool);
  EXPECT_EQ(options.transaction_pool_size, 10U);
  EXPECT_EQ(options.session_pool_size, 3U);
  EXPECT_EQ(options.session_lane, poolguard::SessionLanePolicy::refuse);
}

TEST(ConnectionOptionsFromEnvironment, ReadsEveryVariable) {
  const ConnectionOptions options = from({{"POOLGUARD_DATABASE_URL", "postgres://a/b"},
                                          {"POOLGUARD_DIRECT_DATABASE_URL", "postgres://c/d"},
                                          {"POOLGUARD_DISABLE_DIRECT_POOL", "TRUE"},
                                          {"POOLGUARD_TRANSACTION_POOL_SIZE", "7"},
                                          {"POOLGUARD_SESSION_POOL_SIZE", "2"},
                                          {"POOLGUARD_ACQUIRE_TIMEOUT_MS", "250"},
                                          {"POOLGUARD_PROCESSES", "12"}});
  EXPECT_EQ(options.url, "postgres://a/b");
  EXPECT_EQ(options.direct_url, "postgres://c/d");
  EXPECT_TRUE(options.disable_direct_pool);
  EXPECT_EQ(options.transaction_pool_size, 7U);
  EXPECT_EQ(options.session_pool_size, 2U);
  EXPECT_EQ(options.acquire_timeout, std::chrono::milliseconds(250));
  EXPECT_EQ(options.processes, 12U);
}

TEST(ConnectionOptionsFromEnvironment, TheKillSwitchUnderstandsOnAndOff) {
  for (const char* on : {"1", "true", "Yes", "ON"}) EXPECT_TRUE(from({{"POOLGUARD_DISABLE_DIRECT_POOL", on}}).disable_direct_pool);
  for (const char* off : {"", "0", "false", "No", "off"}) EXPECT_FALSE(from({{"POOLGUARD_DISABLE_DIRECT_POOL", off}}).disable_direct_pool);
}

class BadVariable : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(BadVariable, IsATypedErrorThatNamesItWithoutAPassword) {
  const auto [name, value] = GetParam();
  try {
    (void)from({{name, value}});
    FAIL() << name << '=' << value << " was taken";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr(name));
    EXPECT_THAT(error.what(), Not(HasSubstr("hunter2")));
  }
}

INSTANTIATE_TEST_SUITE_P(Values, BadVariable,
                         testing::Values(std::pair{"POOLGUARD_DISABLE_DIRECT_POOL", "maybe"},
                                         std::pair{"POOLGUARD_TRANSACTION_POOL_SIZE", "0"},
                                         std::pair{"POOLGUARD_TRANSACTION_POOL_SIZE", "ten"},
                                         std::pair{"POOLGUARD_SESSION_POOL_SIZE", "3 "},
                                         std::pair{"POOLGUARD_SESSION_POOL_SIZE", "99999999999999999999"},
                                         std::pair{"POOLGUARD_ACQUIRE_TIMEOUT_MS", "-1"},
                                         std::pair{"POOLGUARD_DATABASE_URL", "postgres://u:hunter2@h:x/d"},
                                         std::pair{"POOLGUARD_DIRECT_DATABASE_URL", "password='hunter2"}));
