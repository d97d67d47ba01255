#!/usr/bin/env python3
"""Times the ResNet50 trunk (224 x 224) in fliqe and in other engines, taking turns.

Usage: compare.py PROGRAMS CHECKPOINT.pth [--threads N] [--batch N] [--isa avx2] [--precision int8]
                  [--venv FOLDER] [--onednn PROGRAM] [--busy N [--nice K]] ...

PROGRAMS is the folder of fliqe_trunk and onednn_trunk. Every engine's features are compared with
PyTorch's first. Prints one table: the median time of an image, its 99th percentile, and the median
over the rounds of fliqe's time divided by the engine's, and by that of the best engine in the
round. An engine that is not installed is skipped with a note. PyTorch and torchvision are needed,
since they read the checkpoint. `--isa avx2` keeps only the engines whose instruction set can be
limited, `--precision` only those that compute in it; in bf16 and int8 features are compared with
fliqe's. The weights for int8 are made with the project's example pictures first.
"""
import argparse
import contextlib
import json
import os
import pathlib
import statistics
import struct
import subprocess
import sys
import tempfile

import numpy

if "--isa" in sys.argv:  # read by the libraries when they are loaded
    os.environ["FLIQE_ISA"] = sys.argv[sys.argv.index("--isa") + 1]
    os.environ["ONEDNN_MAX_CPU_ISA"] = os.environ["FLIQE_ISA"].upper()

import torch
import torchvision

from python_trunk import pictures, timed

HERE = pathlib.Path(__file__).resolve().parent


def torch_trunk(checkpoint):
    prefix = "iqa_encoder.encoder."
    state = torch.load(checkpoint)
    trunk = {k[len(prefix) :]: v for k, v in state.items() if k.startswith(prefix)}
    model = torchvision.models.resnet50()
    model.fc = torch.nn.Identity()
    model.load_state_dict(trunk)
    return model.eval()


def write_safetensors(state, path):
    """The tensors of a state dict as a file that fliqe and its peers in C++ read."""
    names = {numpy.dtype("float32"): "F32", numpy.dtype("int64"): "I64"}
    header, data = {}, b""
    for key, tensor in state.items():
        values = tensor.numpy()
        begin, data = len(data), data + values.tobytes()
        header[key] = {
            "dtype": names[values.dtype],
            "shape": list(values.shape),
            "data_offsets": [begin, len(data)],
        }
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


class Program:
    """An engine in a process of its own: "features" and "time N" in, numbers out."""

    def __init__(self, *command):
        self.process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ask(self, command):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(command + "\n")
            self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            message = self.process.stderr.read().strip().splitlines()
            raise RuntimeError(message[-1] if message else "the program ended")
        return [float(word) for word in line.split()]

    def features(self):
        return numpy.array(self.ask("features"))

    def time(self, runs):
        return self.ask(f"time {runs}")


class Function:
    """An engine in this process."""

    def __init__(self, call):
        self.call = call

    def features(self):
        return numpy.asarray(self.call())[0].reshape(-1)

    def time(self, runs):
        return timed(self.call, runs)


def pytorch_eager(job):
    return Function(lambda: job.model(job.torch_images))


def pytorch_jit(job):
    jit = torch.jit.optimize_for_inference(torch.jit.freeze(job.traced))
    return Function(lambda: jit(job.torch_images))


def opencv_dnn(job):
    import cv2

    cv2.setNumThreads(job.threads)
    net = cv2.dnn.readNetFromONNX(str(job.onnx))

    def call():
        net.setInput(job.images)
        return net.forward()

    return Function(call)


def trunk_program(program):
    """One of the programs in C++."""
    return lambda job: Program(program, job.weights, job.threads, job.batch, *job.words)


def pypi(python, engine, model):
    """An engine of another Python's packages; `model` names the attribute with the file."""
    return lambda job: Program(
        python, HERE / "python_trunk.py", engine, getattr(job, model), job.threads, job.batch,
        job.precision,
    )  # fmt: skip


