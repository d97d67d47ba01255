#!/usr/bin/env python3
"""Trains the same head on the same features with PyTorch; prints its F1 on the validation rows.

Usage: torch_head.py TRAINING.csv VALIDATION.csv
"""
import csv
import sys

import numpy
import torch

torch.manual_seed(0)
torch.set_num_threads(1)


def read(path):
    rows = list(csv.DictReader(open(path, newline="")))
    truth = [float(row["label"].lower() not in ("clean", "good", "0")) for row in rows]
    features = [[float(row[f"e{i}"]) for i in range(128)] for row in rows]
    return torch.tensor(features), torch.tensor(truth)[:, None]


x, y = read(sys.argv[1])
validation_x, validation_y = read(sys.argv[2])
weight = torch.where(y > 0, len(y) / (2 * y.sum()), len(y) / (2 * (1 - y).sum()))
head = torch.nn.Sequential(
    torch.nn.Linear(128, 128), torch.nn.ReLU(), torch.nn.BatchNorm1d(128),
    torch.nn.Linear(128, 64), torch.nn.ReLU(), torch.nn.BatchNorm1d(64),
    torch.nn.Linear(64, 1),
)  # fmt: skip
optimizer = torch.optim.Adam(head.parameters(), lr=1e-3)
best, f1 = numpy.inf, 0
for epoch in range(40):
    head.train()
    for rows in torch.randperm(len(x)).split(64):
        if len(rows) < 2:
            continue
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            head(x[rows]), y[rows], weight[rows]
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    head.eval()
    with torch.no_grad():
        logits = head(validation_x)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, validation_y)
    if loss < best:
        best = loss
        called, truth = (logits > 0), validation_y > 0
        f1 = 2 * (called & truth).sum().item() / (called.sum() + truth.sum()).item()
print(f1)
