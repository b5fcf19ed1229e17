#!/usr/bin/env python3
"""sarif_valid.py REPORT.sarif...: whether each is SARIF 2.1.0. Says what is wrong and where, and then ends with status 1.

Asks the schema (Inputs/sarif), which has no word on the meaning of addresses and indices; so those are looked at here: an
address is one by RFC 3986, and a result's index leads to the rule that it names.
Needs Debian's python3-jsonschema.
"""

import json
import re
import sys
from pathlib import Path

import jsonschema

SCHEMA = Path(__file__).parent / "Inputs" / "sarif" / "sarif-2.1.0.json"
REFERENCE = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*")
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")

formats = jsonschema.FormatChecker(())


@formats.checks("uri-reference")
def is_reference(value):
    if not isinstance(value, str):
        return True
    # The first part of a relative one holds no colon: it would be a scheme.
    return REFERENCE.fullmatch(value) is not None and (":" not in value.split("/")[0] or SCHEME.match(value) is not None)


@formats.checks("uri")
def is_uri(value):
    return not isinstance(value, str) or (is_reference(value) and SCHEME.match(value) is not None)


def where(error):
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path).lstrip(".") or "the report"


def by_schema(report, validator):
    for error in sorted(validator.iter_errors(report), key=lambda e: [str(step) for step in e.absolute_path]):
        yield f"{where(error)}: {error.message}"


def by_meaning(report):
    for number, run in enumerate(report["runs"]):
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        if len(set(rules)) != len(rules):
            yield f"runs[{number}]: a rule is there twice"
        for index, result in enumerate(run["results"]):
            at = f"runs[{number}].results[{index}]"
            if not 0 <= result["ruleIndex"] < len(rules) or rules[result["ruleIndex"]] != result["ruleId"]:
                yield f"{at}: ruleIndex {result['ruleIndex']} does not lead to '{result['ruleId']}'"
            ids = [location["id"] for location in result.get("relatedLocations", [])]
            if len(set(ids)) != len(ids):
                yield f"{at}: two related locations have one id"


def main():
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema, format_checker=formats)
    status = 0
    for name in sys.argv[1:]:
        report = json.loads(Path(name).read_text(encoding="utf-8"))
        wrong = list(by_schema(report, validator)) or list(by_meaning(report))
        for line in wrong:
            print(f"{name}: {line}")
        status |= bool(wrong)
    return status


if __name__ == "__main__":
    sys.exit(main())
