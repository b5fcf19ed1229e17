#!/usr/bin/env python3
"""What the guards cost in the editor: poolguard-clangd with and without them.

  editor.py BUILD [--commands COMPILE_COMMANDS_DIR] [--edits N] [--rounds N] [--units N] [--own-measure SECONDS] [--results FILE] [FILE...]

For each file (those given, by default the runtime's largest source, and one of 5,000 lines that is generated), over the
protocol: the server's own processor time for an edit, and the time from the edit to its diagnostics, without checks and with
all of ours, in turn. With --units also inside a program of so many files; nobody parses them, `benchmark-multiply` of the
build makes what `poolguard check` would leave. With --own-measure also clangd's: --check-tidy-time for each check and for all
of ours together, for at most so many seconds each (on a machine with other work it discards its measures again and again).
"""

import argparse
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "tests" / "clangd"), str(ROOT / "scripts")]
import generate  # noqa: E402
import manifest  # noqa: E402
from lsp import Server  # noqa: E402
from measure import Table, machine  # noqa: E402
from results import Results  # noqa: E402

# clangd adds before it removes, so the checks that it has by itself are named: '*' would take ours away too.
OTHERS = "Remove: ['abseil-*', 'bugprone-*', 'cert-*', 'clang-*', 'cppcoreguidelines-*', 'misc-*', 'modernize-*', 'performance-*', 'readability-*']"
TICK = os.sysconf("SC_CLK_TCK")
STORES = 8


def processor_time(process):
    """Milliseconds of user and system time so far."""
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / TICK