def version(*command):
    words = [str(word) for word in (*command, "--version")]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


def engines_of(job):
    """By name: what makes the engine, whether its instruction set can be limited, its precisions."""
    f32, narrow = {"f32"}, {"f32", "bf16", "int8"}
    engines = {"fliqe": (trunk_program(job.programs / "fliqe_trunk"), True, narrow)}

    def add(name, command, make, limitable, precisions):
        try:
            engines[f"{name} {version(*command)}"] = (make, limitable, precisions)
        except (OSError, subprocess.CalledProcessError):
            print(f"{name}: skipped ({' '.join(map(str, command))} does not run)")

    for program in job.onednn or [job.programs / "onednn_trunk"]:
        add("oneDNN", [program], trunk_program(program), True, narrow)
    if job.venv:
        python = job.venv / "bin" / "python"
        for name, module, model, precisions in [
            ("OpenVINO", "openvino", "onnx", {"f32", "bf16"}),
            ("ONNX Runtime", "onnxruntime", "onnx", f32),
            ("PyTorch JIT", "torch", "script", f32),
        ]:
            add(
                name,
                [python, HERE / "python_trunk.py", module],
                pypi(python, module, model),
                False,
                precisions,
            )
    else:
        print("OpenVINO, ONNX Runtime, PyTorch of PyPI: skipped (no --venv)")
    release = ".".join(torch.__version__.split(".")[:2])
    engines[f"PyTorch JIT {release}"] = (pytorch_jit, True, f32)
    engines[f"PyTorch eager {release}"] = (pytorch_eager, False, f32)
    engines["OpenCV DNN"] = (opencv_dnn, False, f32)
    return {
        name: make
        for name, (make, limitable, precisions) in engines.items()
        if job.precision in precisions
        and (limitable or not job.isa)
        and (name == "fliqe" or (job.only or "") in name)
    }


