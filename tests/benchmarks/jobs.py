#!/usr/bin/env python3
"""How fast the job queue is, beside graphile-worker, pg-boss and pgbench: tables of ratios, which docs/performance.md shows.

  jobs.py BUILD [--rounds N] [--kept ROWS,...] [--only SUBJECT,...] [--results FILE]

BUILD has `benchmark-queue`. Installs the peers from npm (tests/comparison/package-lock.json) and starts a private Postgres, in a
temporary folder; needs Node.js 20, npm, and Postgres' server. Ours and the peer's runs come in turn, each on a new database.
"""

import argparse
import pathlib
import statistics
import sys
import tempfile
import threading
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import sides  # noqa: E402
from sides import peers  # noqa: E402
from measure import Table, machine  # noqa: E402
from results import Results  # noqa: E402

# The best of what was tried: more handlers, or a larger local queue, made it no faster.
GRAPHILE = {"concurrency": 24, "settings": {"localQueue": {"size": 500}, "completeJobBatchDelay": 0, "failJobBatchDelay": 0}}
BATCH = 1000


def in_turn(rounds, *ways):
    """Each way once, then each again: of each, its measures."""
    took = [[] for _ in ways]
    for _ in range(rounds):
        for way, known in zip(ways, took):
            known.append(way())
    return took


def middle(measures, what):
    return statistics.median(getattr(measure, what) for measure in measures)


