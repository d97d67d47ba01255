#!/usr/bin/env python3
"""The figures of `fliqe eval` from the scores of its pictures, in NumPy: prints JSON.

Usage: metrics_reference.py SCORES.csv [OTHER_SCORES.csv]: the second fits Platt scaling.
"""
import csv
import json
import sys

import numpy


def read(path):
    rows = list(csv.DictReader(open(path, newline="")))
    truth = numpy.array([row["label"].lower() not in ("clean", "good", "0") for row in rows])
    logits = numpy.array([float(row["logit"]) for row in rows])
    return truth, logits, 1 - numpy.array([float(row["quality"]) for row in rows]), rows


def calibration_error(truth, probability):
    bins = numpy.minimum((probability * 10).astype(int), 9)
    error = 0
    for index in range(10):
        inside = bins == index
        if inside.any():
            error += inside.sum() * abs(probability[inside].mean() - truth[inside].mean())
    return error / len(truth)


def platt(truth, logits):
    """Gradient descent on Platt's loss, unlike the program's Newton method."""
    positives, negatives = truth.sum(), (~truth).sum()
    target = numpy.where(truth, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    mean, deviation = logits.mean(), logits.std()
    x, slope, offset = (logits - mean) / deviation, 0.0, 0.0
    for _ in range(200000):
        error = 1 / (1 + numpy.exp(-(slope * x + offset))) - target
        slope, offset = slope - 0.5 * (error * x).mean(), offset - 0.5 * error.mean()
    return slope / deviation, offset - slope * mean / deviation


truth, logits, probability, rows = read(sys.argv[1])
called = probability > 0.5
result = {
    "accuracy": (called == truth).mean(),
    "precision": truth[called].mean(),
    "recall": called[truth].mean(),
    "specificity": (~called[~truth]).mean(),
    "roc_auc": (
        (probability[truth][:, None] > probability[~truth][None]).mean()
        + 0.5 * (probability[truth][:, None] == probability[~truth][None]).mean()
    ),
    "calibration_error": calibration_error(truth, probability),
    "right": {
        label: (called == truth)[[row["label"] == label for row in rows]].mean()
        for label in {row["label"] for row in rows}
    },
}
result["f1"] = 2 / (1 / result["precision"] + 1 / result["recall"])
if len(sys.argv) > 2:
    other_truth, other_logits, _, _ = read(sys.argv[2])
    result["slope"], result["offset"] = platt(other_truth, other_logits)
    scaled = 1 / (1 + numpy.exp(-(result["slope"] * logits + result["offset"])))
    result["platt_accuracy"] = ((scaled >= 0.5) == truth).mean()
    result["platt_calibration_error"] = calibration_error(truth, scaled)
print(json.dumps({k: v if isinstance(v, dict) else float(v) for k, v in result.items()}))