class Session:
    """A server that has a file open, and edits it."""

    def __init__(self, clangd, file, commands, checks, program, home):
        config = pathlib.Path(home) / "clangd" / "config.yaml"
        config.parent.mkdir(parents=True)
        ours = "Add: 'poolguard-*', " if checks else ""
        config.write_text(f"Diagnostics: {{ClangTidy: {{{ours}{OTHERS}, FastCheckFilter: None, "
                          f"CheckOptions: {{poolguard.Program: '{program}'}}}}}}\n")
        self.file, self.text, self.version = file, file.read_text(), 0
        self.server = Server([clangd, "--background-index=false", f"--compile-commands-dir={commands}"], file.parent, deadline=600,
                             environment={**os.environ, "XDG_CONFIG_HOME": home})
        # In the middle, between two lines: the code before and after it is what it was.
        self.at = self.text.index("\n", len(self.text) // 2) + 1
        self.server.notify("textDocument/didOpen", {"textDocument": {
            "uri": file.as_uri(), "languageId": "cpp", "version": 0, "text": self.text}})
        self.found = self.ours(self.server.diagnostics(file, 0))

    @staticmethod
    def ours(diagnostics):
        return sum(str(one.get("code", "")).startswith("poolguard-") for one in diagnostics)

    def edit(self):
        """Milliseconds from an edit to its diagnostics."""
        self.version += 1
        began = time.monotonic()
        self.server.notify("textDocument/didChange", {
            "textDocument": {"uri": self.file.as_uri(), "version": self.version},
            "contentChanges": [{"text": self.text[:self.at] + f"// {self.version}\n" + self.text[self.at:]}]})
        found = self.ours(self.server.diagnostics(self.file, self.version))
        if found != self.found:
            sys.exit(f"editor.py: {self.found} findings in {self.file}, and {found} after a comment was added")
        return (time.monotonic() - began) * 1000

    def edits(self, count):
        """The times of so many edits, and the processor time of one in milliseconds."""
        before = processor_time(self.server.process)
        waits = [self.edit() for _ in range(count)]
        return waits, (processor_time(self.server.process) - before) / count


def measure(clangd, file, commands, program, options):
    """Without checks and with all guards, in turn: for each the waits and the processor time of an edit; and the findings."""
    with tempfile.TemporaryDirectory() as without, tempfile.TemporaryDirectory() as with_ours:
        sessions = [Session(clangd, file, commands, checks, program, home) for checks, home in ((False, without), (True, with_ours))]
        try:
            for session in sessions:
                session.edits(3)  # warms up
            took = [([], []) for _ in sessions]
            for _ in range(options.rounds):
                for session, (waits, processor) in zip(sessions, took):
                    new, one = session.edits(max(options.edits // options.rounds, 1))
                    waits += new
                    processor.append(one)
            return [(waits, statistics.median(processor)) for waits, processor in took], sessions[1].found
        finally:
            for session in sessions:
                session.server.kill()


def own_measure(clangd, file, commands, seconds):
    """clangd's own percentages, by check; None where it found no stable one in time."""
    table = Table("clangd's own measure, " + file.name, "added", "aim")
    for name in ["poolguard-*", *sorted("poolguard-" + check["name"] for check in manifest.checks())]:
        process = subprocess.Popen(
            [clangd, f"--check={file}", "--check-locations=0", f"--check-tidy-time={name}", f"--compile-commands-dir={commands}",
             "--background-index=false"], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        try:
            log = process.communicate(timeout=seconds)[1]
        except subprocess.TimeoutExpired:
            process.kill()
            log = process.communicate()[1]
        match = re.search(rf"{re.escape(name)} = (-?\d+)%", log)
        table.row(name, f"{match[1]} %" if match else "not stable in time", "15 %" if name.endswith("*") else "8 %")


def stored_program(build, folder, units):
    """The generated file `large.cpp` in a program of so many others, as `poolguard check` would leave it."""
    poolguard = build / "bin" / "poolguard"
    template = folder / "template"
    flags = generate.template(template, ROOT / "runtime" / "include", STORES)
    subprocess.run([poolguard, "summarize", "template.cpp", "-o", "t.pgsum", "--", *flags], cwd=template, check=True)
    # What `check` leaves says which roles it was made with: they are asked of a program of one file.
    subprocess.run([poolguard, "check", "-p", folder, "--cache", folder / "cache"], cwd=folder, capture_output=True, check=False)
    made = folder / ".poolguard" / "program"
    summaries = folder / "summaries"
    summaries.mkdir()
    subprocess.run([build / "bin" / "benchmark-multiply", template / "t.pgsum", str(units), str(STORES), summaries, made], check=True)
    return made


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--commands", type=pathlib.Path, help="of FILE; default: BUILD")
    parser.add_argument("--edits", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--units", type=int, default=0)
    parser.add_argument("--own-measure", type=int, default=0, metavar="SECONDS")
    parser.add_argument("--results", type=pathlib.Path, metavar="FILE", help="for report.py")
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    options = parser.parse_intermixed_args()
    build = options.build.resolve()
    clangd = str(build / "bin" / "poolguard-clangd")
    about = f"{machine()}; {options.edits} edits each, a comment added in the middle"
    print(about)
    results = Results(options.results)
    results.machine(f"editor: {about}")
    table = Table("an edit of", "clangd", "all guards", "added", "aim", "p50 without", "p50 with", "p95 with", "findings")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder).resolve()
        generated = generate.service(folder, 0, ROOT / "runtime" / "include", large=5000)
        files = options.files or [max((ROOT / "runtime" / "src").rglob("*.cpp"), key=lambda path: path.stat().st_size)]
        wanted = [(file.resolve(), (options.commands or build).resolve(), "none", "") for file in files]
        wanted.append((generated, folder, "none", ""))
        if options.units:
            wanted.append((generated, folder, stored_program(build, folder, options.units), f", among {options.units} files"))
        for file, commands, program, where in wanted:
            ((plain, base), (waits, processor)), found = measure(clangd, file, commands, program, options)
            name, p50 = f"{file.name}{where}, {file.read_text().count(chr(10))} lines", statistics.median(waits)
            added = processor / base * 100 - 100
            table.row(name, f"{base:.0f} ms", f"{processor:.0f} ms", f"{added:.0f} %",
                      results.held(f"guards in the editor, {name}", added, "≤ 15", "%"), f"{statistics.median(plain):.0f} ms",
                      f"{p50:.0f} ms", f"{statistics.quantiles(waits, n=20)[-1]:.0f} ms", found)
            results.held(f"edit to diagnostics, {name}, p50", p50, "≤ 100", "ms")
        if options.own_measure:
            for file, commands, program, _ in wanted:
                if program == "none":
                    own_measure(clangd, file, commands, options.own_measure)


if __name__ == "__main__":
    main()