class Jobs:
    def __init__(self, options, folder):
        self.options, self.rounds = options, options.rounds
        self.results = Results(options.results)
        self.server = sides.Server(folder)
        self.ours = sides.Ours(self.server, options.build)
        self.pgbench = sides.Pgbench(self.server, self.ours)
        self.peers = sides.Peers(self.server, folder)

    def beside(self, title, ours, *others):
        """A row for us and one for each of the others: (name, way, aim or "")."""
        table = Table(title, "jobs/s", "ours to it", "aim", "processor time a job", "ours to it", "of the program's", "of the server's")
        name, way = ours
        took = in_turn(self.rounds, way, *(other[1] for other in others))
        mine, rest = took[0], took[1:]
        rows = [(name, mine, "", "", "")]
        for (other, _, aim), measures in zip(others, rest):
            # Of each round by itself: what else the machine did changed both.
            rates = statistics.median(a.rate / b.rate for a, b in zip(mine, measures))
            costs = statistics.median(a.cost / b.cost for a, b in zip(mine, measures))
            rows.append((other, measures, f"{rates:.2f}", aim and self.results.held(f"{title}, to {other}", rates, aim), f"{costs:.2f}"))
        for name, measures, rates, aim, costs in rows:
            program, server = (statistics.median(getattr(m, part) / m.jobs * 1e6 for m in measures) for part in ("program", "server"))
            table.row(name, f"{middle(measures, 'rate'):,.0f}", rates, aim, f"{middle(measures, 'cost'):.0f} µs", costs,
                      f"{program:.0f} µs", f"{server:.0f} µs")

    def work(self):
        jobs = 40000
        self.beside("work in batches, fenced, rows kept",
                    ("ours, batch of 1000", lambda: self.ours.run("work", "--jobs", jobs, "--concurrency", 4, "--batch", BATCH)),
                    ("graphile-worker, local queue of 500", lambda: self.peers.run("graphile", "work", jobs=jobs, **GRAPHILE), "≥ 1.5"),
                    ("pg-boss, batches of 500",
                     lambda: self.peers.run("boss", "work", jobs=jobs, concurrency=4, batch=500), ""),
                    ("the same statements by pgbench", lambda: self.pgbench.work(jobs, BATCH), "≥ 0.8"))

    def one(self):
        for concurrency, jobs in ((1, 5000), (10, 10000)):
            self.beside(f"work one by one, {concurrency} at a time",
                        ("ours", lambda: self.ours.run("work", "--jobs", jobs, "--concurrency", concurrency)),
                        ("graphile-worker", lambda: self.peers.run("graphile", "work", jobs=jobs, concurrency=concurrency), "≥ 1.2"),
                        ("pg-boss", lambda: self.peers.run("boss", "work", jobs=jobs // 4, concurrency=concurrency, batch=1), ""),
                        ("the same statements by pgbench",
                         lambda: self.pgbench.work(jobs, 1, clients=concurrency, mode="prepared"), ""))

    def add(self):
        jobs = 100000
        self.beside("bulk enqueue, 1000 jobs a call",
                    ("ours", lambda: self.ours.run("add", "--jobs", jobs, "--batch", BATCH)),
                    ("graphile-worker", lambda: self.peers.run("graphile", "add", jobs=jobs, batch=BATCH), "≥ 1.5"),
                    ("pg-boss", lambda: self.peers.run("boss", "add", jobs=jobs, batch=BATCH), "≥ 1.5"))


    def latency(self):
        table = Table("enqueue to start, an idle worker", "p50", "ours to it", "aim", "p99", "ours to it", "aim")
        ways = (("ours", lambda: self.ours.run("latency", "--jobs", 300, "--pause", 20), ""),
                ("graphile-worker", lambda: self.peers.run("graphile", "latency", jobs=300, pause=20, concurrency=4), True),
                ("pg-boss (asks every half second)", lambda: self.peers.run("boss", "latency", jobs=20, pause=20), True))
        took = in_turn(self.rounds, *(way for _, way, _ in ways))
        p50, p99 = ([statistics.median(quantile(one.said["waits"], part) for one in measures) for measures in took] for part in (0.5, 0.99))
        for (name, _, peer), half, most in zip(ways, p50, p99):
            ratios = ["", "", "", ""]
            if peer:
                ratios = [f"{p50[0] / half:.2f}", self.results.held(f"enqueue to start, p50, to {name}", p50[0] / half, "≤ 0.8"),
                          f"{p99[0] / most:.2f}", self.results.held(f"enqueue to start, p99, to {name}", p99[0] / most, "≤ 1")]
            table.row(name, f"{half:.2f} ms", *ratios[:2], f"{most:.1f} ms", *ratios[2:])

    def heartbeat(self):
        table = Table("a renewal of 20 leases, 24 clients on 4 pooled connections", "p50", "p99", "most", "aim for p99 (a tenth of 30 s)")
        port, stop = peers.pgbouncer(self.server.folder, self.server.data, 4)
        try:
            took = [self.pooled(port).said for _ in range(self.rounds)]
        finally:
            stop()
        for lane, name in (("session", "on the session lane"), ("transaction", "any statement on the transaction lane")):
            p50, p99, most = (statistics.median(quantile(said[lane], part) for said in took) for part in (0.5, 0.99, 1))
            aim = self.results.held("a renewal beside a full transaction pool, p99", p99, "≤ 3000", "ms") if lane == "session" else ""
            table.row(name, *(f"{value:.1f} ms" for value in (p50, p99, most)), aim)

    def pooled(self, port):
        """With the transaction lane through the pooler, and the session lane past it."""
        return sides.measure(self.server, lambda url: [
            self.ours.program, "--direct-url", url, "--url", f"postgresql://postgres@127.0.0.1:{port}/{database_of(url)}", "heartbeat"])

    def kept(self):
        table = Table("work in batches beside finished rows", "jobs/s", "to the empty table", "aim", "processor time a job", "to the empty table")
        for rows in self.options.kept:
            empty, full = in_turn(max(1, self.rounds // 2 if rows > 10**6 else self.rounds),
                                  lambda: self.batches(), lambda: self.batches(prepare=lambda server, name: finish(server, name, rows)))
            rates = statistics.median(a.rate / b.rate for a, b in zip(full, empty))
            costs = statistics.median(a.cost / b.cost for a, b in zip(full, empty))
            aim = self.results.held(f"work beside {rows:,} finished rows, to none", rates, "≥ 0.8") if rows >= 10**6 else ""
            table.row(f"{rows:,} rows", f"{middle(full, 'rate'):,.0f}", f"{rates:.2f}", aim,
                      f"{middle(full, 'cost'):.0f} µs", f"{costs:.2f}")

    def batches(self, jobs=40000, batch=BATCH, **more):
        return self.ours.run("work", "--jobs", jobs, "--concurrency", 4, "--batch", batch, **more)

    def costs(self):
        table = Table("what it costs", "processor time a job with it", "without", "ratio")

        def row(name, with_it, without_it):
            took = in_turn(self.rounds, with_it, without_it)
            table.row(name, *(f"{middle(one, 'cost'):.1f} µs" for one in took),
                      f"{statistics.median(a.cost / b.cost for a, b in zip(*took)):.2f}")

        row("the fence (claim and completion in batches)", lambda: self.pgbench.work(40000, BATCH),
            lambda: self.pgbench.work(40000, BATCH, fenced=False))
        row("NOTIFY (add, one by one)", lambda: self.pgbench.add(10000), lambda: self.pgbench.add(10000, notify=False))
        row("metrics, asked ten times a second (work in batches)", self.scraped, self.batches)

    def scraped(self):
        """Work while somebody reads the metrics."""
        address, over = f"127.0.0.1:{peers.free_port()}", threading.Event()
        answers = []

        def scrape():
            while not over.wait(0.1):
                try:
                    answers.append(urllib.request.urlopen(f"http://{address}/metrics", timeout=5).read())
                except OSError:
                    pass  # before it is there, and after
        reader = threading.Thread(target=scrape)
        reader.start()
        try:
            took = self.ours.run("work", "--jobs", 40000, "--concurrency", 4, "--batch", BATCH, "--metrics-address", address)
        finally:
            over.set()
            reader.join()
        if not answers:
            sys.exit("jobs.py: nobody answered for the metrics")
        return took

    def growth(self):
        def line(title, points, way):
            table = Table(title, "jobs/s", "processor time a job")
            for point in points:
                took, = in_turn(self.rounds, lambda: way(point))
                rate = middle(took, "rate")
                table.row(f"{point:,}", f"{rate:,.0f}", f"{middle(took, 'cost'):.0f} µs")
                self.results.grows("queue", title, "jobs/s", point, rate)

        line("handlers, one by one", (1, 2, 4, 8, 16, 32, 64), lambda n: self.ours.run("work", "--jobs", 5000, "--concurrency", n))
        line("jobs a batch", (1, 10, 100, 1000), lambda n: self.batches(5000 if n == 1 else 20000, n))
        line("finished rows in the table", [n for n in (10**3, 10**4, 10**5, 10**6, 10**7) if n <= max(self.options.kept)],
             lambda n: self.batches(20000, prepare=lambda server, name: finish(server, name, n)))


def quantile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def database_of(url):
    return url.split("@/")[1].split("?")[0]


def finish(server, database, rows):
    """So many jobs that have ended well, some time ago: autovacuum has seen them."""
    server.sql(database, "INSERT INTO poolguard_jobs (queue, name, payload, max_attempts, status, lock_epoch, started_at, finished_at) "
               "SELECT 'default', 'nothing', jsonb_build_object('order', n, 'to', 'somebody@example.com'), 3, 'completed', 1, "
               f"clock_timestamp(), clock_timestamp() FROM generate_series(1, {rows}) AS n", "VACUUM poolguard_jobs")


SUBJECTS = ("work", "one", "add", "latency", "heartbeat", "kept", "costs", "growth")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--kept", type=lambda text: [int(one) for one in text.split(",")], default=[10**6, 10**7],
                        metavar="ROWS,...", help="finished rows; ten million take some minutes and 6 GB")
    parser.add_argument("--only", default=",".join(SUBJECTS))
    parser.add_argument("--results", type=pathlib.Path, metavar="FILE", help="for report.py")
    options = parser.parse_args()
    subjects = options.only.split(",")
    if unknown := set(subjects) - set(SUBJECTS):
        parser.error(f"unknown subject: {', '.join(unknown)}; there are {', '.join(SUBJECTS)}")
    if not (options.build / "bin" / "benchmark-queue").exists():
        sys.exit(f"jobs.py: {options.build} has no bin/benchmark-queue: build that target")
    about = f"{machine()}; median of {options.rounds}"
    print(about)
    Results(options.results).machine(f"queue: {about}")
    with tempfile.TemporaryDirectory(prefix="poolguard-jobs-") as folder:
        jobs = Jobs(options, pathlib.Path(folder))
        try:
            for subject in subjects:
                getattr(jobs, subject)()
        finally:
            jobs.server.stop()


if __name__ == "__main__":
    main()
