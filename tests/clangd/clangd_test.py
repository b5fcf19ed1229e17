#!/usr/bin/env python3
"""clangd_test.py POOLGUARD_CLANGD: what an editor sees, through a real client of the protocol."""

import json
import pathlib
import shutil
import sys
import tempfile
import unittest

from lsp import Server

CLANGD = str(pathlib.Path(sys.argv.pop(1)).resolve())
ANNOTATIONS = pathlib.Path(__file__).resolve().parents[2] / "runtime" / "include"

HEADER = """#pragma once
#include <functional>
#include <string>
#include <poolguard/annotations.hpp>
namespace app {
POOLGUARD_RUNS_IN_RETRY(0, 4) void with_retry(const std::function<void()> &body);
struct Db {
  POOLGUARD_EXECUTES_OR("transaction", 0, "execute_direct") void execute(const std::string &sql);
  POOLGUARD_EXECUTES("session", 0) void execute_direct(const std::string &sql);
  POOLGUARD_RETRIES(3) void upsert();
};
} // namespace app
"""
RENEW = "UPDATE jobs SET lock_until = now() + interval '30 s' WHERE id = 1 AND lock_epoch = 2"
BAD = f"""#include "app.h"
namespace app {{
constexpr auto kRenew = "{RENEW}";
void run(Db &db, const char *sql) {{ db.execute(sql); }}
void heartbeat(Db &db) {{ run(db, kRenew); }}
void direct(Db &db) {{ db.execute(kRenew); }}
void twice(Db &db) {{ with_retry([&db] {{ db.upsert(); }}); }}
}} // namespace app
"""
CHECK = "poolguard-lock-path-routing"


class Editor(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="poolguard-clangd-"))
        self.addCleanup(shutil.rmtree, self.root)
        (self.root / "app.h").write_text(HEADER)
        (self.root / ".poolguard.yaml").write_text(
            "version: 1\nleases:\n  - {table: jobs, state: status, epoch: lock_epoch, expires: lock_until}\n")
        (self.root / ".clangd").write_text("Diagnostics:\n  ClangTidy:\n    Add: ['poolguard-*']\n    FastCheckFilter: None\n")
        self.commands = []
        self.server = None
        self.addCleanup(lambda: self.server and self.server.kill())

    def start(self, *options):
        if self.server:
            self.server.kill()
        self.server = Server([CLANGD, "--background-index=false", *options], self.root)

    def open(self, name, text):
        path = self.root / name
        path.write_text(text)
        self.commands.append({"directory": str(self.root), "file": name,
                              "command": f"clang++ -std=c++20 -I{ANNOTATIONS} -c {name}"})
        (self.root / "compile_commands.json").write_text(json.dumps(self.commands))
        if not self.server:
            self.start()
        self.server.notify("textDocument/didOpen", {"textDocument": {"uri": path.as_uri(), "languageId": "cpp", "version": 1, "text": text}})
        return path, self.server.diagnostics(path, 1)

    def change(self, path, version, text):
        self.server.notify("textDocument/didChange", {"textDocument": {"uri": path.as_uri(), "version": version},
                                                      "contentChanges": [{"text": text}]})

    def ours(self, diagnostics):
        return [d for d in diagnostics if str(d.get("code", "")).startswith("poolguard-")]

    def test_a_finding_with_its_path_and_fix(self):
        path, diagnostics = self.open("queue.cpp", BAD)
        found = {(d["code"], d["range"]["start"]["line"]) for d in self.ours(diagnostics)}
        self.assertIn((CHECK, 4), found)
        self.assertIn((CHECK, 5), found)
        self.assertIn(("poolguard-no-double-retry", 6), found)
        routed = next(d for d in self.ours(diagnostics) if d["range"]["start"]["line"] == 4)
        self.assertIn("renews a lease of 'jobs', reaches the server on the transaction lane", routed["message"])
        self.assertIn((3, True), [(note["location"]["range"]["start"]["line"], "calls 'app::Db::execute' here" in note["message"])
                                  for note in routed["relatedInformation"]])

        # The code action is the direct call; once it is made, the finding is gone.
        direct = next(d for d in self.ours(diagnostics) if (d["code"], d["range"]["start"]["line"]) == (CHECK, 5))
        actions = self.server.request("textDocument/codeAction", {
            "textDocument": {"uri": path.as_uri()}, "range": direct["range"], "context": {"diagnostics": [direct]}})
        edits = [edit for action in actions if action.get("kind") == "quickfix" and "edit" in action
                 for changes in action["edit"]["changes"].values() for edit in changes]
        self.assertTrue(edits, actions)
        lines = BAD.splitlines(keepends=True)
        edit = edits[0]
        self.assertEqual(edit["range"]["start"]["line"], 5)
        start, end = edit["range"]["start"]["character"], edit["range"]["end"]["character"]
        lines[5] = lines[5][:start] + edit["newText"] + lines[5][end:]
        self.assertIn("db.execute_direct(kRenew)", lines[5])
        self.change(path, 2, "".join(lines))
        after = self.ours(self.server.diagnostics(path, 2))
        self.assertNotIn(5, [d["range"]["start"]["line"] for d in after])
        self.assertIn(4, [d["range"]["start"]["line"] for d in after])
        self.assertEqual(self.server.stop(), 0)

    def test_a_second_file_and_a_restart(self):
        self.open("queue.cpp", BAD)
        _, diagnostics = self.open("fine.cpp", '#include "app.h"\nvoid fine(app::Db &db) { db.execute("SELECT 1"); }\n')
        self.assertEqual(self.ours(diagnostics), [])
        self.start()
        _, diagnostics = self.open("again.cpp", BAD)
        self.assertIn(CHECK, [d["code"] for d in self.ours(diagnostics)])

    def test_it_is_clangd(self):
        path, diagnostics = self.open("own.cpp", "int answer() { int unused = 1; return 42; }\nint twice = answer();\n")
        self.start("--clang-tidy=0")
        self.assertIn("clangd", self.server.capabilities["serverInfo"]["name"])
        path, diagnostics = self.open("own.cpp", "int answer() { return 42 }\n")
        self.assertTrue(any("';'" in d["message"] for d in diagnostics), "clangd's own diagnostics")
        hover = self.server.request("textDocument/hover", {"textDocument": {"uri": path.as_uri()}, "position": {"line": 0, "character": 5}})
        self.assertIn("answer", json.dumps(hover))

    def test_a_config_mistake_is_told(self):
        (self.root / ".poolguard.yaml").write_text("version: 1\nfunktions: []\n")
        _, diagnostics = self.open("queue.cpp", BAD)
        self.assertTrue(any("unknown key 'funktions'" in d["message"] for d in diagnostics), diagnostics)

    def test_half_typed_code(self):
        path, _ = self.open("typing.cpp", "")
        version = 1
        # Every line's end and the middle of every line; each version replaces the last, so the server sees them in haste too.
        ends = [i for i, c in enumerate(BAD) if c == "\n"]
        cuts = sorted({*ends, *((a + b) // 2 for a, b in zip([0, *ends], ends))})
        for cut in cuts:
            version += 1
            self.change(path, version, BAD[:cut])
            self.server.diagnostics(path, version)
        version += 1
        self.change(path, version, BAD)
        self.assertIn(CHECK, [d["code"] for d in self.ours(self.server.diagnostics(path, version))])
        self.assertEqual(self.server.stop(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
