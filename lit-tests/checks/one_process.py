#!/usr/bin/env python3
"""Runs the bad.cpp of every check in one clang-tidy process, with every check on: each file must be judged as if it were
alone. What a check says in its own bad.cpp must be what that file expects, whatever was judged before it.

  one_process.py --clang-tidy=BIN --file-check=BIN --plugin=SO --temp=DIR
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
LIT_TESTS = HERE.parent
DIRECTIVE = re.compile(r"// *CHECK-[A-Z0-9-]+:.*")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for tool in ("clang-tidy", "file-check", "plugin", "temp"):
        parser.add_argument(f"--{tool}", required=True, type=pathlib.Path)
    options = parser.parse_args()
    shutil.rmtree(options.temp, ignore_errors=True)
    # Only the files that ask for nothing special; a config of their own would be the first difference.
    copies = {}
    for source in sorted(HERE.glob("*/bad.cpp")):
        text = source.read_text()
        if re.search(r"RUN: %check_poolguard %s poolguard-[a-z-]+$", text.splitlines()[0]):
            copy = options.temp / source.parent.name / source.name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(DIRECTIVE.sub("//", text))
            for header in source.parent.glob("*.h"):
                shutil.copy(header, copy.parent)
            copies[source] = copy
    shutil.copy(LIT_TESTS / ".poolguard.yaml", options.temp)
    flags = ["-std=c++20", f"-I{LIT_TESTS / 'Inputs'}", f"-I{LIT_TESTS.parent / 'runtime' / 'include'}"]
    command = [options.clang_tidy, f"-load={options.plugin}", "-checks=-*,poolguard-*", "--quiet", *copies.values(), "--",
               *flags]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"exit status {result.returncode}:\n{result.stdout}")

    os.environ["FILECHECK_OPTS"] = "--allow-unused-prefixes"
    wrong = []
    for source, copy in copies.items():
        check = source.parent.name
        own = rf"^{re.escape(str(copy))}:\d+:\d+: warning: .*\[poolguard-{check}\]$"
        log = copy.with_suffix(".out")
        log.write_text("\n".join(re.findall(own, result.stdout, re.M)) + "\n")
        judged = subprocess.run([options.file_check, f"--input-file={log}", "--check-prefixes=CHECK-MESSAGES",
                                 "--implicit-check-not=warning:", source], stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, check=False)
        if judged.returncode != 0:
            wrong.append(f"{source} is judged otherwise among others than alone:\n{judged.stdout}")
    print("\n".join(wrong) or f"{len(copies)} files in one process")
    return 1 if wrong or not copies else 0


if __name__ == "__main__":
    sys.exit(main())
