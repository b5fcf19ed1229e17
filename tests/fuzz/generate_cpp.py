#!/usr/bin/env python3
"""C++ programs that a grammar makes of the shapes that the checks look at: connections, transactions, retries, threads, locks, leases.

  generate_cpp.py --seed=N --count=M FOLDER

Writes M files to FOLDER, with the header that they include and the roles of what it declares; the same seed gives the same files. Most
of them compile; whether or not, the checks must come through (cpp_fuzz.py). What is nested in what, and in which order, is left to chance: that is where analyses of flow break.
"""

import argparse
import pathlib
import random

PRELUDE = """#pragma once
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace pqxx {
struct result { bool empty() const; int affected_rows() const; };
class connection { public: explicit connection(const std::string &options); void close(); };
class transaction_base { public: result exec(const std::string &sql); void commit(); void abort(); };
class work : public transaction_base { public: explicit work(connection &c); ~work(); };
class nontransaction : public transaction_base { public: explicit nontransaction(connection &c); };
template <class F> auto perform(F &&f, int attempts = 3) { return f(); }
}

struct Db { int execute(const std::string &sql); int execute_direct(const std::string &sql); };
struct Database { int execute(const std::string &sql); template <class F> void transaction(F &&f) { f(*this); } };
pqxx::connection connect_pooler(const std::string &options);
struct Pool { pqxx::connection *acquire(); void release(pqxx::connection *); std::shared_ptr<pqxx::connection> lease(); };
extern Db db;
extern Database database;
extern Pool pool;
extern std::mutex mutex_;
extern std::atomic<int> next_;
extern int plain_;
bool maybe();
void log(const std::string &);
template <class F> void on_workers(F &&f) { f(); }
"""

ROLES = """version: 1
functions:
  - {name: "Db::execute", executes: {lane: transaction, sql: 0, direct: execute_direct}}
  - {name: "Db::execute_direct", executes: {lane: session, sql: 0}}
  - {name: "Database::execute", executes: {lane: transaction, sql: 0}}
  - {name: "Database::transaction", runs: {argument: 0, in: transaction, lane: transaction}}
  - {name: connect_pooler, connects: 0, returns: {lane: transaction}}
  - {name: "Pool::acquire", returns: {lane: transaction}}
  - {name: "Pool::lease", returns: {lane: session}}
  - {name: "Pool::release", releases: 0}
  - {name: log, logs: true}
  - {name: on_workers, runs: {argument: 0, in: workers}}
leases:
  - {table: jobs, state: status, epoch: lock_epoch, expires: lock_until}
"""
URLS = ("host=a password=b", "host=pooler options='-c statement_timeout=5s'", "postgresql://u:p@h:6543/d?search_path=a", "dbname=", "=")
INCLUDE = '#include "prelude.h"\n\n'

TABLES = ("jobs", "users", "poolguard_jobs")
SQL = (
    "UPDATE {t} SET lock_until = now() + interval '30 s' WHERE id = 7 AND lock_epoch = 3",
    "UPDATE {t} SET status = 'active', lock_epoch = lock_epoch + 1, lock_until = now() WHERE id = (SELECT id FROM {t} LIMIT 1)",
    "UPDATE {t} SET status = 'done' WHERE id = 7",
    "UPDATE {t} SET status = 'done' WHERE id = 7 AND lock_epoch = 3",
    "SELECT id FROM {t} WHERE status = 'waiting' LIMIT 1",
    "SELECT id FROM {t} WHERE status = 'waiting' LIMIT 1 FOR UPDATE SKIP LOCKED",
    "INSERT INTO {t} (id) VALUES (1)",
    "INSERT INTO {t} (id) VALUES (1) ON CONFLICT DO NOTHING",
    "DELETE FROM {t} WHERE id = 1",
    "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT a", "SET search_path = x", "SET LOCAL lock_timeout = '1s'", "LISTEN a",
    "SELECT pg_try_advisory_lock(1)", "SELECT pg_advisory_unlock(1)", "VACUUM {t}", "VACUUM", "CREATE INDEX CONCURRENTLY i ON {t} (a)",
    "LOCK TABLE {t}",
    "PREPARE p AS SELECT 1", "EXECUTE p", "not SQL at all (",
)


