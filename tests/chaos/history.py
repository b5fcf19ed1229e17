"""The histories of a chaos run, as poolguard-chaos writes them."""

import collections
import json
import pathlib

ENDED = ("completed", "dead", "cancelled")

# What a worker is told, as opposed to what the server did.
Answer = collections.namedtuple("Answer", "worker op job epoch reply at")


def lines(path):
    """The objects of a file; a process that was killed may have left half a line at its end."""
    text = pathlib.Path(path).read_text()
    whole = text.split("\n")
    if whole[-1]:
        whole.pop()
    return [json.loads(line) for line in whole if line]


def kind(transition):
    """Which statement of the queue made it, by what it changed; None: none that a chaos run has."""
    old, new = transition["old_status"], transition["new_status"]
    if old is None:
        return "add"
    if old == "waiting":
        return "claim" if new == "active" else None
    if old != "active" or new is None:
        return None
    if new == "active":
        return "renew"
    if transition["new_epoch"] != transition["old_epoch"]:
        return "sweep"
    if new == "completed":
        return "complete"
    return "fail" if transition["new_attempts"] > transition["old_attempts"] else "release"


class Run:
    """`driver`: events of the driver; `workers`: events by worker; `transitions`, `effects`, `jobs`: the server's rows."""

    def __init__(self, driver, workers, transitions, effects, jobs):
        self.driver, self.workers = driver, workers
        self.transitions, self.effects = transitions, effects
        self.jobs = {job["id"]: job for job in jobs}
        self.by_job = collections.defaultdict(list)
        for transition in transitions:
            self.by_job[transition["job"]].append(transition)

    @classmethod
    def load(cls, folder):
        folder = pathlib.Path(folder)
        workers = {path.stem.removeprefix("worker-"): lines(path) for path in sorted(folder.glob("worker-*.jsonl"))}
        return cls(lines(folder / "driver.jsonl"), workers,
                   *(lines(folder / f"{name}.jsonl") for name in ("transitions", "effects", "jobs")))

    def event(self, name):
        return next((event for event in self.driver if event["event"] == name), None)

    def claims(self):
        """The transition that opened each lease, by (job, epoch)."""
        return {(row["job"], row["new_epoch"]): row for row in self.transitions if kind(row) == "claim"}

    def answers(self):
        """What each worker was answered, a lease at a time."""
        for worker, events in self.workers.items():
            for event in events:
                if "op" not in event or event.get("reply") not in ("ran", "refused"):
                    continue
                op, at = event["op"], event["at"]
                if op == "complete-and-claim":
                    yield from (Answer(worker, "complete", job, epoch, "ran", at) for job, epoch in event["completed"])
                    yield from (Answer(worker, "claim", job, epoch, "ran", at) for job, epoch in event["leases"])
                if op in ("claim", "renew", "complete-batch"):
                    for job, epoch in event["leases"]:
                        yield Answer(worker, op.removesuffix("-batch"), job, epoch, "ran", at)
                if op == "renew":
                    for job, epoch in zip(event["jobs"], event["epochs"]):
                        if [job, epoch] not in event["leases"]:
                            yield Answer(worker, op, job, epoch, "refused", at)
                if op in ("complete", "fail", "release"):
                    yield Answer(worker, op, event["job"], event["epoch"], event["reply"], at)
