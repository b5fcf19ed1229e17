#!/usr/bin/env python3
"""Runs one test file through both hosts of the guards and checks what they say with FileCheck.

  check_poolguard.py --temp=DIR [options] SOURCE CHECKS [-- [host options] [-- compiler flags]]

The hosts are `clang-tidy -load libpoolguard-tidy.so` and `poolguard check`; CHECKS is a comma-separated list of full check
names. For each host the file is copied to DIR/HOST/, its nearest .poolguard.yaml beside it, and:

  CHECK-MESSAGES   must match the findings, and no other warning or error may appear
  CHECK-NOTES      the same, with every note given as well
  (neither)        no warning and no error may appear
  CHECK-FIXES      must match the file after `--fix`, which must still compile, and whose next run must be silent
  CHECK-REMAINS    is what that next run may still say: findings that have no fix-it

Host options go to the one host named by --host; `-config=FILE` (relative to SOURCE) is understood by both.
"""

import argparse
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

LIT_TESTS = pathlib.Path(__file__).resolve().parent
ANNOTATIONS = LIT_TESTS.parent / "runtime" / "include"
HOSTS = ("tidy", "cli")
KINDS = ("MESSAGES", "NOTES", "FIXES", "REMAINS")
# FileCheck must not match a directive in the source line that a host quotes.
DIRECTIVE = re.compile(r"// *CHECK-[A-Z0-9-]+:.*")


class Failed(Exception):
    pass


def run(command, allowed):
    """Returns what the command printed; its exit status must be one of `allowed`."""
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                            check=False)
    if result.returncode not in allowed:
        raise Failed(f"exit status {result.returncode} from: {shlex.join(map(str, command))}\n{result.stdout}")
    return result.stdout


class Test:
    def __init__(self, options, host):
        self.options = options
        self.host = host
        self.source = options.source.resolve()
        self.text = self.source.read_text()
        self.directory = options.temp / host
        self.copy = self.directory / self.source.name

    def prefixes(self, kind):
        """The directives of a kind that the file has, one for each suffix that was asked for."""
        wanted = [f"CHECK-{kind}" + (f"-{suffix}" if suffix else "") for suffix in self.options.check_suffix]
        return [prefix for prefix in wanted if prefix + ":" in self.text]

    def config(self):
        """The role config of the test: the one asked for, or the nearest one up to the folder of all tests."""
        if self.options.config:
            return self.source.parent / self.options.config
        for folder in self.source.parents:
            if (folder / ".poolguard.yaml").exists():
                return folder / ".poolguard.yaml"
            if folder in (LIT_TESTS, self.options.temp.parent):
                break
        return None

    def reject_misspelled_directives(self):
        for line, text in enumerate(self.text.splitlines(), 1):
            match = re.search(r"// *CHECK-([A-Z]+)[A-Z0-9-]*:", text)
            if match and match[1] not in KINDS:
                raise Failed(f"{self.source}:{line}: 'CHECK-{match[1]}' is none of CHECK-{', CHECK-'.join(KINDS)}")

    def lay_out(self):
        self.directory.mkdir(parents=True)
        self.copy.write_text(DIRECTIVE.sub("//", self.text))
        config = self.config()
        target = self.directory / ".poolguard.yaml"
        if config:
            shutil.copy(config, target)
        else:
            target.write_text("version: 1\n")  # keeps a config further up from deciding what the test sees

    def flags(self):
        flags = [f"-I{self.source.parent}", f"-I{LIT_TESTS / 'Inputs'}", f"-I{ANNOTATIONS}"]
        if self.source.suffix == ".cpp" and not any(flag.startswith("-std=") for flag in self.options.flags):
            flags.append("-std=c++20")
        return flags + self.options.flags

    def run_host(self, *more):
        checks, extra = self.options.checks, self.options.host_options
        if self.host == "tidy":
            command = [self.options.clang_tidy, f"-load={self.options.plugin}", f"-checks=-*,{checks}", "--quiet", "--format-style=none", *extra,
                       *more, self.copy, "--", *self.flags()]
            return run(command, allowed=(0,))
        command = [self.options.poolguard, "check", f"--checks={checks}", *extra, *more, self.copy, "--", *self.flags()]
        return run(command, allowed=(0, 1))

    def file_check(self, prefixes, input_file, *more):
        run([self.options.file_check, f"--input-file={input_file}", "--check-prefixes=" + ",".join(prefixes), *more,
             self.source], allowed=(0,))

    def check_output(self, name, output, kinds):
        """`kinds` maps a kind of directive to the diagnostics that must all be matched where it is used."""
        log = self.directory / name
        log.write_text(output)
        silent = True
        for kind, diagnostics in kinds.items():
            prefixes = self.prefixes(kind)
            if prefixes:
                silent = False
                self.file_check(prefixes, log, f"--implicit-check-not={{{{{diagnostics}}}}}:")
        if silent and re.search(r"(warning|error):", output):
            raise Failed(f"the file expects no finding ({name}), but there is:\n{output}")

    def check_fixes(self):
        prefixes = self.prefixes("FIXES")
        if not prefixes:
            return
        self.run_host("--fix")
        self.file_check(prefixes, self.copy, "--strict-whitespace")
        run([self.options.clang, "-fsyntax-only", *self.flags(), self.copy], allowed=(0,))
        self.check_output("fixed.out", self.run_host(), {"REMAINS": "warning|error"})

    def check(self):
        self.reject_misspelled_directives()
        self.lay_out()
        self.check_output("messages.out", self.run_host(), {"MESSAGES": "warning|error", "NOTES": "note|warning|error"})
        self.check_fixes()


def split_at_dashes(arguments):
    """own -- host -- compiler"""
    parts = [[]]
    for argument in arguments:
        if argument == "--" and len(parts) < 3:
            parts.append([])
        else:
            parts[-1].append(argument)
    return parts + [[]] * (3 - len(parts))


def parse(arguments):
    own, host_options, flags = split_at_dashes(arguments)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", choices=HOSTS, help="only this host (default: both)")
    parser.add_argument("--check-suffix", type=lambda value: value.split(","), default=[""],
                        help="use CHECK-MESSAGES-SUFFIX and so on; a comma-separated list")
    parser.add_argument("--config", help="the role config, relative to SOURCE")
    for tool in ("clang", "clang-tidy", "file-check", "poolguard", "plugin", "temp"):
        parser.add_argument(f"--{tool}", required=True, type=pathlib.Path)
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("checks")
    options = parser.parse_args(own)
    options.flags = flags
    options.host_options = []
    for option in host_options:
        match = re.fullmatch(r"--?config=(.+)", option)
        if match:
            options.config = match[1]
        else:
            options.host_options.append(option)
    if options.host_options and not options.host:
        parser.error(f"say with --host which host these options are for: {shlex.join(options.host_options)}")
    return options


def main():
    options = parse(sys.argv[1:])
    shutil.rmtree(options.temp, ignore_errors=True)
    failures = 0
    for host in (options.host,) if options.host else HOSTS:
        try:
            Test(options, host).check()
        except Failed as failure:
            failures += 1
            print(f"[{host}] {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    os.environ["FILECHECK_OPTS"] = "--dump-input-filter=all --allow-unused-prefixes"
    sys.exit(main())
