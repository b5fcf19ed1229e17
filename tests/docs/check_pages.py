#!/usr/bin/env python3
"""Holds the pages of docs/checks to checkers/checks.yaml: every check has a page, every page a check, and the page's title,
summary, level and fix-it say what the manifest says. Its sections are those that a reader may count on, examples of bad and
good code among them, and it says what its incident showed. The README lists every check."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import manifest  # noqa: E402
SECTIONS = ("Why it bites", "How to fix", "Options", "What it can't see")


def problems(entry):
    name = entry["name"]
    page = ROOT / "docs/checks" / f"{name}.md"
    if not page.exists():
        yield f"{page.relative_to(ROOT)} is missing"
        return
    text = page.read_text()
    lines = [line for line in text.splitlines() if line.strip()]
    if lines[0] != f"# poolguard-{name}":
        yield f"{page.relative_to(ROOT)}: the first line should be '# poolguard-{name}'"
    summary = re.sub(r"\s+", " ", text.split("\n\n")[1]).strip().rstrip(".").lower()
    if summary != entry["summary"].rstrip(".").lower():
        yield f"{page.relative_to(ROOT)}: the first paragraph should be the manifest's summary: {entry['summary']}"
    facts = f"Level {entry['level']} · fix-it: {'yes' if entry['fix'] == 'true' else 'no'}"
    if facts not in lines:
        yield f"{page.relative_to(ROOT)}: the line '{facts}' is missing"
    for section in SECTIONS:
        if f"## {section}" not in lines:
            yield f"{page.relative_to(ROOT)}: the section '## {section}' is missing"
    # What they show is run by lit-tests/docs.
    for kind in ("Bad", "Good"):
        if not re.search(rf"^## {kind}\n(?:(?!## )[^\n]*\n)*?```cpp$", text, re.M):
            yield f"{page.relative_to(ROOT)}: the section '## {kind}' with a cpp example is missing"
    if f"`tests/incidents/{name}/`" not in text:
        yield f"{page.relative_to(ROOT)}: it doesn't say what was seen in tests/incidents/{name}/"


def main():
    entries = manifest.checks()
    found = [problem for entry in entries for problem in problems(entry)]
    readme = (ROOT / "README.md").read_text()
    found += [f"README.md: the table of checks lacks '{entry['name']}' with its page and summary" for entry in entries
              if f"| [{entry['name']}](docs/checks/{entry['name']}.md) | {entry['summary']} |" not in readme]
    names = {entry["name"] for entry in entries}
    found += [f"docs/checks/{page.name}: checks.yaml has no check '{page.stem}'"
              for page in sorted((ROOT / "docs/checks").glob("*.md")) if page.stem not in names]
    print("\n".join(found) or f"{len(entries)} pages agree with checks.yaml")
    return 1 if found or not entries else 0


if __name__ == "__main__":
    sys.exit(main())
