#!/usr/bin/env python3
"""Compares residual networks by description with torchvision's: features, embedding, a score and
named classes, at 224x224 and at an odd size.

Weights are random; the statistics of the batch normalizations are those of random pictures, so that
activations are as large as in a trained network. Exits with 77 where PyTorch or torchvision is
missing.

Usage: torchvision_networks.py FLIQE_PROGRAM [NETWORK...]   e.g. resnet18 resnet34
"""
import csv
import json
import os
import subprocess
import sys
import tempfile

try:
    import numpy
    import torch
    import torchvision
    from PIL import Image
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

TOLERANCE = 2e-5
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
CLASSES = ["fog", "rain", "sun"]
BLOCKS = {
    "resnet18": ("basic", [2, 2, 2, 2]),
    "resnet34": ("basic", [3, 4, 6, 3]),
    "resnet50": ("bottleneck", [3, 4, 6, 3]),
    "resnet101": ("bottleneck", [3, 4, 23, 3]),
    "resnet152": ("bottleneck", [3, 8, 36, 3]),
}


def description(name, height, width):
    block, blocks = BLOCKS[name]
    stages = [
        {"blocks": count, "channels": 64 << i, "stride": 1 if i == 0 else 2}
        for i, count in enumerate(blocks)
    ]
    return {
        "name": name,
        "input": {"height": height, "width": width, "mean": MEAN, "std": STD},
        "block": block,
        "stages": stages,
        "projection": [256],
        "embedding": 96,
        "heads": [
            {"name": "quality", "hidden": [32]},
            {"name": "weather", "kind": "classes", "hidden": [], "classes": CLASSES},
        ],
    }


class Encoder(torch.nn.Module):
    def __init__(self, name):
        super().__init__()
        self.encoder = getattr(torchvision.models, name)()
        features = self.encoder.fc.in_features
        self.encoder.fc = torch.nn.Identity()
        self.projection_head = torch.nn.Sequential(
            torch.nn.Linear(features, 256), torch.nn.BatchNorm1d(256), torch.nn.ReLU(),
            torch.nn.Linear(256, 96),
        )  # fmt: skip

    def forward(self, x):
        return torch.nn.functional.normalize(self.projection_head(self.encoder(x)), dim=1)


class Network(torch.nn.Module):
    def __init__(self, name):
        super().__init__()
        self.iqa_encoder = Encoder(name)
        self.classifier = torch.nn.Sequential(
            torch.nn.Linear(96, 32), torch.nn.ReLU(), torch.nn.BatchNorm1d(32),
            torch.nn.Linear(32, 1),
        )  # fmt: skip
        self.weather = torch.nn.Sequential(torch.nn.Linear(96, 3))

    def forward(self, x):
        embedding = self.iqa_encoder(x)
        return self.classifier(embedding), self.weather(embedding)


def random_network(name):
    """Random weights; statistics from the pictures of one pass in training mode."""
    network = Network(name)
    for module in network.modules():
        if isinstance(module, (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d)):
            torch.nn.init.uniform_(module.weight, 0.5, 1.0)
            torch.nn.init.uniform_(module.bias, -0.2, 0.2)
            module.momentum = None  # averages
    # The last normalization of a block scales down what the block adds, as training makes it; else
    # activations would grow from block to block.
    for module in network.modules():
        if isinstance(module, torchvision.models.resnet.BasicBlock):
            torch.nn.init.uniform_(module.bn2.weight, 0.1, 0.4)
        if isinstance(module, torchvision.models.resnet.Bottleneck):
            torch.nn.init.uniform_(module.bn3.weight, 0.1, 0.4)
    network.train()
    with torch.no_grad():
        network(torch.rand(8, 3, 96, 96) * 4 - 2)
    return network.eval()


def outputs_of(program, arguments):
    text = subprocess.run(
        [program, *arguments], check=True, capture_output=True, text=True
    ).stdout
    return next(csv.DictReader(text.splitlines()))


def numbers(row):
    return numpy.array([float(value) for key, value in row.items() if key[1:].isdigit()])


def compare(program, name, height, width, folder):
    network = random_network(name)
    checkpoint, weights = os.path.join(folder, "net.pth"), os.path.join(folder, "net.safetensors")
    torch.save(network.state_dict(), checkpoint)
    with open(os.path.join(folder, "net.json"), "w") as file:
        json.dump(description(name, height, width), file)
    subprocess.run(
        [program, "convert", checkpoint, weights, "--network", file.name],
        check=True, capture_output=True,
    )  # fmt: skip
    pixels = numpy.random.randint(0, 256, (height, width, 3), dtype=numpy.uint8)
    picture = os.path.join(folder, "picture.png")
    Image.fromarray(pixels).save(picture)

    x = torch.from_numpy(pixels).permute(2, 0, 1).float().div(255)
    x = torchvision.transforms.functional.normalize(x, MEAN, STD)[None]
    with torch.no_grad():
        features = network.iqa_encoder.encoder(x)[0].numpy()
        embedding = network.iqa_encoder(x)[0].numpy()
        logit, classes = network(x)
    given = ["--weights", weights, picture]
    found = {
        "features": (numbers(outputs_of(program, ["embed", "--layer", "trunk", *given])), features),
        "embedding": (numbers(outputs_of(program, ["embed", *given])), embedding),
    }
    score = outputs_of(program, ["score", "-q", "--format", "csv", *given])
    found["quality"] = (float(score["quality"]), torch.sigmoid(-logit[0, 0]).numpy())
    row = outputs_of(program, ["classify", "--format", "csv", *given])
    probabilities = numpy.array([float(row[each]) for each in CLASSES])
    found["classes"] = (probabilities, torch.softmax(classes[0], 0).numpy())
    # Features grow with the depth of these networks: relative to the largest.
    scale = {"features": max(1.0, numpy.abs(features).max())}
    worst = {
        key: float(numpy.abs(a - b).max()) / scale.get(key, 1.0) for key, (a, b) in found.items()
    }
    figures = ", ".join(f"{key} {value:.1e}" for key, value in worst.items())
    print(f"{name} at {height}x{width}: largest differences: {figures}", flush=True)
    return max(worst.values()) <= TOLERANCE


def main():
    program, names = sys.argv[1], sys.argv[2:] or sorted(BLOCKS)
    torch.manual_seed(1)
    numpy.random.seed(1)
    passed = True
    for name in names:
        for height, width in ((224, 224), (197, 331)):
            with tempfile.TemporaryDirectory() as folder:
                passed &= compare(program, name, height, width, folder)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