class Program:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.names = 0
        self.functions = []

    def pick(self, *choices):
        return self.random.choice(choices)

    def name(self, kind):
        self.names += 1
        return f"{kind}{self.names}"

    def sql(self):
        text = '"' + self.random.choice(SQL).format(t=self.random.choice(TABLES)) + '"'
        return self.pick(text, text, text, f"std::string({text})", f"{text} + std::to_string(plain_)", f'(maybe() ? {text} : "SELECT 1")')

    def condition(self):
        return self.pick("maybe()", "plain_ < 3", "next_.load() > 2", "!maybe() && plain_", "true", "next_++ < 10")

    def block(self, scope, depth):
        inner = dict(scope)
        lines = [line for _ in range(self.random.randint(0, 4)) for line in self.statement(inner, depth).split("\n")]
        return "{\n" + "".join(f"  {line}\n" for line in lines) + "}"

    def new(self, scope, kind, name):
        scope[kind] = [*scope.get(kind, []), name]
        return name

    def one(self, scope, kind):
        return self.random.choice(scope[kind]) if scope.get(kind) else None

    def statement(self, scope, depth):
        simple = [self.connect, self.execute, self.execute, self.end, self.release, self.share, self.call, self.leave, self.wait, self.lock]
        nested = [self.begin, self.engine_transaction, self.branch, self.loop, self.attempt, self.thread, self.retry, self.choose, self.lambda_]
        return self.random.choice(simple + nested * 2 if depth > 0 else simple)(scope, depth)

    def connect(self, scope, _):
        name = self.name("c")
        kind = self.pick("acquired", "leased", "owned", "pooled")
        self.new(scope, "connection", name if kind == "pooled" else f"*{name}")
        if kind == "acquired":
            self.new(scope, "acquired", name)
            return f"auto *{name} = pool.acquire();"
        if kind == "leased":
            return f"auto {name} = pool.lease();"
        url = f'"{self.random.choice(URLS)}"'
        return f"auto {name} = " + (f"connect_pooler({url});" if kind == "pooled" else f"std::make_unique<pqxx::connection>({url});")

    def connection(self, scope):
        return self.one(scope, "connection") or "*pool.acquire()"

    def begin(self, scope, _):
        name = self.new(scope, "transaction", self.name("t"))
        return f"pqxx::{self.pick('work', 'work', 'nontransaction')} {name}({self.connection(scope)});"

    def engine_transaction(self, scope, depth):
        engine = self.name("tx")
        inner = {**scope, "loop": [], "engine": [*scope.get("engine", []), engine]}
        return f"database.transaction([&](Database &{engine}) {self.block(inner, depth - 1)});"

    def execute(self, scope, _):
        if self.random.random() < 0.25:
            engine = self.one(scope, "engine") or "database"
            call = self.pick("db.execute", "db.execute_direct", "database.execute", f"{engine}.execute")
            return f"{self.pick('', '', 'plain_ = ')}{call}({self.sql()});"
        transaction = self.one(scope, "transaction")
        call = f"{transaction}.exec({self.sql()})" if transaction else f"pqxx::nontransaction({self.connection(scope)}).exec({self.sql()})"
        return self.pick(f"{call};", f"(void){call};", f"if ({call}.empty()) return;", f"auto {self.name('r')} = {call};", f"plain_ = {call}.affected_rows();")

    def end(self, scope, _):
        transaction = self.one(scope, "transaction")
        return f"{transaction}.{self.pick('commit', 'commit', 'abort')}();" if transaction else ";"

    def release(self, scope, _):
        acquired = self.one(scope, "acquired")
        return f"pool.release({acquired});" if acquired else ";"

    def share(self, _, __):
        seen = self.name("seen")
        return self.pick("plain_++;", "next_.store(next_.load() + 1);", f"int {seen} = next_; if ({seen} < 5) next_ = {seen} + 1;", "if (plain_ > 0) --plain_;",
                         'log("connecting to postgresql://u:p@h/d");', f"static pqxx::connection once{seen}(\"host=a\"); (void)once{seen};")

    def call(self, scope, _):
        if not self.functions:
            return ";"
        return f"{self.random.choice(self.functions)}({self.connection(scope)});"

    def leave(self, scope, _):
        return self.pick("return;", "throw std::runtime_error(\"no\");", "if (maybe()) return;", ";", *(["break;", "continue;"] if scope.get("loop") else [";"]))

    def wait(self, _, __):
        return "std::this_thread::sleep_for(std::chrono::milliseconds(5));"

    def lock(self, scope, _):
        name = self.name("l")
        return self.pick(f"std::lock_guard<std::mutex> {name}(mutex_);", "mutex_.lock();", "mutex_.unlock();", f"std::unique_lock<std::mutex> {name}(mutex_, std::defer_lock);")

    def branch(self, scope, depth):
        text = f"if ({self.condition()}) {self.block(scope, depth - 1)}"
        return text + self.pick("", f" else {self.block(scope, depth - 1)}")

    def loop(self, scope, depth):
        inner = {**scope, "loop": ["yes"]}
        body = self.block(inner, depth - 1)
        name = self.name("i")
        return self.pick(f"for (int {name} = 0; {name} < 3; ++{name}) {body}", f"while ({self.condition()}) {body}", f"do {body} while ({self.condition()});",
                         f"for (;;) {body}")

    def attempt(self, scope, depth):
        return (f"try {self.block(scope, depth - 1)} catch ({self.pick('...', 'const std::exception &', 'const std::runtime_error &e')}) "
                f"{self.pick(self.block(scope, depth - 1), '{ throw; }', '{}')}")

    def thread(self, scope, depth):
        name = self.name("th")
        if self.random.random() < 0.25:
            return f"on_workers([&] {self.block({**scope, 'loop': []}, depth - 1)});"
        return (f"std::{self.pick('thread', 'jthread')} {name}([&] {self.block({**scope, 'loop': []}, depth - 1)});" +
                self.pick(f" {name}.join();", f" {name}.detach();", ""))

    def retry(self, scope, depth):
        return f"pqxx::perform([&] {self.block({**scope, 'loop': []}, depth - 1)});"

    def lambda_(self, scope, depth):
        name = self.name("f")
        return f"auto {name} = [{self.pick('&', '=')}]() mutable {self.block({**scope, 'loop': []}, depth - 1)}; {self.pick(f'{name}();', ';', f'std::function<void()> {name}b = {name};')}"

    def choose(self, scope, depth):
        cases = "".join(f"case {i}: {self.block(scope, depth - 1)} {self.pick('break;', '[[fallthrough]];', 'return;')}\n" for i in range(self.random.randint(0, 3)))
        return f"switch (plain_) {{\n{cases}default: break;\n}}"

    def text(self):
        out = INCLUDE
        for _ in range(self.random.randint(1, 6)):
            name = self.name("run")
            template = self.pick("", "", "", "template <class T> ")
            out += f"{template}void {name}(pqxx::connection &c) {self.block({'connection': ['c']}, self.random.randint(1, 5))}\n\n"
            if not template:
                self.functions.append(name)
        if self.random.random() < 0.15:  # half typed
            out = out[: self.random.randrange(len(INCLUDE), len(out) + 1)]
        return out


def write(folder, seed, count):
    (folder / "prelude.h").write_text(PRELUDE)
    (folder / ".poolguard.yaml").write_text(ROLES)
    for number in range(count):
        (folder / f"{number:05}.cpp").write_text(Program(seed * 1_000_000 + number).text())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("folder", type=pathlib.Path)
    options = parser.parse_args()
    write(options.folder, options.seed, options.count)


if __name__ == "__main__":
    main()
