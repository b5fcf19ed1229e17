#!/usr/bin/env python3
"""program_test.py POOLGUARD_CLANGD POOLGUARD: findings that run through other files, while typing: what `poolguard check` left is
read, followed, and never in the way."""

import os
import pathlib
import subprocess
import sys
import time
import unittest

from editor import CHECK, CONFIG, RENEW, Editor

POOLGUARD = str(pathlib.Path(sys.argv.pop(2)).resolve())
Editor.clangd = str(pathlib.Path(sys.argv.pop(1)).resolve())

SEND = '#include "app.h"\nnamespace app {\nint retries = 0;\nvoid send(Db &db, const char *sql) { db.execute(sql); }\n}\n'
MENDED = SEND.replace("execute", "execute_direct")
# Line 3 renews by another file's function, line 4 finds a mistake that shows in this file alone.
HEARTBEAT = f"""#include "app.h"
namespace app {{
void send(Db &db, const char *sql);
void heartbeat(Db &db) {{ send(db, "{RENEW}"); }}
void twice(Db &db) {{ with_retry([&db] {{ db.upsert(); }}); }}
}}
"""
ACROSS, OWN = (CHECK, 3), ("poolguard-no-double-retry", 4)


class ProgramOnDisk(Editor):
    def setUp(self):
        super().setUp()
        self.write("send.cpp", SEND)
        self.write("heartbeat.cpp", HEARTBEAT)
        self.program = self.root / ".poolguard" / "program"

    def check(self, *options):
        """`poolguard check` of the project; it has findings."""
        done = subprocess.run([POOLGUARD, "check", "-p", self.root, "--cache", self.root / "cache", *options], cwd=self.root,
                              capture_output=True, text=True, check=False, env={**os.environ, "HOME": str(self.root)})
        self.assertEqual(done.returncode, 1, done.stderr)

    def told(self, text):
        """How often the server has said so. What it says of a file is written before that file's diagnostics are sent, but by
        another pipe: the answer to the end of the session comes after all of it."""
        self.assertEqual(self.server.stop(), 0)
        self.server.errors_read()
        return sum(text in line for line in self.server.errors)

    def test_it_appears_and_follows(self):
        path, diagnostics = self.open("heartbeat.cpp", HEARTBEAT)
        self.assertEqual(self.found(diagnostics), {OWN})
        self.check()
        diagnostics = self.edit(path, HEARTBEAT + "// 1\n")
        self.assertEqual(self.found(diagnostics), {ACROSS, OWN})
        note, = next(d for d in self.ours(diagnostics) if d["code"] == CHECK)["relatedInformation"]
        self.assertEqual(note["location"]["uri"], (self.root / "send.cpp").as_uri())
        self.assertEqual(note["location"]["range"]["start"]["line"], 3)
        self.assertIn("calls 'app::Db::execute' here", note["message"])
        # The other file is mended and judged again.
        (self.root / "send.cpp").write_text(MENDED)
        self.assertEqual(self.found(self.edit(path, HEARTBEAT + "// 2\n")), {ACROSS, OWN}, "nobody has read it yet")
        self.check()
        self.assertEqual(self.found(self.edit(path, HEARTBEAT + "// 3\n")), {OWN})
        # And broken again.
        (self.root / "send.cpp").write_text(SEND)
        self.check()
        self.assertEqual(self.found(self.edit(path, HEARTBEAT + "// 4\n")), {ACROSS, OWN})
        self.assertEqual(self.told("can't be used"), 0)

    def test_the_open_file_is_as_the_editor_has_it(self):
        self.check()
        path, diagnostics = self.open("heartbeat.cpp", HEARTBEAT)
        self.assertEqual(self.found(diagnostics), {ACROSS, OWN})
        self.assertEqual(self.found(self.edit(path, HEARTBEAT.replace(RENEW, "SELECT 1"))), {OWN})
        self.assertEqual(self.found(self.edit(path, "\n\n" + HEARTBEAT)), {(CHECK, 5), (OWN[0], 6)})
        new = f'void app::another(Db &db) {{ send(db, "{RENEW}"); }}\n'
        declared = HEARTBEAT.replace("void send(", "void another(Db &db); void send(")
        self.assertEqual(self.found(self.edit(path, declared + new)), {ACROSS, OWN, (CHECK, 6)})
        # A body of its own in the place of the other file's: two definitions, of which this file's is called here.
        own = HEARTBEAT.replace("const char *sql);", "const char *sql) { db.execute_direct(sql); }")
        self.assertEqual(self.found(self.edit(path, own)), {OWN})
        self.assertEqual(self.server.stop(), 0)

    def test_an_edit_that_only_moves_the_code(self):
        self.check()
        path, _ = self.open("heartbeat.cpp", HEARTBEAT)
        lines = HEARTBEAT.splitlines(keepends=True)
        for at in range(len(lines) + 1):
            diagnostics = self.edit(path, "".join(lines[:at] + ["// a comment\n"] + lines[at:]))
            self.assertEqual(self.found(diagnostics), {(check, line + (line >= at)) for check, line in (ACROSS, OWN)}, at)
            note, = next(d for d in self.ours(diagnostics) if d["code"] == CHECK)["relatedInformation"]
            self.assertEqual(note["location"]["range"]["start"]["line"], 3)
        # A check that is asked for later finds what it would have found before.
        self.configure("    Remove: ['poolguard-no-double-retry']\n")
        self.server.kill()
        self.start()
        path, diagnostics = self.open("heartbeat.cpp", HEARTBEAT)
        self.assertEqual(self.found(diagnostics), {ACROSS})
        self.configure()
        deadline = time.monotonic() + 60  # clangd looks at its config every few seconds
        turn = 0
        while self.found(self.edit(path, f"// {turn}\n" + HEARTBEAT)) != {(check, line + 1) for check, line in (ACROSS, OWN)}:
            self.assertLess(time.monotonic(), deadline)
            turn += 1
        self.assertEqual(self.found(self.edit(path, "\n\n" + HEARTBEAT)), {(check, line + 2) for check, line in (ACROSS, OWN)})

    def test_findings_in_other_files_stay_there(self):
        self.check()
        _, diagnostics = self.open("send.cpp", SEND)
        self.assertEqual(self.found(diagnostics), set())
        # But what this file does to a path is judged at once: the caller's text, this file's lane.
        _, diagnostics = self.open("heartbeat.cpp", HEARTBEAT)
        self.assertEqual(self.found(diagnostics), {ACROSS, OWN})

    def test_a_header_is_open(self):
        header = (self.root / "app.h").read_text().replace(
            "} // namespace app", f'void send(Db &, const char *);\ninline void pulse(Db &db) {{ send(db, "{RENEW}"); }}\n}} // namespace app')
        self.write("app.h", header)
        line = next(i for i, text in enumerate(header.splitlines()) if "pulse" in text)
        self.check()
        path, diagnostics = self.open("app.h", header)
        self.assertEqual(self.found(diagnostics), {(CHECK, line)})
        self.assertEqual(self.found(self.edit(path, header.replace(RENEW, "SELECT 1"))), set())

    def test_none_is_there(self):
        path, diagnostics = self.open("heartbeat.cpp", HEARTBEAT)
        for turn in range(3):
            self.assertEqual(self.found(self.edit(path, HEARTBEAT + f"// {turn}\n")), {OWN})
        self.assertEqual(self.told("no program of 'poolguard check'"), 1)

    def test_a_damaged_one(self):
        self.check()
        content = self.program.read_bytes()
        self.program.write_bytes(content[:-7])
        path, diagnostics = self.open("heartbeat.cpp", HEARTBEAT)
        self.assertEqual(self.found(diagnostics), {OWN})
        self.assertEqual(self.found(self.edit(path, HEARTBEAT + "\n")), {OWN})
        # `check` sees that it isn't what it left, and writes it anew, though nothing else has changed.
        self.check()
        self.assertEqual(self.found(self.edit(path, HEARTBEAT + "\n\n")), {ACROSS, OWN})
        self.assertEqual(self.told("it is damaged"), 1)

    def test_another_version_s(self):
        self.check()
        head, tool, rest = self.program.read_bytes().partition(b"\ntool poolguard ")
        self.program.write_bytes(head + tool + b"0" + rest)
        path, diagnostics = self.open("heartbeat.cpp", HEARTBEAT)
        self.assertEqual(self.found(diagnostics), {OWN})
        self.assertEqual(self.found(self.edit(path, HEARTBEAT + "\n")), {OWN})
        self.assertEqual(self.told("its 'tool' is"), 1)

    def test_other_roles(self):
        self.check()
        path, diagnostics = self.open("heartbeat.cpp", HEARTBEAT)
        self.assertEqual(self.found(diagnostics), {ACROSS, OWN})
        (self.root / ".poolguard.yaml").write_text(CONFIG + "functions:\n  - {name: app::Db::execute, executes: {lane: session, sql: 0}}\n")
        for turn in range(2):
            self.assertEqual(self.found(self.edit(path, HEARTBEAT + f"// {turn}\n")), {OWN})
        self.assertEqual(self.told("older than the roles in force"), 1)

    def test_a_new_file_is_judged_alone(self):
        self.check()
        _, diagnostics = self.open("new.cpp", HEARTBEAT)
        self.assertEqual(self.found(diagnostics), {OWN})
        self.check()
        self.assertEqual(self.found(self.edit(self.root / "new.cpp", HEARTBEAT + "\n")), {ACROSS, OWN})

    def test_where_it_is(self):
        self.check()
        elsewhere = self.root / "kept"
        self.program.rename(elsewhere)
        self.configure(f"    CheckOptions: {{poolguard.Program: '{elsewhere}'}}\n")
        _, diagnostics = self.open("heartbeat.cpp", HEARTBEAT)
        self.assertEqual(self.found(diagnostics), {ACROSS, OWN})
        self.server.stop()
        self.check()
        self.configure("    CheckOptions: {poolguard.Program: none}\n")
        self.start()
        _, diagnostics = self.open("heartbeat.cpp", HEARTBEAT)
        self.assertEqual(self.found(diagnostics), {OWN})

    def test_only_a_whole_program_is_left(self):
        self.check("heartbeat.cpp")
        self.assertFalse(self.program.exists())
        self.check("--no-cache")
        self.assertFalse(self.program.exists(), "--no-cache keeps nothing")
        self.check()
        before = self.program.stat()
        self.check()
        self.assertEqual((before.st_ino, before.st_mtime_ns), (self.program.stat().st_ino, self.program.stat().st_mtime_ns))
        self.assertEqual((self.root / ".poolguard" / ".gitignore").read_text(), "*\n")


if __name__ == "__main__":
    unittest.main(verbosity=2)
