"""Prints an error for each operation and attribute of the reference that none of the files has.

usage: covered.py REFERENCE FILE...
"""
import pathlib
import re
import sys

reference = pathlib.Path(sys.argv[1]).read_text()
text = "\n".join(pathlib.Path(name).read_text() for name in sys.argv[2:])
names = set(re.findall(r"^### `(lz\.[a-z_.]+)`", reference, re.M)) | set(re.findall(r"`(#lz\.[a-z_]+)<", reference))
# These are written within a decision, without their names.
nested = {"#lz.candidate": "kernel @", "#lz.condition": "when"}
missing = [name for name in sorted(names) if not re.search(re.escape(nested.get(name, name)) + r"(?![a-z_.])", text)]
for name in missing:
    print(f"error: `{name}` is in none of {', '.join(sys.argv[2:])}; add it to one of them")
sys.exit(bool(missing))
