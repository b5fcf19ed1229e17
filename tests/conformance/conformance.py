#!/usr/bin/env python3
"""Holds what the guards say of session state to what PgBouncer in transaction mode does with it, and both to the docs.

  conformance.py --rows=PROGRAM --poolguard=BIN [--write]

PROGRAM (pooler_rows.cpp) makes the experiment and prints its rows. A C++ source with the same statements and parameters on the
transaction lane is then given to `poolguard check`: a statement is to be flagged if, and only if, its state is lost or leaks, and
a parameter if the pooler refuses it. What differs on purpose is in DIFFERENT, with the reason, and is an error once it no
longer differs.

docs/pooler-conformance.md has the table, which --write makes anew. Without --write, a table that isn't what was seen is an error, if
it was made with the same PgBouncer; another version's results are held to the guards alone.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs" / "pooler-conformance.md"
TABLE = re.compile(r"(<!-- table: made by tests/conformance -->\n).*?(<!-- end -->)", re.DOTALL)

# What the guards say differs from what PgBouncer does: from which version on, up to which, and why.
DIFFERENT = {
    "IntervalStyle": ((1, 0), (1, 20), "PgBouncer refuses it before 1.20, and takes it since"),
    "SET IntervalStyle": ((1, 20), None, "PgBouncer carries it over since 1.20, and loses it before"),
    "SET application_name": ((1, 24), None, "it leaks from PgBouncer 1.18 and not from 1.24"),
    "a plan prepared by the protocol": ((1, 21), None, "PgBouncer carries it over since 1.21, with `max_prepared_statements`; "
                                                      "the code doesn't say which pooler it will meet"),
}


def differs_in(version):
    """The names whose difference is known in this version."""
    return {name for name, (since, before, _) in DIFFERENT.items() if since <= version and (before is None or version < before)}


def run_rows(program):
    """The pooler's program, the rows of statements, and those of startup parameters."""
    result = subprocess.run([program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"{program} failed:\n{result.stderr}")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    return (next(row["pooler"] for row in rows if "pooler" in row), [row for row in rows if "name" in row],
            [row for row in rows if "parameter" in row])


def pooler_version(program):
    text = subprocess.run([program, "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return tuple(int(part) for part in re.search(r"PgBouncer (\d+)\.(\d+)", text).groups())


CONFIG = """version: 1
presets: [libpqxx]
functions:
  - {name: app::pooled, returns: {lane: transaction}}
"""


def source(statements, parameters):
    """The lines of a program with one statement or parameter a line, and which line has which."""
    lines = ["#include <pqxx/pqxx>", "namespace app {", "pqxx::connection &pooled();"]
    where = {}

    def note(name, code):
        lines.append(code)
        where[len(lines)] = name

    for index, row in enumerate(statements):
        kind = "work" if row["in_transaction"] else "nontransaction"
        head = f"void statement_{index}() {{ auto &c = pooled();"
        if row["by_protocol"]:
            note(row["name"], f'{head} c.prepare("p", "{row["statement"]}"); }}')
        else:
            note(row["name"], f'{head} pqxx::{kind} tx(c); tx.exec("{row["statement"]}"); tx.commit(); }}')
    for index, row in enumerate(parameters):
        value = row["value"].replace(" ", "%20").replace("=", "%3D")
        note(row["parameter"], f'[[clang::annotate("poolguard", "returns", "lane", "transaction")]] pqxx::connection parameter_{index}() '
             f'{{ return pqxx::connection("postgresql://app@pooler/app?{row["parameter"]}={value}"); }}')
    lines.append("}")
    return "\n".join(lines) + "\n", where


def flagged(poolguard, statements, parameters):
    """The names of the rows that the guards flag."""
    text, where = source(statements, parameters)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        (path / "lanes.cpp").write_text(text)
        (path / "lanes.yaml").write_text(CONFIG)
        checks = "session-state-on-transaction-lane,startup-parameter-on-transaction-lane"
        result = subprocess.run([poolguard, "check", "--no-cache", "--format=json", f"--checks={checks}", f"--config={path / 'lanes.yaml'}",
                                 path / "lanes.cpp", "--", "-std=c++20"],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if result.returncode not in (0, 1):
        sys.exit(f"poolguard ended with status {result.returncode}:\n{result.stderr}")
    return {where[finding["line"]] for finding in json.loads(result.stdout)}


def outcome(row):
    if "parameter" in row:
        return "taken" if row["taken"] else "an error"
    if row["kept"]:
        return "follows its client, and leaks" if row["leaked"] else "follows its client"
    if row["leaked"]:
        return "lost, and leaks"
    if row["in_transaction"]:
        return "ends with its transaction"
    return "leaves nothing" if row["statement"].startswith("NOTIFY") else "lost"


def is_bad(row):
    return not row["taken"] if "parameter" in row else row["leaked"] or outcome(row) == "lost"


def title(version):
    return f"PgBouncer {version[0]}.{version[1]}"


def table(version, statements, parameters, flags):
    out = [f"{title(version)}, `pool_mode = transaction`, no `ignore_startup_parameters`.", "",
           "| statement | what becomes of it | the guards |", "|---|---|---|"]
    out += [f"| {row['name']} | {outcome(row)} | {'flag it' if row['name'] in flags else '–'} |" for row in statements]
    out += ["", "| startup parameter | at the pooler | the guards |", "|---|---|---|"]
    out += [f"| {row['parameter']} | {outcome(row)} | {'flag it' if row['parameter'] in flags else '–'} |" for row in parameters]
    out += ["", "What the guards say on purpose, in other versions too:", ""]
    out += [f"- {name}: {why}." for name, (_, _, why) in DIFFERENT.items()]
    return "\n".join(out) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", required=True, type=pathlib.Path)
    parser.add_argument("--poolguard", required=True, type=pathlib.Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()

    pooler, statements, parameters = run_rows(options.rows)
    version = pooler_version(pooler)
    flags = flagged(options.poolguard, statements, parameters)
    problems = []
    for row in statements + parameters:
        name = row.get("name") or row["parameter"]
        differs = is_bad(row) != (name in flags)
        known = name in differs_in(version)
        if differs and not known:
            problems.append(f"{name}: {title(version)}: {outcome(row)}; the guards {'flag' if name in flags else 'do not flag'} it")
        if known and not differs:
            problems.append(f"{name}: the guards and {title(version)} agree; take it out of DIFFERENT")
    if problems:
        sys.exit("\n".join(problems))

    page = PAGE.read_text()
    made = TABLE.sub(lambda match: match[1] + table(version, statements, parameters, flags) + match[2], page)
    if options.write:
        PAGE.write_text(made)
    elif made != page and f"{title(version)}," in page:
        sys.exit(f"{PAGE.relative_to(REPOSITORY)} is not what was seen; make it anew with --write")
    print(f"{title(version)}: {len(statements)} statements and {len(parameters)} startup parameters, {len(flags)} flagged")


if __name__ == "__main__":
    main()
