/// Annotations: what Poolguard's guards should know about a declaration.
///
/// Each macro puts one `[[clang::annotate("poolguard", ...)]]` attribute on the declaration it stands before. Compilers
/// other than Clang see nothing. A role given here wins over `.poolguard.yaml`, which wins over the presets. The keys and
/// values are those of the role config (docs/roles.md); indices count arguments from 0.
///
/// An annotation on a virtual method holds for the overriders that carry none of their own. An annotation on a
/// redeclaration of a free function holds for every call that sees the redeclaration, so a library's header need not be
/// edited.
#pragma once

#if defined(__clang__)
#define POOLGUARD_ROLE(...) [[clang::annotate("poolguard", __VA_ARGS__)]]
#else
#define POOLGUARD_ROLE(...)
#endif

/// The function runs the SQL text in argument `sql` on `lane`: "transaction", "session", "tx", or "connection" (the lane
/// of the object it is called on).
#define POOLGUARD_EXECUTES(lane, sql) POOLGUARD_ROLE("executes", "lane", lane, "sql", sql)

/// As POOLGUARD_EXECUTES; `direct` names the member function with the same parameters that runs on the session lane.
#define POOLGUARD_EXECUTES_OR(lane, sql, direct) POOLGUARD_ROLE("executes", "lane", lane, "sql", sql, "direct", direct)

/// The function returns a connection, or a pool of connections, whose statements run on `lane` ("connection": the lane
/// of the object it is called on).
#define POOLGUARD_RETURNS_LANE(lane) POOLGUARD_ROLE("returns", "lane", lane)

/// A type, variable or field: statements on it run on `lane`.
#define POOLGUARD_LANE(lane) POOLGUARD_ROLE("lane", lane)

/// The function calls the callable in `argument` in an open transaction on `lane`.
#define POOLGUARD_RUNS_IN_TRANSACTION(argument, lane) \
  POOLGUARD_ROLE("runs", "argument", argument, "in", "transaction", "lane", lane)

/// The function calls the callable in `argument` up to `attempts` times until it succeeds (0: not known).
#define POOLGUARD_RUNS_IN_RETRY(argument, attempts) \
  POOLGUARD_ROLE("runs", "argument", argument, "in", "retry", "attempts", attempts)

/// The function calls the callable in `argument` on its own thread, timer or detached task: nobody catches what it throws.
#define POOLGUARD_RUNS_IN_THREAD(argument) POOLGUARD_ROLE("runs", "argument", argument, "in", "thread")

/// Several threads run the callable in `argument` at the same time.
#define POOLGUARD_RUNS_IN_WORKERS(argument) POOLGUARD_ROLE("runs", "argument", argument, "in", "workers")

/// The function retries inside itself, up to `attempts` times.
#define POOLGUARD_RETRIES(attempts) POOLGUARD_ROLE("retries", attempts)

/// The function claims or renews a lease, or is part of doing so.
#define POOLGUARD_LOCK_PATH POOLGUARD_ROLE("lock-path", true)

/// The function's result says whether the fence held.
#define POOLGUARD_FENCED POOLGUARD_ROLE("fenced", true)

/// The function's result says whether a lock was taken.
#define POOLGUARD_TRY_LOCK POOLGUARD_ROLE("try-lock", true)

/// The function may block for long: network, process, sleep, or waiting for another thread.
#define POOLGUARD_BLOCKS POOLGUARD_ROLE("blocks", true)

/// The function hands out a connection that new code must not use (a singleton or static connection).
#define POOLGUARD_LEGACY_CONNECTION POOLGUARD_ROLE("legacy-connection", true)

/// The function writes its arguments to a log.
#define POOLGUARD_LOGS POOLGUARD_ROLE("logs", true)
