#!/usr/bin/env python3
"""The checker, and the replay in the model, on histories that are right and on the same with one thing wrong."""

import copy
import shutil
import unittest

import checker
import replay
from history import Run

T = "2026-01-01T00:00:{:02d}.000000+00:00"


def row(seq, job, old, new, second, *, until=(None, None), worker=(None, None), attempts=(0, 0), stalls=(0, 0)):
    """A transition; `old` and `new`: (status, epoch)."""
    return {"seq": seq, "at": T.format(second), "job": job, "old_status": old[0], "new_status": new[0], "old_epoch": old[1], "new_epoch": new[1],
            "old_until": until[0], "new_until": until[1], "old_worker": worker[0], "new_worker": worker[1], "old_attempts": attempts[0],
            "new_attempts": attempts[1], "old_stalls": stalls[0], "new_stalls": stalls[1]}


def at(second):
    return replay.microseconds(T.format(second))


def answer(op, second, reply="ran", **more):
    return {"call": second, "op": op, "reply": reply, "at": at(second), **more}


def good():
    """Job 1: claimed by a, swept, claimed by b, completed by b, and a is told that it lost it. Job 2: fails three times, dead. Job 3: given
    back, then completed; the answer to that was lost."""
    nothing, waiting = (None, None), ("waiting", 0)
    transitions = [
        row(1, 1, nothing, waiting, 1),
        row(2, 1, waiting, ("active", 1), 2, until=(None, T.format(12)), worker=(None, "a")),
        row(3, 1, ("active", 1), ("active", 1), 3, until=(T.format(12), T.format(13)), worker=("a", "a")),
        row(4, 1, ("active", 1), ("waiting", 2), 20, until=(T.format(13), None), worker=("a", None), stalls=(0, 1)),
        row(5, 1, ("waiting", 2), ("active", 3), 21, until=(None, T.format(31)), worker=(None, "b"), stalls=(1, 1)),
        # 6, 7: its effects
        row(8, 1, ("active", 3), ("completed", 3), 23, until=(T.format(31), None), worker=("b", None), stalls=(1, 1)),
        row(10, 2, nothing, waiting, 1),
    ]
    for attempt in range(3):
        end = "dead" if attempt == 2 else "waiting"
        transitions += [
            row(11 + 2 * attempt, 2, ("waiting", attempt), ("active", attempt + 1), 30 + 2 * attempt, until=(None, T.format(59)),
                worker=(None, "a"), attempts=(attempt, attempt)),
            row(12 + 2 * attempt, 2, ("active", attempt + 1), (end, attempt + 1), 31 + 2 * attempt, until=(T.format(59), None),
                worker=("a", None), attempts=(attempt, attempt + 1)),
        ]
    transitions += [
        row(20, 3, nothing, waiting, 1),
        row(21, 3, waiting, ("active", 1), 40, until=(None, T.format(50)), worker=(None, "b")),
        row(22, 3, ("active", 1), ("waiting", 1), 41, until=(T.format(50), None), worker=("b", None)),
        row(23, 3, ("waiting", 1), ("active", 2), 42, until=(None, T.format(52)), worker=(None, "b")),
        row(26, 3, ("active", 2), ("completed", 2), 44, until=(T.format(52), None), worker=("b", None)),
    ]
    effects = [{"seq": seq, "job": job, "epoch": epoch, "worker": "b", "side": side}
               for seq, job, epoch, side in ((6, 1, 3, "debit"), (7, 1, 3, "credit"), (24, 3, 2, "debit"), (25, 3, 2, "credit"))]
    workers = {
        "a": [answer("claim", 2, leases=[[1, 1]]), answer("renew", 3, leases=[[1, 1]], jobs=[1], epochs=[1]),
              answer("renew", 22, leases=[], jobs=[1], epochs=[1]),
              {"event": "lease.lost", "text": "job 1 (work) ended here, but its lease was lost", "at": at(24)}]
             + [event for attempt in range(3) for event in (answer("claim", 30 + 2 * attempt, leases=[[2, attempt + 1]]),
                                                            answer("fail", 31 + 2 * attempt, job=2, epoch=attempt + 1))],
        "b": [answer("claim", 21, leases=[[1, 3]]), answer("complete", 23, job=1, epoch=3), answer("claim", 40, leases=[[3, 1]]),
              answer("release", 41, job=3, epoch=1), answer("claim", 42, leases=[[3, 2]]),
              answer("complete", 44, "unanswered", job=3, epoch=2), answer("complete", 45, "refused", job=3, epoch=2)],
    }
    jobs = [{"id": 1, "status": "completed", "lock_epoch": 3, "attempts": 0, "stalls": 1, "result": {"worker": "b", "epoch": 3}},
            {"id": 2, "status": "dead", "lock_epoch": 3, "attempts": 3, "stalls": 0, "result": None},
            {"id": 3, "status": "completed", "lock_epoch": 2, "attempts": 0, "stalls": 0, "result": {"worker": "b", "epoch": 2}}]
    driver = [{"event": "begins", "max_stalls": 3, "max_attempts": 3}, *({"event": "added", "key": f"job-{id}", "job": id} for id in (1, 2, 3)),
              {"event": "ends", "every_job_ended": True, "every_worker_asks": True, "stuck_workers": []}]
    return {"driver": driver, "workers": workers, "transitions": transitions, "effects": effects, "jobs": jobs}


