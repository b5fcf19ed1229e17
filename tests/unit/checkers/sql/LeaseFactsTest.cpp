//===- LeaseFactsTest.cpp ---------------------------------------*- C++ -*-===//
//
// Which statements open, renew, change, fence and reap leases.
//
//===----------------------------------------------------------------------===//

#include "sql/LeaseFacts.h"

#include "Render.h"

namespace poolguard::sql::test {

static const std::vector<LeaseTable> Leases = {
    {"jobs", "status", "lock_epoch", "lock_until"},
    {"ops.locks", "owner", "epoch", "expires"},
    {"leaders", "holder", "term", ""}, // epochs alone
    {"shifts", "state", "", "until"},  // no epoch, hence no fence
};

/// One line a write: `jobs claims transitions fenced`.
static std::string renderUses(const Statement &S) {
  std::string Out;
  for (const LeaseUse &U : leaseUses(S, Leases)) {
    Out += Out.empty() ? "" : "; ";
    Out += U.Lease->Table;
    Out += U.Claims ? " claims" : "";
    Out += U.Renews ? " renews" : "";
    Out += U.Transitions ? " transitions" : "";
    Out += U.Fenced ? " fenced" : "";
    Out += U.Reaps ? " reaps" : "";
    EXPECT_EQ(findLease(U.By->Target, Leases), U.Lease);
  }
  return Out;
}

class LeaseUses : public testing::TestWithParam<Case> {};

TEST_P(LeaseUses, areKnown) {
  std::string SQL = withHoles(GetParam().SQL);
  Facts F = parse(SQL);
  ASSERT_FALSE(F.Error) << *F.Error;
  ASSERT_EQ(F.Statements.size(), 1u);
  const Statement &S = F.Statements.front();
  std::string Uses = renderUses(S);
  EXPECT_EQ(Uses, GetParam().Expected) << GetParam().SQL;
  bool Opens = Uses.find("claims") != std::string::npos, Renews = Uses.find("renews") != std::string::npos;
  EXPECT_EQ(opensLease(S, Leases), Opens);
  EXPECT_EQ(renewsLease(S, Leases), Renews);
  EXPECT_EQ(isLockPath(S, Leases), Opens || Renews);
}

static const Case LeaseCases[] = {
    {"claim", R"(WITH n AS (SELECT id FROM jobs WHERE status = 'waiting' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
                 UPDATE jobs j SET status = 'active', lock_epoch = j.lock_epoch + 1, lock_until = now() + $1::interval
                 FROM n WHERE j.id = n.id RETURNING j.*)",
     "jobs claims transitions"},
    {"claim_by_state", "UPDATE jobs SET status = 'active', lock_until = $1 WHERE id = $2", "jobs claims transitions"},
    {"claim_by_epoch", "UPDATE jobs SET lock_epoch = $3, lock_until = $1 WHERE id = $2", "jobs claims transitions"},
    {"claim_of_expired",
     R"(UPDATE public.jobs SET status = 'active', lock_until = now() + '30 s'
        WHERE id = (SELECT id FROM jobs WHERE lock_until < now() FOR UPDATE SKIP LOCKED LIMIT 1))",
     "jobs claims transitions reaps"},
    {"claim_in_cte", R"(WITH c AS (UPDATE jobs SET status = 'active', lock_until = $1 RETURNING *) SELECT * FROM c)",
     "jobs claims transitions"},
    {"claim_by_insert", "INSERT INTO jobs (id, status, lock_until) VALUES ($1, 'active', now() + '1 min')",
     "jobs claims"},
    {"claim_by_upsert",
     R"(INSERT INTO ops.locks AS l (name, owner, epoch, expires) VALUES ($1, $2, 1, $3) ON CONFLICT (name)
        DO UPDATE SET owner = excluded.owner, epoch = l.epoch + 1, expires = excluded.expires WHERE l.expires < now())",
     "ops.locks claims transitions reaps"},
    {"claim_by_merge",
     R"(MERGE INTO locks l USING (VALUES ($1)) v (name) ON l.name = v.name
        WHEN MATCHED AND l.expires < now() THEN UPDATE SET owner = $2, expires = $3
        WHEN NOT MATCHED THEN INSERT (name, owner, expires) VALUES (v.name, $2, $3))",
     "ops.locks claims transitions reaps"},
    {"claim_of_a_table_without_expiry", "UPDATE leaders SET term = term + 1, holder = $1 WHERE term = $2",
     "leaders claims transitions fenced"},
    {"claim_of_a_table_without_epoch", "UPDATE shifts SET state = 'on', until = $1 WHERE until < now()",
     "shifts claims transitions reaps"},
    {"claim_with_a_hole_for_the_state",
     "UPDATE jobs SET status = {}, lock_until = now() + interval '{} s' WHERE id = {}", "jobs claims transitions"},

    {"renewal", "UPDATE jobs SET lock_until = now() + '30 s' WHERE id = $1 AND lock_epoch = $2",
     "jobs renews transitions fenced"},
    {"renewal_of_many",
     R"(UPDATE jobs SET lock_until = now() + $3::interval
        WHERE (id, lock_epoch) IN (SELECT * FROM unnest($1::bigint[], $2::bigint[])) RETURNING id)",
     "jobs renews transitions fenced"},
    {"renewal_by_join",
     R"(UPDATE jobs j SET lock_until = $3 FROM unnest($1::bigint[], $2::bigint[]) AS h (id, epoch)
        WHERE j.id = h.id AND j.lock_epoch = h.epoch)",
     "jobs renews transitions fenced"},
    {"renewal_without_fence", "UPDATE jobs SET lock_until = now() + '30 s', beat = now() WHERE id = $1 AND owner = $2",
     "jobs renews transitions"},
    {"renewal_with_the_other_case", "UPDATE JOBS SET Lock_Until = $2 WHERE Lock_Epoch = ANY($1)",
     "jobs renews transitions fenced"},
    {"renewal_by_upsert",
     "INSERT INTO locks (name, owner, expires) VALUES ($1, $2, NULL) ON CONFLICT (name) DO UPDATE SET expires = $3",
     "ops.locks renews transitions"},

    {"completion", "UPDATE jobs SET status = 'done', lock_until = NULL WHERE id = $1 AND lock_epoch = $2",
     "jobs transitions fenced"},
    {"completion_without_fence", "UPDATE jobs SET status = 'done' WHERE id = $1", "jobs transitions"},
    {"release", "UPDATE jobs SET lock_until = NULL WHERE id = $1", "jobs transitions"},
    {"removal", "DELETE FROM jobs WHERE id = $1 AND lock_epoch = $2", "jobs transitions fenced"},
    {"removal_without_fence", "DELETE FROM jobs WHERE id = $1", "jobs transitions"},
    {"progress_is_no_transition", "UPDATE jobs SET progress = $1 WHERE id = $2", "jobs"},
    {"insert_is_no_transition", "INSERT INTO jobs (id, status) VALUES ($1, 'waiting') ON CONFLICT DO NOTHING", "jobs"},
    {"insert_of_a_free_row", "INSERT INTO jobs (id, status, lock_until) VALUES ($1, 'waiting', NULL)", "jobs"},
    {"several", R"(WITH d AS (DELETE FROM jobs WHERE id = $1 RETURNING id)
                   UPDATE locks SET expires = $2 FROM d WHERE locks.job = d.id AND locks.epoch = $3)",
     "jobs transitions; ops.locks renews transitions fenced"},
    {"reading_is_no_use", "SELECT * FROM jobs WHERE lock_until < now() FOR UPDATE", ""},
    {"other_table", "UPDATE runs SET status = 'x', lock_until = now()", ""},
    {"other_schema", "UPDATE app.locks SET expires = $1", ""},
    {"table_with_a_hole", "UPDATE jobs_{} SET lock_until = now()", ""},

    {"fence_under_or", "UPDATE jobs SET status = 'done' WHERE id = $1 AND (lock_epoch = $2 OR owner = $3)",
     "jobs transitions"},
    {"fence_of_the_wrong_kind", "UPDATE jobs SET status = 'done' WHERE id = $1 AND lock_epoch >= $2",
     "jobs transitions"},
    {"fence_negated", "UPDATE jobs SET status = 'done' WHERE id = $1 AND NOT lock_epoch = $2", "jobs transitions"},
    {"fence_negated_twice", "UPDATE jobs SET status = 'done' WHERE NOT (id <> $1 OR lock_epoch <> $2)",
     "jobs transitions fenced"},
    {"fence_on_another_table",
     "UPDATE jobs SET status = 'done' FROM runs r WHERE r.job = jobs.id AND r.lock_epoch = $1", "jobs transitions"},
    {"fence_in_an_outer_join",
     "UPDATE jobs SET status = 'done' FROM a LEFT JOIN b ON b.id = a.id AND lock_epoch = $1 WHERE jobs.id = a.id",
     "jobs transitions"},
    {"fence_on_an_expression", "UPDATE jobs SET status = 'done' WHERE id = $1 AND coalesce(lock_epoch, 0) = $2",
     "jobs transitions"},
    {"fence_not_distinct", "UPDATE jobs SET status = 'done' WHERE lock_epoch IS NOT DISTINCT FROM $1",
     "jobs transitions fenced"},
    {"fence_in_a_locking_cte",
     R"(WITH mine AS (SELECT id FROM jobs WHERE id = $1 AND lock_epoch = $2 FOR UPDATE)
        UPDATE jobs SET status = 'done' FROM mine WHERE jobs.id = mine.id)",
     "jobs transitions fenced"},
    {"fence_in_a_subquery_without_lock",
     "UPDATE jobs SET status = 'done' WHERE id IN (SELECT id FROM jobs WHERE lock_epoch = $1)", "jobs transitions"},
    {"fence_in_a_subquery_that_locks_another_table",
     R"(UPDATE jobs SET status = 'done' WHERE id IN
        (SELECT j.id FROM jobs j JOIN runs r ON r.job = j.id WHERE j.lock_epoch = $1 FOR UPDATE OF r))",
     "jobs transitions"},
    {"fence_in_a_subquery_that_locks_for_share",
     "UPDATE jobs SET status = 'done' WHERE id IN (SELECT id FROM jobs WHERE lock_epoch = $1 FOR SHARE)",
     "jobs transitions"},
    {"fence_on_a_table_without_epoch", "UPDATE shifts SET state = 'off' WHERE epoch = $1", "shifts transitions"},

    {"reaper", "UPDATE jobs SET status = 'waiting', lock_until = NULL WHERE status = 'active' AND lock_until < now()",
     "jobs transitions reaps"},
    {"reaper_turned", "DELETE FROM jobs WHERE now() - interval '1 h' >= lock_until", "jobs transitions reaps"},
    {"reaper_with_parameter", "DELETE FROM jobs WHERE lock_until <= $1", "jobs transitions reaps"},
    {"reaper_of_the_unlocked", "DELETE FROM jobs WHERE status = 'dead' AND lock_until IS NULL",
     "jobs transitions reaps"},
    {"reaper_under_or", "UPDATE jobs SET status = 'waiting' WHERE lock_until IS NULL OR lock_until < now()",
     "jobs transitions reaps"},
    {"reaper_by_age", "DELETE FROM jobs WHERE now() - lock_until > interval '5 min'", "jobs transitions reaps"},
    {"reaper_with_coalesce", "DELETE FROM jobs WHERE coalesce(lock_until, '-infinity') < now()",
     "jobs transitions reaps"},
    {"reaper_in_a_locking_subquery",
     "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE lock_until < now() LIMIT 100 FOR UPDATE SKIP LOCKED)",
     "jobs transitions reaps"},
    {"reaper_in_a_subquery_without_lock", "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE lock_until < now())",
     "jobs transitions"},
    {"live_leases_are_not_reaped", "UPDATE jobs SET status = 'x' WHERE lock_until > now()", "jobs transitions"},
    {"live_leases_by_not", "UPDATE jobs SET status = 'x' WHERE NOT lock_until < now()", "jobs transitions"},
    {"set_leases_are_not_reaped", "UPDATE jobs SET status = 'x' WHERE lock_until IS NOT NULL", "jobs transitions"},
};

INSTANTIATE_TEST_SUITE_P(Sql, LeaseUses, testing::ValuesIn(LeaseCases), caseName);

TEST(FindLease, comparesSchemasOnlyWhenBothAreGiven) {
  EXPECT_EQ(findLease({"", "jobs"}, Leases), &Leases[0]);
  EXPECT_EQ(findLease({"public", "Jobs"}, Leases), &Leases[0]);
  EXPECT_EQ(findLease({"", "locks"}, Leases), &Leases[1]);
  EXPECT_EQ(findLease({"ops", "locks"}, Leases), &Leases[1]);
  EXPECT_EQ(findLease({"app", "locks"}, Leases), nullptr);
  EXPECT_EQ(findLease({"", "job"}, Leases), nullptr);
  EXPECT_EQ(findLease({"", ""}, Leases), nullptr);
}

} // namespace poolguard::sql::test
