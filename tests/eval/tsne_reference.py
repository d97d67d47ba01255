#!/usr/bin/env python3
"""Places rows in the plane by scikit-learn's t-SNE; compares it with a table that fliqe tsne wrote.

Usage: tsne_reference.py FEATURES.npy POINTS.csv
Prints, for scikit-learn and for the table: the divergence (scikit-learn only; else "-"), the
trustworthiness for 10 neighbours, and the share of points whose nearest neighbour in the plane has
their label.
"""
import csv
import sys

import numpy
from sklearn.manifold import TSNE, trustworthiness

features = numpy.load(sys.argv[1])
rows = list(csv.DictReader(open(sys.argv[2], newline="")))
labels = numpy.array([row["label"] for row in rows])
ours = numpy.array([[float(row["x"]), float(row["y"])] for row in rows])
tsne = TSNE(n_components=2, perplexity=30, random_state=42, init="pca", learning_rate="auto")
theirs = tsne.fit_transform(features)
for points, divergence in ((theirs, tsne.kl_divergence_), (ours, "-")):
    distance = ((points[:, None] - points[None]) ** 2).sum(-1)
    numpy.fill_diagonal(distance, numpy.inf)
    same = (labels[distance.argmin(1)] == labels).mean()
    print(divergence, trustworthiness(features, points, n_neighbors=10), same)
