#!/usr/bin/env python3
"""Times the ResNet50 trunk (224 x 224, fp32) in fliqe and in other engines, taking turns.

Usage: compare.py FLIQE_TRUNK CHECKPOINT.pth WEIGHTS.safetensors [--threads N] [--batch N] ...

The checkpoint and the weights are the same model before and after `fliqe convert`. Every engine's
features are held against PyTorch's first. Prints one table: the median time of an image, and the
median over the rounds of fliqe's time divided by the engine's. An engine that is not installed is
skipped with a note. PyTorch and torchvision are needed, since they read the checkpoint.
"""
import argparse
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy
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
    return Program(job.program, job.weights, job.threads, job.batch)


ENGINES = {
    "fliqe": fliqe,
    "PyTorch eager": pytorch_eager,
    "PyTorch frozen JIT": pytorch_jit,
    "ONNX Runtime": onnx_runtime,
    "OpenCV DNN": opencv_dnn,
}


def start(job, expected):
    """Every engine that is there and computes the same function, warmed up."""
    engines = {}
    for name, make in ENGINES.items():
        try:
            engine = make(job)
            difference = numpy.abs(engine.features() - expected).max()
        except Exception as error:  # not installed, or cannot run the model: say so and go on
            if name == "fliqe":
                raise
            print(f"{name}: skipped ({str(error).strip().splitlines()[0]})")
            continue
        print(f"{name}: features differ from PyTorch's by {difference:.1e} at most")
        if not difference <= 1e-4 * expected.max():
            sys.exit(f"{name} computes another function")
        engine.time(3)
        engines[name] = engine
    return engines


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("checkpoint")
    parser.add_argument("weights", type=pathlib.Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--runs", type=int, default=10, help="of each engine in each round")
    job = parser.parse_args()

    torch.set_num_threads(job.threads)
    job.images = pictures(job.batch)
    job.torch_images = torch.from_numpy(job.images)
    job.model = torch_trunk(job.checkpoint)
    with torch.no_grad(), tempfile.TemporaryDirectory() as folder:
        job.onnx = pathlib.Path(folder) / "trunk.onnx"
        torch.onnx.export(job.model, job.torch_images, str(job.onnx), opset_version=13)
        engines = start(job, job.model(job.torch_images)[0].numpy())
        medians = {name: [] for name in engines}
        for _ in range(job.rounds):
            for name, engine in engines.items():
                medians[name].append(statistics.median(engine.time(job.runs)) / job.batch)

    print(f"\nthreads {job.threads}, batch {job.batch}, {job.rounds} rounds of {job.runs} runs")
    print(f"{'engine':20} {'ms an image':>12} {'fliqe / engine':>15}")
    for name, times in medians.items():
        ratio = statistics.median(a / b for a, b in zip(medians["fliqe"], times))
        print(f"{name:20} {statistics.median(times):12.2f} {ratio:15.3f}")


if __name__ == "__main__":
    main()
