//===- StatementFactsTest.cpp --------------------------------------*- C++ -*-===//
//
// Kinds of statements and their limits.
//
//===----------------------------------------------------------------------===//

#include "Render.h"

namespace poolguard::sql::test {

class Statements : public RenderedFacts {};

TEST_P(Statements, areRead) { expectRendered(GetParam()); }

static const Case StatementsCases[] = {
    {"transactions", R"(BEGIN; START TRANSACTION READ ONLY; COMMIT; END; ROLLBACK; ABORT; COMMIT AND CHAIN)",
     R"(
begin
begin
commit
commit
rollback
rollback
commit
)"},
    {"savepoints", R"(SAVEPOINT a; RELEASE SAVEPOINT a; ROLLBACK TO a)",
     R"(
savepoint
savepoint
savepoint
)"},
    {"two_phase", R"(PREPARE TRANSACTION 'x'; COMMIT PREPARED 'x'; ROLLBACK PREPARED 'x')",
     R"(
other
other +not-in-transaction-block
other +not-in-transaction-block
)"},
    {"vacuum", R"(VACUUM; VACUUM (ANALYZE) jobs; ANALYZE jobs)",
     R"(
vacuum +not-in-transaction-block
vacuum +not-in-transaction-block
other
)"},
    {"create_index", R"(CREATE INDEX i ON jobs (a); CREATE UNIQUE INDEX CONCURRENTLY ON jobs (a))",
     R"(
create-index +writes
create-index +writes +concurrently +not-in-transaction-block
)"},
    {"drop_index", R"(DROP INDEX i; DROP INDEX CONCURRENTLY IF EXISTS i)",
     R"(
other-ddl +writes
other-ddl +writes +concurrently +not-in-transaction-block
)"},
    {"reindex", R"(REINDEX TABLE t; REINDEX INDEX CONCURRENTLY i; REINDEX (CONCURRENTLY) TABLE t; REINDEX (CONCURRENTLY FALSE) TABLE t; REINDEX SCHEMA s; REINDEX DATABASE d; REINDEX SYSTEM d)",
     R"(
other-ddl +writes
other-ddl +writes +concurrently +not-in-transaction-block
other-ddl +writes +concurrently +not-in-transaction-block
other-ddl +writes
other-ddl +writes +not-in-transaction-block
other-ddl +writes +not-in-transaction-block
other-ddl +writes +not-in-transaction-block
)"},
    {"refresh", R"(REFRESH MATERIALIZED VIEW v; REFRESH MATERIALIZED VIEW CONCURRENTLY v)",
     R"(
other-ddl +writes
other-ddl +writes +concurrently
)"},
    {"databases", R"(CREATE DATABASE d; DROP DATABASE d; ALTER DATABASE d SET TABLESPACE t; ALTER DATABASE d RENAME TO e; ALTER DATABASE d SET x = 1; ALTER DATABASE d CONNECTION LIMIT 5)",
     R"(
other-ddl +writes +not-in-transaction-block
other-ddl +writes +not-in-transaction-block
other-ddl +writes +not-in-transaction-block
other-ddl +writes
other-ddl +writes
other-ddl +writes
)"},
    {"tablespaces", R"(CREATE TABLESPACE t LOCATION '/x'; DROP TABLESPACE t)",
     R"(
other-ddl +writes +not-in-transaction-block
other-ddl +writes +not-in-transaction-block
)"},
    {"system", R"(ALTER SYSTEM SET work_mem = '1MB'; CHECKPOINT)",
     R"(
other-ddl +writes +not-in-transaction-block
other
)"},
    {"cluster", R"(CLUSTER; CLUSTER jobs USING i)",
     R"(
other-ddl +writes +not-in-transaction-block
other-ddl +writes
)"},
    {"detach", R"(ALTER TABLE t DETACH PARTITION p CONCURRENTLY; ALTER TABLE t DETACH PARTITION p)",
     R"(
other-ddl +writes +concurrently +not-in-transaction-block
other-ddl +writes
)"},
    {"subscriptions", R"(CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p; CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (create_slot = false); CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (connect = false); ALTER SUBSCRIPTION s REFRESH PUBLICATION; ALTER SUBSCRIPTION s SET PUBLICATION p WITH (refresh = false); ALTER SUBSCRIPTION s ENABLE; DROP SUBSCRIPTION s)",
     R"(
other-ddl +writes +not-in-transaction-block
other-ddl +writes
other-ddl +writes
other-ddl +writes +not-in-transaction-block
other-ddl +writes
other-ddl +writes
other-ddl +writes +not-in-transaction-block
)"},
    {"tables", R"(CREATE TABLE a (b int DEFAULT nextval('s')); ALTER TABLE a ADD c int; DROP TABLE a; TRUNCATE a, b; LOCK TABLE a IN EXCLUSIVE MODE)",
     R"(
create-table +writes
other-ddl +writes
other-ddl +writes
truncate +writes
lock-table
)"},
    {"other_ddl", R"(CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT pg_advisory_lock(1)'; GRANT SELECT ON a TO b; COMMENT ON TABLE a IS 'x'; ALTER ROLE r SET x = 1; CREATE EXTENSION e)",
     R"(
other-ddl +writes
other-ddl +writes
other-ddl +writes
other-ddl +writes
other-ddl +writes
)"},
    {"copy", R"(COPY jobs FROM STDIN; COPY jobs TO STDOUT; COPY (DELETE FROM jobs RETURNING *) TO STDOUT)",
     R"(
copy +writes
copy
copy +writes
  delete jobs +returning
)"},
    {"do_and_call", R"(DO 'BEGIN END'; CALL cleanup(1, now()))",
     R"(
do +writes
call +writes cleanup() now()
)"},
    {"explain", R"(EXPLAIN UPDATE jobs SET a = 1; EXPLAIN ANALYZE UPDATE jobs SET a = 1; EXPLAIN (ANALYZE off) DELETE FROM jobs; EXPLAIN (ANALYZE, BUFFERS) SELECT 1)",
     R"(
other
  update jobs
    set a = '1'
other +writes
  update jobs
    set a = '1'
other
  delete jobs
other
)"},
    {"values_and_table", R"(VALUES (1), (2); TABLE jobs; (SELECT 1))",
     R"(
select
select
  select jobs reads jobs
select
)"},
    {"empty", R"( ;; /* nothing */ -- here)",
     R"(
)"},
    {"functions_once_in_source_order", R"(SELECT F(g(1)), pg_catalog.H(2), f(3) FROM s.k(4))",
     R"(
select f() g() h() k()
)"},
    {"types_created_and_cast_to",
     R"(CREATE TYPE pair AS (a integer); CREATE TYPE app.mood AS ENUM ('sad'); CREATE TYPE span AS RANGE (subtype = float8); CREATE DOMAIN positive AS integer CHECK (value > 0); SELECT '(1)'::pair, CAST($1 AS app.mood), '(2)'::pair[])",
     R"(
other-ddl +writes type pair
other-ddl +writes type mood
other-ddl +writes type span
other-ddl +writes type positive
select ::pair ::mood
)"},
    {"syntax_error", R"(SELECT 1;
SELEC 2)",
     R"(
error at 10: syntax error at or near "SELEC"
)"},
    {"syntax_error_behind_characters_of_many_bytes", R"(SELECT 'ä€' FORM x y)",
     R"(
error at 20: syntax error at or near "x"
)"},
};

INSTANTIATE_TEST_SUITE_P(Sql, Statements, testing::ValuesIn(StatementsCases), caseName);

TEST(StatementKinds, haveNames) {
  EXPECT_EQ(name(StatementKind::Select), "select");
  EXPECT_EQ(name(StatementKind::CreateTable), "create-table");
  EXPECT_EQ(name(StatementKind::OtherDdl), "other-ddl");
  EXPECT_EQ(name(StatementKind::Other), "other");
}

} // namespace poolguard::sql::test
