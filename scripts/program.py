#!/usr/bin/env python3
"""Programs for `poolguard check` to look at, made from a build's compile_commands.json.

  program.py files BUILD FOLDER...            the sources of the build below the folders, one a line
  program.py break BUILD SOURCE OLD NEW DIR   the whole program with one copy: SOURCE in DIR, its only line with the text
                                              OLD changed to have NEW; `poolguard check -p DIR` checks it. Prints the
                                              copy's path and the changed line

SOURCE and FOLDER are relative to the folder this script's parent is in.
"""

import json
import pathlib
import shlex
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def fail(text):
    sys.exit(f"program.py: {text}")


def commands(build):
    database = pathlib.Path(build) / "compile_commands.json"
    if not database.exists():
        fail(f"{database} is missing: configure the build first (cmake --preset default)")
    return json.loads(database.read_text())


def source_of(entry):
    return (pathlib.Path(entry["directory"]) / entry["file"]).resolve()


def files(build, *folders):
    wanted = [(ROOT / folder).resolve() for folder in folders]
    found = sorted({source_of(entry) for entry in commands(build)})
    for source in found:
        if any(folder in source.parents for folder in wanted):
            print(source)


def changed(text, old, new):
    """The text with its one line that has `old` changed, and that line's number."""
    lines = text.splitlines(keepends=True)
    at = [number for number, line in enumerate(lines) if old in line]
    if len(at) != 1:
        fail(f"{len(at)} lines have {old!r}; one was expected. Has the source changed? Adapt the caller")
    lines[at[0]] = lines[at[0]].replace(old, new)
    return "".join(lines), at[0] + 1


def copy_configs(source, copy):
    """The role configs above the source decide what the guards know of it, so they go along."""
    for there, here in zip(source.parents, copy.parents):
        if (there / ".poolguard.yaml").exists():
            shutil.copy(there / ".poolguard.yaml", here)
        if there == ROOT:
            break


def break_program(build, source, old, new, folder):
    original = (ROOT / source).resolve()
    folder = pathlib.Path(folder).resolve()
    copy = folder / original.relative_to(ROOT)
    text, line = changed(original.read_text(), old, new)
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_text(text)
    copy_configs(original, copy)

    database = commands(build)
    hits = [entry for entry in database if source_of(entry) == original]
    if not hits:
        fail(f"{source} is not in the build {build}")
    for entry in hits:
        arguments = entry.get("arguments") or shlex.split(entry["command"])
        arguments = [str(copy) if argument == entry["file"] else argument for argument in arguments]
        # Headers beside the original are still found beside it.
        arguments.insert(1, f"-iquote{original.parent}")
        entry.pop("command", None)
        entry.update(file=str(copy), arguments=arguments)
    (folder / "compile_commands.json").write_text(json.dumps(database, indent=1))
    print(f"{copy}:{line}")


def main():
    match sys.argv[1:]:
        case ["files", build, *folders] if folders:
            files(build, *folders)
        case ["break", build, source, old, new, folder]:
            break_program(build, source, old, new, folder)
        case _:
            fail(__doc__)


if __name__ == "__main__":
    main()
