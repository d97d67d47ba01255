#!/usr/bin/env python3
"""Figures of trained weights on sets of nominal samples (generate.py), a line of JSON each; intervals by bootstrap over pictures.

    evaluate.py WEIGHTS.pth SET.npz... [--shift LOGIT]"""
import argparse
import json
from pathlib import Path

import numpy as np
import torch

import faults
import metrics
from network import Network, as_input


def load(path):
    state = torch.load(path, map_location="cpu")
    network = Network(state["iqa_encoder.encoder.conv1.weight"].shape[0], len(faults.CAUSES))
    missing = network.load_state_dict(state, strict=False).missing_keys
    if any(not name.startswith("cause_classifier.") for name in missing):
        raise ValueError(f"{path}: expected the weights of a compact network, found none for {missing[0]}")
    return network.eval().to(memory_format=torch.channels_last)


@torch.no_grad()
def scores(network, pixels):
    found = [network(as_input(torch.from_numpy(pixels[i:i + 64]))) for i in range(0, len(pixels), 64)]
    return torch.cat([f[1] for f in found]).numpy(), torch.cat([f[2] for f in found]).numpy()


def interval(figure, logit, cause, cause_logit, draws=300):
    rng = np.random.RandomState(1)
    values = []
    for _ in range(draws):
        drawn = rng.randint(0, len(logit), len(logit))
        values.append(metrics.figures(logit[drawn], cause[drawn], cause_logit[drawn], faults.CAUSES)[figure])
    return [round(float(v), 3) for v in np.percentile(values, [2.5, 97.5])]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights")
    parser.add_argument("sets", nargs="+")
    parser.add_argument("--shift", type=float, default=0.0, help="added to each logit")
    options = parser.parse_args()
    network = load(options.weights)
    for path in options.sets:
        data = np.load(path)
        logit, cause_logit = scores(network, data["pixels"])
        logit += options.shift
        found = metrics.figures(logit, data["cause"], cause_logit, faults.CAUSES)
        found["f1_interval"] = interval("f1", logit, data["cause"], cause_logit)
        found["clean_interval"] = interval("clean_called_distorted", logit, data["cause"], cause_logit)
        print(json.dumps({"weights": Path(options.weights).stem, "set": Path(path).stem, **found}), flush=True)


if __name__ == "__main__":
    main()
