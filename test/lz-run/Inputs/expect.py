#!/usr/bin/env python3
"""Runs a command and demands an exit code: expect.py CODE COMMAND... A signal is none."""
import subprocess
import sys

code = subprocess.run(sys.argv[2:]).returncode
if code != int(sys.argv[1]):
    sys.exit("expected exit code %s, got %d" % (sys.argv[1], code))
