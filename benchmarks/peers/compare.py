#!/usr/bin/env python3
"""Times the ResNet50 trunk (batch 1, 224 x 224) in fliqe and in PyTorch (frozen JIT), taking turns.

Usage: compare.py FLIQE_TRUNK_PROGRAM CHECKPOINT.pth WEIGHTS.safetensors [--threads N] [--rounds N]

The checkpoint and the weights are the same model before and after `fliqe convert`; the features of both
engines are compared first. Prints medians and the ratio of each round's medians.
"""
import argparse
import statistics
import subprocess
import sys
import time

import numpy
import torch
import torchvision


def torch_trunk(checkpoint):
    prefix = "iqa_encoder.encoder."
    state = torch.load(checkpoint)
    trunk = {k[len(prefix) :]: v for k, v in state.items() if k.startswith(prefix)}
    model = torchvision.models.resnet50()
    model.fc = torch.nn.Identity()
    model.load_state_dict(trunk)
    return model.eval()


def picture():
    y, x, c = numpy.indices((224, 224, 3))
    values = ((7 * y + 13 * x + 29 * c) % 256).astype(numpy.float32) / numpy.float32(255)
    return torch.from_numpy(values.transpose(2, 0, 1)[None].copy())


class Fliqe:
    def __init__(self, program, weights, threads):
        self.process = subprocess.Popen(
            [program, weights, str(threads)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return [float(word) for word in self.process.stdout.readline().split()]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("checkpoint")
    parser.add_argument("weights")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    image = picture()
    fliqe = Fliqe(options.program, options.weights, options.threads)
    with torch.no_grad():
        model = torch_trunk(options.checkpoint)
        expected = model(image)[0].numpy()
        difference = numpy.abs(expected - numpy.array(fliqe.ask("features"))).max()
        print(f"largest difference of a feature: {difference:.2e} (features up to {expected.max():.2f})")
        if difference > 1e-4 * expected.max():
            sys.exit("the engines compute different functions")
        jit = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(model, image)))
        for _ in range(3):
            jit(image)
        fliqe.ask("time 3")
        ours, theirs = [], []
        for _ in range(options.rounds):
            ours.append(statistics.median(fliqe.ask("time 10")))
            times = []
            for _ in range(10):
                start = time.perf_counter()
                jit(image)
                times.append(1000 * (time.perf_counter() - start))
            theirs.append(statistics.median(times))
    ratios = [a / b for a, b in zip(ours, theirs)]
    print(f"threads {options.threads}")
    print(f"fliqe               {statistics.median(ours):7.2f} ms")
    print(f"PyTorch frozen JIT  {statistics.median(theirs):7.2f} ms   (torch {torch.__version__})")
    print(f"ratio fliqe/PyTorch {statistics.median(ratios):7.3f}      "
          f"(rounds from {min(ratios):.3f} to {max(ratios):.3f})")


if __name__ == "__main__":
    main()
