#!/usr/bin/env python3
"""Counts a suite's results: prints `PASSED FAILED SKIPPED` of the JUnit file of ctest or the xunit file of lit.

  count_results.py FILE [FOLDER]

FOLDER has what each test of a ctest entry that runs several came to: of entry a/b in a_b.xml, by GoogleTest.
"""

import collections
import pathlib
import sys
import xml.etree.ElementTree as xml

# What ctest and lit say of a test that did not run because it chose to. ctest also says 'skipped' of a test whose
# program or fixture is missing: that is a failure.
CHOSEN = ("SKIP_RETURN_CODE", "SKIP_REGULAR_EXPRESSION_MATCHED", "Missing required feature",
          "Unsupported configuration")
# And of one that was not asked for.
LEFT_OUT = "Test not selected"


def outcome(case):
    if any(case.find(tag) is not None for tag in ("failure", "error")) or case.get("status") == "fail":
        return "failed"
    if case.get("status") == "disabled":
        return "skipped"
    skipped = case.find("skipped")
    if skipped is None:
        return "passed"
    message = skipped.get("message", "")
    if message.startswith(LEFT_OUT):
        return "left out"
    return "skipped" if message.startswith(CHOSEN) else "failed"


def outcomes_of_tests(file):
    """What GoogleTest says; nothing if the program didn't get so far. It leaves a test out by name (a filter), or skips it by choice."""
    if not file.exists():
        return []
    cases = [case for case in xml.parse(file).getroot().iter("testcase") if case.get("status") == "run"]
    return ["failed" if case.find("failure") is not None else "skipped" if case.get("result") == "skipped" else "passed" for case in cases]


def outcomes(case, folder):
    """Of an entry and, if it has any, its tests. An entry that failed though no test says so (it crashed, or ran out of time) is a failure."""
    whole = outcome(case)
    tests = outcomes_of_tests(folder / (case.get("name").replace("/", "_") + ".xml")) if folder and whole != "left out" else []
    return tests if tests and ("failed" in tests or whole != "failed") else [*tests, whole]


def main():
    cases = xml.parse(sys.argv[1]).getroot().iter("testcase")
    folder = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
    counts = collections.Counter(each for case in cases for each in outcomes(case, folder))
    print(counts["passed"], counts["failed"], counts["skipped"])


if __name__ == "__main__":
    main()
