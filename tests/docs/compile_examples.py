#!/usr/bin/env python3
"""Compiles the examples of docs/runtime: every ```cpp block of a page is a whole program. Each page must have one.

    compile_examples.py COMPILER [FLAG...]
"""

import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main(compiler):
    failed = []
    pages = sorted((ROOT / "docs/runtime").glob("*.md"))
    for page in pages:
        examples = re.findall(r"^```cpp\n(.*?)^```$", page.read_text(), re.M | re.S)
        if not examples:
            failed.append(f"{page.relative_to(ROOT)} has no cpp example")
        for number, example in enumerate(examples, 1):
            with tempfile.NamedTemporaryFile("w", suffix=".cpp") as file:
                file.write(example)
                file.flush()
                run = subprocess.run([*compiler, "-std=c++20", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
                                      "-I", str(ROOT / "runtime/include"), file.name], capture_output=True, text=True, check=False)
            if run.returncode:
                failed.append(f"{page.relative_to(ROOT)}, example {number}:\n{run.stderr}")
    print("\n".join(failed) or f"the examples of {len(pages)} pages compile")
    return 1 if failed or not pages else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
