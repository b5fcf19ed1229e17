#!/usr/bin/env python3
"""Runs the fuzzers over the kept corpus and on from it.

  fuzz.py --bin=BUILD/bin (--inputs=N | --seconds=N) [--seed=N] [--grow] [NAME...]

NAME: sql, config, summary, url; without any, those that are built. The seed is printed; with --inputs it says which inputs are tried. One
that crashes, hangs or breaks a property is kept, named, and shown; exit status 1. --grow adds to corpus/NAME the smallest inputs that
reach what nothing there reaches.
"""

import argparse
import os
import pathlib
import random
import subprocess
import sys
import tempfile

FOLDER = pathlib.Path(__file__).resolve().parent
# LLVM's own libraries have no sanitizer, so a std::vector that passes between them and ours looks overflown.
ENVIRONMENT = {**os.environ, "ASAN_OPTIONS": "detect_container_overflow=0:detect_leaks=0:allocator_may_return_null=1"}


def run(program, name, options):
    corpus = FOLDER / "corpus" / name
    words = FOLDER / f"{name}.dict"
    with tempfile.TemporaryDirectory(prefix="poolguard-fuzz-") as new:
        found = pathlib.Path(tempfile.gettempdir()) / f"poolguard-fuzz-{name}-"
        # By name, not as a folder, whose order is the file system's: it would decide which inputs are made of them.
        kept = pathlib.Path(new) / "kept.list"
        kept.write_text(",".join(str(path) for path in sorted(corpus.iterdir())))
        (new_inputs := pathlib.Path(new) / "new").mkdir()
        command = [program, new_inputs, f"-seed_inputs=@{kept}", f"-runs={options.inputs}", f"-max_total_time={options.seconds}",
                   f"-seed={options.seed}", "-timeout=30", "-rss_limit_mb=3000", f"-artifact_prefix={found}", "-print_final_stats=1", "-verbosity=0",
                   *([f"-dict={words}"] if words.exists() else [])]
        result = subprocess.run(command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                                check=False)
        done = next((line.split()[-1] for line in result.stdout.splitlines() if "number_of_executed_units" in line), "?")
        print(f"{name}: {done} inputs, seed {options.seed}, exit status {result.returncode}", flush=True)
        if result.returncode != 0:
            print(result.stdout[-6000:])
        if options.grow:
            subprocess.run([program, "-set_cover_merge=1", corpus, new_inputs], env=ENVIRONMENT, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=True)
    return result.returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument("--inputs", type=int, default=-1)
    length.add_argument("--seconds", type=int, default=0)
    parser.add_argument("--seed", type=int, default=random.randrange(1, 2**31))
    parser.add_argument("--grow", action="store_true")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    programs = {path.name.removeprefix("fuzz-"): path for path in sorted(options.bin.glob("fuzz-*"))}
    if unknown := [name for name in options.names if name not in programs] or not programs:
        sys.exit(f"not built: {unknown if options.names else options.bin / 'fuzz-*'}")
    results = [run(programs[name], name, options) for name in options.names or programs]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
