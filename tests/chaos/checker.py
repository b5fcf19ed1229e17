#!/usr/bin/env python3
"""Judges the histories of a chaos run: what must hold whatever went wrong.

  checker.py FOLDER

FOLDER is what `poolguard-chaos drive` has written. Two records are held against each other: what the processes know (each wrote it down
before it asked and after it was answered) and what the server did (a trigger's rows, written by the transaction of the transition). No
clocks of two machines or processes are compared. Exit status 1: something doesn't hold, and a line says what.
"""

import collections
import json
import re
import sys

from history import ENDED, Run, kind

LOST = re.compile(r"job (\d+) ")


def lost_job(run):
    """What was acknowledged to the producer is there."""
    for event in run.driver:
        if event["event"] == "added" and event["job"] not in run.jobs:
            yield f"job {event['job']} ('{event['key']}') was acknowledged to its producer, and isn't there"


def lost_write(run):
    """What was acknowledged to a worker was done."""
    done = collections.Counter()
    for row in run.transitions:
        done[kind(row), row["job"], row["new_epoch"]] += 1
    asked = collections.Counter((answer.op, answer.job, answer.epoch) for answer in run.answers() if answer.reply == "ran")
    for (op, job, epoch), times in asked.items():
        if done[op, job, epoch] < times:
            yield f"{op} of job {job}, epoch {epoch}, was acknowledged {times} times and done {done[op, job, epoch]} times"


def completed_twice(run):
    for job, rows in run.by_job.items():
        times = sum(kind(row) == "complete" for row in rows)
        if times > 1:
            yield f"job {job} was completed {times} times"


def stale_write(run):
    """Only the owner of the lease that holds changes an active job, and the server knows whom it answers."""
    claims = run.claims()
    for answer in run.answers():
        claim = claims.get((answer.job, answer.epoch))
        if answer.reply == "ran" and claim and claim["new_worker"] != answer.worker:
            yield f"{answer.worker} was told that its {answer.op} of job {answer.job}, epoch {answer.epoch}, ran; the owner is {claim['new_worker']}"
    for job, rows in run.by_job.items():
        epoch = None
        for row in rows:
            if kind(row) == "claim":
                epoch = row["new_epoch"]
            elif kind(row) in ("renew", "complete", "fail", "release") and row["old_epoch"] != epoch:
                yield f"{kind(row)} of job {job} under epoch {row['old_epoch']}; the last claim's is {epoch}"
    for job in run.jobs.values():
        if job["status"] == "completed":
            claim = claims.get((job["id"], job["lock_epoch"]))
            result = job["result"] or {}
            if claim is None or result.get("worker") != claim["new_worker"] or result.get("epoch") != job["lock_epoch"]:
                yield f"job {job['id']} has the result {json.dumps(result)}, which is not of its last owner"


def resurrected(run):
    for job, rows in run.by_job.items():
        for row in rows:
            if row["old_status"] in ENDED:
                yield f"job {job} was {row['old_status']}, and then {row['new_status']}"


def unended(run):
    for job in run.jobs.values():
        if job["status"] not in ENDED:
            yield f"job {job['id']} is still {job['status']} after all faults have ended"


def wedged(run):
    end = run.event("ends")
    if end is None:
        yield "the driver did not come to its end"
        return
    if not end["every_worker_asks"]:
        yield "a worker lives, and asks for no job any more"
    for worker in end["stuck_workers"]:
        yield f"{worker} did not end when it was told to"


def epoch_went_back(run):
    """Claims and sweeps raise the epoch by one; nothing else touches it."""
    for row in run.transitions:
        if row["old_epoch"] is None or row["new_epoch"] is None:
            continue
        due = row["old_epoch"] + (kind(row) in ("claim", "sweep"))
        if row["new_epoch"] != due:
            yield f"{kind(row)} of job {row['job']} changed the epoch from {row['old_epoch']} to {row['new_epoch']}"


