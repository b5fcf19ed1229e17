#!/usr/bin/env python3
"""What the guards cost, beside the best: one table a subject, in one run, ours and the peer in turn, the median of several.

  guards.py BUILD [--rounds N] [--jobs N] [--units N] [--growth N,N,...] [--only SUBJECT,...]
            [--results FILE]

Subjects: cold (`poolguard check` without a cache, beside clang -fsyntax-only over the same commands with the same -j: the
runtime's own, and a generated program of --units files), warm (again, with nothing changed and with one file changed), link
(of summaries that nobody has to parse: `benchmark-multiply` of the build makes them), plugin (clang-tidy with the guards, beside
none, bugprone-* and cppcheck).

Ratios are of processor time: other work on the machine changes the clock's time more.
"""

import argparse
import json
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

import generate
from measure import Table, in_turn, machine, ratio, run, run_all, seconds
from results import Results

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = ROOT / "runtime" / "include"
# clang-tidy refuses to run without any check: one that looks at next to nothing.
NO_CHECK = "-*,llvm-twine-local"


def tool(name):
    found = shutil.which(f"{name}-22") or shutil.which(name)
    if not found:
        sys.exit(f"guards.py: {name} is missing: run scripts/install-deps (cppcheck: apt-get install cppcheck)")
    return found


def commands(folder, below=None):
    """The entries of its compile_commands.json, of sources below a folder."""
    entries = json.loads((folder / "compile_commands.json").read_text())
    return [entry for entry in entries
            if not below or below in (pathlib.Path(entry["directory"]) / entry["file"]).resolve().parents]


def syntax_only(entry):
    """The entry's command as the compiler's check of the source alone, without a precompiled header: the driver takes none
    either. As a pair of a folder and a command."""
    words = entry.get("arguments") or shlex.split(entry["command"])
    kept, skip = [], 0
    first = next(i for i, word in enumerate(words) if word.startswith("-"))  # behind the compiler, and what that is behind
    for i, word in enumerate(words[first:], first):
        if skip:
            skip -= 1
        elif word in ("-o", "-MT", "-MF"):
            skip = 1
        elif word == "-Xclang" and words[i + 1:i + 2] == ["-include-pch"]:
            skip = 3
        elif word not in ("-c", "-MD"):
            kept.append(word)
    return entry["directory"], [tool("clang++"), *kept, "-fsyntax-only", "-w"]


