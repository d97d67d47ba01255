#!/usr/bin/env python3
"""Times the ResNet50 trunk (224 x 224) in fliqe and in other engines, taking turns.

Usage: compare.py PROGRAMS CHECKPOINT.pth [--threads N] [--batch N] [--isa avx2] [--precision int8] ...

PROGRAMS is the folder of fliqe_trunk and onednn_trunk. Every engine's features are held against
PyTorch's first. Prints one table: the median time of an image, and the median over the rounds of
fliqe's time divided by the engine's, and by that of the best engine in the round. An engine that is
not installed is skipped with a note. PyTorch and torchvision are needed, since they read the
checkpoint. `--isa avx2` leaves only the engines whose instruction set can be limited. `--precision
bf16` and `int8` leave fliqe and oneDNN, whose features are held against each other; the weights for
int8 are made with the project's example pictures first.
"""
import argparse
import json
import os
import pathlib
import struct
import statistics
import subprocess
import sys
import tempfile
import time

import numpy

if "--isa" in sys.argv:  # read by the libraries when they are loaded
    os.environ["FLIQE_ISA"] = sys.argv[sys.argv.index("--isa") + 1]
    os.environ["ONEDNN_MAX_CPU_ISA"] = os.environ["FLIQE_ISA"].upper()

import torch
import torchvision

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


def pictures(batch):
    """The picture that the other programs make, too, `batch` times: NCHW, values in [0, 1]."""
    y, x, c = numpy.indices((224, 224, 3))
    values = ((7 * y + 13 * x + 29 * c) % 256).astype(numpy.float32) / numpy.float32(255)
    return numpy.ascontiguousarray(numpy.repeat(values.transpose(2, 0, 1)[None], batch, axis=0))


class Program:
    """An engine in a process of its own: "features" and "time N" in, numbers out."""

    def __init__(self, *command):
        self.process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the program ended")
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
        times = []
        for _ in range(runs):
            start = time.perf_counter()
            self.call()
            times.append(1000 * (time.perf_counter() - start))
        return times


def pytorch_eager(job):
    return Function(lambda: job.model(job.torch_images))


def pytorch_jit(job):
    frozen = torch.jit.freeze(torch.jit.trace(job.model, job.torch_images))
    jit = torch.jit.optimize_for_inference(frozen)
    return Function(lambda: jit(job.torch_images))


def onnx_runtime(job):
    return Program("node", HERE / "onnxruntime.cjs", job.onnx, job.threads, job.batch)


def opencv_dnn(job):
    import cv2

    cv2.setNumThreads(job.threads)
    net = cv2.dnn.readNetFromONNX(str(job.onnx))

    def call():
        net.setInput(job.images)
        return net.forward()

    return Function(call)


def fliqe(job):
    return Program(job.programs / "fliqe_trunk", job.weights, job.threads, job.batch, *job.words)


def onednn(job):
    return Program(job.programs / "onednn_trunk", job.weights, job.threads, job.batch, *job.words)


ENGINES = {
    "fliqe": fliqe,
    "oneDNN primitives": onednn,
    "ONNX Runtime": onnx_runtime,
    "PyTorch frozen JIT": pytorch_jit,
    "PyTorch eager": pytorch_eager,
    "OpenCV DNN": opencv_dnn,
}
LIMITABLE = {"fliqe", "oneDNN primitives", "PyTorch frozen JIT"}
NARROW = {"fliqe", "oneDNN primitives"}


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
    for name, make in ENGINES.items():
        if (job.isa and name not in LIMITABLE) or (job.narrow and name not in NARROW):
            continue
        try:
            engine = make(job)
            features = engine.features()
            if job.narrow and name == "fliqe":  # the others must agree with it, up to rounding
                error = numpy.linalg.norm(features - expected) / numpy.linalg.norm(expected)
                print(f"fliqe: features in {job.precision} differ from PyTorch's by {error:.1%}")
                expected = features
            difference = numpy.abs(features - expected).max()
        except Exception as error:  # not installed, or cannot run the model: say so and go on
            if name == "fliqe":
                raise
            print(f"{name}: skipped ({str(error).strip().splitlines()[0]})")
            continue
        reference = "fliqe" if job.narrow else "PyTorch"
        print(f"{name}: features differ from {reference}'s by {difference:.1e} at most")
        # A value at the edge of a step may round the other way.
        if not difference <= (2e-2 if job.narrow else 1e-4) * expected.max():
            sys.exit(f"{name} computes another function")
        engine.time(3)
        engines[name] = engine
    return engines


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("checkpoint")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--runs", type=int, default=10, help="of each engine in each round")
    parser.add_argument("--isa", choices=["avx2"], help="the newest instructions to be used")
    parser.add_argument("--precision", choices=["f32", "bf16", "int8"], default="f32")
    parser.add_argument("--json", type=pathlib.Path, help="the table, to be added to this file")
    job = parser.parse_args()
    job.narrow = job.precision != "f32"
    job.words = ["bf16"] if job.precision == "bf16" else []

    torch.set_num_threads(job.threads)
    job.images = pictures(job.batch)
    job.torch_images = torch.from_numpy(job.images)
    job.model = torch_trunk(job.checkpoint)
    with torch.no_grad(), tempfile.TemporaryDirectory() as folder:
        job.onnx = pathlib.Path(folder) / "trunk.onnx"
        job.weights = pathlib.Path(folder) / "trunk.safetensors"
        write_safetensors(job.model.state_dict(), job.weights)
        if job.precision == "int8":
            quantize(job)
        torch.onnx.export(job.model, job.torch_images, str(job.onnx), opset_version=13)
        engines = start(job, job.model(job.torch_images)[0].numpy())
        medians = {name: [] for name in engines}
        for _ in range(job.rounds):
            for name, engine in engines.items():
                medians[name].append(statistics.median(engine.time(job.runs)) / job.batch)

    report(job, medians)


def report(job, medians):
    ours = medians["fliqe"]
    peers = [times for name, times in medians.items() if name != "fliqe"]
    best = [min(round_times) for round_times in zip(*peers)]
    result = {
        "threads": job.threads,
        "batch": job.batch,
        "isa": job.isa or "best",
        "precision": job.precision,
        "engines": {},
    }
    print(f"\nthreads {job.threads}, batch {job.batch}, {job.rounds} rounds of {job.runs} runs")
    print(f"{'engine':20} {'ms an image':>12} {'fliqe / engine':>15}")
    for name, times in {**medians, "the best of others": best}.items():
        if not times:
            continue
        ratio = statistics.median(a / b for a, b in zip(ours, times))
        print(f"{name:20} {statistics.median(times):12.2f} {ratio:15.3f}")
        result["engines"][name] = {"ms": statistics.median(times), "ratio": ratio}
    if job.json:
        results = json.loads(job.json.read_text()) if job.json.exists() else []
        job.json.write_text(json.dumps([*results, result], indent=1) + "\n")


if __name__ == "__main__":
    main()
