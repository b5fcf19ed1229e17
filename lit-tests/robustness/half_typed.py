#!/usr/bin/env python3
"""Code as it is while somebody types it must take neither host down.

  half_typed.py --clang-tidy=… --plugin=… --poolguard=… --temp=DIR SHAPES ROLES

Makes files of SHAPES: its prefixes, each ending after another token, and the whole with one token left out. Both hosts read them,
many in a process; when a process dies, its files are read one by one to name the one that kills it.
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys

TOKEN = re.compile(r'//[^\n]*\n|"(?:\\.|[^"\\\n])*"|\'[^\']*\'|\w+|\s+|<=|>=|->|::|\.\.\.|&&|\|\||.', re.DOTALL)
PREFIX_STEP, HOLE_STEP, BATCH = 5, 11, 40


def variants(text):
    """The name and text of every half-typed file. Comments and space are no tokens of their own."""
    ends = [m.end() for m in TOKEN.finditer(text) if not m[0].isspace() and not m[0].startswith("//")]
    for number, end in enumerate(ends):
        start = ends[number - 1] if number else 0
        if number % PREFIX_STEP == 0:
            yield f"prefix-{number}.cpp", text[:end]
        if number % HOLE_STEP == 0:
            yield f"hole-{number}.cpp", text[:start] + text[end:]


class Host:
    def __init__(self, name, command, allowed):
        self.name, self.command, self.allowed = name, command, allowed

    def dies(self, files):
        """What is wrong with reading `files` in one process; None when nothing is."""
        try:
            done = subprocess.run([*self.command, *files, "--", "-std=c++20", "-w"], capture_output=True, text=True,
                                  errors="replace", timeout=300, check=False)
        except subprocess.TimeoutExpired:
            return "it hangs"
        return None if done.returncode in self.allowed else f"exit status {done.returncode}\n{done.stderr[-3000:]}"

    def read(self, files):
        if not (wrong := self.dies(files)):
            return []
        alone = [(file, why) for file in files if (why := self.dies([file]))]
        return alone or [(" ".join(map(str, files)), wrong)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option in ("clang-tidy", "plugin", "poolguard"):
        parser.add_argument(f"--{option}", required=True)
    parser.add_argument("--temp", required=True, type=pathlib.Path)
    parser.add_argument("shapes", type=pathlib.Path)
    parser.add_argument("roles", type=pathlib.Path)
    options = parser.parse_args()

    shutil.rmtree(options.temp, ignore_errors=True)
    options.temp.mkdir(parents=True)
    shutil.copy(options.roles, options.temp / ".poolguard.yaml")
    whole = options.temp / "whole.cpp"
    shutil.copy(options.shapes, whole)
    files = []
    for name, text in variants(options.shapes.read_text()):
        files.append(options.temp / name)
        files[-1].write_text(text)

    tidy = Host("clang-tidy", [options.clang_tidy, f"-load={options.plugin}", "-checks=-*,poolguard-*", "--quiet"], (0, 1))
    # 2: it judges nothing that does not parse, and says so.
    driver = Host("poolguard", [options.poolguard, "check"], (0, 1, 2))
    # The whole parses, and the checks have something to say of it; else the rest would show nothing.
    if wrong := Host("poolguard", driver.command, (1,)).dies([whole]):
        sys.exit(f"{options.shapes} must parse and have findings: {wrong}")
    failed = False
    for host in (tidy, driver):
        for start in range(0, len(files), BATCH):
            for file, why in host.read(files[start : start + BATCH]):
                failed = True
                print(f"{host.name} on {file}: {why}")
    print(f"{len(files)} half-typed files")
    sys.exit(failed)


if __name__ == "__main__":
    main()