def quantize(job):
    made = job.weights.with_name("int8.safetensors")
    program = job.programs.parent / "fliqe"
    images = HERE.parent.parent / "examples" / "images"
    subprocess.run(
        [program, "quantize", job.weights, "--images", images, "-o", made],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    job.weights = made


def start(job, expected):
    """Every engine that is there and computes the same function, warmed up."""
    engines = {}
    narrow = job.precision != "f32"
    for name, make in engines_of(job).items():
        try:
            engine = make(job)
            features = engine.features()
            if narrow and name == "fliqe":  # the others must agree with it, up to rounding
                error = numpy.linalg.norm(features - expected) / numpy.linalg.norm(expected)
                print(f"fliqe: features in {job.precision} differ from PyTorch's by {error:.1%}")
                expected = features
            difference = numpy.abs(features - expected).max()
        except Exception as error:  # not installed, or cannot run the model: say so and go on
            if name == "fliqe":
                raise
            print(f"{name}: skipped ({str(error).strip().splitlines()[0]})")
            continue
        reference = "fliqe" if narrow else "PyTorch"
        print(f"{name}: features differ from {reference}'s by {difference:.1e} at most")
        # A value at the edge of a step may round the other way.
        if not difference <= (2e-2 if narrow else 1e-4) * expected.max():
            sys.exit(f"{name} computes another function")
        engine.time(3)
        engines[name] = engine
    return engines


@contextlib.contextmanager
def busy_processes(count, niceness):
    """Processes that compete for the cores meanwhile."""
    command = [sys.executable, "-c", f"import os\nos.nice({niceness})\nwhile True: pass"]
    processes = [subprocess.Popen(command) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def processor():
    """As Linux describes it; the family and model tell apart what is sold under one name."""
    fields = {}
    for line in pathlib.Path("/proc/cpuinfo").read_text().split("\n\n")[0].splitlines():
        key, _, value = line.partition(":")
        fields[key.strip()] = value.strip()
    words = ["cpu family", "model"]
    numbers = ", ".join(f"{word} {fields[word]}" for word in words if word in fields)
    return f"{fields.get('model name', 'unknown')} ({numbers})"


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("checkpoint")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--runs", type=int, default=10, help="of each engine in each round")
    parser.add_argument("--isa", choices=["avx2"], help="the newest instructions to be used")
    parser.add_argument("--precision", choices=["f32", "bf16", "int8"], default="f32")
    parser.add_argument("--venv", type=pathlib.Path, help="a virtual environment with PyPI's engines")
    parser.add_argument(
        "--onednn",
        type=pathlib.Path,
        action="append",
        help="an onednn_trunk, built with any version; may be given several times",
    )
    parser.add_argument("--only", help="engines with this in their name, besides fliqe")
    parser.add_argument("--busy", type=int, default=0, help="processes that spin meanwhile")
    parser.add_argument("--nice", type=int, default=0, help="their niceness")
    parser.add_argument("--json", type=pathlib.Path, help="the table, to be added to this file")
    return parser.parse_args()


def main():
    job = arguments()
    job.words = ["bf16"] if job.precision == "bf16" else []

    torch.set_num_threads(job.threads)
    job.images = pictures(job.batch)
    job.torch_images = torch.from_numpy(job.images)
    job.model = torch_trunk(job.checkpoint)
    with torch.no_grad(), tempfile.TemporaryDirectory() as folder:
        job.onnx = pathlib.Path(folder) / "trunk.onnx"
        job.script = pathlib.Path(folder) / "trunk.pt"
        job.weights = pathlib.Path(folder) / "trunk.safetensors"
        write_safetensors(job.model.state_dict(), job.weights)
        if job.precision == "int8":
            quantize(job)
        torch.onnx.export(job.model, job.torch_images, str(job.onnx), opset_version=13)
        job.traced = torch.jit.trace(job.model, job.torch_images)
        job.traced.save(str(job.script))
        engines = start(job, job.model(job.torch_images)[0].numpy())
        times = {name: [] for name in engines}  # of an image, round by round
        with busy_processes(job.busy, job.nice):
            for _ in range(job.rounds):
                for name, engine in engines.items():
                    times[name].append([ms / job.batch for ms in engine.time(job.runs)])

    report(job, times)


def report(job, times):
    medians = {name: [statistics.median(each) for each in rounds] for name, rounds in times.items()}
    all_times = {name: sum(rounds, []) for name, rounds in times.items()}
    peers = [rounds for name, rounds in medians.items() if name != "fliqe"]
    if peers:
        medians["the best of others"] = [min(each) for each in zip(*peers)]
    result = {
        "processor": processor(),
        "threads": job.threads,
        "batch": job.batch,
        "isa": job.isa or "best",
        "precision": job.precision,
        "busy": job.busy,
        "nice": job.nice,
        "engines": {},
    }
    beside = f", beside {job.busy} busy processes (nice {job.nice})" if job.busy else ""
    print(f"\n{result['processor']}: {job.precision}, threads {job.threads}, batch {job.batch}{beside}")
    print(f"{job.rounds} rounds of {job.runs} runs, ms an image")
    print(f"{'engine':22} {'median':>8} {'99 %':>8} {'fliqe / engine':>15}")
    for name, rounds in medians.items():
        ratio = statistics.median(a / b for a, b in zip(medians["fliqe"], rounds))
        entry = {"ms": statistics.median(rounds), "ratio": ratio}
        if name in all_times:
            entry["ms"] = statistics.median(all_times[name])
            entry["p99_ms"] = float(numpy.percentile(all_times[name], 99))
        percentile = f"{entry['p99_ms']:8.2f}" if "p99_ms" in entry else " " * 8
        print(f"{name:22} {entry['ms']:8.2f} {percentile} {ratio:15.3f}")
        result["engines"][name] = entry
    if job.json:
        results = json.loads(job.json.read_text()) if job.json.exists() else []
        job.json.write_text(json.dumps([*results, result], indent=1) + "\n")


if __name__ == "__main__":
    main()
