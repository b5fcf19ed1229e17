//===- QueriesTest.cpp ---------------------------------------------*- C++ -*-===//
//
// Queries: where they stand, what they read, write and lock.
//
//===----------------------------------------------------------------------===//

#include "Render.h"

namespace poolguard::sql::test {

class Queries : public RenderedFacts {};

TEST_P(Queries, areRead) { expectRendered(GetParam()); }

static const Case QueriesCases[] = {
    {"select", R"(SELECT * FROM public.jobs, "Runs" r WHERE r.x = 1 ORDER BY 1 LIMIT 5)",
     R"(
select
  select public.jobs reads public.jobs Runs +where +order +limit
    where x = '1' [other-table]
)"},
    {"select_without_table", R"(SELECT 1, now(), f(x) FROM unnest($1) AS x WHERE 1 = 1)",
     R"(
select now() f() unnest()
)"},
    {"claim_with_cte", R"(WITH next AS (SELECT id FROM jobs WHERE status = 'waiting' ORDER BY priority, id LIMIT $1 FOR UPDATE SKIP LOCKED)
UPDATE jobs j SET status = 'active', lock_epoch = j.lock_epoch + 1, lock_until = now() + $2::interval
FROM next WHERE j.id = next.id RETURNING j.*)",
     R"(
update +writes now() ::interval
  cte select jobs reads jobs +where +order +limit
    where status = 'waiting'
    lock update skip-locked jobs
  update jobs +where +returning
    set status = 'active'
    set lock_epoch = expression(lock_epoch)
    set lock_until = now
    where id = column id
)"},
    {"claim_with_subquery", R"(UPDATE jobs SET status = 'active', lock_epoch = lock_epoch + 1 WHERE id = (SELECT id FROM jobs WHERE status = 'waiting' FOR NO KEY UPDATE NOWAIT LIMIT 1) RETURNING id)",
     R"(
update +writes
  select jobs reads jobs +where +limit
    where status = 'waiting'
    lock update nowait jobs
  update jobs +where +returning
    set status = 'active'
    set lock_epoch = expression(lock_epoch)
    where id = expression()
)"},
    {"data_modifying_ctes", R"(WITH gone AS (DELETE FROM jobs WHERE id = $1 RETURNING *), kept AS (INSERT INTO archive SELECT * FROM gone RETURNING id) SELECT count(*) FROM kept, stats)",
     R"(
select +writes count()
  cte delete jobs +where +returning
    where id = $1
  cte insert archive +returning
  select stats reads stats
)"},
    {"cte_hides_a_table", R"(WITH jobs AS (SELECT * FROM old_jobs) SELECT * FROM jobs JOIN public.jobs AS real ON real.id = jobs.id)",
     R"(
select
  cte select old_jobs reads old_jobs
  select public.jobs reads public.jobs
    where id = column id
)"},
    {"recursive_cte", R"(WITH RECURSIVE t AS (SELECT id FROM jobs WHERE parent IS NULL UNION ALL SELECT j.id FROM jobs j, t WHERE j.parent = t.id) SELECT * FROM t)",
     R"(
select
  cte select jobs reads jobs +where
    where parent is null
  cte select jobs reads jobs +where
    where parent = column id
)"},
    {"source_order", R"(SELECT (SELECT 1 FROM a), x FROM (SELECT * FROM b) AS b2, c WHERE EXISTS (SELECT 1 FROM d) AND y IN (SELECT 1 FROM e))",
     R"(
select
  select a reads a
  select b reads b
  select d reads d
  select e reads e
  select c reads c +where
    where y in expression()
)"},
    {"set_operation", R"(SELECT a FROM x UNION (SELECT b FROM y LIMIT 1) EXCEPT SELECT c FROM z)",
     R"(
select
  select x reads x
  select y reads y +limit
  select z reads z
)"},
    {"locks_of", R"(SELECT * FROM jobs j, runs r, q FOR UPDATE OF j, r SKIP LOCKED FOR SHARE OF q FOR KEY SHARE NOWAIT)",
     R"(
select
  select jobs reads jobs runs q
    lock update skip-locked jobs runs
    lock share q
    lock share nowait jobs runs q
)"},
    {"lock_of_subquery", R"(SELECT * FROM jobs, (SELECT * FROM runs) r FOR UPDATE OF r)",
     R"(
select
  select runs reads runs
  select jobs reads jobs
    lock update
)"},
    {"insert_values", R"(INSERT INTO jobs (id, name, run_at, note) VALUES ($1, 'x', now(), DEFAULT) RETURNING id)",
     R"(
insert +writes now()
  insert jobs +returning
    set id = $1
    set name = 'x'
    set run_at = now
    set note = expression()
)"},
    {"insert_rows", R"(INSERT INTO jobs (id, status, lock_until) VALUES ($1, 'waiting', NULL), ($2, 'waiting', NULL), (3, 'delayed', NULL))",
     R"(
insert +writes
  insert jobs
    set id = expression()
    set status = 'waiting, waiting, delayed'
    set lock_until = null
)"},
    {"insert_select", R"(INSERT INTO jobs (id, status, payload) SELECT nextval('s'), 'waiting', x FROM unnest($1::text[]) AS x)",
     R"(
insert +writes nextval() unnest() ::text
  insert jobs
    set id = expression()
    set status = 'waiting'
    set payload = column x
)"},
    {"insert_select_star", R"(INSERT INTO jobs (id, status) SELECT * FROM staging WHERE ready)",
     R"(
insert +writes
  select staging reads staging +where
    where ready is true
  insert jobs
    set id = expression()
    set status = expression()
)"},
    {"insert_default_values", R"(INSERT INTO jobs DEFAULT VALUES)",
     R"(
insert +writes
  insert jobs
)"},
    {"insert_without_columns", R"(INSERT INTO jobs VALUES (1, 2))",
     R"(
insert +writes
  insert jobs
)"},
    {"insert_on_conflict_nothing", R"(INSERT INTO jobs (id) VALUES ($1) ON CONFLICT (id) DO NOTHING)",
     R"(
insert +writes
  insert jobs +on-conflict
    set id = $1
)"},
    {"insert_on_conflict_update", R"(INSERT INTO locks AS l (name, owner, epoch, expires) VALUES ($1, $2, 1, now() + $3) ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, (epoch, expires) = (l.epoch + 1, excluded.expires) WHERE l.expires < now())",
     R"(
insert +writes now()
  insert locks +where +on-conflict
    set name = $1
    set owner = $2
    set epoch = '1'
    set expires = now
    on conflict set owner = column owner
    on conflict set epoch = expression(epoch)
    on conflict set expires = column expires
    where expires < now
)"},
    {"update_tuple_from_subquery", R"(UPDATE jobs SET (a, b) = (SELECT x, y FROM z WHERE z.id = jobs.id) WHERE id = $1)",
     R"(
update +writes
  select z reads z +where
    where id = column id
  update jobs +where
    set a = expression()
    set b = expression()
    where id = $1
)"},
    {"update_array_and_field", R"(UPDATE jobs SET a[1] = 2, b.c = $1)",
     R"(
update +writes
  update jobs
    set a = '2'
    set b = $1
)"},
    {"update_from_join", R"(UPDATE jobs j SET a = r.a FROM runs r LEFT JOIN hosts h ON h.id = r.host WHERE r.job_id = j.id)",
     R"(
update +writes
  update jobs reads runs hosts +where
    set a = column a
    where id = column host [under-or] [other-table]
    where id = column job_id
)"},
    {"delete_using", R"(DELETE FROM ONLY jobs j USING done d, LATERAL (SELECT 1 FROM e) x WHERE d.id = j.id)",
     R"(
delete +writes
  select e reads e
  delete jobs reads done +where
    where id = column id
)"},
    {"merge", R"(MERGE INTO jobs j USING incoming s ON j.id = s.id WHEN MATCHED AND j.lock_until < now() THEN UPDATE SET status = s.status WHEN NOT MATCHED THEN INSERT (id, status) VALUES (s.id, 'new') WHEN MATCHED THEN DELETE)",
     R"(
merge +writes now()
  merge jobs reads incoming +where
    on conflict set status = column status
    set id = column id
    set status = 'new'
    where id = column id
    where lock_until < now [under-or]
)"},
    {"tablesample", R"(SELECT * FROM jobs TABLESAMPLE system (1) WHERE id = 1)",
     R"(
select
  select jobs reads jobs +where
    where id = '1'
)"},
    {"nested_in_other_statements", R"(EXPLAIN UPDATE jobs SET a = 1; PREPARE p AS DELETE FROM jobs WHERE id = $1; DECLARE c CURSOR FOR SELECT * FROM jobs; COPY (SELECT * FROM runs) TO STDOUT; CREATE TABLE t AS SELECT * FROM jobs; CREATE MATERIALIZED VIEW m AS SELECT 1 FROM q)",
     R"(
other
  update jobs
    set a = '1'
prepare
  session prepare 'p' at 31 [PREPARE]
  delete jobs +where
    where id = $1
declare-cursor
  select jobs reads jobs
copy
  select runs reads runs
create-table +writes
  select jobs reads jobs
other-ddl +writes
  select q reads q
)"},
    {"definitions_do_not_run", R"(CREATE VIEW v AS SELECT pg_advisory_lock(1) FROM jobs; CREATE RULE r AS ON INSERT TO t DO INSTEAD DELETE FROM jobs)",
     R"(
other-ddl +writes
other-ddl +writes
)"},
    {"comments", R"(/* UPDATE a */ SELECT -- FROM b
  1 FROM /* nested /* c */ */ jobs -- end)",
     R"(
select
  select jobs reads jobs
)"},
    {"names_are_folded_unless_quoted", R"(SELECT * FROM Public.JOBS WHERE ID = 1 AND "Id" = 2)",
     R"(
select
  select public.jobs reads public.jobs +where
    where id = '1'
    where Id = '2'
)"},
    {"update_tuple_once", R"(UPDATE jobs SET (a, b) = (f($1), currval('s')) WHERE id = 1)",
     R"(
update +writes f() currval()
  session sequence-state 'currval' at 33 [currval]
  update jobs +where
    set a = expression()
    set b = expression()
    where id = '1'
)"},
};

INSTANTIATE_TEST_SUITE_P(Sql, Queries, testing::ValuesIn(QueriesCases), caseName);

} // namespace poolguard::sql::test
