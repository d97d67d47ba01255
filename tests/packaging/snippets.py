"""Compiles the code that the documentation shows: C++ and C are checked by a compiler, Python by
Python, and every file that a link names must exist.

Usage: snippets.py COMPILER PROJECT_DIR
"""
import glob
import os
import re
import subprocess
import sys
import tempfile

PRELUDE = """#include <algorithm>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <vector>
#include <fliqe/fliqe.hpp>
"""
C_PROGRAM = """#include <stdio.h>
#include <fliqe.h>
int main(void) {{
  unsigned char pixels[4] = {{0}};
  int width = 2, height = 2;
{body}
  return 0;
}}
"""


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


def split_includes(code):
    lines = code.splitlines(keepends=True)
    return ("".join(line for line in lines if line.startswith("#include")),
            "".join(line for line in lines if not line.startswith("#include")))


def check(compiler, project, language, code):
    with tempfile.NamedTemporaryFile("w", suffix="." + language) as file:
        file.write(code)
        file.flush()
        standard = ["-std=c++20"] if language == "cpp" else ["-x", "c", "-std=c99"]
        subprocess.run(
            [compiler, *standard, "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-fopenmp",
             "-DFLIQE_COMPILED", f"-I{project}/include", "-isystem/usr/include/eigen3",
             file.name], check=True)


def check_links(path, text):
    for link in re.findall(r"\]\(([^)#:]+)\)", text):
        target = os.path.join(os.path.dirname(path), link)
        assert os.path.exists(target), f"{path}: no such file: {link}"


def main():
    compiler, project = sys.argv[1:]
    counts = {"cpp": 0, "c": 0, "python": 0}
    pieces = []
    for path in [*glob.glob(f"{project}/*.md"), *glob.glob(f"{project}/*/*.md")]:
        text = open(path).read()
        check_links(path, text)
        for code in blocks(text, "cpp"):
            counts["cpp"] += 1
            if "int main" in code:
                check(compiler, project, "cpp", code)
            else:  # each in a namespace of its own, all in one compilation
                includes, rest = split_includes(code)
                pieces.append(f"{includes}namespace piece{len(pieces)} {{\n{rest}}}\n")
        for code in blocks(text, "c"):
            counts["c"] += 1
            check(compiler, project, "c", C_PROGRAM.format(body=code))
        for code in blocks(text, "python"):
            counts["python"] += 1
            compile(code, path, "exec")
    check(compiler, project, "cpp", PRELUDE + "".join(pieces))
    print(", ".join(f"{count} of {language}" for language, count in counts.items()), "compile")
    assert counts["cpp"] >= 10 and counts["c"] >= 1 and counts["python"] >= 1


main()
