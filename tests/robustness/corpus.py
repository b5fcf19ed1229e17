#!/usr/bin/env python3
"""Runs every check over every file of a corpus and reports crashes, hangs and the memory they took.

  corpus.py --plugin=libpoolguard-tidy.so [--jobs=2] [--part=3/40] [--seconds=20] [--megabytes=2048] FOLDER_OR_FILE...

The files may be ill-formed: clang-tidy hands the checks whatever Clang could make of them. Options of GCC's DejaGnu
comments (dg-options, dg-do) are understood as far as Clang has them. Many files share a process; when one takes the
process down, the files are run one by one to name it. --part=K/N takes the K-th of N pieces: all of them together are
the whole corpus. Exit status: 0 nothing went wrong, 1 something did.
"""

import argparse
import collections
import concurrent.futures
import pathlib
import re
import resource
import signal
import subprocess
import sys
import threading
import time
import os

SUFFIXES = {".C", ".cc", ".cpp", ".cxx"}
KEPT_OPTION = re.compile(r"-(std=|D\w|U\w|fno-exceptions|fno-rtti|fchar8_t|fno-char8_t|fopenmp|fms-extensions|fpermissive)")


def flags_of(path):
    """The compiler flags of a file, by its DejaGnu comments; C++20 where they don't say."""
    text = path.read_text(errors="replace")
    flags = []
    for options in re.findall(r'dg-(?:additional-)?options\s+"([^"]*)"', text):
        flags += [flag for flag in options.split() if KEPT_OPTION.match(flag) and "\\" not in flag]
    if not any(flag.startswith("-std=") for flag in flags):
        target = re.search(r"target\s*\{?\s*(?:c\+\+(\d\d)(_only|_down)?)", text)
        year = target[1] if target else "20"
        flags.append(f"-std=c++{year if year in ('98', '11', '14', '17', '20', '23') else '20'}")
    return tuple(flag for flag in flags if flag != "-fpermissive")


class Run:
    def __init__(self, options):
        self.options = options
        self.lock = threading.Lock()
        self.bad = []
        self.peak = (0, "")
        self.findings = []
        self.done = 0

    def once(self, files, flags):
        """Runs one process. Returns what went wrong, or None."""
        limit = self.options.megabytes << 20
        # A hang is measured in CPU time: on a busy machine the clock runs on while the process waits for its turn. One that
        # waits without running (a deadlock) is what the clock is still there for.
        seconds = int(self.options.seconds * (2 + len(files) / 4))
        patience = 20 * seconds

        def confine():
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        command = [self.options.clang_tidy, f"-load={self.options.plugin}", f"-checks=-*,{self.options.checks}",
                   "--quiet", *map(str, files), "--", "-w", "-ferror-limit=0", *flags, *self.options.flag]
        with open(os.devnull, "rb") as nothing:
            process = subprocess.Popen(command, stdin=nothing, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                       text=True, errors="replace", preexec_fn=confine)
        timer = threading.Timer(patience, process.kill)
        killed_at = time.monotonic() + patience
        timer.start()
        errors = []
        reader = threading.Thread(target=lambda: errors.append(process.stderr.read()))
        reader.start()
        out = process.stdout.read()
        reader.join()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        timer.cancel()
        with self.lock:
            if usage.ru_maxrss > self.peak[0]:
                self.peak = (usage.ru_maxrss, " ".join(map(str, files)) if len(files) < 3 else f"{files[0]} ... {files[-1]}")
            self.findings += re.findall(r"^.*\[poolguard-.*\]$", out, re.MULTILINE)
        if process.returncode in (0, 1):
            return None
        if process.returncode in (-signal.SIGXCPU, -signal.SIGKILL) and usage.ru_utime + usage.ru_stime >= seconds:
            return f"took longer than {seconds} s of CPU"
        if process.returncode == -signal.SIGKILL and time.monotonic() >= killed_at:
            return f"did not end in {patience} s"
        frames = [line for line in errors[0].splitlines() if "poolguard" in line or line.startswith((" #", "LLVM ERROR"))]
        return f"exit status {process.returncode}\n    " + "\n    ".join(frames[:12])

    def batch(self, files, flags):
        wrong = self.once(files, flags)
        if wrong and len(files) > 1:
            half = len(files) // 2
            self.batch(files[:half], flags)
            self.batch(files[half:], flags)
            return
        with self.lock:
            self.done += len(files)
            if wrong:
                self.bad.append((str(files[0]), flags, wrong))
                print(f"{files[0]} {' '.join(flags)}: {wrong}", flush=True)


def part(text):
    """`3/40` as (3, 40)."""
    match = re.fullmatch(r"(\d+)/(\d+)", text)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise argparse.ArgumentTypeError(f"'{text}' isn't K/N with 1 <= K <= N")
    return int(match[1]), int(match[2])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clang-tidy", default="clang-tidy-22")
    parser.add_argument("--plugin", required=True)
    parser.add_argument("--checks", default="poolguard-*")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--batch", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=20, help="for one file")
    parser.add_argument("--megabytes", type=int, default=2048, help="address space of a process")
    parser.add_argument("--every", type=int, default=1, help="take each N-th file only")
    parser.add_argument("--part", type=part, default=(1, 1), metavar="K/N", help="take the K-th of N pieces only")
    parser.add_argument("--flag", action="append", default=[], help="one more for the compiler")
    parser.add_argument("paths", nargs="+", type=pathlib.Path)
    options = parser.parse_args()

    files = []
    for path in options.paths:
        files += [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.suffix in SUFFIXES)
    files = files[:: options.every]
    groups = collections.defaultdict(list)
    piece, pieces = options.part
    # In the order of their flags, so that the files of a piece share processes.
    by_flags = sorted((flags_of(path), path) for path in files)
    for flags, path in by_flags[len(files) * (piece - 1) // pieces : len(files) * piece // pieces]:
        groups[flags].append(path)
    run = Run(options)
    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        work = [pool.submit(run.batch, group[i : i + options.batch], flags)
                for flags, group in groups.items() for i in range(0, len(group), options.batch)]
        for future in work:
            future.result()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    for finding in sorted(set(run.findings)):
        print(finding)
    print(f"{run.done} files in {time.monotonic() - start:.0f} s ({used.ru_utime + used.ru_stime:.0f} s of CPU), "
          f"{len(run.bad)} went wrong, {len(set(run.findings))} findings, peak memory {run.peak[0] >> 10} MB in {run.peak[1]}")
    return 1 if run.bad else 0


if __name__ == "__main__":
    sys.exit(main())
