"""The manifest of checks, checkers/checks.yaml, as the scripts and tests in Python read it."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent


def checks():
    """Its entries, as texts: one key a line, as the build reads it too."""
    entries = []
    for line in (ROOT / "checkers/checks.yaml").read_text().splitlines():
        match = re.fullmatch(r"(?:  - |    )(\w+): (.*)", line)
        if not match:
            continue
        if line.startswith("  - "):
            entries.append({})
        entries[-1][match[1]] = match[2].strip().strip("'\"")
    return entries
