#!/usr/bin/env python3
"""clangd_test.py POOLGUARD_CLANGD POOLGUARD: what an editor sees, through a real client of the protocol."""

import json
import pathlib
import subprocess
import sys
import unittest

from editor import CHECK, RENEW, Editor

Editor.clangd = str(pathlib.Path(sys.argv[1]).resolve())
del sys.argv[1:3]

BAD = f"""#include "app.h"
namespace app {{
constexpr auto kRenew = "{RENEW}";
void run(Db &db, const char *sql) {{ db.execute(sql); }}
void heartbeat(Db &db) {{ run(db, kRenew); }}
void direct(Db &db) {{ db.execute(kRenew); }}
void twice(Db &db) {{ with_retry([&db] {{ db.upsert(); }}); }}
}} // namespace app
"""


class Clangd(Editor):
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
        after = self.ours(self.edit(path, "".join(lines)))
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

    def test_a_saved_file(self):
        path, _ = self.open("queue.cpp", BAD)
        text = BAD.replace("db.execute(kRenew)", "db.execute_direct(kRenew)")
        self.assertNotIn((CHECK, 5), self.found(self.edit(path, text)))
        path.write_text(text)
        self.server.notify("textDocument/didSave", {"textDocument": {"uri": path.as_uri()}})
        # What is on the disk and what the editor has are the same now: another edit starts from there.
        self.assertIn((CHECK, 5), self.found(self.edit(path, BAD)))
        self.assertEqual(self.server.stop(), 0)

    def test_what_ends_at_once(self):
        done = subprocess.run([self.clangd, "--version"], capture_output=True, text=True, check=True)
        self.assertIn("clangd version 22", done.stdout)

    def test_the_check_s_page(self):
        _, diagnostics = self.open("queue.cpp", BAD)
        for d in self.ours(diagnostics):
            page = d["codeDescription"]["href"]
            self.assertTrue(page.endswith("/docs/checks/" + d["code"].removeprefix("poolguard-") + ".md"), page)
            self.assertTrue(pathlib.Path(page.removeprefix("file://")).exists(), page)


if __name__ == "__main__":
    unittest.main(verbosity=2)
