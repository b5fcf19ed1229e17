"""What the tests of the editor's host share: a project in a folder of its own, and a client that edits it."""

import json
import pathlib
import shutil
import tempfile
import unittest

from lsp import Server

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
ANNOTATIONS = REPOSITORY / "runtime" / "include"

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
CHECK = "poolguard-lock-path-routing"
CONFIG = "version: 1\nleases:\n  - {table: jobs, state: status, epoch: lock_epoch, expires: lock_until}\n"


class Editor(unittest.TestCase):
    clangd = None  # the program under test

    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="poolguard-clangd-")).resolve()
        self.addCleanup(shutil.rmtree, self.root)
        (self.root / "app.h").write_text(HEADER)
        (self.root / ".poolguard.yaml").write_text(CONFIG)
        self.configure()
        self.commands, self.versions = [], {}
        self.server = None
        self.addCleanup(lambda: self.server and self.server.kill())

    def configure(self, more=""):
        (self.root / ".clangd").write_text(
            f"Diagnostics:\n  ClangTidy:\n    Add: ['poolguard-*']\n    FastCheckFilter: None\n{more}")

    def start(self, *options):
        if self.server:
            self.server.kill()
        self.server = Server([self.clangd, "--background-index=false", *options], self.root)

    def write(self, name, text):
        """A file of the project, with its compile command."""
        path = self.root / name
        path.write_text(text)
        command = {"directory": str(self.root), "file": name, "command": f"clang++ -std=c++20 -I{ANNOTATIONS} -c {name}"}
        if name.endswith(".cpp") and command not in self.commands:
            self.commands.append(command)
            (self.root / "compile_commands.json").write_text(json.dumps(self.commands))
        return path

    def open(self, name, text):
        """Opens it in the editor; its diagnostics."""
        path = self.write(name, text)
        if not self.server:
            self.start()
        self.versions[path] = 1
        self.server.notify("textDocument/didOpen", {"textDocument": {"uri": path.as_uri(), "languageId": "cpp", "version": 1, "text": text}})
        return path, self.server.diagnostics(path, 1)

    def edit(self, path, text):
        """Changes the open file; its diagnostics."""
        self.versions[path] += 1
        self.server.notify("textDocument/didChange", {
            "textDocument": {"uri": path.as_uri(), "version": self.versions[path]}, "contentChanges": [{"text": text}]})
        return self.server.diagnostics(path, self.versions[path])

    def ours(self, diagnostics):
        return [d for d in diagnostics if str(d.get("code", "")).startswith("poolguard-")]

    def found(self, diagnostics):
        """Check and line of what is ours."""
        return {(d["code"], d["range"]["start"]["line"]) for d in self.ours(diagnostics)}
