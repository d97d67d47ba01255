#!/usr/bin/env python3
"""Trains the later half of a trained network on, which two cores can do. The earlier half stays as it is.

    late_layers.py features START.pth PICTURES FEATURES [--splits TABLE] [--groups N] [--seed S]
    late_layers.py train START.pth FEATURES OUT.pth [--epochs N] [--stop STEP] [--rate R] [--seed S]

`features` makes samples as generate.py does in mode train, and keeps what the earlier half gives for them (50 KB a sample).
PICTURES: folders of sources, separated by commas. `train` goes on from there. The same seed gives the same samples and,
on the same machine with the same PyTorch, nearly the same weights."""
import argparse
import copy
import json
import multiprocessing
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

import evaluate
import generate
import losses
import pictures
from network import as_input
from train import optimizer_of, shares, take_average

FIXED_BLOCKS = 2  # of the third stage
JOB = 32          # groups that a process makes at a time


class EarlyLayers(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, x):
        e = self.encoder
        return e.layer3[:FIXED_BLOCKS](e.layer2(e.layer1(e.stem(x))))


class LateLayers(nn.Module):
    """Shares its parameters with the network."""

    def __init__(self, network):
        super().__init__()
        encoder = network.iqa_encoder.encoder
        self.blocks = nn.Sequential(*encoder.layer3[FIXED_BLOCKS:], *encoder.layer4)
        self.projection_head = network.iqa_encoder.projection_head
        self.classifier, self.cause_classifier = network.classifier, network.cause_classifier

    def forward(self, x):
        embedding = F.normalize(self.projection_head(self.blocks(x).mean((2, 3))), dim=1)
        return embedding, self.classifier(embedding)[:, 0], self.cause_classifier(embedding)


def compress(features, largest):
    """float[N, C, 14, 14] of non-negative values to bytes, finer for small ones."""
    return (255 * (features / largest[:, None, None]).clamp(0, 1).sqrt() + .5).to(torch.uint8)


def expand(codes, largest):
    return (codes.float() / 255).square() * largest[:, None, None]


# ---- Features ----

pool, network_of, places = [], {}, {}  # globals, so that the processes share them instead of having them sent


def _start(path, shared):
    torch.set_num_threads(1)
    layers = EarlyLayers(evaluate.load(path).iqa_encoder.encoder).eval()
    with torch.no_grad():
        traced = torch.jit.freeze(torch.jit.trace(layers, torch.zeros(generate.GROUP, 3, 224, 224)))
        network_of["early"] = torch.jit.optimize_for_inference(traced)
    places.update(shared)


@torch.no_grad()
def _features(chosen, seed):
    rng = np.random.RandomState(seed % 2**31)
    parts = [generate.group(pool[i].pixels, rng) for i in chosen]
    found = [network_of["early"](as_input(torch.from_numpy(p)).contiguous()) for p, _, _ in parts]
    return torch.cat(found), np.concatenate([s for _, s, _ in parts]), np.concatenate([c for _, _, c in parts])


def _largest(arguments):
    found, _, _ = _features(*arguments)
    return found.amax((0, 2, 3))


def _job(arguments):
    first, chosen, seed = arguments
    found, severity, cause = _features(chosen, seed)
    codes = np.load(places["codes"], mmap_mode="r+")
    codes[first:first + len(found)] = compress(found, places["largest"])
    return severity, cause


def make_features(options):
    pool[:] = [p for p in pictures.load_all(options.pictures, options.splits) if p.split == "train"]
    chosen = np.random.RandomState(options.seed).choice(len(pool), options.groups // JOB * JOB, p=shares(pool)).tolist()
    jobs = [(i * generate.GROUP, chosen[i:i + JOB], options.seed * 1_000_003 + i) for i in range(0, len(chosen), JOB)]
    folder = Path(options.features)
    folder.mkdir(parents=True, exist_ok=True)
    context = multiprocessing.get_context("fork")
    with context.Pool(initializer=_start, initargs=(options.start, {})) as workers:
        largest = torch.stack(workers.map(_largest, [job[1:] for job in jobs[:16]])).amax(0).clamp(min=1e-3)
    codes = np.lib.format.open_memmap(folder / "codes.npy", "w+", np.uint8, (len(chosen) * generate.GROUP, len(largest), 14, 14))
    del codes
    begun, parts = time.time(), []
    shared = {"codes": folder / "codes.npy", "largest": largest}
    with context.Pool(initializer=_start, initargs=(options.start, shared)) as workers:
        for part in workers.imap(_job, jobs):
            parts.append(part)
            if len(parts) % 100 == 0:
                print(f"{len(parts)} of {len(jobs)} jobs, {time.time() - begun:.0f} s", flush=True)
    np.savez(folder / "labels.npz", largest=largest, severity=np.concatenate([s for s, _ in parts]),
             cause=np.concatenate([c for _, c in parts]))


# ---- Training ----

def train(options):
    torch.manual_seed(options.seed)
    folder = Path(options.features)
    codes = np.load(folder / "codes.npy", mmap_mode="r")
    labels = np.load(folder / "labels.npz")
    largest, severity, cause = (torch.from_numpy(labels[name]) for name in ("largest", "severity", "cause"))
    network = evaluate.load(options.start)
    averaged = copy.deepcopy(network)
    layers, average = LateLayers(network).train(), LateLayers(averaged)
    optimizer = optimizer_of(layers, options)
    groups, batch = len(codes) // generate.GROUP, options.batch // generate.GROUP
    steps = int(options.epochs * (groups // batch))
    last = min(steps, options.stop or steps)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, options.rate, steps, pct_start=.05, div_factor=20)
    rng, order, recent, begun = np.random.RandomState(options.seed), np.empty(0, int), [], time.time()
    for step in range(last):
        if len(order) < batch:
            order = rng.permutation(groups)
        chosen, order = np.sort(order[:batch]), order[batch:]
        index = (chosen[:, None] * generate.GROUP + np.arange(generate.GROUP)).ravel()
        inputs = expand(torch.from_numpy(codes[index]), largest).contiguous(memory_format=torch.channels_last)
        loss = losses.total(layers(inputs), severity[index], cause[index], generate.GROUP)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(layers.parameters(), 5.0)
        optimizer.step()
        schedule.step()
        take_average(average, layers, min(options.average, step / (step + 10)))
        recent.append(loss.item())
        if (step + 1) % 50 == 0 or step + 1 == last:
            print(json.dumps({"step": step + 1, "of": steps, "second": round(time.time() - begun),
                              "loss": round(np.mean(recent), 4)}), flush=True)
            recent = []
        if (step + 1) % 200 == 0 or step + 1 == last:
            torch.save({k: v.contiguous() for k, v in averaged.state_dict().items()}, options.out)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    features = commands.add_parser("features")
    for name in ("start", "pictures", "features"):
        features.add_argument(name)
    features.add_argument("--splits")
    features.add_argument("--groups", type=int, default=44_000, help="of four samples of one scene")
    training = commands.add_parser("train")
    for name in ("start", "features", "out"):
        training.add_argument(name)
    training.add_argument("--epochs", type=float, default=3)
    training.add_argument("--stop", type=int, help="end after this step of the schedule")
    training.add_argument("--batch", type=int, default=256)
    training.add_argument("--rate", type=float, default=1e-3)
    training.add_argument("--decay", type=float, default=.03)
    training.add_argument("--average", type=float, default=.998)
    for command in (features, training):
        command.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    options = parse()
    make_features(options) if options.command == "features" else train(options)
