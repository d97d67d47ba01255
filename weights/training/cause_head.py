#!/usr/bin/env python3
"""Trains a head that names the cause of a low quality. All other weights stay as they are.

    cause_head.py WEIGHTS.pth PICTURES OUT.pth [--splits TABLE] [--groups N] [--epochs N] [--seed S]

PICTURES: folders of sources, separated by commas. Samples are those of generate.py in mode train; the figures are of pictures of
split val, at nominal strengths. Needs fliqe's Python module, which computes the embeddings. The same seed gives the same head on the
same machine."""
import argparse
import copy
import multiprocessing

import fliqe
import numpy as np
import torch

import faults
import generate
import losses
import metrics
import pictures
from network import head
from train import shares


COLUMNS = ["embedding", "logit", "severity", "cause", "val_embedding", "val_logit", "val_severity", "val_cause"]


pool = []  # pictures; a global, so that the processes share it instead of having it sent


def _embed(arguments):
    """A process: embeddings and logits of groups of samples."""
    weights, chosen, seed, mode = arguments
    network = fliqe.FLIQE(weights, threads=1)
    parts = []
    for i, index in enumerate(chosen):
        rng = np.random.RandomState((seed * 1000003 + i) % 2**31)
        if mode == "train":
            pixels, severity, cause = generate.group(pool[index].pixels, rng)
        else:
            pixels, kind = generate.nominal_sample(pool[index].pixels, rng, 640)
            pixels, severity, cause = pixels[None], np.ones(1, np.float32), np.array([kind])
        found = [network.assess(np.ascontiguousarray(each[..., ::-1])) for each in pixels]
        parts.append((np.stack([f.embedding for f in found]), np.array([f.logit for f in found], np.float32), severity, cause))
    return [np.concatenate(columns) for columns in zip(*parts)]


def embed(weights, pictures_of_samples, chosen, seed, mode):
    """Embeddings, logits, severities and causes of samples of the chosen pictures."""
    pool[:] = pictures_of_samples
    size = 50
    jobs = [(weights, chosen[i:i + size], seed + i, mode) for i in range(0, len(chosen), size)]
    with multiprocessing.get_context("fork").Pool() as workers:
        return [np.concatenate(columns) for columns in zip(*workers.imap(_embed, jobs))]


def train(embeddings, severities, causes, epochs, seed):
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    network = head(len(faults.CAUSES))
    average = copy.deepcopy(network).eval()
    optimizer = torch.optim.AdamW(network.parameters(), 3e-3, weight_decay=.01)
    batch = 256
    steps = epochs * (len(embeddings) // batch)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    embeddings, severities, causes = map(torch.from_numpy, (embeddings, severities, causes))
    for _ in range(epochs):
        for index in torch.randperm(len(embeddings)).split(batch):
            if len(index) < batch:
                continue
            loss = losses.naming(network(embeddings[index]), causes[index], severities[index])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            with torch.no_grad():
                for mean, value in zip(average.state_dict().values(), network.state_dict().values()):
                    mean.copy_(value if not mean.dtype.is_floating_point else mean.lerp(value, .01))
    return average


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights")
    parser.add_argument("pictures")
    parser.add_argument("out")
    parser.add_argument("--splits")
    parser.add_argument("--groups", type=int, default=12_000, help="of four samples of one scene")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--samples", help="keep the embeddings in this file, or take them from it")
    return parser.parse_args()


def samples_of(options):
    known = pictures.load_all(options.pictures, options.splits)
    training = [p for p in known if p.split == "train"]
    validation = [p for p in known if p.split == "val"]
    chosen = np.random.RandomState(options.seed).choice(len(training), options.groups, p=shares(training))
    made = embed(options.weights, training, chosen.tolist(), options.seed, "train")
    tested = embed(options.weights, validation, (list(range(len(validation))) * 3)[:1500], options.seed, "nominal")
    return dict(zip(COLUMNS, made + tested))


def main():
    options = parse()
    try:
        columns = np.load(options.samples or "")
    except FileNotFoundError:
        columns = samples_of(options)
        if options.samples:
            np.savez(options.samples, **columns)
    faulty = columns["severity"] > 0
    network = train(*(columns[name][faulty] for name in ("embedding", "severity", "cause")), options.epochs, options.seed)
    with torch.no_grad():
        found = network(torch.from_numpy(columns["val_embedding"])).numpy()
    print(metrics.figures(columns["val_logit"], columns["val_cause"], found, faults.CAUSES))
    state = torch.load(options.weights, map_location="cpu")
    state.update({"cause_classifier." + name: value for name, value in network.state_dict().items()})
    torch.save(state, options.out)


if __name__ == "__main__":
    main()
