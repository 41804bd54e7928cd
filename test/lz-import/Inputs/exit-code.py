#!/usr/bin/env python3
"""exit-code.py CODE COMMAND…: fails unless the command exits with CODE."""
import subprocess
import sys

code = subprocess.run(sys.argv[2:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
sys.exit(0 if code == int(sys.argv[1]) else f"expected {sys.argv[1]}, got {code}")
