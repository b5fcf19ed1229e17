#!/usr/bin/env python3
"""The race at a lease's end (tests/integration/lease_race_test.cpp) with graphile-worker and pg-boss, for comparison.

  lease_race.py [--runs=500]

Installs both from npm (package-lock.json) and starts a private Postgres, in a temporary folder; needs Node.js 20, npm and initdb.
Prints a table, which docs/chaos.md shows; by hand, not in CI: it is the other queues that it looks at.
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
FILES = ("package.json", "package-lock.json", "lease_race.mjs")


def as_user(command):
    """initdb and the server refuse to run as root."""
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *command] if os.geteuid() == 0 else command


def postgres(folder, bin_folder):
    """A server on a socket in the folder; what stops it."""
    data = folder / "data"
    data.mkdir()
    if os.geteuid() == 0:
        shutil.chown(data, "nobody", "nogroup")
        folder.chmod(0o755)
    subprocess.run(as_user([bin_folder / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync"]), check=True,
                   stdout=subprocess.DEVNULL)
    settings = f"-c listen_addresses='' -c unix_socket_directories={data} -c fsync=off"
    control = [bin_folder / "pg_ctl", "-D", data, "-w", "-l", data / "log"]
    subprocess.run(as_user([*control, "-o", settings, "start"]), check=True, stdout=subprocess.DEVNULL)
    # Also when this is told to end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    return data, lambda: subprocess.run(as_user([*control, "-m", "immediate", "stop"]), check=True, stdout=subprocess.DEVNULL)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=500)
    options = parser.parse_args()
    servers = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not servers or not shutil.which("npm"):
        sys.exit("lease_race.py: needs Postgres' server (Debian's package postgresql), Node.js 20 and npm")
    with tempfile.TemporaryDirectory(prefix="poolguard-comparison-") as folder:
        folder = pathlib.Path(folder)
        for name in FILES:
            shutil.copy(HERE / name, folder)
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        data, stop = postgres(folder, servers[-1].parent)
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
