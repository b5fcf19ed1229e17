#!/usr/bin/env python3
"""Replays the history of a chaos run in the model of the lease protocol: each job's transitions must be a run of tests/model/lease.pml.

  replay.py FOLDER

The transitions that the server recorded, and the answers that the workers had, become a trace: a list of the model's own steps (its
inlines claim, renew, complete, …) with who takes each and whether it heard the answer. spin takes the steps one by one; the model's
assertions are checked on the way, and after each step the model must be where the server was: the same status and epoch. A job that the
model can't follow is a violation of the protocol, or a mistake in the model. Jobs with the same trace are replayed once.

Left out: jobs with more than 255 epochs (the model's is a byte); times, of which only that a lease had run out before it was swept, by
the server's clock.
"""

import collections
import concurrent.futures
import datetime
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from history import Run, kind

MODEL = pathlib.Path(__file__).resolve().parents[1] / "model" / "lease.pml"
MOST_EPOCHS = 255
STATES = {"waiting": "Waiting", "active": "Active", "completed": "Completed", "dead": "Dead"}


def microseconds(time):
    return int(datetime.datetime.fromisoformat(time).timestamp() * 1_000_000)


class Traces:
    """Of each job, the lines of its trace."""

    def __init__(self, run):
        self.run = run
        self.heard = {(answer.op, answer.worker, answer.job, answer.epoch) for answer in run.answers() if answer.reply == "ran"}
        self.heard_renewals = collections.Counter(answer[1:4] for answer in run.answers() if answer.op == "renew" and answer.reply == "ran")
        self.refusals = collections.defaultdict(list)
        for answer in run.answers():
            if answer.reply == "refused":
                self.refusals[answer.job].append(answer)
        self.claims = run.claims()

    def of(self, job):
        steps = []  # (when, line); the order of the server's own rows is kept
        names = {}  # workers, by their order of appearance

        def number(worker):
            return names.setdefault(worker, len(names) + 1)

        for row in self.run.by_job[job]:
            what = kind(row)
            if what == "add":
                continue
            steps += [(microseconds(row["at"]), line) for line in self.lines(job, row, what, number)]
        for answer in self.refusals[job]:
            # It ran at some time before its answer; what made it match no row came before that, and is never undone.
            at = sum(when <= answer.at for when, _ in steps)
            steps.insert(at, (answer.at, f"was_refused({number(answer.worker)}, {answer.epoch})"))
        for op, worker, acknowledged, _ in self.heard:
            if op == "complete" and acknowledged == job:
                steps.append((0, f"acknowledged({number(worker)})"))
        return [line for _, line in steps]

    def lines(self, job, row, what, number):
        state, epoch = STATES.get(row["new_status"]), row["new_epoch"]
        if what is None or state is None:
            return [f"assert(false) /* {row['old_status']} to {row['new_status']} */"]
        if what == "sweep":
            ended = [f"lease_ended({row['old_epoch']})"] if row["old_until"] < row["at"] else []
            return [*ended, f"swept({epoch}, {state})"]
        # The server's row says whose lease it was; who sent the statement is the one who was answered, if one was.
        owner = row["new_worker"] or row["old_worker"]
        who = next((worker for worker in self.run.workers if (what, worker, job, epoch) in self.heard), owner)
        heard = (what, who, job, epoch) in self.heard
        if what == "renew" and heard:
            self.heard_renewals[who, job, epoch] -= 1
            heard = self.heard_renewals[who, job, epoch] >= 0
        arguments = [number(who), epoch, "true" if heard else "false"] + ([state] if what == "fail" else [])
        verb = {"claim": "claimed", "renew": "renewed", "complete": "completed", "fail": "failed", "release": "released"}[what]
        return [f"{verb}({', '.join(map(str, arguments))})"]


def replay(trace, limits):
    """None, or what the model says against it."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(MODEL, folder)
        (pathlib.Path(folder) / "trace.pml").write_text("".join(f"  {line};\n" for line in trace))
        flags = [f"-DMAX_STALLS={limits['max_stalls']}", f"-DMAX_ATTEMPTS={limits['max_attempts']}", "-DTRACE"]
        result = subprocess.run(["spin", "-T", "-B", *flags, MODEL.name], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                text=True, check=False)
    if "replayed" in result.stdout and "Error" not in result.stdout:
        return None
    problem = re.search(r"Error: (.*)", result.stdout)
    return problem[1] if problem else result.stdout.strip()


def violations(run):
    """(jobs that the model can't follow with why, how many were replayed, how many different traces that were)"""
    traces, jobs = Traces(run), collections.defaultdict(list)
    for job in run.by_job:
        if max(row["new_epoch"] for row in run.by_job[job] if row["new_epoch"] is not None) <= MOST_EPOCHS:
            jobs[tuple(traces.of(job))].append(job)
    limits = run.event("begins")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        verdicts = list(pool.map(lambda trace: replay(trace, limits), jobs))
    wrong = [(same, trace, verdict) for (trace, same), verdict in zip(jobs.items(), verdicts) if verdict]
    return wrong, sum(map(len, jobs.values())), len(jobs)


def report(wrong):
    for jobs, trace, verdict in wrong:
        print(f"model: job {', '.join(map(str, jobs))}: {verdict}; its trace:\n" + "\n".join(f"    {line}" for line in trace))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    if shutil.which("spin") is None:
        sys.exit("spin is not installed: apt-get install spin, or run scripts/install-deps")
    wrong, replayed, different = violations(Run.load(sys.argv[1]))
    report(wrong)
    print(f"{replayed} jobs replayed in the model ({different} different traces), {len(wrong)} of the traces not a run of it")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
