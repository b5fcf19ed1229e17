#!/usr/bin/env python3
"""What the guards catch of the small changes that break a guarded rule of our own runtime, and whether they are silent on
those that break none (tests/mutation/mutants.py).

  mutation.py [--short] BUILD [PATTERN...]

BUILD has the runtime's compile commands and `poolguard` in bin/. Each mutant is one changed copy of the runtime, checked as
a whole program. The exit status is 0 when a check that the pattern names finds every broken mutant that compiles, or the
pattern says why it can't; when no harmless one has a finding, or the pattern says why it has; and when there are at least 60 and 30 of them. --short, for CI, takes the first mutant of each pattern
that compiles.
"""

import argparse
import collections
import contextlib
import json
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import mutants  # noqa: E402
import program  # noqa: E402

LEAST_BROKEN, LEAST_HARMLESS = 60, 30


class Program:
    """A copy of the runtime that poolguard checks. What a mutant doesn't touch comes from the cache."""

    def __init__(self, build, folder):
        self.poolguard, self.folder = build / "bin/poolguard", folder
        shutil.copytree(ROOT / "runtime", folder / "runtime")
        original, copy = f"{ROOT}/runtime", f"{folder}/runtime"
        database, self.sources = [], []
        for entry in program.commands(build):
            file = str(program.source_of(entry))
            if not file.startswith(original + "/"):
                continue
            arguments = entry.get("arguments") or shlex.split(entry["command"])
            arguments = [argument.replace(original, copy) for argument in arguments]
            self.sources.append(file.replace(original, copy))
            database.append({"directory": entry["directory"], "file": self.sources[-1], "arguments": arguments})
        if not database:
            sys.exit(f"mutation.py: {build}/compile_commands.json has no source of runtime/: configure the build with it")
        (folder / "compile_commands.json").write_text(json.dumps(database))

    def judge(self):
        """The checks that find something; None when it doesn't compile."""
        command = [self.poolguard, "check", "-p", self.folder, "--format=json", *self.sources]
        result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        if result.returncode == 2 and "does not parse" in result.stderr:
            return None
        if result.returncode not in (0, 1):
            sys.exit(f"mutation.py: poolguard ended with status {result.returncode}:\n{result.stderr}")
        return sorted({finding["check"].removeprefix("poolguard-") for finding in json.loads(result.stdout)})

    def mutants(self, pattern):
        """Yields (where, checks) of each mutant."""
        for file in sorted((self.folder / "runtime/src").glob(pattern.files)):
            text = file.read_text()
            try:
                for line, changed in pattern.mutants(text):
                    file.write_text(changed)
                    yield f"{file.relative_to(self.folder)}:{line}", self.judge()
            finally:
                file.write_text(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("patterns", nargs="*")
    options = parser.parse_args()
    build, wanted = options.build.resolve(), options.patterns
    if unknown := set(wanted) - {pattern.name for pattern in mutants.BROKEN + mutants.HARMLESS}:
        sys.exit(f"mutation.py: no pattern is called {', '.join(sorted(unknown))}")
    all_patterns = [pattern for pattern in mutants.BROKEN + mutants.HARMLESS if not wanted or pattern.name in wanted]
    wrong, count = [], collections.Counter()
    with tempfile.TemporaryDirectory(prefix="poolguard-mutation-") as folder:
        copy = Program(build, pathlib.Path(folder).resolve())
        if copy.judge() != []:
            sys.exit("mutation.py: the runtime itself isn't clean: scripts/test says where")
        for pattern in all_patterns:
            found = []
            with contextlib.closing(copy.mutants(pattern)) as all_mutants:
                for where, checks in all_mutants:
                    found.append((where, checks))
                    if options.short and checks is not None:
                        break
            compile_ = [(where, checks) for where, checks in found if checks is not None]
            caught = [where for where, checks in compile_ if set(checks) & set(pattern.breaks)]
            if not compile_:
                wrong.append(f"'{pattern.name}' fits nothing that compiles")
            if pattern.breaks:
                count["broken"] += len(compile_)
                count["caught"] += len(caught)
                count["blind"] += (len(compile_) - len(caught)) if pattern.blind else 0
                missed = [(where, checks) for where, checks in compile_ if where not in caught]
                if not pattern.blind:
                    wrong += [f"'{pattern.name}' at {where} is missed by {', '.join(pattern.breaks)}; found: {checks or 'nothing'}"
                              for where, checks in missed]
                elif compile_ and not missed and not options.short:
                    wrong.append(f"'{pattern.name}' is caught: it needs no reason")
                note = f"; {pattern.blind}" if missed and pattern.blind else ""
                print(f"{len(caught):3} of {len(compile_):2} caught   {pattern.name}: {', '.join(pattern.breaks)}{note}", flush=True)
            else:
                noisy = [(where, checks) for where, checks in compile_ if checks]
                count["harmless"] += len(compile_)
                count["false alarms"] += len(noisy)
                if not pattern.blind:
                    wrong += [f"'{pattern.name}' at {where} is harmless, and flagged by {', '.join(checks)}" for where, checks in noisy]
                elif compile_ and not noisy and not options.short:
                    wrong.append(f"'{pattern.name}' is left alone: it needs no reason")
                note = f"; {pattern.blind}" if noisy and pattern.blind else ""
                print(f"{len(compile_) - len(noisy):3} of {len(compile_):2} silent   {pattern.name}{note}", flush=True)
            count["not compiled"] += len(found) - len(compile_)
    if not wanted and not options.short and (count["broken"] < LEAST_BROKEN or count["harmless"] < LEAST_HARMLESS):
        wrong.append(f"there are {count['broken']} broken and {count['harmless']} harmless mutants; {LEAST_BROKEN} and {LEAST_HARMLESS} are due")
    print(f"{count['caught']} of {count['broken']} broken mutants caught, {count['blind']} known to be out of sight; "
          f"{count['harmless']} harmless ones, {count['false alarms']} of them flagged; {count['not compiled']} didn't compile")
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
