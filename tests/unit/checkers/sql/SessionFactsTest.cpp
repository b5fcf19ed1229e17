//===- SessionFactsTest.cpp ----------------------------------------*- C++ -*-===//
//
// What needs the same session later, and where it stands in the text.
//
//===----------------------------------------------------------------------===//

#include "Render.h"

namespace poolguard::sql::test {

class SessionUses : public RenderedFacts {};

TEST_P(SessionUses, areRead) { expectRendered(GetParam()); }

static const Case SessionUsesCases[] = {
    {"set", R"(SET search_path TO a, b)",
     R"(
set
  session set 'search_path' at 0 [SET]
)"},
    {"set_session", R"(set /* all of it */ session  statement_timeout = 5)",
     R"(
set
  session set 'statement_timeout' at 0 [set /* all of it */ session]
)"},
    {"set_to_default", R"(SET x TO DEFAULT)",
     R"(
set
  session set 'x' at 0 [SET]
)"},
    {"set_local", R"(SET LOCAL lock_timeout = '5s')",
     R"(
set +local
)"},
    {"set_time_zone", R"(SET TIME ZONE 'UTC')",
     R"(
set
  session set 'timezone' at 0 [SET]
)"},
    {"set_names", R"(SET NAMES 'UTF8')",
     R"(
set
  session set 'client_encoding' at 0 [SET]
)"},
    {"reset", R"(RESET work_mem)",
     R"(
set
  session set 'work_mem' at 0 [RESET]
)"},
    {"reset_all", R"(RESET ALL)",
     R"(
set
  session set 'all' at 0 [RESET]
)"},
    {"set_transaction", R"(SET TRANSACTION ISOLATION LEVEL SERIALIZABLE)",
     R"(
set
)"},
    {"set_transaction_snapshot", R"(SET TRANSACTION SNAPSHOT '00000003-0000001B-1')",
     R"(
set
)"},
    {"session_characteristics", R"(SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY)",
     R"(
set
  session set 'session characteristics' at 0 [SET SESSION CHARACTERISTICS AS TRANSACTION]
)"},
    {"set_role", R"(SET ROLE admin)",
     R"(
set
  session set-role 'role' at 0 [SET]
)"},
    {"set_session_role", R"(SET SESSION ROLE NONE)",
     R"(
set
  session set-role 'role' at 0 [SET SESSION]
)"},
    {"set_local_role", R"(SET LOCAL ROLE admin)",
     R"(
set +local
)"},
    {"reset_role", R"(RESET ROLE)",
     R"(
set
  session set-role 'role' at 0 [RESET]
)"},
    {"set_session_authorization", R"(SET SESSION AUTHORIZATION 'bob')",
     R"(
set
  session set-role 'session_authorization' at 0 [SET]
)"},
    {"reset_session_authorization", R"(RESET SESSION AUTHORIZATION)",
     R"(
set
  session set-role 'session_authorization' at 0 [RESET]
)"},
    {"set_config_session", R"(SELECT set_config('App.User', $1, false))",
     R"(
select set_config()
  session set 'app.user' at 7 [set_config] argument [false]
)"},
    {"set_config_local", R"(SELECT set_config('app.user', $1, true))",
     R"(
select +local set_config()
)"},
    {"set_config_cast", R"(SELECT pg_catalog.set_config('app.user', 'x', 'f'::bool), set_config('role', 'x', is_local => NULL), set_config($1, 'x', 'on'))",
     R"(
select +local set_config() ::bool
  session set 'app.user' at 7 [pg_catalog.set_config] argument ['f']
  session set-role 'role' at 58 [set_config] argument [NULL]
)"},
    {"set_config_unknown", R"(SELECT set_config('app.user', $1, $2))",
     R"(
select set_config()
)"},
    {"show", R"(SHOW search_path)",
     R"(
show
)"},
    {"listen", R"(LISTEN "Jobs")",
     R"(
listen
  session listen 'Jobs' at 0 [LISTEN]
)"},
    {"unlisten", R"(UNLISTEN jobs; UNLISTEN *)",
     R"(
unlisten
  session listen 'jobs' at 0 [UNLISTEN]
unlisten
  session listen '*' at 15 [UNLISTEN]
)"},
    {"notify", R"(NOTIFY jobs, 'x'; SELECT pg_notify('jobs', $1))",
     R"(
notify
select pg_notify()
)"},
    {"prepare", R"(PREPARE claim (int) AS UPDATE jobs SET a = $1)",
     R"(
prepare
  session prepare 'claim' at 0 [PREPARE]
  update jobs
    set a = $1
)"},
    {"execute", R"(EXECUTE claim (1); EXPLAIN EXECUTE claim (2); CREATE TABLE t AS EXECUTE claim (3))",
     R"(
execute
  session prepare 'claim' at 0 [EXECUTE]
other
  session prepare 'claim' at 19 [EXPLAIN]
create-table +writes
  session prepare 'claim' at 46 [CREATE]
)"},
    {"deallocate", R"(DEALLOCATE PREPARE claim; DEALLOCATE ALL)",
     R"(
deallocate
  session prepare 'claim' at 0 [DEALLOCATE]
deallocate
  session prepare 'all' at 26 [DEALLOCATE]
)"},
    {"hold_cursor", R"(DECLARE c NO SCROLL CURSOR WITH /* on */ HOLD FOR SELECT 'WITH HOLD' FROM jobs)",
     R"(
declare-cursor
  session hold-cursor 'c' at 0 [DECLARE] argument [WITH /* on */ HOLD]
  select jobs reads jobs
)"},
    {"cursor_without_hold", R"(DECLARE c CURSOR FOR SELECT 'WITH HOLD'; DECLARE d CURSOR WITHOUT HOLD FOR SELECT 1; FETCH 10 FROM c; MOVE 1 IN c; CLOSE c)",
     R"(
declare-cursor
declare-cursor
fetch
fetch
close-cursor
)"},
    {"close_all", R"(CLOSE ALL)",
     R"(
close-cursor
  session hold-cursor 'all' at 0 [CLOSE]
)"},
    {"temp_table", R"(CREATE TEMP TABLE IF NOT EXISTS "Work"(id int); CREATE TEMPORARY TABLE a () ON COMMIT PRESERVE ROWS; CREATE LOCAL TEMP TABLE b () ON COMMIT DELETE ROWS)",
     R"(
create-table +writes
  session temp-relation 'Work' at 32 ["Work"]
create-table +writes
  session temp-relation 'a' at 71 [a]
create-table +writes
  session temp-relation 'b' at 125 [b]
)"},
    {"temp_table_on_commit_drop", R"(CREATE TEMP TABLE work (id int) ON COMMIT DROP; CREATE TEMP TABLE w2 ON COMMIT DROP AS SELECT 1)",
     R"(
create-table +writes
create-table +writes
)"},
    {"temp_table_as", R"(CREATE TEMP TABLE work AS SELECT * FROM jobs; SELECT * INTO TEMP work2 FROM jobs)",
     R"(
create-table +writes
  session temp-relation 'work' at 18 [work]
  select jobs reads jobs
create-table +writes
  session temp-relation 'work2' at 65 [work2]
  select jobs reads jobs
)"},
    {"temp_schema", R"(CREATE TABLE pg_temp . work (id int))",
     R"(
create-table +writes
  session temp-relation 'work' at 13 [pg_temp . work]
)"},
    {"temp_view_and_sequence", R"(CREATE TEMP VIEW v AS SELECT 1; CREATE TEMP SEQUENCE s)",
     R"(
other-ddl +writes
  session temp-relation 'v' at 17 [v]
other-ddl +writes
  session temp-relation 's' at 53 [s]
)"},
    {"plain_tables", R"(CREATE TABLE a (id int); CREATE UNLOGGED TABLE b (); SELECT 1 AS x INTO c; CREATE VIEW v AS SELECT 1; CREATE SEQUENCE s)",
     R"(
create-table +writes
create-table +writes
create-table +writes
other-ddl +writes
other-ddl +writes
)"},
    {"load", R"(LOAD 'auto_explain')",
     R"(
load
  session load 'auto_explain' at 0 [LOAD]
)"},
    {"session_advisory_locks", R"(SELECT pg_advisory_lock(1), pg_advisory_lock_shared(1, 2), pg_catalog.pg_advisory_unlock($1), PG_Advisory_Unlock_Shared(1), pg_advisory_unlock_all())",
     R"(
select pg_advisory_lock() pg_advisory_lock_shared() pg_advisory_unlock() pg_advisory_unlock_shared() pg_advisory_unlock_all()
  session advisory-lock 'pg_advisory_lock' at 7 [pg_advisory_lock]
  session advisory-lock 'pg_advisory_lock_shared' at 28 [pg_advisory_lock_shared]
  session advisory-lock 'pg_advisory_unlock' at 59 [pg_catalog.pg_advisory_unlock]
  session advisory-lock 'pg_advisory_unlock_shared' at 94 [PG_Advisory_Unlock_Shared]
  session advisory-lock 'pg_advisory_unlock_all' at 124 [pg_advisory_unlock_all]
)"},
    {"try_advisory_locks", R"(SELECT id FROM jobs WHERE pg_try_advisory_lock(id) OR pg_try_advisory_lock_shared(2))",
     R"(
select pg_try_advisory_lock() pg_try_advisory_lock_shared()
  session advisory-lock try 'pg_try_advisory_lock' at 26 [pg_try_advisory_lock]
  session advisory-lock try 'pg_try_advisory_lock_shared' at 54 [pg_try_advisory_lock_shared]
  select jobs reads jobs +where
)"},
    {"transaction_advisory_locks", R"(SELECT pg_advisory_xact_lock(1), pg_try_advisory_xact_lock(2), pg_advisory_xact_lock_shared(3), pg_try_advisory_xact_lock_shared(4))",
     R"(
select pg_advisory_xact_lock() pg_try_advisory_xact_lock() pg_advisory_xact_lock_shared() pg_try_advisory_xact_lock_shared()
)"},
    {"advisory_lock_in_do_is_not_seen", R"(DO $$ BEGIN PERFORM pg_advisory_lock(1); END $$)",
     R"(
do +writes
)"},
    {"sequence_state", R"(INSERT INTO a (b) VALUES (currval('s')); SELECT lastval(); SELECT nextval('s'), setval('s', 1))",
     R"(
insert +writes currval()
  session sequence-state 'currval' at 26 [currval]
  insert a
    set b = expression()
select lastval()
  session sequence-state 'lastval' at 48 [lastval]
select nextval() setval()
)"},
    {"discard", R"(DISCARD ALL; DISCARD PLANS; DISCARD SEQUENCES; DISCARD TEMP)",
     R"(
discard +not-in-transaction-block
  session discard 'all' at 0 [DISCARD]
discard
  session discard 'plans' at 13 [DISCARD]
discard
  session discard 'sequences' at 28 [DISCARD]
discard
  session discard 'temp' at 47 [DISCARD]
)"},
    {"offsets_behind_characters_of_many_bytes", R"(SELECT 'äöü€'; SET x = 1)",
     R"(
select
set
  session set 'x' at 20 [SET]
)"},
};

INSTANTIATE_TEST_SUITE_P(Sql, SessionUses, testing::ValuesIn(SessionUsesCases), caseName);

} // namespace poolguard::sql::test
