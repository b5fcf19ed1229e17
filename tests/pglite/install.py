#!/usr/bin/env python3
"""Installs PGLite (package-lock.json) into a folder of the build tree, and makes a fresh database there for the tests to copy: making one
takes seconds of a core. Does nothing if that is done already.

    install.py NODE NPM FOLDER
"""

import hashlib
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
FILES = ("package.json", "package-lock.json")
START_WITHIN = 120  # seconds


def make_database(node, folder):
    """PGLite makes a database at its first start, and has closed it when it has ended."""
    making = folder / "fresh.making"
    with tempfile.TemporaryDirectory() as sockets, open(folder / "fresh.log", "w+", encoding="utf-8") as log:
        server = subprocess.Popen([node, folder / "node_modules/.bin/pglite-server", f"--db={making}", f"--path={sockets}/.s.PGSQL.5432"],
                                  stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        try:
            ends = time.monotonic() + START_WITHIN
            while "listening" not in pathlib.Path(log.name).read_text(encoding="utf-8"):
                if server.poll() is not None or time.monotonic() > ends:
                    sys.exit("pglite-server did not start:\n" + pathlib.Path(log.name).read_text(encoding="utf-8"))
                time.sleep(0.05)
            server.terminate()
            if server.wait(START_WITHIN) != 0:
                sys.exit("pglite-server did not end as it should:\n" + pathlib.Path(log.name).read_text(encoding="utf-8"))
        finally:
            server.kill()
            server.wait()
    making.rename(folder / "fresh")


def main(node, npm, folder):
    folder = pathlib.Path(folder)
    wanted = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in FILES)).hexdigest()
    done = folder / "installed"
    if done.exists() and done.read_text(encoding="utf-8") == wanted:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in FILES:
        shutil.copy(HERE / name, folder)
    installed = subprocess.run([npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder, stdin=subprocess.DEVNULL, check=False)
    if installed.returncode:
        sys.exit("`npm ci` could not install PGLite (its messages are above); the tests over PGLite need it from the npm registry")
    make_database(node, folder)
    done.write_text(wanted, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
