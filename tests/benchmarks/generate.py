"""Programs for the benchmarks: as a service that talks to Postgres looks, of any size, the same each time."""

import json
import pathlib

HEADER = """#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>
#include <poolguard/annotations.hpp>
namespace app {
POOLGUARD_RUNS_IN_RETRY(0, 4) void with_retry(const std::function<void()> &body);
struct Db {
  POOLGUARD_EXECUTES_OR("transaction", 0, "execute_direct") int execute(const std::string &sql);
  POOLGUARD_EXECUTES("session", 0) int execute_direct(const std::string &sql);
};
int send(Db &db, const std::string &sql);
} // namespace app
"""
CONFIG = """version: 1
leases:
  - {table: jobs, state: status, epoch: lock_epoch, expires: lock_until}
"""
RENEW = "UPDATE jobs SET lock_until = now() + interval '30 s' WHERE id = 7 AND lock_epoch = 3"

# About 25 lines: a record's store, with SQL built from parts, a container, a retry, a lambda, and calls of neighbours.
UNIT = """
struct Record{n} {{
  std::string name;
  int amount = 0;
  std::vector<int> history;
}};
class Store{n} {{
public:
  explicit Store{n}(Db &db) : db_(db) {{}}
  int save(const Record{n} &record) {{
    cache_[record.name] = record.amount;
    return db_.execute("INSERT INTO records_{n} (name, amount) VALUES ('" + record.name + "', 1) ON CONFLICT (name) DO NOTHING");
  }}
  int total() const {{
    int sum = 0;
    for (const auto &[name, amount] : cache_)
      sum += amount > {n} ? amount : {n};
    return sum;
  }}
  int load(const std::string &name) {{ return send(db_, "SELECT amount FROM records_{n} WHERE name = '" + name + "'"); }}
private:
  Db &db_;
  std::map<std::string, int> cache_;
}};
int work_{n}(Db &db, const std::string &name) {{
  Store{n} store(db);
  Record{n} record{{name, {n}, {{1, 2, 3}}}};
  with_retry([&] {{ store.save(record); }});
  return store.total() + store.load(name){calls};
}}
"""


def unit(n, calls=()):
    return UNIT.format(n=n, calls="".join(f" + work_{to}(db, name)" for to in calls))


def large_file(lines, first):
    """One source of about that many lines, its stores numbered from `first`. Its last function renews a lease on the wrong
    lane."""
    text = '#include "app.h"\nnamespace app {\n'
    n = first
    while text.count("\n") < lines - 4:
        text += unit(n, [n - 1] if (n - first) % 7 else [])
        n += 1
    return text + f'int renew_large(Db &db) {{\n  return db.execute("{RENEW}");\n}}\n}} // namespace app\n'


def called(u, units):
    """The units that unit `u` calls: two of the layer below it, of four, as a service has them. benchmark-multiply does the
    same."""
    layer = max(units // 4, 1)
    below = (u // layer + 1) * layer
    return sorted({min(below + (u * (2 * n + 1) + n) % layer, units - 1) for n in range(2)}) if below < units else []


def service(folder, units, include, a_file=3, large=0):
    """A program of so many translation units, `a_file` stores each. Each calls those of some others. `units/0.cpp` hands a
    renewal to `send` of another file. With `large`, also a file of so many lines, which is returned."""
    folder = pathlib.Path(folder)
    (folder / "units").mkdir(parents=True, exist_ok=True)
    (folder / "app.h").write_text(HEADER)
    (folder / ".poolguard.yaml").write_text(CONFIG)
    (folder / "send.cpp").write_text(
        '#include "app.h"\nint app::send(Db &db, const std::string &sql) {\n  return db.execute(sql);\n}\n')
    names = ["send.cpp"]
    for u in range(units):
        others = called(u, units)
        text = '#include "app.h"\nnamespace app {\n' + "".join(f"int work_{v * a_file}(Db &, const std::string &);\n" for v in others)
        for i in range(a_file):
            own = [u * a_file + 1 + i] if i + 1 < a_file else []
            text = text + "".join(f"int work_{c}(Db &, const std::string &);\n" for c in own)
            text += unit(u * a_file + i, own + [v * a_file for v in others] if i == 0 else own)
        if u == 0:
            text += f'int renew(Db &db) {{\n  return send(db, "{RENEW}");\n}}\n'
        text += "} // namespace app\n"
        (folder / "units" / f"{u}.cpp").write_text(text)
        names.append(f"units/{u}.cpp")
    if large:
        (folder / "large.cpp").write_text(large_file(large, units * a_file))
        names.append("large.cpp")
    (folder / "compile_commands.json").write_text(json.dumps([
        {"directory": str(folder), "file": name, "command": f"clang++ -std=c++20 -I{folder} -I{include} -c {name}"}
        for name in names]))
    return folder / "large.cpp" if large else folder


def template(folder, include, stores):
    """The source that `multiply` makes programs of: a unit of `stores` stores, whose numbers it replaces."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "app.h").write_text(HEADER)
    (folder / ".poolguard.yaml").write_text(CONFIG)
    own, others = [900000000 + n for n in range(stores)], [910000000 + n for n in range(2)]
    text = '#include "app.h"\nnamespace app {\n' + "".join(f"int work_{n}(Db &, const std::string &);\n" for n in own + others)
    for i, n in enumerate(own):
        text += unit(n, own[i + 1:i + 2] + (others if i == 0 else []))
    (folder / "template.cpp").write_text(text + "} // namespace app\n")
    return ["-std=c++20", f"-I{folder}", f"-I{include}"]
