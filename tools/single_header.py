#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes fliqe/fliqe.hpp, the headers named, and all of fliqe that they include as one header.

Usage: single_header.py INCLUDE_DIR OUTPUT [HEADER...]    such as fliqe/thermal.hpp
"""
import pathlib
import re
import sys

OWN = re.compile(r"#include <(fliqe/[^>]+)>")


class Header:
    def __init__(self, include_dir):
        self.include_dir = include_dir
        self.seen = set()

    def lines_of(self, name):
        """The lines of a file, what it includes in place; a header only once, a kernel source
        (.inl) as often as it is asked for: once for each instruction set."""
        if name in self.seen:
            return
        text = (self.include_dir / name).read_text()
        if "#pragma once" in text:
            self.seen.add(name)
        for line in text.splitlines():
            own = OWN.match(line)
            if own:
                yield from self.lines_of(own[1])
            elif line != "#pragma once" and not line.startswith("// SPDX-License-Identifier"):
                yield line

    def text(self, names):
        version = ".".join(re.findall(r"#define FLIQE_VERSION_[A-Z]+ (\d+)$",
                                      (self.include_dir / "fliqe/version.h").read_text(), re.M))
        head = ["// SPDX-License-Identifier: MIT",
                f"// fliqe {version} in one header, made by tools/single_header.py.", "#pragma once"]
        return "\n".join(head + [line for name in names for line in self.lines_of(name)]) + "\n"


def main():
    include_dir, output, *more = sys.argv[1:]
    header = Header(pathlib.Path(include_dir))
    pathlib.Path(output).write_text(header.text(["fliqe/fliqe.hpp", *more]))


if __name__ == "__main__":
    main()
