"""Writes a page's code blocks into a directory: shell blocks joined as run.sh, the others under the names given as LANGUAGE=FILE.

usage: extract.py PAGE DIRECTORY BUILD SOURCE [LANGUAGE=FILE]...   paths of the page are rewritten to BUILD and SOURCE
"""
import pathlib
import re
import struct
import sys

page, directory, build, source = (pathlib.Path(argument) for argument in sys.argv[1:5])
names = dict(argument.split("=") for argument in sys.argv[5:])
directory.mkdir(parents=True, exist_ok=True)


def located(text: str) -> str:
    """The text as run from another directory than the checkout's root."""
    text = text.replace("$PWD/build/release", str(build)).replace("build/release", str(build))
    return re.sub(r"(?<![\w/])(test/fixtures|configs)/", rf"{source}/\1/", text)


blocks = re.findall(r"^```(\w+)\n(.*?)^```", page.read_text(), re.S | re.M)
for language, name in names.items():
    found = [text for kind, text in blocks if kind == language]
    (directory / name).write_text(found[0])
shell = [located(text) for kind, text in blocks if kind == "sh" and "make " not in text]
(directory / "run.sh").write_text("set -e\n" + "\n".join(shell))

ids = [395, 390, 481, 297]
header = f"{{'descr': '<i8', 'fortran_order': False, 'shape': (1, {len(ids)}), }}"
header += " " * (-(len(header) + 11) % 64) + "\n"
(directory / "ids.npy").write_bytes(
    b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + struct.pack(f"<{len(ids)}q", *ids)
)
