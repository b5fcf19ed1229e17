#!/usr/bin/env python3
"""Runs the examples of docs/checks/*.md: what stands under `## Bad` must have a finding of that page's check in both hosts,
what stands under `## Good` none.

  examples.py --poolguard=BIN --clang-tidy=BIN --plugin=SO --temp=DIR

An example is what a reader needs to see, not a whole file: docs/CHECK.cpp.in beside this script has the rest, with the
line `// EXAMPLE` where the page's code belongs. A line of the page that says `// bad` must have a finding itself.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
INCLUDES = [f"-I{ROOT / 'lit-tests' / 'Inputs'}", f"-I{ROOT / 'runtime' / 'include'}"]


def example(page, kind):
    """The code under the section, or nothing."""
    match = re.search(rf"^## {kind}\n(?:(?!## )[^\n]*\n)*?```cpp\n(.*?)^```$", page.read_text(), re.M | re.S)
    return match and match[1]


def findings(command, check, source):
    """The lines of `source` with a finding of the check."""
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    errors = [line for line in result.stdout.splitlines() if re.search(r"\berror:", line)]
    if errors or result.returncode not in (0, 1):
        raise ValueError(f"{source}: the example can't be judged:\n{result.stdout}")
    pattern = rf"^[^ ]*{re.escape(source.name)}:(\d+):\d+: warning: .*\[poolguard-{check}\]$"
    return {int(line) for line in re.findall(pattern, result.stdout, re.M)}


def problems(options, page):
    check = page.stem
    template = HERE / f"{check}.cpp.in"
    if not template.exists():
        yield f"{template.relative_to(ROOT)} is missing: the code around the examples of {page.relative_to(ROOT)}"
        return
    before, after = template.read_text().split("// EXAMPLE\n")
    folder = options.temp / check
    folder.mkdir(parents=True)
    shutil.copy(HERE / "config.yaml", folder / ".poolguard.yaml")
    for kind in ("Bad", "Good"):
        code = example(page, kind)
        if not code:
            yield f"{page.relative_to(ROOT)}: '## {kind}' has no cpp example"
            continue
        source = folder / f"{kind.lower()}.cpp"
        source.write_text(before + code + after)
        first = before.count("\n") + 1
        wanted = {first + index for index, line in enumerate(code.splitlines()) if re.search(r"// bad\b", line)}
        flags = ["--", "-std=c++20", *INCLUDES]
        hosts = {
            "clang-tidy": [options.clang_tidy, f"-load={options.plugin}", f"-checks=-*,poolguard-{check}", "--quiet",
                           source, *flags],
            "poolguard": [options.poolguard, "check", f"--checks={check}", source, *flags],
        }
        for host, command in hosts.items():
            found = findings(command, check, source)
            if kind == "Good" and found:
                yield f"{page.relative_to(ROOT)}: {host} has a finding in the good example, {source}:{min(found)}"
            if kind == "Bad" and not found:
                yield f"{page.relative_to(ROOT)}: {host} has no finding in the bad example, {source}"
            if kind == "Bad":
                yield from (f"{page.relative_to(ROOT)}: {host} has no finding at '{code.splitlines()[line - first]}'"
                            for line in sorted(wanted - found))


def judge(options, page):
    try:
        return list(problems(options, page))
    except ValueError as problem:
        return [str(problem)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for tool in ("poolguard", "clang-tidy", "plugin", "temp"):
        parser.add_argument(f"--{tool}", required=True, type=pathlib.Path)
    options = parser.parse_args()
    shutil.rmtree(options.temp, ignore_errors=True)
    pages = sorted((ROOT / "docs" / "checks").glob("*.md"))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        wrong = [problem for found in pool.map(lambda page: judge(options, page), pages) for problem in found]
    print("\n".join(wrong) or f"the examples of {len(pages)} pages are as they say")
    return 1 if wrong or not pages else 0


if __name__ == "__main__":
    sys.exit(main())
