//===- BlockControlTest.cpp -------------------------------------*- C++ -*-===//
//
// Which texts open and end a transaction.
//
//===----------------------------------------------------------------------===//

#include "sql/BlockControl.h"

#include <gtest/gtest.h>

namespace poolguard::sql::test {

TEST(BlockControl, Opens) {
  EXPECT_EQ(blockControl("BEGIN"), BlockControl::Opens);
  EXPECT_EQ(blockControl("  begin work;"), BlockControl::Opens);
  EXPECT_EQ(blockControl("/* now */ START TRANSACTION ISOLATION LEVEL SERIALIZABLE"), BlockControl::Opens);
  EXPECT_EQ(blockControl("SET search_path = app; BEGIN; SELECT 1"), BlockControl::Opens);
  EXPECT_EQ(blockControl("COMMIT; BEGIN"), BlockControl::Opens);
}

TEST(BlockControl, Ends) {
  EXPECT_EQ(blockControl("COMMIT"), BlockControl::Ends);
  EXPECT_EQ(blockControl("END;"), BlockControl::Ends);
  EXPECT_EQ(blockControl("rollback work"), BlockControl::Ends);
  EXPECT_EQ(blockControl("ABORT"), BlockControl::Ends);
  EXPECT_EQ(blockControl("BEGIN; UPDATE t SET a = 1; COMMIT"), BlockControl::Ends);
}

TEST(BlockControl, LeavesItAsItWas) {
  EXPECT_EQ(blockControl(""), BlockControl::None);
  EXPECT_EQ(blockControl("SELECT 'BEGIN; COMMIT'"), BlockControl::None);
  EXPECT_EQ(blockControl("-- BEGIN\nSELECT 1"), BlockControl::None);
  EXPECT_EQ(blockControl("SAVEPOINT s"), BlockControl::None);
  EXPECT_EQ(blockControl("ROLLBACK TO SAVEPOINT s"), BlockControl::None);
  EXPECT_EQ(blockControl("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END"), BlockControl::None);
  EXPECT_EQ(blockControl("DO $$ BEGIN PERFORM 1; END $$"), BlockControl::None);
}

TEST(BlockControl, SaysWhenItCanNotTell) {
  EXPECT_EQ(blockControl("COMMIT AND CHAIN"), BlockControl::Unknown);
  EXPECT_EQ(blockControl("BEGIN nonsense"), BlockControl::Unknown);
}

} // namespace poolguard::sql::test
