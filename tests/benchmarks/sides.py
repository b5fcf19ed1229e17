"""The programs that the queue's benchmarks compare, each on a database of its own in one server."""

import dataclasses
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "comparison"))
import peers  # noqa: E402
from measure import run as measured_run  # noqa: E402

# No checkpoint comes of itself: the first write to a page after one costs more, and that is between two measures.
SETTINGS = ("shared_buffers=1GB", "max_wal_size=16GB", "checkpoint_timeout=1h", "max_connections=200")


@dataclasses.dataclass
class Measure:
    """Of one run: seconds on the clock, of the program's and of the server's processor, jobs, and what the program says besides."""
    seconds: float
    program: float
    server: float
    jobs: int
    said: dict

    @property
    def rate(self):
        """Jobs in a second on the clock."""
        return self.jobs / self.seconds

    @property
    def cost(self):
        """Microseconds of processor time a job, the program's and the server's."""
        return (self.program + self.server) / self.jobs * 1e6


class Server:
    """A private Postgres. It doesn't wait for the disk, so that what the queues do shows."""

    def __init__(self, folder):
        self.folder, self.programs = folder, peers.server_programs()
        self.data, self.stop = peers.postgres(folder, SETTINGS)
        self.postmaster = int((self.data / "postmaster.pid").read_text().split()[0])
        self.databases = 0

    def url(self, database):
        return f"postgresql://postgres@/{database}?host={self.data}"

    def sql(self, database, *statements):
        words = [word for statement in statements for word in ("-c", statement)]
        return subprocess.run([self.programs / "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", self.url(database), *words], check=True,
                              stdout=subprocess.PIPE, text=True).stdout.strip()

    def database(self):
        self.databases += 1
        name = f"bench{self.databases}"
        self.sql("postgres", f"CREATE DATABASE {name}", "CHECKPOINT")
        return name

    def drop(self, database):
        self.sql("postgres", f"DROP DATABASE {database} WITH (FORCE)")

    def processor(self):
        """Seconds of all its processes so far, those that have ended too: the postmaster has waited for them."""
        ticks = 0
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue  # it has ended
            if int(stat.parent.name) == self.postmaster:
                ticks += sum(int(field) for field in fields[11:15])
            elif int(fields[1]) == self.postmaster:
                ticks += int(fields[11]) + int(fields[12])
        return ticks / 100


