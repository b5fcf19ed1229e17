#!/usr/bin/env python3
"""Checks the model of the lease protocol (lease.pml) with spin: what must hold does, and what must break it does.

  model.py [--clang=COMPILER] NAME

NAME is a run of RUNS below. The model is checked exhaustively within the limits that the run names; a search that doesn't
reach its end is a failure. A run of a broken protocol passes if, and only if, the assertion that it names fails.
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

MODEL = pathlib.Path(__file__).with_name("lease.pml")

# name: (definitions, whether every job must end too, the assertion that must fail)
RUNS = {
    "two-workers": ({"WORKERS": 2}, False, None),
    "three-workers": ({"WORKERS": 3, "LOSSES": 1, "EXPIRIES": 1}, False, None),
    "two-jobs": ({"JOBS": 2, "LOSSES": 1, "EXPIRIES": 1, "CRASHES": 0}, False, None),
    "given-back": ({"RELEASES": 1, "LOSSES": 1, "EXPIRIES": 1}, False, None),
    "every-job-ends": ({"WORKERS": 2, "LOSSES": 1, "EXPIRIES": 1}, True, None),
    "without-fence": ({"BREAK_FENCE": ""}, False, "owner[job]==_pid"),
    "without-epoch": ({"BREAK_EPOCH": ""}, False, "done[job] && done_by[job]==_pid"),
    "reaper-without-expiry": ({"BREAK_REAPER": ""}, False, "expired[job]"),
    "without-in-doubt": ({"BREAK_IN_DOUBT": ""}, False, "!(done[job] && done_by[job]==_pid)"),
    "claim-in-two-steps": ({"BREAK_CLAIM_IN_TWO_STEPS": ""}, False, "!ended[job]"),
}


def plain(expression):
    """Without what spin adds: brackets and spaces."""
    return re.sub(r"[ ()]", "", expression)


def run(name, compiler, folder):
    definitions, liveness, must_fail = RUNS[name]
    flags = [f"-D{key}={value}" if value != "" else f"-D{key}" for key, value in definitions.items()]

    def call(*command):
        return subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True).stdout

    shutil.copy(MODEL, folder)
    call("spin", "-a", *flags, MODEL.name)
    call(compiler, "-w", "-O2", "-o", "pan", "pan.c", *(["-DNFAIR=4"] if liveness else ["-DSAFETY", "-DNOCLAIM"]))
    output = call("./pan", "-m1000000", *(["-a", "-f"] if liveness else []))
    failed = re.search(r"assertion violated (.*) \(at depth", output)
    errors = re.search(r"errors: (\d+)", output)
    states = re.search(r"(\d+) states, stored", output)
    if errors is None or states is None or "max search depth too small" in output:
        return f"the search did not end:\n{output}"
    if must_fail is None:
        if errors[1] != "0" or "Search not completed" in output:
            trail = call("spin", "-t", "-p", "-g", *flags, MODEL.name)
            return f"{output}\nhow it comes to that:\n{trail}"
    elif failed is None or plain(failed[1]) != plain(must_fail):
        return f"assert({must_fail}) should fail without the rule that the run takes away; instead:\n{output}"
    print(f"{name}: {states[1]} states" + (f", and assert({must_fail}) fails, as it must" if must_fail else ", no error"))
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clang", default="cc", help="a C compiler")
    parser.add_argument("name", choices=[*RUNS, "all"])
    options = parser.parse_args()
    if shutil.which("spin") is None:
        sys.exit("spin is not installed: apt-get install spin, or run scripts/install-deps")
    problems = []
    for name in RUNS if options.name == "all" else [options.name]:
        with tempfile.TemporaryDirectory() as folder:
            problems += [f"{name}: {text}" for text in [run(name, options.clang, folder)] if text]
    if problems:
        sys.exit("\n".join(problems))


if __name__ == "__main__":
    main()