class Guards:
    def __init__(self, options):
        self.options = options
        self.build = options.build.resolve()
        self.poolguard = self.build / "bin" / "poolguard"
        self.folder = pathlib.Path(options.scratch)
        self.results = Results(options.results)

    def check(self, folder, *more):
        """`poolguard check` of a program, from the repository's folder."""
        took = run([self.poolguard, "check", "-p", folder, "-j", self.options.jobs, *more], cwd=ROOT)
        if took.status not in (0, 1):
            sys.exit(f"guards.py: 'poolguard check -p {folder}' fails; run it by hand")
        return took

    def program(self):
        """The generated program; made once."""
        folder = self.folder / "program"
        if not folder.exists():
            generate.service(folder, self.options.units, INCLUDE)
        return folder

    def runtime(self):
        """The runtime's own sources, as compile commands of their own."""
        folder = self.folder / "runtime"
        folder.mkdir(exist_ok=True)
        entries = commands(self.build, ROOT / "runtime")
        if not entries:
            sys.exit(f"guards.py: no source of the runtime in {self.build}/compile_commands.json: configure it with the runtime")
        (folder / "compile_commands.json").write_text(json.dumps(entries))
        return folder

    def cold(self):
        table = Table("cold check of", "files", "poolguard", "clang -fsyntax-only", "ratio", "aim", "on the clock")
        for name, folder in (("the runtime", self.runtime()), ("the generated program", self.program())):
            syntax = [syntax_only(entry) for entry in commands(folder)]

            def peer():
                took = run_all(syntax, self.options.jobs)
                if took.status:
                    sys.exit(f"guards.py: clang -fsyntax-only fails on {name}: {shlex.join(syntax[0][1])}")
                return took

            ours, theirs = in_turn(self.options.rounds, lambda: self.check(folder, "--no-cache"), peer)
            table.row(name, len(syntax), seconds(ours.processor), seconds(theirs.processor),
                      ratio(ours.processor, theirs.processor),
                      self.results.held(f"cold check of {name}, to clang -fsyntax-only", ours.processor / theirs.processor, "≤ 0.7"),
                      ratio(ours.wall, theirs.wall))

    def warm(self):
        folder, cache = self.program(), self.folder / "cache"
        files = len(commands(folder))
        table = Table("again", "files", "processor time", "on the clock", "aim")
        self.check(folder, "--cache", cache)
        nothing, = in_turn(self.options.rounds, lambda: self.check(folder, "--cache", cache))
        aim = self.results.held(f"check of {files} files, nothing changed", nothing.wall, "≤ 1", "s")
        table.row("nothing changed", files, seconds(nothing.processor), seconds(nothing.wall), f"{aim} for 1,000 files")
        changed, turns = folder / "units" / "1.cpp", iter(range(10**6))
        text = changed.read_text()

        def one_changed():
            changed.write_text(text + f"namespace app {{ int added_{next(turns)}(Db &db) {{ return db.execute(\"SELECT 1\"); }} }}\n")
            return self.check(folder, "--cache", cache)

        one, parse = in_turn(self.options.rounds, one_changed,
                             lambda: self.check(folder, "--no-cache", changed))
        changed.write_text(text)
        self.results.held(f"check of {files} files, one changed, beside its parse", one.wall - parse.wall, "≤ 1", "s")
        table.row("one file changed", files, seconds(one.processor), seconds(one.wall), f"its parse ({seconds(parse.wall)}) + 1 s")

    def summaries(self, stores=8):
        """The summary of the template that programs are made of, and how many functions it has."""
        folder = self.folder / "template"
        flags = generate.template(folder, INCLUDE, stores)
        subprocess.run([self.poolguard, "summarize", "template.cpp", "-o", "t.pgsum", "--", *flags], cwd=folder, check=True)
        return folder / "t.pgsum"

    def link(self):
        table = Table("link of", "functions", "processor time", "on the clock", "a file", "memory", "aim")
        template = self.summaries()
        for units in (int(n) for n in self.options.growth.split(",")):
            folder = self.folder / "summaries"
            folder.mkdir()
            subprocess.run([self.build / "bin" / "benchmark-multiply", template, str(units), "8", folder], check=True)
            files = [f"{n}.pgsum" for n in range(units)]
            took, = in_turn(self.options.rounds, lambda: run([self.poolguard, "link", "-j", self.options.jobs, *files], cwd=folder))
            if took.status not in (0, 1):
                sys.exit("guards.py: 'poolguard link' fails")
            memory, aims = took.memory / 2**20, ""
            if units == 10000:
                aims = (self.results.held("link of 10,000 files", took.wall, "≤ 5", "s") + ", " +
                        self.results.held("link of 10,000 files, memory", memory, "≤ 2048", "MiB"))
            table.row(f"{units} files", units * 50, seconds(took.processor), seconds(took.wall),
                      f"{took.processor / units * 1000:.2f} ms", f"{memory:.0f} MiB", aims)
            self.results.grows("link", "files of 50 functions", "s of processor time", units, took.processor)
            self.results.grows("link", "files of 50 functions", "MiB of memory", units, memory)
            shutil.rmtree(folder)

    def plugin(self):
        table = Table("clang-tidy of", "no check", "all guards", "ratio", "aim", "bugprone-*", "ratio", "cppcheck", "ratio")
        large = generate.service(self.folder / "large", 0, INCLUDE, large=5000)
        biggest = max((ROOT / "runtime" / "src").rglob("*.cpp"), key=lambda path: path.stat().st_size)
        plugin = next(self.build.glob("**/libpoolguard-tidy.so"))
        for file, database in ((biggest, self.build), (large, large.parent)):
            def tidy(checks):
                return lambda: run([tool("clang-tidy"), "-load", plugin, f"--checks={checks}", "-p", database, "--quiet",
                                    "--config={CheckOptions: {poolguard.Program: none}}", file], cwd=file.parent)

            own = next(entry for entry in commands(database)
                       if (pathlib.Path(entry["directory"]) / entry["file"]).resolve() == file.resolve())
            words = own.get("arguments") or shlex.split(own["command"])
            include = [word for word in words if word.startswith("-I")]
            none, all_ours, bugprone, cppcheck = in_turn(
                self.options.rounds, tidy(NO_CHECK), tidy("-*,poolguard-*"), tidy("-*,bugprone-*"),
                lambda: run([tool("cppcheck"), "--std=c++20", "--language=c++", "--enable=warning", "--quiet", *include, file]))
            table.row(f"{file.name}, {file.read_text().count(chr(10))} lines", seconds(none.processor),
                      seconds(all_ours.processor), ratio(all_ours.processor, none.processor),
                      self.results.held(f"clang-tidy with all guards, {file.name}, to none", all_ours.processor / none.processor, "≤ 1.1"),
                      seconds(bugprone.processor), ratio(bugprone.processor, none.processor),
                      seconds(cppcheck.processor), ratio(cppcheck.processor, none.processor))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--units", type=int, default=1000)
    parser.add_argument("--growth", default="10,100,1000,10000")
    parser.add_argument("--only", default="cold,warm,link,plugin")
    parser.add_argument("--results", type=pathlib.Path, metavar="FILE", help="for report.py")
    options = parser.parse_args()
    subjects = options.only.split(",")
    if unknown := set(subjects) - {"cold", "warm", "link", "plugin"}:
        parser.error(f"unknown subject: {', '.join(unknown)}")
    about = f"{machine()}; median of {options.rounds}, -j {options.jobs}; processor time unless it says otherwise"
    print(about)
    Results(options.results).machine(f"guards: {about}")
    with tempfile.TemporaryDirectory() as scratch:
        options.scratch = scratch
        guards = Guards(options)
        for subject in subjects:
            getattr(guards, subject)()


if __name__ == "__main__":
    main()
