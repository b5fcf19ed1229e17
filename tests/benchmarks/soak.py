#!/usr/bin/env python3
"""Does the queue grow with time? Rounds of jobs through one worker; after each, what is left of them.

  soak.py BUILD [--minutes N | --rounds N] [--jobs N]

BUILD has `benchmark-queue`. Starts a private Postgres in a temporary folder. After each round, whose jobs are done and pruned by then, it
looks at the worker's memory, the server's connections, and the pages and dead rows of the queue's table and indexes. With --rounds it
vacuums between the rounds itself, so that nothing depends on time; with --minutes autovacuum does, once in a while.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import sides  # noqa: E402
from measure import Table, machine  # noqa: E402

SIZES = ("SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'poolguard'), "
         "pg_table_size('poolguard_jobs'), pg_indexes_size('poolguard_jobs'), "
         "coalesce((SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'poolguard_jobs'), 0)")
MIB = 2**20
# Of the pools: ten for transactions, three for sessions, and the listener.
CONNECTIONS = 14
# In so many rounds the pools, the caches and the table have the size that the load asks for.
WARM_UP = 3


def sample(server, database, said):
    connections, table, indexes, dead = (int(value) for value in server.sql(database, SIZES).split("|"))
    return {"memory": said["resident"], "connections": connections, "table": table, "indexes": indexes, "dead": dead, **said}


def soak(server, program, jobs, go_on, vacuum):
    """The samples of all rounds."""
    database = server.database()
    process = subprocess.Popen([program, "--url", server.url(database), "soak", "--jobs", str(jobs)], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    samples = []
    table = Table("round", "completed", "memory", "connections", "table", "indexes", "dead rows")
    try:
        while True:
            line = process.stdout.readline()
            if not line:
                sys.exit("soak.py: the worker has ended")
            if vacuum:
                server.sql(database, "VACUUM poolguard_jobs")
            samples.append(sample(server, database, json.loads(line)))
            last = samples[-1]
            table.row(len(samples), last["completed"], f"{last['memory'] / MIB:.1f} MiB", last["connections"],
                      f"{last['table'] / MIB:.1f} MiB", f"{last['indexes'] / MIB:.1f} MiB", last["dead"])
            if not go_on(samples):
                return samples
            process.stdin.write("go\n")
            process.stdin.flush()
    finally:
        process.stdin.close()
        process.wait()


def grown(samples, what, share, room):
    """Whether the last third has more of it than what there was after the warm-up, by a share and some room."""
    warm = max(one[what] for one in samples[:max(WARM_UP, len(samples) // 3)])
    late = min(one[what] for one in samples[-max(1, len(samples) // 3):])
    most = warm * (1 + share) + room
    if late > most:
        return f"{what}: never below {late} in the last rounds, and {most:.0f} would be the most by the first ones"
    return None


def judge(samples, vacuum):
    found = [grown(samples, "memory", 0.1, 2 * MIB), grown(samples, "table", 0.5, MIB), grown(samples, "indexes", 0.5, MIB)]
    if not vacuum:
        found.append(grown(samples, "dead", 0.5, 10000))
    if (most := max(one["connections"] for one in samples)) > CONNECTIONS:
        found.append(f"connections: {most}, and the pools and the listener are {CONNECTIONS}")
    if samples[-1]["lost"]:
        found.append(f"{samples[-1]['lost']} leases were lost")
    return [one for one in found if one]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--jobs", type=int, default=2000, help="a round")
    options = parser.parse_args()
    program = options.build / "bin" / "benchmark-queue"
    if not program.exists():
        sys.exit(f"soak.py: {options.build} has no bin/benchmark-queue: build that target")
    until = time.monotonic() + (options.minutes or 0) * 60

    def go_on(samples):
        return time.monotonic() < until if options.minutes else len(samples) < options.rounds

    print(machine())
    with tempfile.TemporaryDirectory(prefix="poolguard-soak-") as folder:
        server = sides.Server(pathlib.Path(folder))
        try:
            found = judge(soak(server, program, options.jobs, go_on, not options.minutes), not options.minutes)
        finally:
            server.stop()
    for one in found:
        print(f"it grows: {one}", file=sys.stderr)
    if not found:
        print("\nNothing grows.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
