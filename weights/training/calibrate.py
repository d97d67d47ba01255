#!/usr/bin/env python3
"""Makes the probabilities of a trained network hold: fits the temperature of the logit (Guo et al. 2017) on sets of nominal
samples (generate.py --cameras) of pictures that were not trained with, and writes it into the last layer of the quality head.

    calibrate.py WEIGHTS.pth OUT.pth SET.npz... [--test SET.npz...] [--diagram FILE.svg]

Clean and distorted samples weigh the same in the fit. The figures and the diagram, of how often pictures are distorted by the
probability that the network gives, are of the test sets."""
import argparse
import json

import numpy as np
import torch

import evaluate
import faults
import metrics

LAST = "classifier.6"
BINS = 10


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def balanced(distorted):
    """Weights that let clean and distorted samples count the same."""
    return np.where(distorted, .5 / distorted.sum(), .5 / (~distorted).sum())


def fit(logit, distorted, steps=50):
    """The slope (1 / temperature) of the smallest weighted log loss, by Newton's method."""
    weight, slope = balanced(distorted), 1.0
    for _ in range(steps):
        p = sigmoid(slope * logit)
        slope -= (weight * (p - distorted) * logit).sum() / (weight * p * (1 - p) * logit ** 2).sum()
    return slope


def reliability(probability, distorted):
    """Mean probability, share of distorted samples and weight in each of ten bins."""
    bins = np.minimum((probability * BINS).astype(int), BINS - 1)
    weight = balanced(distorted)
    return [(float(np.average(probability[b], weights=weight[b])), float(np.average(distorted[b], weights=weight[b])),
             float(weight[b].sum())) for b in (bins == i for i in range(BINS)) if b.any()]


def calibration_error(table):
    return sum(weight * abs(mean - share) for mean, share, weight in table)


def draw(path, tables):
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    figure, axes = pyplot.subplots(figsize=(4.2, 4))
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    for name, table in tables.items():
        axes.plot([m for m, _, _ in table], [s for _, s, _ in table], marker="o", markersize=4,
                  label=f"{name}: error {calibration_error(table):.3f}")
    axes.set(xlabel="probability of being distorted, 1 - quality", ylabel="share that is", xlim=(0, 1), ylim=(0, 1))
    axes.legend(loc="upper left", frameon=False)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def samples(network, paths):
    """Logits, logits of the causes, and causes of all samples of sets."""
    parts = []
    for path in paths:
        data = np.load(path)
        parts.append((*evaluate.scores(network, data["pixels"]), data["cause"]))
    return [np.concatenate(columns) for columns in zip(*parts)]


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights")
    parser.add_argument("out")
    parser.add_argument("sets", nargs="+")
    parser.add_argument("--test", nargs="+", default=[])
    parser.add_argument("--diagram")
    return parser.parse_args()


def main():
    options = parse()
    network = evaluate.load(options.weights)
    logit, cause_logit, cause = samples(network, options.sets)
    slope = fit(logit.astype(np.float64), cause >= 0)
    if options.test:
        logit, cause_logit, cause = samples(network, options.test)
    scaled = slope * logit
    tables = {"before": reliability(sigmoid(logit), cause >= 0), "after": reliability(sigmoid(scaled), cause >= 0)}
    print(json.dumps({"slope": round(slope, 4),
                      **{f"calibration_error_{name}": round(calibration_error(t), 4) for name, t in tables.items()},
                      **metrics.figures(scaled, cause, cause_logit, faults.CAUSES)}))
    state = torch.load(options.weights, map_location="cpu")
    for name in (LAST + ".weight", LAST + ".bias"):
        state[name] = (state[name] * slope).float()
    torch.save(state, options.out)
    if options.diagram:
        draw(options.diagram, tables)


if __name__ == "__main__":
    main()
