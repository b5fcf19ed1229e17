"""What the benchmarks share: to run programs and say what they took, and to print it."""

import concurrent.futures
import dataclasses
import os
import pathlib
import platform
import re
import statistics
import subprocess
import time


@dataclasses.dataclass
class Took:
    """Seconds on the clock, seconds of processor time (user and system), and the most memory in bytes."""
    wall: float
    processor: float
    memory: int
    status: int


def run(command, **options):
    """Runs it with its output thrown away; programs that it starts count too, once it has waited for them."""
    began = time.monotonic()
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)  # it is waited for: nobody else must
    return Took(time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, process.returncode)


def run_all(commands, jobs):
    """All of them, as many at a time. `commands` are pairs of a folder and a command."""
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        each = list(pool.map(lambda one: run(one[1], cwd=one[0]), commands))
    return Took(time.monotonic() - began, sum(one.processor for one in each), max(one.memory for one in each),
                max(one.status for one in each))


def in_turn(rounds, *ways):
    """Each way once, then each again: the median of what each took. A way is a function that returns a Took."""
    took = [[] for _ in ways]
    for _ in range(rounds):
        for way, known in zip(ways, took):
            known.append(way())
    return [Took(statistics.median(one.wall for one in known), statistics.median(one.processor for one in known),
                 max(one.memory for one in known), known[-1].status) for known in took]


def machine():
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (f"{model[1] if model else platform.processor()}, {os.cpu_count()} processors, {memory:.0f} GiB, {platform.system()} "
            f"{platform.release()}, load {os.getloadavg()[0]:.1f} at the start")


class Table:
    """Rows as Markdown, each printed as soon as it is known."""

    def __init__(self, *titles):
        self.widths = [max(len(title), 12) for title in titles]
        print()
        self.row(*titles)
        print("|" + "|".join("-" * (width + 2) for width in self.widths) + "|", flush=True)

    def row(self, *cells):
        print("| " + " | ".join(str(cell).ljust(width) for cell, width in zip(cells, self.widths)) + " |", flush=True)


def seconds(value):
    return f"{value:.2f} s" if value < 100 else f"{value:.0f} s"


def ratio(ours, peer):
    return f"{ours / peer:.2f}"