def broken_record(run):
    """Each transition begins where the one before it ended, and is one that a statement of the queue makes."""
    for job, rows in run.by_job.items():
        before = None
        for row in rows:
            if kind(row) is None and row["old_status"] not in ENDED:
                yield f"job {job} went from {row['old_status']} to {row['new_status']}: no statement of the queue does that here"
            if before and (before["new_status"], before["new_epoch"]) != (row["old_status"], row["old_epoch"]):
                yield (f"job {job} was {before['new_status']}, epoch {before['new_epoch']}, and the next transition finds "
                       f"{row['old_status']}, epoch {row['old_epoch']}")
            before = row
        if before and job in run.jobs and before["new_status"] != run.jobs[job]["status"]:
            yield f"job {job} was {before['new_status']} at last, and is {run.jobs[job]['status']}"


def lease_taken(run):
    """A sweep takes a job after its lease's end, by the server's clock."""
    for row in run.transitions:
        if kind(row) == "sweep" and not row["old_until"] < row["at"]:
            yield f"job {row['job']}, epoch {row['old_epoch']}, was swept at {row['at']}; its lease held until {row['old_until']}"


def dead_early(run):
    limits = run.event("begins")
    for job in run.jobs.values():
        if job["status"] == "dead" and job["attempts"] < limits["max_attempts"] and job["stalls"] <= limits["max_stalls"]:
            yield f"job {job['id']} is dead after {job['attempts']} attempts and {job['stalls']} stalls"


def stale_effect(run):
    """A handler's transaction commits under the lease that it checked, or not at all: both rows or none, between claim and end."""
    claims, ends = run.claims(), {}
    for row in run.transitions:
        if kind(row) in ("complete", "fail", "release", "sweep"):
            ends[row["job"], row["old_epoch"]] = row["seq"]
    sides = collections.defaultdict(list)
    for effect in run.effects:
        key = (effect["job"], effect["epoch"])
        sides[key].append(effect["side"])
        claim = claims.get(key)
        if claim is None or claim["new_worker"] != effect["worker"] or not claim["seq"] < effect["seq"] < ends.get(key, float("inf")):
            yield f"{effect['worker']} wrote an effect of job {key[0]} under epoch {key[1]}, which was not its lease then"
    for (job, epoch), both in sides.items():
        if sorted(both) != ["credit", "debit"]:
            yield f"job {job}, epoch {epoch}, has the effects {sorted(both)}"


def no_effect(run):
    written = {(effect["job"], effect["epoch"]) for effect in run.effects}
    for job in run.jobs.values():
        if job["status"] == "completed" and (job["id"], job["lock_epoch"]) not in written:
            yield f"job {job['id']} is completed, and the effect of its last run isn't there"


def told_lost(run):
    """A worker says that a lease was lost only where it did not end the job itself."""
    claimed, told, ended = collections.Counter(), collections.Counter(), collections.Counter()
    owners = {}
    for answer in run.answers():
        if answer.op == "claim":
            claimed[answer.worker, answer.job] += 1
            owners[answer.job, answer.epoch] = answer.worker
    for worker, events in run.workers.items():
        for event in events:
            if event.get("event") == "lease.lost":
                told[worker, int(LOST.match(event["text"])[1])] += 1
    for row in run.transitions:
        if kind(row) in ("complete", "fail", "release") and (row["job"], row["old_epoch"]) in owners:
            ended[owners[row["job"], row["old_epoch"]], row["job"]] += 1
    for (worker, job), times in told.items():
        if times + ended[worker, job] > claimed[worker, job]:
            yield (f"{worker} had {claimed[worker, job]} leases of job {job}, ended {ended[worker, job]} of them itself, and says "
                   f"that it lost {times}")


INVARIANTS = {function.__name__.replace("_", "-"): function
              for function in (lost_job, lost_write, completed_twice, stale_write, resurrected, unended, wedged, epoch_went_back,
                               broken_record, lease_taken, dead_early, stale_effect, no_effect, told_lost)}


def violations(run):
    """(invariant, what is wrong), for each."""
    return [(name, problem) for name, check in INVARIANTS.items() for problem in check(run)]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    run = Run.load(sys.argv[1])
    found = violations(run)
    for name, problem in found:
        print(f"{name}: {problem}")
    print(f"{len(run.jobs)} jobs, {len(run.transitions)} transitions, {len(run.workers)} worker processes: {len(found)} violations")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
