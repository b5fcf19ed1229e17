#!/usr/bin/env python3
"""Counts a suite's results: prints `PASSED FAILED SKIPPED` of the JUnit file of ctest or the xunit file of lit."""

import collections
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


def main():
    cases = xml.parse(sys.argv[1]).getroot().iter("testcase")
    counts = collections.Counter(outcome(case) for case in cases)
    print(counts["passed"], counts["failed"], counts["skipped"])


if __name__ == "__main__":
    main()