def measure(server, command, folder=None, prepare=None):
    """Starts the program on a new database, lets it begin once that is settled, and says what it took. A command is a function of the
    connection string; `prepare(server, database)` comes between the program's own preparation and the beginning."""
    database = server.database()
    words = [str(word) for word in command(server.url(database))]
    process = subprocess.Popen(words, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        if process.stdout.readline() != "ready\n":
            raise RuntimeError("it did not get ready")
        if prepare:
            prepare(server, database)
        server.sql(database, "ANALYZE")
        before = server.processor()
        process.stdin.write("go\n")
        process.stdin.flush()
        said = json.loads(process.stdout.readline())
        return Measure(said.pop("seconds"), said.pop("processor"), server.processor() - before, said.pop("jobs"), said)
    except (RuntimeError, ValueError) as error:
        process.kill()
        sys.exit(f"{' '.join(words)}: {error}: {process.stderr.read()}")
    finally:
        process.stdin.close()
        process.wait()
        server.drop(database)


class Ours:
    def __init__(self, server, build):
        self.server, self.program = server, build / "bin" / "benchmark-queue"

    def run(self, what, *words, prepare=None, **connections):
        given = [word for key, value in connections.items() for word in ("--" + key.replace("_", "-"), value)]
        return measure(self.server, lambda url: [self.program, "--url", url, *given, what, *words], prepare=prepare)


class Peers:
    """graphile-worker and pg-boss; installed into the folder."""

    def __init__(self, server, folder):
        self.server, self.folder = server, folder
        peers.install(folder, HERE / "queue" / "peers.mjs")

    def run(self, queue, what, **options):
        return measure(self.server, lambda url: ["node", "peers.mjs", queue, what, json.dumps({"url": url, "pool": 10, **options})],
                       folder=self.folder)


def without(statement, *parts):
    for part in parts:
        if part not in statement:
            sys.exit(f"sides.py: '{part}' is no part of: {statement}")
        statement = statement.replace(part, "")
    return statement


class Pgbench:
    """Our own statements, with nothing around them but pgbench: what a worker in any language could reach at the most."""

    def __init__(self, server, ours):
        self.server, self.ours = server, ours
        self.statements = json.loads(subprocess.run([ours.program, "statements"], check=True, stdout=subprocess.PIPE, text=True).stdout)

    @staticmethod
    def given(statement, *values):
        """The statement with these for $1, $2, …"""
        for place in range(len(values), 0, -1):
            statement = statement.replace(f"${place}", values[place - 1])
        return " ".join(statement.split())

    def claim(self, limit, statement="claim", *ended):
        """The claim, and its rows gathered in `ids` and `epochs`."""
        claim = self.given(self.statements[statement], "'default'", "'{nothing}'", str(limit), "'host:1:00000000'", "'30000'", "'25000'", *ended)
        head, rows = claim.split(") SELECT claimed.*")
        return (f"{head}), given AS (SELECT claimed.*{rows}) "
                "SELECT array_agg(id) AS ids, array_agg(lock_epoch) AS epochs FROM given WHERE id IS NOT NULL \\gset")

    def work(self, jobs, batch, clients=2, mode="extended", fenced=True):
        if not fenced:
            return self.run(jobs, clients, mode, -(-jobs // (batch * clients)), self.unfenced(batch))
        if batch == 1:  # the first has none to complete, and the last ones stay active
            both = self.claim(1, "complete_and_claim", ":ids", ":epochs", "'{NULL}'")
            return self.run(jobs, clients, mode, -(-jobs // clients), f"{both}\n", ids="{}", epochs="{}")
        nulls = "array_fill(NULL::text, ARRAY[cardinality(:ids::bigint[])])"
        complete = self.given(self.statements["complete_batch"], ":ids", ":epochs", nulls)
        return self.run(jobs, clients, mode, -(-jobs // (batch * clients)), f"{self.claim(batch)}\n{complete};\n")

    def unfenced(self, batch):
        """Work without the epoch: nobody raises it, and nobody asks for it."""
        claim = without(self.claim(batch), "lock_epoch = job.lock_epoch + 1, ")
        complete = without(self.statements["complete_batch"], " AND given.lock_epoch = locked.lock_epoch", " AND job.lock_epoch = given.lock_epoch")
        nulls = "array_fill(NULL::text, ARRAY[cardinality(:ids::bigint[])])"
        return f"{claim}\n{self.given(complete, ':ids', ':epochs', nulls)};\n"

    def add(self, jobs, notify=True):
        """One by one, with and without the notification."""
        statement = self.statements["add"] if notify else without(self.statements["add"], ", pg_notify('poolguard_jobs', left(queue, 1000)) AS notified")
        values = ("'default'", "'nothing'", """'{"order": 1, "to": "somebody@example.com"}'""", "0", "NULL", "0", "3", *["NULL"] * 6, "false")
        return self.run(jobs, 1, "prepared", jobs, self.given(statement, *values) + ";\n")

    def run(self, jobs, clients, mode, transactions, script, **variables):
        """The script so many times by each client, over so many jobs that wait; each has these variables at first."""
        database = self.server.database()
        try:
            filling = subprocess.Popen([self.ours.program, "--url", self.server.url(database), "add", "--jobs", str(jobs)],
                                       stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
            filling.communicate("go\n")
            file = self.server.folder / "pgbench.sql"
            file.write_text(script)
            self.server.sql(database, "ANALYZE")
            before = self.server.processor()
            took = measured_run([self.server.programs / "pgbench", "-n", "-M", mode, "-c", clients, "-j", clients, "-t", transactions,
                                 *(word for name, value in variables.items() for word in ("-D", f"{name}={value}")), "-f", file, self.server.url(database)])
            if took.status:
                sys.exit(f"pgbench fails on {file.name}: {script}")
            return Measure(took.wall, took.processor, self.server.processor() - before, jobs, {})
        finally:
            self.server.drop(database)
