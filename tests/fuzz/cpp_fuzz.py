#!/usr/bin/env python3
"""All checks over C++ that a grammar makes (generate_cpp.py): no crash, no hang, no blow-up.

  cpp_fuzz.py --plugin=libpoolguard-tidy.so [--clang=clang++-22] [--clang-tidy=clang-tidy-22] [--seed=N] [--count=M]

The seed is printed. A file that takes the checks down, or for which they need more than SECONDS of CPU, is named by
tests/robustness/corpus.py, and kept; the exit status is 1. It is 1 as well if fewer than half of the checks find something: such
programs would not test them.
"""

import argparse
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

import generate_cpp

HERE = pathlib.Path(__file__).resolve()
CORPUS = HERE.parents[1] / "robustness" / "corpus.py"
MANIFEST = HERE.parents[2] / "checkers" / "checks.yaml"
SECONDS = 4  # a file's headers are parsed beforehand, and no program is longer than some hundred lines: 0.1 s is usual
STANDARD = "-std=c++20"  # corpus.py's for a file that doesn't say


def check(options, folder):
    """Runs the checks over the files. Returns whether all went well."""
    generate_cpp.write(folder, options.seed, options.count)
    parsed = folder / "prelude.pch"
    subprocess.run([options.clang, STANDARD, "-x", "c++-header", folder / "prelude.h", "-o", parsed], check=True)
    result = subprocess.run([sys.executable, CORPUS, f"--plugin={options.plugin}", f"--clang-tidy={options.clang_tidy}", "--jobs=1",
                             f"--seconds={SECONDS}", "--flag=-include-pch", f"--flag={parsed}", folder],
                            stdout=subprocess.PIPE, text=True, check=False)
    found = set(re.findall(r"\[poolguard-([\w-]+)\]$", result.stdout, re.M))
    checks = re.findall(r"^ *- name: ([\w-]+)", MANIFEST.read_text(), re.M)
    wrong = [line for line in result.stdout.splitlines() if not re.search(r"\[poolguard-[\w-]+\]$", line)]
    print("\n".join(wrong), f"{len(found)} of {len(checks)} checks found something; silent: {' '.join(sorted(set(checks) - found)) or 'none'}",
          sep="\n", flush=True)
    return result.returncode == 0 and 2 * len(found) >= len(checks)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plugin", required=True)
    parser.add_argument("--clang", default="clang++-22")
    parser.add_argument("--clang-tidy", default="clang-tidy-22")
    parser.add_argument("--seed", type=int, default=random.randrange(1, 2**31))
    parser.add_argument("--count", type=int, default=60)
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="poolguard-fuzz-cpp-"))
    if check(options, folder):
        shutil.rmtree(folder)
        return 0
    print(f"the files are in {folder}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
