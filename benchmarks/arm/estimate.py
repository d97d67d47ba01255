#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Estimates, without ARM hardware, how long a network takes on 64-bit ARM: for every step the
instructions that it executes under QEMU, and the cycles that llvm-mca gives the inner loops which
execute them. What it assumes is written in arm.md.

Needs aarch64-linux-gnu-g++, gcc, llvm-mca of LLVM 17 or later and QEMU 7.2's qemu-aarch64 (Debian's
qemu-user: the static one takes no plugins).
"""
import argparse
import collections
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
COMPILER = ["aarch64-linux-gnu-g++", "-std=c++20", "-O3", f"-I{PROJECT}/include", "-idirafter", "/usr/include"]

# The instruction that does a kernel's work, and how many of it a core of each model starts in a
# cycle (Arm's software optimization guides of Neoverse N1, N2 and V1).
MULTIPLIES = ("fmla", "sdot", "usmmla", "bfmmla", "sadalp")
PEAK = {"neoverse-n1": 2, "neoverse-n2": 2, "neoverse-v1": 4}
# Of everything that is no inner loop.
OTHER_INSTRUCTIONS_A_CYCLE = 2


def run(command, **options):
    return subprocess.run([str(part) for part in command], check=True, text=True, capture_output=True,
                          **options).stdout


def demangled(names):
    return run(["c++filt"], input="\n".join(names)).split("\n")


def kernel_name(demangled_name):
    """The short form of a kernel's demangled name, such as neon::compute_tile<F32, 1, 5, 4>; else None."""
    match = re.search(r"kernels::(\w+)::(\w+)<[\w:]*::Arithmetic<[\w:]*::(\w+)>, ([\d, ]+)>\(", demangled_name)
    return f"{match[1]}::{match[2]}<{match[3]}, {match[4]}>" if match else None


class Loop:
    """The inner loop of a function: the one with the largest share of multiplications."""

    def __init__(self, lines):
        self.lines = lines
        self.name = None
        kinds = collections.Counter(line.split()[0] for line in lines)
        self.multiply = max(MULTIPLIES, key=lambda kind: kinds[kind])
        self.multiplies = kinds[self.multiply]
        self.stack_accesses = sum("sp" in re.findall(r"\w+", line) for line in lines)
        self.cycles = None

    @property
    def share(self):
        return self.multiplies / len(self.lines)

    def simulate(self, mca, model):
        text = "\n".join(re.sub(r"0xf{14}(\w\w)\b", r"0x\1", line) for line in self.lines) + "\n"
        report = run([mca, "-mtriple=aarch64", f"-mcpu={model}", "-mattr=+dotprod,+i8mm,+bf16", "-iterations=200"],
                     input=text)
        self.cycles = int(re.search(r"Total Cycles:\s+(\d+)", report)[1]) / 200


def functions_of(assembly):
    """Name and lines of each function."""
    name, lines = None, []
    for line in assembly.split("\n"):
        if match := re.match(r"(_Z\w+):", line):
            name, lines = match[1], []
        elif line.startswith("\t.size") and name:
            yield name, lines
            name = None
        elif name:
            lines.append(line)


def inner_loop(lines):
    labels, best = {}, None
    for index, line in enumerate(lines):
        if match := re.match(r"(\.L\w+):", line):
            labels[match[1]] = index
        match = re.match(r"\t(?:b\.?\w*|cbn?z|tbn?z)\t(?:.*,\s*)?(\.L\w+)$", line)
        if match and match[1] in labels:
            body = [each for each in lines[labels[match[1]]:index + 1] if re.match(r"\t[a-z]", each)]
            loop = Loop(body)
            if loop.multiplies and (best is None or loop.share > best.share):
                best = loop
    return best


def kernels_of(assembly, mca, model):
    """The inner loop of each kernel, by the mangled name of its function."""
    loops = {}
    functions = dict(functions_of(assembly))
    readable = dict(zip(functions, demangled(functions)))
    for name, lines in functions.items():
        short = kernel_name(readable[name])
        if short and (loop := inner_loop(lines)):
            loop.simulate(mca, model)
            loop.name = short
            loops[name] = loop
    return loops


