#!/usr/bin/env python3
"""What the guards cost in the editor: poolguard-clangd with and without them.

  editor.py BUILD [--commands COMPILE_COMMANDS_DIR] [--edits N] [--own-measure SECONDS] [FILE...]

For each file (those given, and one of 5,000 lines that is generated), over the protocol: the time from an edit to its
diagnostics, and the server's own processor time for it, without checks, with all of ours, and inside a program of
--units N files that `poolguard check` left. With --own-measure also clangd's: --check-tidy-time for each check, for at
most so many seconds a check (on a machine with other work it discards its measures again and again).
"""

import argparse
import os
import pathlib
import platform
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

ALL = "{ClangTidy: {Remove: '*', Add: 'poolguard-*', FastCheckFilter: None}}"
NONE = "{ClangTidy: {Remove: '*'}}"
TICK = os.sysconf("SC_CLK_TCK")


def processor_time(process):
    """Milliseconds of user time so far."""
    return int(pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()[11]) * 1000 / TICK


def edits(clangd, file, commands, diagnostics, count, program="none"):
    """Milliseconds from each of `count` edits of the file to its diagnostics, and of processor time per edit."""
    with tempfile.TemporaryDirectory() as home:
        config = pathlib.Path(home) / "clangd" / "config.yaml"
        config.parent.mkdir()
        options = diagnostics.replace("FastCheckFilter", "CheckOptions: {poolguard.Program: '%s'}, FastCheckFilter" % program)
        config.write_text(f"Diagnostics: {options}\n")
        server = Server([clangd, "--background-index=false", f"--compile-commands-dir={commands}"], file.parent, deadline=300,
                        environment={**os.environ, "XDG_CONFIG_HOME": home})
        try:
            text = file.read_text()
            # In the middle, between two lines: the code before and after it is what it was.
            at = text.index("\n", len(text) // 2) + 1
            server.notify("textDocument/didOpen", {"textDocument": {
                "uri": file.as_uri(), "languageId": "cpp", "version": 0, "text": text}})
            server.diagnostics(file, 0)
            waits = []
            for version in range(1, count + 6):
                if version == 6:  # the first ones warm up
                    waits, before = [], processor_time(server.process)
                began = time.monotonic()
                server.notify("textDocument/didChange", {
                    "textDocument": {"uri": file.as_uri(), "version": version},
                    "contentChanges": [{"text": text[:at] + f"// {version}\n" + text[at:]}]})
                server.diagnostics(file, version)
                waits.append((time.monotonic() - began) * 1000)
            return waits, (processor_time(server.process) - before) / count
        finally:
            server.kill()


def own_measure(clangd, file, commands, seconds):
    """clangd's own percentages, by check; None where it found no stable one in time."""
    found = {}
    for name in sorted("poolguard-" + check["name"] for check in manifest.checks()):
        process = subprocess.Popen(
            [clangd, f"--check={file}", "--check-locations=0", f"--check-tidy-time={name}", f"--compile-commands-dir={commands}",
             "--background-index=false"], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        try:
            log = process.communicate(timeout=seconds)[1]
        except subprocess.TimeoutExpired:
            process.kill()
            log = process.communicate()[1]
        match = re.search(rf"{name} = (-?\d+)%", log)
        found[name] = int(match[1]) if match else None
        print(f"  {name:48} {'not stable in time' if found[name] is None else f'{found[name]} %'}", flush=True)
    return found


def report(name, waits, processor, base):
    rest = f"{processor / base * 100 - 100:+6.1f} %" if base else "        "
    print(f"  {name:32} {processor:8.1f} ms {rest}   p50 {statistics.median(waits):7.1f} ms   "
          f"p95 {statistics.quantiles(waits, n=20)[-1]:7.1f} ms", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--commands", type=pathlib.Path, help="of FILE; default: BUILD")
    parser.add_argument("--edits", type=int, default=40)
    parser.add_argument("--units", type=int, default=0)
    parser.add_argument("--own-measure", type=int, default=0, metavar="SECONDS")
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    options = parser.parse_intermixed_args()
    clangd, poolguard = (str(options.build.resolve() / "bin" / name) for name in ("poolguard-clangd", "poolguard"))
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    print(f"{model[1] if model else platform.processor()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; "
          f"{options.edits} edits each; processor time an edit, what the guards add to it, time from edit to diagnostics\n")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder).resolve()
        generated = generate.service(folder, options.units, ROOT / "runtime" / "include", large=5000)
        files = [(file.resolve(), (options.commands or options.build).resolve(), "none") for file in options.files]
        files.append((generated, folder, "none"))
        if options.units:
            began = time.monotonic()
            subprocess.run([poolguard, "check", "-p", folder, "--cache", folder / "cache"], cwd=folder, capture_output=True, check=False)
            program = folder / ".poolguard" / "program"
            print(f"a program of {options.units + 2} files, {program.stat().st_size / 1e6:.1f} MB, judged in {time.monotonic() - began:.0f} s")
            files += [(generated, folder, str(program)), (folder / "units" / "0.cpp", folder, "none"),
                      (folder / "units" / "0.cpp", folder, str(program))]
        for file, commands, program in files:
            print(f"{file.name}, {file.read_text().count(chr(10))} lines{'' if program == 'none' else ', inside the program'}")
            waits, base = edits(clangd, file, commands, NONE, options.edits)
            report("clangd without checks", waits, base, None)
            waits, processor = edits(clangd, file, commands, ALL, options.edits, program)
            report("all guards", waits, processor, base)
            if options.own_measure and program == "none":
                own_measure(clangd, file, commands, options.own_measure)
            print()


if __name__ == "__main__":
    main()
