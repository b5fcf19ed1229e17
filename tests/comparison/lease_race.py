#!/usr/bin/env python3
"""The race at a lease's end (tests/integration/lease_race_test.cpp) with graphile-worker and pg-boss, for comparison.

  lease_race.py [--runs=500]

Installs both from npm (package-lock.json) and starts a private Postgres, in a temporary folder; needs Node.js 20, npm and initdb.
Prints a table, which docs/chaos.md shows; by hand, not in CI: it is the other queues that it looks at.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import peers  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=500)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="poolguard-comparison-") as folder:
        folder = pathlib.Path(folder)
        peers.install(folder, HERE / "lease_race.mjs")
        data, stop = peers.postgres(folder)
        try:
            done = subprocess.run(["node", "lease_race.mjs", f"postgres://postgres@/postgres?host={data}", str(options.runs)], cwd=folder,
                                  check=True, stdout=subprocess.PIPE, text=True, timeout=10 + options.runs)
        finally:
            stop()
    versions = json.loads((HERE / "package.json").read_text())["dependencies"]
    print("| queue | runs | end by the stale owner accepted | job ended twice |\n|---|---|---|---|")
    for line in done.stdout.splitlines():
        row = json.loads(line)
        print(f"| {row['queue']} {versions[row['queue']]} | {row['runs']} | {row['stale']} | {row['both']} |")


if __name__ == "__main__":
    main()
