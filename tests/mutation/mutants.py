"""The small changes that tests/mutation/mutation.py makes to the runtime: patterns, each applied wherever it fits."""

import dataclasses
import re


@dataclasses.dataclass(frozen=True)
class Pattern:
    """`put` replaces what `find` matches in the files that `files` names (below runtime/src), one match a mutant."""
    name: str
    files: str
    find: str
    put: str
    breaks: tuple = ()  # the checks of which one must find it; none: the change is harmless, and no check may say a word
    most: int = 99      # this many mutants a file, spread over the matches
    blind: str = ""     # broken: why the guards can't see all of it; harmless: why they are wrong about some

    def mutants(self, text):
        """Yields (line, changed text)."""
        matches = list(re.finditer(self.find, text, re.M))
        for match in matches[:: max(1, -(-len(matches) // self.most))]:
            yield text.count("\n", 0, match.start()) + 1, text[:match.start()] + match.expand(self.put) + text[match.end():]


# The first line of the body of a member of Queue that has `options`.
BODY = r"^(\w[^\n]*Queue::(?:verify|complete|fail|release|sweep_\w+|get|list|stats|set_waiting_quota|add_batch)\((?:[^{};]|\{\})*options\) \{\n)"


def begins(name, statement, *breaks, files="queue/queue.cpp", most=2, **more):
    """A statement that comes first in a function of the queue."""
    return Pattern(name, files, BODY, r"\1  " + statement.replace("\\", "\\\\") + "\n", breaks, most, **more)


def runs(name, sql, *breaks, lane="execute", **more):
    return begins(name, f'(void)engine_.{lane}("{sql}", {{}}, options);', *breaks, **more)


def opens(name, body, *breaks, **more):
    return begins(name, "engine_.transaction([&](TransactionEngine& open) { (void)open; " + body + " }, options);", *breaks, **more)


RETRY = r"for (int tries = 0;; ++tries) { try { return \1; } catch (const std::exception&) { if (tries == 2) throw; } }"
# An UPDATE of jobs up to some place in it; what it sets first is as the format's argument says.
STATEMENT = r"(UPDATE poolguard_jobs(?: AS job)?\n *SET {}(?s:(?:(?!\)sql).)*?))"
MAY_BE_OPEN = "an Engine may be an open transaction, TransactionEngine is one, so its role can't say autocommit"
IN_THE_TICK = "they are right: verify() is part of the renewal tick, where a transaction waits until PGLite has room for its only connection"
LEASES = "UPDATE poolguard_jobs SET "

BROKEN = (
    # The lane.
    Pattern("lane swapped", "queue/queue.cpp", r"engine_\.execute_direct\((?=\s*sql::k(?:Claim|ClaimWithinLimits|CompleteAndClaim|Renew)\b)", "engine_.execute(",
            ("lock-path-routing",)),
    runs("renewal beside the queue", LEASES + "lock_until = now() WHERE id = 1 AND lock_epoch = 2", "lock-path-routing"),
    runs("claim beside the queue", LEASES + "status = 'active', lock_epoch = lock_epoch + 1, lock_until = now() WHERE id = (SELECT id FROM "
         "poolguard_jobs WHERE status = 'waiting' LIMIT 1 FOR UPDATE SKIP LOCKED)", "lock-path-routing"),
    # The fence.
    Pattern("fence dropped", "queue/sql.hpp", STATEMENT.format("(?!progress)") + r" AND (?:job\.)?lock_epoch = [^\s]+(?= AND)", r"\1",
            ("unfenced-transition",)),
    Pattern("fence of the progress dropped", "queue/sql.hpp", STATEMENT.format("(?=progress)") + r" AND lock_epoch = [^\s]+(?= AND)", r"\1",
            ("unfenced-transition",), blind="it changes neither state nor lock: only people read what a stale owner writes there"),
    Pattern("fence of a deletion dropped", "queue/sql.hpp", r"(DELETE FROM poolguard_jobs\n *WHERE id = \$1::bigint) AND lock_epoch = \$2::bigint",
            r"\1", ("unfenced-transition",)),
    runs("transition without a fence", LEASES + "status = 'waiting', lock_until = NULL WHERE id = 1", "unfenced-transition"),
    Pattern("row count not looked at", "queue/*.cpp", r"const Result ended = (engine_\.execute\(sql::k\w+, \{key\.id.*?\}, options\));\n *settle_after\(ended, options\);\n *return ended\.size\(\) == 1;",
            r"\1; return true;", ("unchecked-fence",)),
    Pattern("verdict dropped by the runner", "worker/job_runner.cpp", r"return (queue_\.(?:complete|release)\([^;]*\));",
            r"(void)\1; return true;", ("unchecked-fence",)),
    Pattern("verdict of a failure dropped", "worker/job_runner.cpp", r"return (queue_\.fail\([^;]*\))\.has_value\(\);",
            r"(void)\1; return true;", ("unchecked-fence",)),
    Pattern("renewal taken for granted", "worker/renewal.cpp", r"const std::vector<LeaseKey> kept = (calls_\.renew\(held\));",
            r"(void)\1; const std::vector<LeaseKey> kept = held;", ("worker-lock-renewal-shape", "unchecked-fence")),
    # The claim.
    # A completion is no claim: without it, it only waits.
    Pattern("SKIP LOCKED removed", "queue/sql.hpp", r"FOR UPDATE SKIP LOCKED(?!\n\)(?:, completed AS \()?\n *UPDATE poolguard_jobs AS job\n *SET status = 'completed')", "FOR UPDATE", ("claim-without-skip-locked",)),
    Pattern("row lock removed", "queue/sql.hpp", r"\n      FOR UPDATE SKIP LOCKED(?=\n    \) AS due\n    LIMIT \$3)", "",
            ("claim-without-skip-locked",)),
    begins("claim in two steps", '(void)engine_.execute_direct("SELECT id FROM poolguard_jobs WHERE status = \'waiting\' LIMIT 1", {}, options); '
           '(void)engine_.execute_direct("' + LEASES + "status = 'active', lock_epoch = lock_epoch + 1, lock_until = now() WHERE id = $1\", {1}, options);",
           "worker-pool-atomicity"),
    Pattern("exchange split", "worker/renewal.cpp", r"entered_\(!flag\.exchange\(true\)\) \{\}",
            "entered_(!flag.load()) { if (entered_) flag.store(true); }", ("worker-pool-atomicity",),
            blind="the runtime beats from one thread only: the flag is for those who call beat() besides"),
    # The retry.
    Pattern("retry around a statement", "queue/queue.cpp", r"return ((?:read_\w+\()?engine_\.execute(?:_direct)?\([^;]*\)(?:\.affected_rows\(\)(?: == 1)?)?);",
            RETRY, ("no-lock-path-retry", "no-double-retry", "retry-not-idempotent"),
            blind="a statement that only reads, or that a second run finds done, may be tried again"),
    Pattern("retry around a call of the queue", "worker/*.cpp", r"return (queue_\.(?:renew|complete|fail|release|verify)\([^;]*\)(?:\.has_value\(\))?);",
            RETRY, ("no-lock-path-retry", "no-double-retry"), blind="verify() only reads"),
    Pattern("retry around the claim", "worker/worker_claims.cpp", r"= (queue_\.(?:claim|complete_and_claim)\([^;]*\));", "= [&] { " + RETRY + " }();", ("no-lock-path-retry",)),
    Pattern("retry around the renewal", "worker/renewal.cpp", r"= (calls_\.renew\(held\));", "= [&] { " + RETRY + " }();", ("no-lock-path-retry",)),
    # The transaction.
    Pattern("statement off its transaction", "queue/migrate.cpp",
            r"\[&options\](\(TransactionEngine& open\) \{(?:[^;]*;)*?[^;]*?)\bopen\.execute\(", r"[this, &options]\1engine_.execute(",
            ("no-transaction-reroute",)),
    opens("statement beside an open transaction", 'engine_.execute("DELETE FROM poolguard_quotas", {}, options);', "no-transaction-reroute"),
    opens("session lane beside an open transaction", 'engine_.execute_direct("DELETE FROM poolguard_quotas", {}, options);',
          "no-transaction-reroute"),
    opens("VACUUM in a transaction", 'open.execute("VACUUM poolguard_jobs", {}, options);', "not-in-transaction-block"),
    opens("renewal in a transaction", 'open.execute("' + LEASES + "lock_until = now() WHERE id = 1 AND lock_epoch = 2\", {}, options);",
          "lock-path-single-statement"),
    opens("wait in a transaction", "::usleep(1000000);", "blocking-in-transaction"),
    runs("FOR UPDATE in autocommit", "SELECT 1 FROM poolguard_quotas FOR UPDATE", "not-in-transaction-block", most=1, blind=MAY_BE_OPEN),
    runs("SET LOCAL in autocommit", "SET LOCAL statement_timeout = '5s'", "not-in-transaction-block", most=1, blind=MAY_BE_OPEN),
    # The session.
    runs("SET", "SET statement_timeout = '5s'", "session-state-on-transaction-lane"),
    runs("LISTEN", "LISTEN poolguard_jobs", "session-state-on-transaction-lane"),
    runs("temporary table", "CREATE TEMP TABLE seen (id bigint)", "session-state-on-transaction-lane"),
    runs("advisory lock", "SELECT pg_advisory_lock(7)", "session-state-on-transaction-lane"),
    runs("prepared statement", "PREPARE pick AS SELECT 1", "session-state-on-transaction-lane"),
    runs("cursor that is held", "DECLARE rest CURSOR WITH HOLD FOR SELECT 1", "session-state-on-transaction-lane"),
    runs("try-lock not looked at", "SELECT pg_try_advisory_lock(7)", "lock-fail-open", lane="execute_direct"),
    # What is told.
    Pattern("password in a message", "connection/*.cpp", r"\.redacted\(\)", ".secret_conninfo()", ("dsn-in-log",), 4,
            blind="describe() keeps the text in a field, and who prints that is in another function"),
)

HARMLESS = (
    # Its rows are locked, and it asks twice.
    Pattern("sweep that asks once", "queue/sql.hpp", r"(?<=stalled\.id) AND job\.lock_until < clock_timestamp\(\)[^\n]*", ""),
    Pattern("sweep without a row lock", "queue/sql.hpp", r"\n  FOR UPDATE SKIP LOCKED(?=\n\)(?:, completed AS \()?\n *UPDATE poolguard_jobs AS job\n *SET status = (?!'active'))", ""),
    Pattern("comment in SQL", "queue/sql.hpp", r'R"sql\(\n', 'R"sql(\n-- why\n', most=4),
    Pattern("qualified clock", "queue/sql.hpp", r"(?<!\.)clock_timestamp\(\)", "pg_catalog.clock_timestamp()", most=4),
    Pattern("fence first", "queue/sql.hpp", r"id = \$1::bigint AND lock_epoch = \$2::bigint", "lock_epoch = $2::bigint AND id = $1::bigint"),
    Pattern("parentheses", "queue/sql.hpp", r"WHERE (id = \$1::bigint) AND (lock_epoch = \$2::bigint)", r"WHERE (\1) AND (\2)"),
    Pattern("row count by another comparison", "queue/*.cpp", r"\.affected_rows\(\) == 1", ".affected_rows() > 0"),
    Pattern("result in a variable", "queue/queue.cpp", r"return (read_\w+\([^;]*\));", r"{ auto kept = \1; return kept; }", most=4),
    Pattern("engine by a lambda", "queue/queue.cpp", r"engine_\.execute\(", "[&]() -> Engine& { return engine_; }().execute(", most=3),
    begins("engine by a reference", "Engine& engine = engine_; (void)engine;", most=3),
    runs("another statement", "SELECT 1", most=3),
    runs("another table", "DELETE FROM poolguard_quotas", most=2),
    opens("SET LOCAL in a transaction", 'open.execute("SET LOCAL statement_timeout = \'5s\'", {}, options);', most=9, blind=IN_THE_TICK),
    opens("advisory lock of a transaction", 'open.execute("SELECT pg_advisory_xact_lock(7)", {}, options);', most=2, blind=IN_THE_TICK),
    runs("session state where it belongs", "SET statement_timeout = '5s'", lane="execute_direct", most=2),
    begins("a loop over items", "for (const char* sql : {\"SELECT 1\", \"SELECT 2\"}) (void)engine_.execute(sql, {}, options);", most=3),
)
