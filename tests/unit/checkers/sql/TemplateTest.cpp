//===- TemplateTest.cpp --------------------------------------------*- C++ -*-===//
//
// Texts with holes and with placeholders of other drivers.
//
//===----------------------------------------------------------------------===//

#include "Render.h"

namespace poolguard::sql::test {

class Templates : public RenderedFacts {};

TEST_P(Templates, areRead) { expectRendered(GetParam()); }

static const Case TemplatesCases[] = {
    {"value", R"(SELECT * FROM jobs WHERE id = {})",
     R"(
partial
select
  select jobs reads jobs +where
    where id = $1
)"},
    {"value_above_the_parameters", R"(UPDATE jobs SET a = {} WHERE id = $2 AND b = {})",
     R"(
partial
update +writes
  update jobs +where
    set a = $3
    where id = $2
    where b = $4
)"},
    {"no_space", R"(SELECT * FROM jobs WHERE id={} AND x>{})",
     R"(
partial
select
  select jobs reads jobs +where
    where id = $1
    where x > $2
)"},
    {"table", R"(UPDATE {} SET status = 'x' WHERE id = $1)",
     R"(
partial
update +writes
  update {} +where
    set status = 'x'
    where id = $1
)"},
    {"part_of_a_table_name", R"(DELETE FROM jobs_{} WHERE id = $1; DELETE FROM {}_jobs; DELETE FROM jobs_{}_x)",
     R"(
partial
delete +writes
  delete jobs_{} +where
    where id = $1
delete +writes
  delete {}_jobs
delete +writes
  delete jobs_{}_x
)"},
    {"schema", R"(SELECT 1 FROM {}.jobs, public.{}, {}.{})",
     R"(
partial
select
  select {}.jobs reads {}.jobs public.{} {}.{}
)"},
    {"quoted_name", R"(SELECT 1 FROM "{}".jobs, "jobs_{}" WHERE "c{}" = 1)",
     R"(
partial
select
  select {}.jobs reads {}.jobs jobs_{} +where
    where c{} = '1'
)"},
    {"quoted_text", R"(SELECT 1 FROM jobs WHERE a = '{}' AND b LIKE '%{}%' AND c = E'\'{}' AND d = $x$ {} $x$)",
     R"(
partial
select
  select jobs reads jobs +where
    where a = '{}'
    where b like '%{}%'
    where c = ''{}'
    where d = ' {} '
)"},
    {"interval", R"(UPDATE jobs SET lock_until = now() + interval '{} seconds', b = now() - INTERVAL {} WHERE a = 1)",
     R"(
partial
update +writes now() ::interval
  update jobs +where
    set lock_until = now
    set b = now
    where a = '1'
)"},
    {"comment_only", R"(SELECT 1 FROM jobs -- {})",
     R"(
select
  select jobs reads jobs
)"},
    {"columns", R"(SELECT {} FROM jobs; INSERT INTO jobs ({}) VALUES ({}))",
     R"(
partial
select
  select jobs reads jobs
insert +writes
  insert jobs
    set {} = $3
)"},
    {"column_of_an_assignment", R"(UPDATE jobs SET {} = $1 WHERE {} = $2)",
     R"(
partial
update +writes
  update jobs +where
    set {} = $1
)"},
    {"assignments", R"(UPDATE jobs SET a = 1, {} WHERE id = $1)",
     R"(
partial
update +writes
  update jobs +where
    set a = '1'
    set {} = $2
    where id = $1
)"},
    {"condition", R"(DELETE FROM jobs WHERE {})",
     R"(
partial
delete +writes
  delete jobs +where
)"},
    {"condition_and_more", R"(DELETE FROM jobs WHERE id = $1 AND {})",
     R"(
partial
delete +writes
  delete jobs +where
    where id = $1
)"},
    {"tail", R"(UPDATE jobs SET a = 1 WHERE id = $1 {})",
     R"(
partial
update +writes
  update jobs +where
    set a = '1'
    where id = $1
)"},
    {"tails", R"(SELECT * FROM jobs WHERE id = $1 {} {} {})",
     R"(
partial
select
  select jobs reads jobs +where
    where id = $1
)"},
    {"tail_behind_a_table", R"(SELECT * FROM jobs {})",
     R"(
partial
select
  select jobs reads jobs
)"},
    {"direction_and_limit", R"(SELECT * FROM jobs ORDER BY id {} LIMIT {} OFFSET {})",
     R"(
partial
select ::id
  select jobs reads jobs +order +limit
)"},
    {"for_update", R"(SELECT * FROM jobs WHERE id = $1 FOR UPDATE {})",
     R"(
partial
select
  select jobs reads jobs +where
    where id = $1
    lock update jobs
)"},
    {"list", R"(SELECT 1 FROM jobs WHERE id IN ({}) AND a IN {})",
     R"(
partial
select
  select jobs reads jobs +where
    where id in $1
    where a in $2
)"},
    {"rows", R"(INSERT INTO jobs (a) VALUES {} ON CONFLICT DO NOTHING)",
     R"(
partial
insert +writes
  insert jobs +on-conflict
    set a = $1
)"},
    {"operator", R"(SELECT 1 FROM jobs WHERE lock_until {} now())",
     R"(
partial
select now()
  select jobs reads jobs +where
    where lock_until {} now
)"},
    {"parameter_number", R"(SELECT 1 FROM jobs WHERE a = ${} AND b = $2 AND c = $1{})",
     R"(
partial
select
  select jobs reads jobs +where
    where a = $3
    where b = $2
    where c = $14
)"},
    {"setting", R"(SET statement_timeout = {}; SET LOCAL {} = 1)",
     R"(
partial
set
  session set 'statement_timeout' at 0 [SET]
set +local
)"},
    {"channel", R"(LISTEN {}; NOTIFY {}, '{}')",
     R"(
partial
listen
  session listen '{}' at 0 [LISTEN]
notify
)"},
    {"type", R"(SELECT a::{} FROM jobs)",
     R"(
partial
select ::{}
  select jobs reads jobs
)"},
    {"statement", R"(PREPARE p AS {}; EXPLAIN {})",
     R"(
partial
prepare
  session prepare 'p' at 0 [PREPARE]
other
)"},
    {"everything", R"({})",
     R"(
partial
)"},
    {"everything_twice", R"({} {})",
     R"(
partial
)"},
    {"cte", R"(WITH x AS ({}) UPDATE jobs SET a = 1 FROM x WHERE jobs.id = x.id)",
     R"(
partial
update +writes
  update jobs +where
    set a = '1'
    where id = column id
)"},
    {"offsets_behind_longer_fillers", R"(SELECT {}, {}, {}; SET x = 1; SELECT pg_advisory_lock({}))",
     R"(
partial
select
set
  session set 'x' at 16 [SET]
select pg_advisory_lock()
  session advisory-lock 'pg_advisory_lock' at 34 [pg_advisory_lock]
)"},
    {"offsets_behind_shorter_fillers", R"(SELECT * FROM jobs WHERE a = 1 {} {}; LISTEN jobs)",
     R"(
partial
select
  select jobs reads jobs +where
    where a = '1'
listen
  session listen 'jobs' at 36 [LISTEN]
)"},
    {"detail_with_hole", R"(LISTEN jobs_{}; SELECT set_config('app.{}', {}, false); CREATE TEMP TABLE t_{} (a int))",
     R"(
partial
listen
  session listen 'jobs_{}' at 0 [LISTEN]
select set_config()
  session set 'app.{}' at 22 [set_config] argument [false]
create-table +writes
  session temp-relation 't_{}' at 71 [t_{}]
)"},
    {"hole_and_syntax_error", R"(SELEC {} FROM)",
     R"(
partial
error at 0: syntax error at or near "SELEC"
)"},
    {"question_marks", R"(UPDATE jobs SET a=?, b = ? WHERE id =? AND lock_epoch = ?)",
     R"(
update +writes
  update jobs +where
    set a = $1
    set b = $2
    where id = $3
    where lock_epoch = $4
)"},
    {"question_mark_operator_stays", R"(SELECT 1 FROM jobs WHERE data ? 'a' AND data ?| $1)",
     R"(
select
  select jobs reads jobs +where
    where data ? 'a'
    where data ?| $1
)"},
    {"question_marks_of_both_kinds", R"(SELECT 1 FROM jobs WHERE data ? 'a' AND id = ?)",
     R"(
select
  select jobs reads jobs +where
    where data ? 'a'
    where id = $2
)"},
    {"question_mark_in_quotes", R"(SELECT 1 FROM jobs WHERE a = '?' AND "b?" = ? -- ?)",
     R"(
select
  select jobs reads jobs +where
    where a = '?'
    where b? = $1
)"},
    {"named", R"(UPDATE jobs SET a = :value WHERE id = :id AND b = :id AND c = :a_b2)",
     R"(
update +writes
  update jobs +where
    set a = $1
    where id = $2
    where b = $2
    where c = $3
)"},
    {"named_next_to_casts_and_slices", R"(SELECT a[1:n], a[:x], ':no', b::int FROM jobs WHERE c = :y::bigint)",
     R"(
select ::int4 ::int8
  select jobs reads jobs +where
    where c = $3
)"},
    {"named_above_the_parameters", R"(SELECT 1 FROM jobs WHERE a = $3 AND b = :b)",
     R"(
select
  select jobs reads jobs +where
    where a = $3
    where b = $4
)"},
    {"placeholders_and_holes", R"(SELECT 1 FROM jobs_{} WHERE a = ? AND b = {} {})",
     R"(
partial
select
  select jobs_{} reads jobs_{} +where
    where a = $2
    where b = $3
)"},
    {"offsets_behind_placeholders", R"(SELECT ?, :long_name_here; SET x = 1)",
     R"(
select
set
  session set 'x' at 27 [SET]
)"},
};

INSTANTIATE_TEST_SUITE_P(Sql, Templates, testing::ValuesIn(TemplatesCases), caseName);

} // namespace poolguard::sql::test
