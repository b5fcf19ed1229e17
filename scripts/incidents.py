#!/usr/bin/env python3
"""The incidents: for every check, a program that really fails and is flagged, and its cured twin that works and is not.

  incidents.py complete                   every check of checkers/checks.yaml has both programs, and nothing else is there
  incidents.py guarded BUILD CHECK...     the guards flag bad.cpp at its lines marked '// flagged: CHECK' and nowhere else,
                                          and good.cpp nowhere
  incidents.py table BUILD [CHECK...]     runs both programs, asks the guards, and prints what happened

tests/incidents/missing.txt lists the checks that have none yet. BUILD has the programs and `poolguard` in bin/.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import textwrap

import manifest

INCIDENTS = manifest.ROOT / "tests/incidents"
TWINS = ("bad", "good")
MARK = re.compile(r"// flagged: ([\w-]+)$")


def fail(text):
    sys.exit(f"incidents.py: {text}")


def missing():
    """Those that have no incident yet: a name a line."""
    file = INCIDENTS / "missing.txt"
    return file.read_text().split() if file.exists() else []


def names():
    return [check["name"] for check in manifest.checks()]


def complete():
    exempt, checks = missing(), names()
    found = [f"missing.txt: there is no check '{name}'" for name in exempt if name not in checks]
    for name in checks:
        files = [f"tests/incidents/{name}/{twin}.cpp" for twin in TWINS]
        there = [file for file in files if (manifest.ROOT / file).exists()]
        if name in exempt and there:
            found.append(f"missing.txt: '{name}' has its incident: take it off the list")
        elif name not in exempt:
            found += [f"check '{name}' has no {file}: a guard that was never seen to fire on code that failed is none"
                      for file in files if file not in there]
    found += [f"tests/incidents/{source.parent.name}: there is no check of that name"
              for source in sorted(INCIDENTS.glob("*/bad.cpp")) if source.parent.name not in checks]
    print("\n".join(found) or f"{len(checks) - len(exempt)} of {len(checks)} checks have their incident")
    return 1 if found or not checks else 0


def flagged(build, source):
    """What the guards find in a program: (line, check) of each finding in it."""
    command = [build / "bin/poolguard", "check", "-p", build, "--format", "json", source]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if result.returncode not in (0, 1):
        fail(f"poolguard check ended with status {result.returncode} for {source}:\n{result.stderr}")
    return sorted({(finding["line"], finding["check"].removeprefix("poolguard-"), pathlib.Path(finding["file"]).name)
                   for finding in json.loads(result.stdout)})


def marked(source):
    marks = [(number, MARK.search(line)) for number, line in enumerate(source.read_text().splitlines(), 1)]
    return [(number, mark[1], source.name) for number, mark in marks if mark]


def misjudged(build, name):
    """How the guards and the marks of the two programs differ."""
    for twin in TWINS:
        source = INCIDENTS / name / f"{twin}.cpp"
        wanted, found = marked(source), flagged(build, source)
        if twin == "bad" and name not in [check for _, check, _ in wanted]:
            yield f"{name}/bad.cpp: no line is marked '// flagged: {name}'"
        if twin == "good" and wanted:
            yield f"{name}/good.cpp: the cured twin has marks"
        yield from (f"{name}/{file}:{line}: marked, but not flagged by {check}"
                    for line, check, file in wanted if (line, check, file) not in found)
        yield from (f"{name}/{file}:{line}: flagged by {check}, but not marked"
                    for line, check, file in found if (line, check, file) not in wanted)


def guarded(build, checks):
    found = [text for name in checks for text in misjudged(build, name)]
    print("\n".join(found) or "the guards flag what fails, where it is marked, and nothing of what works")
    return 1 if found else 0


def run(build, name, twin):
    """What the program saw, and whether it was what it claims."""
    environment = os.environ | {"POOLGUARD_TEST_CACHE": str(build / "test-cache")}
    program = subprocess.run([build / f"bin/incident-{name}-{twin}"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             check=False, env=environment)
    lines = [line for line in program.stdout.splitlines() if line.startswith("=> ")]
    seen = lines[-1].removeprefix("=> ") if lines else f"ended with status {program.returncode} and no verdict"
    return re.sub(r"^(broke|cured): ", "", seen), program.returncode == 0


def row(cells, widths):
    columns = [textwrap.wrap(cell, width) or [""] for cell, width in zip(cells, widths)]
    for line in range(max(map(len, columns))):
        texts = [column[line] if line < len(column) else "" for column in columns]
        print("  ".join(text.ljust(width) for text, width in zip(texts, widths)).rstrip())


def table(build, checks):
    unknown = [name for name in checks if not (INCIDENTS / name / "bad.cpp").exists()]
    if unknown:
        fail(f"there is no incident {', '.join(unknown)}; there are: {', '.join(sorted(set(names()) - set(missing())))}")
    widths = (37, 44, 16, 44)
    row(("check", "what broke", "flagged at", "cured"), widths)
    row(tuple("-" * width for width in widths), widths)
    wrong = []
    for name in checks or [name for name in names() if name not in missing()]:
        broke, failed = run(build, name, "bad")
        cured, works = run(build, name, "good")
        lines = [str(line) for line, _, _ in flagged(build, INCIDENTS / name / "bad.cpp")]
        row((name, broke, f"bad.cpp:{','.join(lines)}" if lines else "NOWHERE", cured), widths)
        sys.stdout.flush()
        wrong += [f"{name}/{twin}.cpp did not do what it claims" for twin, right in zip(TWINS, (failed, works)) if not right]
        wrong += misjudged(build, name)
    if wrong:
        print("\n" + "\n".join(wrong))
    return 1 if wrong else 0


def main():
    match sys.argv[1:]:
        case ["complete"]:
            return complete()
        case ["guarded", build, *checks] if checks:
            return guarded(pathlib.Path(build).resolve(), checks)
        case ["table", build, *checks]:
            return table(pathlib.Path(build).resolve(), checks)
        case _:
            fail(__doc__)


if __name__ == "__main__":
    sys.exit(main())