def step_counts(program, plugin, cpu, weights, precision, folder):
    """Name, channels, size and multiply-adds of each step; instructions and multiplications by function."""
    log = folder / "counts"
    lines = run(["qemu-aarch64", "-cpu", cpu, "-plugin", plugin, "-d", "plugin", "-D", log, program, weights,
                 precision]).splitlines()
    counts, current = [], {}
    for line in log.read_text().splitlines():
        executed, multiplications, name = line.split(" ", 2)
        if name == "step" and executed == "0":
            counts.append(current)
            current = {}
        else:
            current[name] = int(executed), int(multiplications)
    return [line.split() for line in lines], counts[1:]  # the first is what came before


def estimate(arguments, folder):
    plugin = folder / "count_instructions.so"
    assembly, program = folder / "emulated_steps.s", folder / "emulated_steps"
    run(["gcc", "-O2", "-shared", "-fPIC", "-o", plugin, HERE / "count_instructions.c"])
    run([*COMPILER, "-S", HERE / "emulated_steps.cpp", "-o", assembly])
    run([*COMPILER, "-static", assembly, "-o", program])
    loops = kernels_of(assembly.read_text(), arguments.mca, arguments.model)
    steps, counts = step_counts(program, plugin, arguments.cpu, arguments.weights, arguments.precision, folder)

    print(f"{arguments.precision} on {arguments.cpu}, cycles of {arguments.model} at {arguments.ghz} GHz: estimates\n")
    print("| step | output | M multiply-adds | M instructions | M cycles | of the multiply peak |")
    print("|---|---|---|---|---|---|")
    peak, used = PEAK[arguments.model], collections.Counter()
    total = collections.Counter()
    for (name, channels, size, multiply_adds), count in zip(steps, counts):
        cycles = multiplies = 0
        for function, (executed, multiplications) in count.items():
            if loop := loops.get(function):
                rounds = multiplications / loop.multiplies
                cycles += rounds * loop.cycles
                executed -= rounds * len(loop.lines)
                used[function] += rounds * len(loop.lines)
            cycles += executed / OTHER_INSTRUCTIONS_A_CYCLE
            multiplies += multiplications
        instructions = sum(executed for executed, _ in count.values())
        total.update(instructions=instructions, cycles=cycles, multiplies=multiplies)
        share = f"{multiplies / peak / cycles:.0%}" if multiplies else ""
        print(f"| {name.replace('iqa_encoder.', '').replace('encoder.', '')} | {channels} x {size}² | "
              f"{int(multiply_adds) / 1e6:.1f} | {instructions / 1e6:.2f} | {cycles / 1e6:.2f} | {share} |")
    print(f"| all | | | {total['instructions'] / 1e6:.0f} | {total['cycles'] / 1e6:.0f} | "
          f"{total['multiplies'] / peak / total['cycles']:.0%} |")
    print(f"\n{total['cycles'] / arguments.ghz / 1e6:.0f} ms on one core\n")

    print("| inner loop | instructions | multiplications | cycles | of the peak | of all instructions |")
    print("|---|---|---|---|---|---|")
    for function, executed in used.most_common():
        if executed < 0.005 * total["instructions"]:
            break
        loop = loops[function]
        spills = f", {loop.stack_accesses} on the stack" if loop.stack_accesses else ""
        print(f"| `{loop.name}` | {len(loop.lines)}{spills} | {loop.multiplies} {loop.multiply} | {loop.cycles:.1f} | "
              f"{loop.multiplies / loop.cycles / peak:.1%} | {executed / total['instructions']:.0%} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", help="safetensors; for int8 what `fliqe quantize` made")
    parser.add_argument("precision", choices=["f32", "bf16", "int8"])
    parser.add_argument("--cpu", default="cortex-a76", help="QEMU's model, which decides on the kernels")
    parser.add_argument("--model", default="neoverse-n1", choices=sorted(PEAK), help="llvm-mca's model")
    parser.add_argument("--ghz", type=float, default=2.4)
    parser.add_argument("--mca", default="llvm-mca-19", help="the program")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        try:
            estimate(arguments, pathlib.Path(folder))
        except subprocess.CalledProcessError as error:
            sys.exit(f"{' '.join(error.cmd)}:\n{error.stderr}")


if __name__ == "__main__":
    main()
