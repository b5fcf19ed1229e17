#!/usr/bin/env python3
"""Workers, servers and the ways between them under faults; then the histories are judged and replayed in the model.

  chaos.py --program=BUILD/bin/poolguard-chaos [--seed=N] [--minutes=M] [--faults=A,B] [--workers=N] [--keep=FOLDER] [--loses]

Each fault comes alone once, in an order and at places that the seed chooses, then for M minutes all of them together. The seed is
printed; the same seed gives the same faults at the same times, though not the same interleaving. Exit status 1: something that must
hold doesn't, or a job's history isn't a run of tests/model/lease.pml; then the histories are kept, and a line says where.

--loses proves the checker: the server forgets what it has acknowledged when it crashes (synchronous_commit=off), and the run passes
only if that is found.
"""

import argparse
import collections
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

import checker
import replay
from history import Run, kind


def drive(options, folder):
    command = [options.program, "drive", f"--histories={folder}", f"--seed={options.seed}", f"--faults={','.join(options.faults)}",
               f"--mixed={round(options.minutes * 60)}", f"--workers={options.workers}", *(["--async-commit"] if options.loses else [])]
    return subprocess.run(command, check=False).returncode == 0


def windows(run):
    """{fault: [(begin, end, notes)]} of those that came alone: until the next one begins."""
    begins = [event for event in run.driver if event["event"] == "fault" and event["phase"] == "begins"]
    ends = {(event["name"], event["at"]) for event in run.driver if event["event"] == "fault" and event["phase"] == "ends"}
    found = collections.defaultdict(list)
    for event, following in zip(begins, [*begins[1:], run.event("faults.end")]):
        begin, end = event["at"], following["at"]
        if not any(name == event["name"] and begin < at <= end for name, at in ends):
            continue  # another came before it was over
        if sum(at <= begin for _, at in ends) != begins.index(event):
            continue  # another was not over yet
        notes = [done["note"] for done in run.driver
                 if done["event"] == "fault.done" and done["name"] == event["name"] and begin <= done["at"] <= end and done["note"]]
        found[event["name"]].append((begin, end, notes))
    return found


def table(run, kinds):
    """What each fault did where it came alone, and how often it came in all."""
    unanswered = [event["at"] for events in run.workers.values() for event in events if event.get("reply") == "unanswered"]
    swept = [replay.microseconds(row["at"]) for row in run.transitions if kind(row) == "sweep"]
    times = collections.Counter(event["name"] for event in run.driver if event["event"] == "fault" and event["phase"] == "begins")
    alone = windows(run)
    lines = ["| fault | times | alone: what it met | statements without an answer | leases that ran out |", "|---|---|---|---|---|"]
    for name, what in kinds.items():
        def count(moments):
            return sum(any(begin <= at < end for begin, end, _ in alone[name]) for at in moments)

        notes = "; ".join(" ".join(note.split()) for _, _, notes in alone[name] for note in notes)
        lines.append("| " + " | ".join(map(str, (what, times[name], notes, count(unanswered), count(swept)))) + " |")
    return "\n".join(lines)


def judge(folder, kinds):
    """Prints what the run was; returns the violations, those of the model among them."""
    run = Run.load(folder)
    print(table(run, kinds))
    found = checker.violations(run)
    for name, problem in found:
        print(f"{name}: {problem}")
    strange, replayed, different = replay.violations(run)
    replay.report(strange)
    states = {state: sum(job["status"] == state for job in run.jobs.values()) for state in ("completed", "dead")}
    owners = sum(kind(row) == "claim" for row in run.transitions)
    print(f"{len(run.jobs)} jobs ({states['completed']} completed, {states['dead']} dead), {owners} claims, {len(run.transitions)} transitions, "
          f"{len(run.workers)} worker processes; {replayed} jobs replayed in the model ({different} different traces)")
    return [name for name, _ in found] + ["model"] * len(strange)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--seed", type=int, default=random.randrange(1, 2**31))
    parser.add_argument("--minutes", type=float, default=0.1, help="of faults together (0.1)")
    parser.add_argument("--faults", type=lambda text: text.split(","), help="of `poolguard-chaos faults` (all)")
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--keep", type=pathlib.Path, help="a new folder for the histories")
    parser.add_argument("--loses", action="store_true")
    options = parser.parse_args()
    listed = subprocess.run([options.program, "faults"], stdout=subprocess.PIPE, text=True, check=True).stdout
    kinds = dict(line.split("\t") for line in listed.splitlines())
    options.faults = options.faults or list(kinds)
    print(f"seed {options.seed}", flush=True)
    folder = options.keep or pathlib.Path(tempfile.mkdtemp(prefix="poolguard-histories-"))
    folder.mkdir(exist_ok=True)
    if not drive(options, folder):
        sys.exit(f"the run did not come to its end (seed {options.seed}); its histories are in {folder}")
    found = judge(folder, {name: kinds[name] for name in options.faults})
    good = bool(set(found) & {"lost-job", "lost-write"}) if options.loses else not found
    if not good:
        print("the server forgot what it had acknowledged, or should have, and nothing was found" if options.loses
              else f"{len(found)} violations (seed {options.seed})")
        sys.exit(f"the histories are in {folder}")
    print("found, as it must be" if options.loses else "no violation")
    if not options.keep:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
