"""Scores very many files, every hundredth of which is broken: every file must have its line, in
order, and memory may grow by the names only.

Usage: many_files.py FLIQE_PROGRAM PROJECT_DIR COUNT [FOLDER_OF_PICTURES]
"""
import csv
import os
import subprocess
import sys
import tempfile
import time


def make_files(folder, pictures, count):
    """Hard links where they can be had, in a folder for each thousand."""
    broken = [b"", b"no picture", open(pictures[0], "rb").read()[:200], b"\x89PNG\r\n\x1a\n"]
    for i in range(count):
        if i % 1000 == 0:
            os.mkdir(f"{folder}/{i // 1000:04}")
        path = f"{folder}/{i // 1000:04}/{i:06}"
        if i % 100 == 50:
            with open(path + ".png", "wb") as file:
                file.write(broken[i // 100 % len(broken)])
            continue
        picture = pictures[i % len(pictures)]
        path += os.path.splitext(picture)[1]
        try:
            os.link(picture, path)
        except OSError:
            os.symlink(picture, path)


def peak_kib(command):
    """Exit status and the most memory that the command ever had."""
    child = subprocess.Popen(command, stderr=subprocess.PIPE)
    errors = child.stderr.read().decode().splitlines()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, errors, usage.ru_maxrss


def run(program, pictures, count):
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        os.mkdir(f"{folder}/in")
        make_files(f"{folder}/in", pictures, count)
        begin = time.monotonic()
        status, errors, kib = peak_kib(
            [program, "score", "-q", "-r", "--format", "csv", "-o", f"{folder}/out.csv", f"{folder}/in"])
        seconds = time.monotonic() - begin
        with open(f"{folder}/out.csv", newline="") as file:
            rows = list(csv.DictReader(file))
    names = [row["file"] for row in rows]
    failed = [row for row in rows if row["error"]]
    expected_failures = sum(1 for i in range(count) if i % 100 == 50)
    print(f"{count} files in {seconds:.1f} s, {len(rows)} lines, {len(failed)} failed, "
          f"exit status {status}, at most {kib / 1024:.1f} MiB")
    assert status == 3, (status, errors[:3])
    assert len(rows) == count and names == sorted(set(names))
    assert len(failed) == len(errors) == expected_failures
    assert all(not row["quality"] for row in failed)
    assert all(0 <= float(row["quality"]) <= 1 for row in rows if not row["error"])
    return kib


def main():
    program, project, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    source = sys.argv[4] if len(sys.argv) > 4 else f"{project}/examples/images"
    pictures = sorted(os.path.realpath(f"{folder}/{name}") for folder, _, names in os.walk(source)
                      for name in names if name.endswith((".jpg", ".png")))
    few = run(program, pictures, count // 10)
    many = run(program, pictures, count)
    growth = (many - few) * 1024 / (count - count // 10)
    print(f"memory grows by {growth:.0f} bytes a file")
    assert many - few < 4096 + count * 0.5, "memory is not flat: more than 4 MiB and 512 bytes a file"


main()