def find(rows, **wanted):
    return next(row for row in rows if all(row.get(key) == value for key, value in wanted.items()))


class Doctored(unittest.TestCase):
    seen = set()

    @classmethod
    def tearDownClass(cls):
        never = set(checker.INVARIANTS) - cls.seen
        assert not never, f"no history here violates {never}"

    def setUp(self):
        self.history = copy.deepcopy(good())

    def transition(self, seq):
        return find(self.history["transitions"], seq=seq)

    def job(self, number):
        return find(self.history["jobs"], id=number)

    def expect(self, *invariants, model):
        """These are violated, and no others; `model`: whether the model can't follow either."""
        run = Run(**self.history)
        self.seen.update(invariants)
        self.assertEqual(sorted({name for name, _ in checker.violations(run)}), sorted(invariants))
        if shutil.which("spin"):
            wrong, _, _ = replay.violations(run)
            self.assertEqual(bool(wrong), model, wrong)

    def test_the_good_one_has_no_violation(self):
        self.expect(model=False)

    def test_a_job_that_was_acknowledged_is_gone(self):
        self.history["driver"].append({"event": "added", "key": "job-4", "job": 4})
        self.expect("lost-job", model=False)

    def test_a_completion_that_was_acknowledged_is_gone(self):
        self.history["transitions"].remove(self.transition(26))
        self.history["workers"]["b"][-2:] = [answer("complete", 44, job=3, epoch=2)]
        self.job(3)["status"] = "active"
        self.expect("lost-write", "unended", model=True)

    def test_a_claim_that_was_acknowledged_is_gone(self):
        self.history["workers"]["a"].append(answer("claim", 50, leases=[[3, 7]]))
        self.expect("lost-write", model=False)

    def both_at_once(self):
        """Worker b completes job 1 and claims job 3 by one statement."""
        answers = self.history["workers"]["b"]
        answers.remove(find(answers, op="claim", leases=[[3, 1]]))
        place = answers.index(find(answers, op="complete", job=1))
        answers[place] = answer("complete-and-claim", 40, jobs=[1], epochs=[3], completed=[[1, 3]], leases=[[3, 1]])
        return answers[place]

    def test_a_completion_and_a_claim_by_one_statement(self):
        self.both_at_once()
        self.expect(model=False)

    def test_a_completion_that_came_with_a_claim_is_gone(self):
        self.both_at_once()
        self.history["transitions"].remove(self.transition(8))
        self.job(1)["status"] = "active"
        self.expect("lost-write", "unended", model=True)

    def test_a_claim_that_came_with_a_completion_is_gone(self):
        self.both_at_once()["leases"].append([3, 7])
        self.expect("lost-write", model=False)

    def test_two_owners_complete_it(self):
        self.history["transitions"].append(row(9, 1, ("active", 3), ("completed", 3), 24, until=(T.format(31), None), worker=("b", None),
                                               stalls=(1, 1)))
        self.history["transitions"].sort(key=lambda transition: transition["seq"])
        self.expect("completed-twice", "broken-record", model=True)

    def test_a_stale_owner_completes_it(self):
        self.transition(8).update(old_epoch=1, new_epoch=1)
        self.job(1).update(lock_epoch=1, result={"worker": "a", "epoch": 1})
        self.history["workers"]["b"][1]["epoch"] = 1
        self.expect("stale-write", "broken-record", "no-effect", "told-lost", model=True)

    def test_another_than_the_owner_is_told_that_it_completed_it(self):
        self.history["workers"]["a"].append(answer("complete", 23, job=1, epoch=3))
        self.history["workers"]["b"].pop(1)
        self.expect("stale-write", model=True)

    def test_it_is_resurrected(self):
        self.history["transitions"].append(row(30, 2, ("dead", 3), ("waiting", 3), 50, attempts=(3, 0)))
        self.job(2)["status"] = "waiting"
        self.expect("resurrected", "unended", model=True)

    def test_it_goes_a_way_that_there_is_not(self):
        self.history["transitions"] += [row(30, 4, (None, None), ("waiting", 0), 50), row(31, 4, ("waiting", 0), ("dead", 0), 51)]
        self.history["jobs"].append({"id": 4, "status": "dead", "lock_epoch": 0, "attempts": 3, "stalls": 0, "result": None})
        self.expect("broken-record", model=True)

    def test_it_does_not_end(self):
        self.history["transitions"].append(row(30, 4, (None, None), ("waiting", 0), 50))
        self.history["jobs"].append({"id": 4, "status": "waiting", "lock_epoch": 0, "attempts": 0, "stalls": 0, "result": None})
        self.expect("unended", model=False)

    def test_a_worker_asks_for_no_job_any_more(self):
        self.history["driver"][-1]["every_worker_asks"] = False
        self.expect("wedged", model=False)

    def test_a_worker_does_not_end(self):
        self.history["driver"][-1]["stuck_workers"] = ["a"]
        self.expect("wedged", model=False)

    def test_a_sweep_leaves_the_epoch(self):
        for number, field in ((4, "new_epoch"), (5, "old_epoch")):
            self.transition(number)[field] = 1
        self.expect("epoch-went-back", "told-lost", model=True)

    def test_a_lease_that_holds_is_taken(self):
        self.transition(4)["at"] = T.format(12)
        self.expect("lease-taken", model=True)

    def test_it_is_dead_before_its_attempts_are_used_up(self):
        self.history["transitions"] = [kept for kept in self.history["transitions"] if not 13 <= kept["seq"] <= 16]
        self.transition(12).update(new_status="dead")
        self.history["workers"]["a"][-4:] = []
        self.job(2).update(attempts=1, lock_epoch=1)
        self.expect("dead-early", model=True)

    def test_an_effect_under_a_lease_that_was_over(self):
        self.history["effects"].append({"seq": 4.5, "job": 1, "epoch": 1, "worker": "a", "side": "debit"})
        self.history["effects"].append({"seq": 4.6, "job": 1, "epoch": 1, "worker": "a", "side": "credit"})
        self.expect("stale-effect", model=False)

    def test_half_an_effect(self):
        self.history["effects"].pop()
        self.expect("stale-effect", model=False)

    def test_a_completion_without_its_effect(self):
        self.history["effects"] = self.history["effects"][:2]
        self.expect("no-effect", model=False)

    def test_a_worker_says_that_it_lost_what_it_completed(self):
        self.history["workers"]["b"].append({"event": "lease.lost", "text": "job 3 (work) ended here", "at": at(46)})
        self.expect("told-lost", model=False)

    def test_a_renewal_is_refused_though_the_lease_holds(self):
        find(self.history["workers"]["a"], op="renew", leases=[])["at"] = at(10)
        self.expect(model=True)


if __name__ == "__main__":
    unittest.main()
