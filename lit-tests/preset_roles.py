#!/usr/bin/env python3
"""Holds a preset to code that uses its library: every part of every role must matter to some finding.

  preset_roles.py --findings-under=BIN --temp=DIR PRESET CONFIG SOURCE... -- FLAGS

CONFIG is the role config of the test: the lanes and leases that the preset can't know. The preset's text takes the place of
its name in `presets`.
Each role of the preset is then taken away, and each of its parts changed, one at a time. Where that changes no finding in
any SOURCE, the role does nothing there: its name or an index doesn't fit the library, or the test doesn't use it. Each SOURCE is
parsed once for all changes, by findings_under.cpp.

`unshown.txt` beside CONFIG names the changes that are known to change nothing there, one a line; `#` starts a comment.

The exit status is 0 when the changes that don't show are those; else the difference is named.
"""

import argparse
import copy
import json
import pathlib
import subprocess
import sys

import yaml

PRESETS = pathlib.Path(__file__).resolve().parents[1] / "checkers" / "presets"
Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # ten times as fast
NOWHERE = 99  # an argument that no function has


def changed_parts(key, role):
    """Yields (what, role) for each part of a role that is changed; None takes the part away."""
    if key == "executes":
        for part in ("sql", "prepared", "autocommit", "connection"):
            if part in role:
                yield f"{key}.{part}", {k: v for k, v in role.items() if k != part}
        if isinstance(role.get("sql"), list):
            for index in range(len(role["sql"])):
                yield f"{key}.sql[{index}]", {**role, "sql": role["sql"][:index] + role["sql"][index + 1:]}
    elif key == "runs":
        runs = role if isinstance(role, list) else [role]
        for index, run in enumerate(runs):
            rest = runs[:index] + runs[index + 1:]
            if rest:
                yield f"{key}[{index}]", rest
            yield f"{key}[{index}].argument", rest + [{**run, "argument": NOWHERE}]
            if "attempts" in run:
                yield f"{key}[{index}].attempts", rest + [{**run, "attempts": run["attempts"] + 1}]
            if "keeps-exception" in run:
                yield f"{key}[{index}].keeps-exception", rest + [{**run, "keeps-exception": not run["keeps-exception"]}]
    elif key == "prepares":
        for part in ("name", "sql"):
            yield f"{key}.{part}", {**role, part: NOWHERE}
    elif key == "transaction":
        yield f"{key}.connection", {**role, "connection": NOWHERE}
        for part in ("autocommit", "commits-at-end"):
            if part in role:
                yield f"{key}.{part}", {k: v for k, v in role.items() if k != part}
    elif key == "returns" and "autocommit" in role:
        yield f"{key}.autocommit", {k: v for k, v in role.items() if k != "autocommit"}
    elif key == "connects" and isinstance(role, list):
        for index in range(len(role)):
            yield f"{key}[{index}]", role[:index] + role[index + 1:]


def changes(preset):
    """Yields (what, changed preset)."""
    for section in ("types", "functions"):
        for index, entry in enumerate(preset.get(section) or []):
            def without(new):
                other = copy.deepcopy(preset)
                if len(new) > 1:
                    other[section][index] = new
                else:
                    del other[section][index]
                return other
            for key, role in entry.items():
                if key == "name":
                    continue
                yield f"{key} of '{entry['name']}'", without({k: v for k, v in entry.items() if k != key})
                for what, part in changed_parts(key, role):
                    yield f"{what} of '{entry['name']}'", without({**entry, key: part})


class Runner:
    def __init__(self, options):
        self.options = options
        self.own = yaml.safe_load(options.config.read_text())
        self.own["presets"] = [name for name in self.own.get("presets", []) if name != options.preset]

    def config(self, name, preset):
        """The file of the role config with this preset in its preset's place."""
        config = copy.deepcopy(self.own)
        for section in ("types", "functions"):
            config[section] = (preset.get(section) or []) + (config.get(section) or [])
        path = self.options.temp / f"{name}.yaml"
        path.write_text(yaml.dump(config, sort_keys=False, Dumper=Dumper))
        return path

    def findings(self, configs, source):
        """Those in the source under each config."""
        result = subprocess.run([self.options.findings_under, source, *configs, "--", *self.options.flags],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        found = result.stdout.splitlines()
        if result.returncode != 0 or len(found) != len(configs):
            sys.exit(f"{source}: exit status {result.returncode}\n{result.stderr}")
        return found


def main():
    arguments = sys.argv[1:]
    split = arguments.index("--")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--findings-under", required=True, type=pathlib.Path)
    parser.add_argument("--temp", required=True, type=pathlib.Path)
    parser.add_argument("preset")
    parser.add_argument("config", type=pathlib.Path)
    parser.add_argument("sources", nargs="+", type=pathlib.Path)
    options = parser.parse_args(arguments[:split])
    options.flags = arguments[split + 1:]
    options.temp.mkdir(parents=True, exist_ok=True)

    preset = yaml.safe_load((PRESETS / f"{options.preset}.yaml").read_text())
    runner = Runner(options)
    todo = list(changes(preset))
    configs = [runner.config("before", preset), *(runner.config(number, changed) for number, (_, changed) in enumerate(todo))]
    found = [runner.findings(configs, source) for source in options.sources]
    if not any(json.loads(before) for before, *_ in found):
        sys.exit("the sources have no finding at all")
    silent = [what for number, (what, _) in enumerate(todo) if all(after[number] == before for before, *after in found)]
    listed = options.config.parent / "unshown.txt"
    known = [line.split("#")[0].strip() for line in listed.read_text().splitlines()] if listed.exists() else []
    problems = [f"  {what} changes no finding" for what in silent if what not in known]
    problems += [f"  {what} is in {listed.name}, but shows, or is no change" for what in known
                 if what and what not in silent]
    if problems:
        sys.exit(f"of {len(todo)} changes to preset '{options.preset}':\n" + "\n".join(problems))
    print(f"{len(todo) - len(silent)} of {len(todo)} changes to preset '{options.preset}' show")


if __name__ == "__main__":
    main()
