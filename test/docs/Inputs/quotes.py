"""Checks that each code block of a page behind `<!-- from FILE -->` stands in that file, line by line, and that no block of a
language that is compiled lacks such a line.

usage: quotes.py PAGE SOURCE
"""
import pathlib
import re
import sys

page, source = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
blocks = re.findall(r"(?:^<!-- from (\S+) -->\n)?^```(\w+)\n(.*?)^```", page.read_text(), re.S | re.M)
quoted = 0
for origin, language, text in blocks:
    if origin:
        quoted += 1
        if "\n" + text not in "\n" + (source / origin).read_text():
            sys.exit(f"{page}: error: this block is not, or no longer, in {origin}; quote it anew:\n{text}")
    elif language not in ("sh", "text"):
        sys.exit(f"{page}: error: a block of {language} names no file that the tests build (`<!-- from FILE -->`):\n{text}")
print(f"{quoted} quotations")
