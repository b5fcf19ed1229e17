#!/usr/bin/env python3
"""typing_test.py POOLGUARD_CLANGD POOLGUARD: code as it is while somebody types. Every prefix of a file that every check has
something to say of, character by character, is given to the server as a version of an open file, and each must be answered."""

import os
import pathlib
import sys
import unittest

from editor import REPOSITORY, Editor

sys.path.insert(0, str(REPOSITORY / "scripts"))
import manifest  # noqa: E402

Editor.clangd = str(pathlib.Path(sys.argv[1]).resolve())
del sys.argv[1:3]

INPUTS = REPOSITORY / "lit-tests" / "robustness" / "Inputs"
SHAPES = (INPUTS / "shapes.cpp").read_text()
# Typed in several files at once, as the server reads them at once; this many versions may wait for an answer.
FILES, WAITING = max(2, os.cpu_count() or 1), 32


class Typing(Editor):
    def setUp(self):
        super().setUp()
        (self.root / ".poolguard.yaml").write_text((INPUTS / "roles.yaml").read_text())

    def test_the_file_has_every_shape(self):
        _, diagnostics = self.open("shapes.cpp", SHAPES)
        self.assertEqual({check for check, _ in self.found(diagnostics)}, {"poolguard-" + c["name"] for c in manifest.checks()})

    def test_every_prefix(self):
        paths = [self.open(f"typing{i}.cpp", "")[0] for i in range(FILES)]
        waiting = set()

        def fewer_than(most):
            """Takes answers until fewer versions than that wait."""
            def answered(message):
                if message.get("method") == "textDocument/publishDiagnostics":
                    waiting.discard((message["params"]["uri"], message["params"].get("version")))
                return len(waiting) < most
            if len(waiting) >= most:
                self.server.wait(answered)

        for end in range(1, len(SHAPES) + 1):
            path = paths[end % FILES]
            self.versions[path] += 1
            waiting.add((path.as_uri(), self.versions[path]))
            # wantDiagnostics: clangd's own addition; without it a version is skipped when the next is there.
            self.server.notify("textDocument/didChange", {
                "textDocument": {"uri": path.as_uri(), "version": self.versions[path]}, "wantDiagnostics": True,
                "contentChanges": [{"text": SHAPES[:end]}]})
            fewer_than(WAITING)
        fewer_than(1)
        self.assertEqual(self.server.stop(), 0)

    def test_an_edited_file_is_judged_as_one_that_was_never_seen(self):
        """Where an edit has only moved the code, what was found before is shown again, elsewhere."""
        def shown(diagnostics):
            return sorted((d["code"], d["message"].replace(path.name, "FILE").replace(other.name, "FILE"), str(d["range"]),
                           str([note["location"]["range"] for note in d.get("relatedInformation", [])])) for d in self.ours(diagnostics))

        path = other = self.open("edited.cpp", SHAPES)[0]
        lines = SHAPES.splitlines(keepends=True)
        for at in range(1, len(lines), 6):
            edits = {"added": lines[:at] + ["// a comment\n"] + lines[at:], "joined": lines[:at - 1] + [lines[at - 1][:-1] + " "] + lines[at:],
                     "taken": lines[:at] + lines[at + 1:], "twice": lines[:at] + lines[at:at + 1] + lines[at:]}
            for what, text in edits.items():
                diagnostics = self.edit(path, "".join(text))
                other, fresh = self.open(f"fresh{at}{what}.cpp", "".join(text))
                self.assertEqual(shown(diagnostics), shown(fresh), f"line {at} {what}")
        self.assertEqual(self.server.stop(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
