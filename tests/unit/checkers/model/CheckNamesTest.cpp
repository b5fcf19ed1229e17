#include "rules/CheckNames.h"

#include <gtest/gtest.h>

using namespace poolguard;

namespace {

TEST(CheckNames, ComeFromTheManifest) {
  std::vector<llvm::StringRef> Names = checkNames();
  EXPECT_TRUE(llvm::is_contained(Names, "lock-path-routing"));
  EXPECT_TRUE(llvm::is_contained(Names, "no-legacy-getconnection"));
}

TEST(CheckNames, HaveAllThatTheManifestSays) {
  const CheckInfo *Check = findCheck("poolguard-lock-path-routing");
  ASSERT_NE(Check, nullptr);
  EXPECT_EQ(Check, findCheck("lock-path-routing"));
  EXPECT_EQ(Check->Name, "lock-path-routing");
  EXPECT_LE(Check->Level, 2u);
  EXPECT_TRUE(Check->Summary.contains("lock-path statement"));
  EXPECT_TRUE(llvm::is_contained(Check->Roles, llvm::StringRef("executes")));
  EXPECT_FALSE(Check->Cost.empty());
}

TEST(CheckNames, UnknownNameHasNoCheck) { EXPECT_EQ(findCheck("poolguard-nothing"), nullptr); }

} // namespace
