//===- ConditionsTest.cpp ------------------------------------------*- C++ -*-===//
//
// Conditions, comparisons and operands.
//
//===----------------------------------------------------------------------===//

#include "Render.h"

namespace poolguard::sql::test {

class Conditions : public RenderedFacts {};

TEST_P(Conditions, areRead) { expectRendered(GetParam()); }

static const Case ConditionsCases[] = {
    {"fence", R"(UPDATE jobs SET status = 'done', lock_until = NULL WHERE id = $1 AND lock_epoch = $2)",
     R"(
update +writes
  update jobs +where
    set status = 'done'
    set lock_until = null
    where id = $1
    where lock_epoch = $2
)"},
    {"turned_comparisons", R"(DELETE FROM jobs WHERE $2 = lock_epoch AND now() > lock_until AND 5 <= attempts AND 1 <> a)",
     R"(
delete +writes now()
  delete jobs +where
    where lock_epoch = $2
    where lock_until < now
    where attempts >= '5'
    where a <> '1'
)"},
    {"or_and_not", R"(UPDATE jobs SET a = 1 WHERE id = $1 AND (lock_until IS NULL OR lock_until < now()) AND NOT locked)",
     R"(
update +writes now()
  update jobs +where
    set a = '1'
    where id = $1
    where lock_until is null [under-or]
    where lock_until < now [under-or]
    where locked is not true
)"},
    {"not_carried_into_or", R"(DELETE FROM jobs WHERE NOT (a < 1 OR b IS NULL OR c IN (1, 2)))",
     R"(
delete +writes
  delete jobs +where
    where a >= '1'
    where b is not null
    where c not in '1, 2'
)"},
    {"not_carried_into_and", R"(DELETE FROM jobs WHERE NOT (a = 1 AND b >= $1))",
     R"(
delete +writes
  delete jobs +where
    where a <> '1' [under-or]
    where b < $1 [under-or]
)"},
    {"not_twice", R"(DELETE FROM jobs WHERE NOT (a = 1 AND NOT (b = 2 AND c = 3)) AND NOT (NOT d = 4))",
     R"(
delete +writes
  delete jobs +where
    where a <> '1' [under-or]
    where b = '2' [under-or]
    where c = '3' [under-or]
    where d = '4'
)"},
    {"not_of_an_operator_without_opposite", R"(DELETE FROM jobs WHERE NOT (a @> $1))",
     R"(
delete +writes
  delete jobs +where
    where a @> $1 [under-or]
)"},
    {"row_equality", R"(UPDATE jobs SET a = 1 WHERE (id, lock_epoch) = ($1, $2))",
     R"(
update +writes
  update jobs +where
    set a = '1'
    where id = $1
    where lock_epoch = $2
)"},
    {"row_inequality", R"(DELETE FROM jobs WHERE (a, b) <> ($1, $2))",
     R"(
delete +writes
  delete jobs +where
    where a <> $1 [under-or]
    where b <> $2 [under-or]
)"},
    {"row_less", R"(SELECT * FROM jobs WHERE (created_at, id) > ($1, $2))",
     R"(
select
  select jobs reads jobs +where
    where created_at > $1 [under-or]
    where id > $2 [under-or]
)"},
    {"row_in_list", R"(UPDATE jobs SET a = 1 WHERE (id, lock_epoch) IN (($1, 2), ($3, 4)))",
     R"(
update +writes
  update jobs +where
    set a = '1'
    where id in $1, 3
    where lock_epoch in '2, 4'
)"},
    {"row_in_unnest", R"(UPDATE jobs SET lock_until = now() + $3 * interval '1 s' WHERE (id, lock_epoch) IN (SELECT * FROM unnest($1::bigint[], $2::bigint[])))",
     R"(
update +writes now() unnest() ::interval ::int8
  update jobs +where
    set lock_until = now
    where id in expression()
    where lock_epoch in expression()
)"},
    {"row_not_in", R"(DELETE FROM jobs WHERE (id, lock_epoch) NOT IN (SELECT id, epoch FROM held))",
     R"(
delete +writes
  select held reads held
  delete jobs +where
    where id not in expression() [under-or]
    where lock_epoch not in expression() [under-or]
)"},
    {"in_list_of_constants", R"(SELECT 1 FROM jobs WHERE status IN ('waiting', 'delayed') AND status NOT IN ('dead'))",
     R"(
select
  select jobs reads jobs +where
    where status in 'waiting, delayed'
    where status not in 'dead'
)"},
    {"in_list_of_both", R"(SELECT 1 FROM jobs WHERE a IN (1, $1, b))",
     R"(
select
  select jobs reads jobs +where
    where a in expression(b)
)"},
    {"any_and_all", R"(SELECT 1 FROM jobs WHERE id = ANY($1::bigint[]) AND x <> ALL($2) AND y < ANY($3) AND z = ANY(ARRAY[1, 2]))",
     R"(
select ::int8
  select jobs reads jobs +where
    where id in $1
    where x not in $2
    where y < any $3
    where z in '1, 2'
)"},
    {"any_array_column_is_no_equality", R"(SELECT 1 FROM jobs WHERE $1 = ANY(tags))",
     R"(
select
  select jobs reads jobs +where
)"},
    {"in_subquery", R"(DELETE FROM jobs WHERE id IN (SELECT job_id FROM done WHERE done.at < now()))",
     R"(
delete +writes now()
  select done reads done +where
    where at < now
  delete jobs +where
    where id in expression()
)"},
    {"between", R"(SELECT 1 FROM jobs WHERE a BETWEEN 1 AND $1 AND b NOT BETWEEN 2 AND 3 AND c BETWEEN SYMMETRIC 4 AND 5)",
     R"(
select
  select jobs reads jobs +where
    where a >= '1'
    where a <= $1
    where b < '2' [under-or]
    where b > '3' [under-or]
    where c >= '4' [under-or]
    where c <= '5' [under-or]
)"},
    {"like", R"(SELECT 1 FROM jobs WHERE a LIKE 'x%' AND b NOT LIKE $1 AND c ILIKE 'y' AND d SIMILAR TO 'z')",
     R"(
select similar_to_escape()
  select jobs reads jobs +where
    where a like 'x%'
    where b not like $1
    where c ilike 'y'
    where d similar to expression()
)"},
    {"distinct", R"(SELECT 1 FROM jobs WHERE lock_epoch IS NOT DISTINCT FROM $1 AND owner IS DISTINCT FROM $2)",
     R"(
select
  select jobs reads jobs +where
    where lock_epoch is not distinct from $1
    where owner is distinct from $2
)"},
    {"boolean_tests", R"(SELECT 1 FROM jobs WHERE a IS TRUE AND b IS NOT TRUE AND (c = 1) IS TRUE AND (d = 1) IS NOT TRUE AND e)",
     R"(
select
  select jobs reads jobs +where
    where a is true
    where b is not true
    where c = '1'
    where d <> '1'
    where e is true
)"},
    {"casts_are_left_out", R"(UPDATE jobs SET a = $1::int, b = '5'::bigint WHERE id::text = $2::text AND "lock_epoch" = CAST($3 AS bigint) AND c COLLATE "C" = 'x')",
     R"(
update +writes ::int4 ::int8 ::text
  update jobs +where
    set a = $1
    set b = '5'
    where id = $2
    where lock_epoch = $3
    where c = 'x'
)"},
    {"negative_and_other_constants", R"(UPDATE jobs SET a = -1, b = 0, c = 1.5, d = true, e = false, f = NULL, g = B'101', h = - 7, i = '2 s'::interval)",
     R"(
update +writes ::interval
  update jobs
    set a = '-1'
    set b = '0'
    set c = '1.5'
    set d = 'true'
    set e = 'false'
    set f = null
    set g = 'b101'
    set h = '-7'
    set i = '2 s'
)"},
    {"update_from_unnest", R"(UPDATE jobs j SET lock_until = now() + interval '30 s' FROM unnest($1::bigint[], $2::bigint[]) AS h(id, epoch) WHERE j.id = h.id AND h.epoch = j.lock_epoch)",
     R"(
update +writes now() unnest() ::interval ::int8
  update jobs +where
    set lock_until = now
    where id = column id
    where lock_epoch = column epoch
)"},
    {"target_without_alias", R"(UPDATE jobs SET a = 1 FROM done d WHERE d.job_id = jobs.id AND d.epoch = lock_epoch AND d.flag = $1)",
     R"(
update +writes
  update jobs reads done +where
    set a = '1'
    where id = column job_id
    where lock_epoch = column epoch
    where flag = $1 [other-table]
)"},
    {"target_with_alias_hides_its_name", R"(UPDATE jobs j SET a = 1 FROM jobs WHERE jobs.lock_epoch = $1 AND j.id = jobs.id)",
     R"(
update +writes
  update jobs reads jobs +where
    set a = '1'
    where lock_epoch = $1 [other-table]
    where id = column id
)"},
    {"schema_qualified_column", R"(DELETE FROM public.jobs WHERE public.jobs.id = $1)",
     R"(
delete +writes
  delete public.jobs +where
    where id = $1
)"},
    {"inner_join", R"(SELECT * FROM jobs j JOIN runs r ON r.job_id = j.id AND r.active JOIN q USING (id, k) WHERE j.id = $1)",
     R"(
select
  select jobs reads jobs runs q +where
    where id = column job_id
    where active is true [other-table]
    where id = column id
    where k = column k
    where id = $1
)"},
    {"outer_join", R"(SELECT * FROM jobs j LEFT JOIN runs r ON r.job_id = j.id RIGHT JOIN q ON q.id = r.id WHERE r.id IS NULL)",
     R"(
select
  select jobs reads jobs runs q +where
    where id = column job_id [under-or]
    where id = column id [under-or] [other-table]
    where id is null [other-table]
)"},
    {"column_in_an_expression", R"(DELETE FROM jobs WHERE coalesce(lock_until, $1) < now() AND lower(name) = 'x' AND lock_until + grace <= now())",
     R"(
delete +writes now() lower()
  delete jobs +where
    where lock_until < now [in-expression]
    where name = 'x' [in-expression]
    where lock_until <= now [in-expression]
    where grace <= now [in-expression]
)"},
    {"age_of_a_lock", R"(DELETE FROM jobs WHERE now() - lock_until > interval '5 min' AND extract(epoch FROM now() - heartbeat) > $1 AND age(started) > $2 AND age(now(), seen) >= '1 h')",
     R"(
delete +writes now() extract() age() ::interval
  delete jobs +where
    where lock_until < now [in-expression]
    where heartbeat < now [in-expression]
    where started < now [in-expression]
    where seen <= now [in-expression]
)"},
    {"now_and_its_kin", R"(SELECT 1 FROM jobs WHERE a < now() AND b < CURRENT_TIMESTAMP AND c < clock_timestamp() - make_interval(secs => $1) AND d < now() AT TIME ZONE 'utc' AND e < 'now'::timestamptz AND f < statement_timestamp()::timestamp AND g < LOCALTIMESTAMP AND h < CURRENT_DATE)",
     R"(
select now() clock_timestamp() make_interval() timezone() statement_timestamp() ::timestamptz ::timestamp
  select jobs reads jobs +where
    where a < now
    where b < now
    where c < now
    where d < now
    where e < now
    where f < now
    where g < now
    where h < now
)"},
    {"now_minus_now_is_no_time", R"(UPDATE jobs SET a = now() - clock_timestamp(), b = interval '1 s' + now(), c = greatest(now(), d), e = now() + e_ttl)",
     R"(
update +writes now() clock_timestamp() ::interval
  update jobs
    set a = expression()
    set b = now
    set c = expression(d)
    set e = now(e_ttl)
)"},
    {"expressions_have_columns", R"(UPDATE jobs SET lock_epoch = lock_epoch + 1, tries = CASE WHEN a > 1 THEN b ELSE c END, z = (SELECT max(y) FROM other))",
     R"(
update +writes max()
  select other reads other
  update jobs
    set lock_epoch = expression(lock_epoch)
    set tries = expression(a b c)
    set z = expression()
)"},
    {"current_of", R"(DELETE FROM jobs WHERE CURRENT OF c)",
     R"(
delete +writes
  delete jobs +where
)"},
    {"custom_operators", R"(SELECT 1 FROM jobs WHERE data ? 'key' AND tags @> $1 AND a OPERATOR(pg_catalog.=) 1)",
     R"(
select
  select jobs reads jobs +where
    where data ? 'key'
    where tags @> $1
    where a = '1'
)"},
    {"exists", R"(DELETE FROM jobs j WHERE EXISTS (SELECT 1 FROM runs r WHERE r.job_id = j.id AND r.lock_epoch = $1))",
     R"(
delete +writes
  select runs reads runs +where
    where job_id = column id
    where lock_epoch = $1
  delete jobs +where
)"},
    {"constant_conditions", R"(DELETE FROM jobs WHERE true AND 1 = 1 AND $1)",
     R"(
delete +writes
  delete jobs +where
)"},
};

INSTANTIATE_TEST_SUITE_P(Sql, Conditions, testing::ValuesIn(ConditionsCases), caseName);

} // namespace poolguard::sql::test
