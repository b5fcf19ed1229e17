#!/usr/bin/env python3
"""exits.py STATUS COMMAND...: runs the command, and fails unless its exit status is STATUS. `not` takes any failure for the
expected one; the driver promises 1 for findings and 2 where it could not do the job."""

import subprocess
import sys

wanted, command = int(sys.argv[1]), sys.argv[2:]
status = subprocess.call(command)
if status != wanted:
    sys.exit(f"exit status {status}, but {wanted} was expected, from: {' '.join(command)}")
