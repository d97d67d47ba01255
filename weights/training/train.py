#!/usr/bin/env python3
"""Trains the compact network from scratch, while other processes make its samples.

    train.py PICTURES OUT --seconds S [--splits TABLE] [--fold SOURCE,SOURCE]... [--width 16] [--workers N] [--device cuda]

Every --fold trains one more network, on a fifth of the steps, that never sees the named sources (cross-validation). Pictures of
split train are trained with; the figures are of the others, at nominal strengths. Writes OUT/<name>.pth, the average of the
weights over the last thousand steps or so, and OUT/log.jsonl. The schedule follows the clock."""
import argparse
import contextlib
import copy
import json
import multiprocessing
import time
from pathlib import Path

import numpy as np
import torch

import faults
import generate
import losses
import metrics
import pictures
from network import Network, as_input

CHUNK = 16  # groups that a process makes at a time
RARE = {"flir_raw16": 3.0, "dlsnuc_ir100": 1.5, "irsurvey": .5, "facade_field": .6, "nerf_calib": .4}


def shares(pool):
    """How often each picture is drawn: small sources more often than their size says."""
    counts = {}
    for picture in pool:
        counts[picture.source] = counts.get(picture.source, 0) + 1
    weight = np.array([min(counts[p.source], 400) ** .6 / counts[p.source] * RARE.get(p.source, 1) for p in pool])
    return weight / weight.sum()


def make_samples(pool, seed, free, made, shared, slot_samples):
    """A process: fills slots of the shared memory with groups."""
    torch.set_num_threads(1)
    rng, weight = np.random.RandomState(seed), shares(pool)
    pixels = np.frombuffer(shared, np.uint8).reshape(-1, slot_samples, 224, 224, 3)
    while (slot := free.get()) is not None:
        chosen = rng.choice(len(pool), slot_samples // generate.GROUP, p=weight)
        parts = [generate.group(pool[i].pixels, rng) for i in chosen]
        pixels[slot] = np.concatenate([p for p, _, _ in parts])
        made.put((slot, [pool[i].source for i in chosen], np.concatenate([s for _, s, _ in parts]),
                  np.concatenate([c for _, _, c in parts])))


class Samples:
    """The newest samples, on the device."""

    def __init__(self, pool, workers, capacity, device, seed):
        context = multiprocessing.get_context("fork")
        self.slot_samples = CHUNK * generate.GROUP
        slots = 4 * workers
        self.shared = context.RawArray("B", slots * self.slot_samples * 224 * 224 * 3)
        self.slots = np.frombuffer(self.shared, np.uint8).reshape(slots, self.slot_samples, 224, 224, 3)
        self.free, self.made = context.Queue(), context.Queue()
        for slot in range(slots):
            self.free.put(slot)
        self.workers = [context.Process(target=make_samples, daemon=True, args=(
            pool, seed * 1000 + i, self.free, self.made, self.shared, self.slot_samples)) for i in range(workers)]
        for worker in self.workers:
            worker.start()
        self.device = device
        self.sources = {s: i for i, s in enumerate(sorted({p.source for p in pool}))}
        self.capacity = capacity // self.slot_samples * self.slot_samples
        self.total = 0

    def open(self):
        """After the fork: the device's memory is not for the other processes."""
        n = self.capacity
        self.stream = torch.cuda.Stream() if self.device == "cuda" else None
        self.pixels = torch.empty(n, 224, 224, 3, dtype=torch.uint8, device=self.device)
        self.severity = torch.empty(n, device=self.device)
        self.cause = torch.empty(n, len(faults.CAUSES), device=self.device)
        self.source = np.empty(n // generate.GROUP, int)

    def receive(self, wait=False):
        """Takes over what is ready, beside the device's work."""
        while wait or not self.made.empty():
            slot, sources, severity, cause = self.made.get()
            with torch.cuda.stream(self.stream) if self.stream else contextlib.nullcontext():
                self._store(self.total % self.capacity, self.slots[slot], severity, cause, sources)
            if self.stream:
                self.stream.synchronize()
            self.total += self.slot_samples
            self.free.put(slot)
            wait = False

    def _store(self, first, pixels, severity, cause, sources):
        here = slice(first, first + self.slot_samples)
        self.pixels[here] = torch.from_numpy(pixels).to(self.device)
        self.severity[here] = torch.from_numpy(severity).to(self.device)
        self.cause[here] = torch.from_numpy(cause).to(self.device)
        self.source[first // generate.GROUP:(first + self.slot_samples) // generate.GROUP] = [self.sources[s] for s in sources]

    def batch(self, size, rng, left_out):
        filled = min(self.total, self.capacity) // generate.GROUP
        groups = rng.randint(0, filled, size * 2 // generate.GROUP)
        groups = groups[~np.isin(self.source[groups], left_out)][:size // generate.GROUP]
        index = (groups[:, None] * generate.GROUP + np.arange(generate.GROUP)).ravel()
        index = torch.from_numpy(index).to(self.device)
        pixels = self.pixels[index]
        for axis, share in ((2, .5), (1, .2)):  # left for right, sometimes top for bottom; a group alike
            flipped = torch.from_numpy(np.repeat(rng.rand(len(groups)) < share, generate.GROUP)).to(self.device)
            pixels = torch.where(flipped[:, None, None, None], pixels.flip(axis), pixels)
        return as_input(pixels), self.severity[index], self.cause[index]


def optimizer_of(network, options):
    matrices = [p for p in network.parameters() if p.dim() > 1]
    vectors = [p for p in network.parameters() if p.dim() < 2]
    return torch.optim.AdamW([{"params": matrices, "weight_decay": options.decay}, {"params": vectors, "weight_decay": 0}],
                             options.rate)


@torch.no_grad()
def take_average(average, network, kept):
    """average = kept * average + (1 - kept) * network, of parameters and statistics."""
    pairs = [(a, b) for a, b in zip(average.state_dict().values(), network.state_dict().values()) if a.dtype.is_floating_point]
    averages = [a for a, _ in pairs]
    torch._foreach_mul_(averages, kept)
    torch._foreach_add_(averages, [b for _, b in pairs], alpha=1 - kept)


class Trainee:
    """A network in training and the moving average of its weights."""

    def __init__(self, name, left_out, options):
        torch.manual_seed(options.seed)
        self.name, self.left_out, self.options = name, left_out, options
        self.network = Network(options.width, len(faults.CAUSES)).to(options.device, memory_format=torch.channels_last)
        if options.start:
            self.network.load_state_dict(torch.load(options.start, map_location=options.device))
        self.average = copy.deepcopy(self.network).eval()
        self.optimizer = optimizer_of(self.network, options)
        self.steps = 0

    def step(self, samples, rng, done):
        self.steps += 1
        rate = self.options.rate * min(1, self.steps / 400) * (.005 + .995 * .5 * (1 + np.cos(np.pi * min(done, 1))))
        for parameters in self.optimizer.param_groups:
            parameters["lr"] = rate
        inputs, severity, cause = samples.batch(self.options.batch, rng, self.left_out)
        with torch.autocast(self.options.device, torch.bfloat16):
            found = self.network(inputs)
        loss = losses.total(found, severity, cause, generate.GROUP)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimizer.step()
        take_average(self.average, self.network, min(self.options.average, self.steps / (self.steps + 10)))
        return loss.detach()

    @torch.no_grad()
    def evaluate(self, pixels, cause):
        found = [self.average(as_input(pixels[i:i + 256].to(self.options.device))) for i in range(0, len(pixels), 256)]
        logit = torch.cat([f[1] for f in found]).float().cpu().numpy()
        return metrics.figures(logit, cause, torch.cat([f[2] for f in found]).float().cpu().numpy(), faults.CAUSES)

    def save(self, folder):
        state = {k: v.detach().cpu().contiguous() for k, v in self.average.state_dict().items()}
        torch.save(state, Path(folder) / f"{self.name}.pth")


def test_sets(pool, folds, seed):
    """Nominal samples of the pictures that are not trained with, and of each fold's sources."""
    wanted = {"val": [p for p in pool if p.split == "val"], "unseen": [p for p in pool if p.split == "unseen"]}
    wanted |= {f"fold{i + 1}": [p for p in pool if p.source in fold] for i, fold in enumerate(folds)}
    sets = {}
    with multiprocessing.get_context("fork").Pool() as workers:
        for name, chosen in wanted.items():
            if not chosen:
                continue
            chosen = (chosen * 20)[:max(400, min(len(chosen), 800))]
            jobs = [(i, p.pixels, seed, "nominal", 640, False) for i, p in enumerate(chosen)]
            parts = workers.map(generate._job, jobs, chunksize=8)
            sets[name] = (torch.from_numpy(np.concatenate([p for p, _, _ in parts])), np.concatenate([c for _, _, c in parts]))
    return sets


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures")
    parser.add_argument("out")
    parser.add_argument("--splits")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--fold", action="append", default=[], help="sources that one more network never sees")
    parser.add_argument("--start", help="weights to begin with")
    parser.add_argument("--width", type=int, default=16)
    parser.add_argument("--batch", type=int, default=1024)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--decay", type=float, default=.03)
    parser.add_argument("--average", type=float, default=.998)
    parser.add_argument("--capacity", type=int, default=360_000, help="samples kept on the device")
    parser.add_argument("--first", type=int, default=8_000, help="samples to wait for")
    parser.add_argument("--workers", type=int, default=multiprocessing.cpu_count() - 1)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def main():
    options = parse()
    begun = time.time()
    Path(options.out).mkdir(parents=True, exist_ok=True)
    log = open(Path(options.out) / "log.jsonl", "w")

    def tell(**facts):
        print(json.dumps(facts), file=log, flush=True)
        print(json.dumps(facts), flush=True)

    pool = pictures.load(options.pictures, options.splits)
    folds = [fold.split(",") for fold in options.fold]
    training = [p for p in pool if p.split == "train"]
    samples = Samples(training, options.workers, options.capacity, options.device, options.seed)
    sets = test_sets(pool, folds, options.seed)
    tell(second=round(time.time() - begun, 1), pictures=len(pool), training=len(training),
         sets={name: len(cause) for name, (_, cause) in sets.items()})
    samples.open()
    trainees = [Trainee("network", [], options)]
    for i, fold in enumerate(folds):
        trainees.append(Trainee(f"fold{i + 1}", [samples.sources[s] for s in fold if s in samples.sources], options))
    while samples.total < options.first:
        samples.receive(wait=True)

    rng = np.random.RandomState(options.seed)
    turns = [0, 0, 0, 0, 0] + list(range(1, len(trainees)))
    first_step, last_told, turn, recent = time.time(), time.time(), 0, []
    while (done := (time.time() - first_step) / (options.seconds - (first_step - begun))) < 1:
        samples.receive()
        trainee = trainees[turns[turn % len(turns)]]
        loss = trainee.step(samples, rng, done)
        recent.append(loss)
        turn += 1
        if time.time() - last_told > min(30, options.seconds / 8):
            last_told = time.time()
            name = trainees[0].name
            tell(second=round(last_told - begun, 1), steps=[t.steps for t in trainees], samples=samples.total,
                 loss=round(float(torch.stack(recent).mean()), 4),
                 **{f"{name}/{s}": trainees[0].evaluate(*sets[s]) for s in ("val", "unseen") if s in sets})
            recent = []
            trainees[0].save(options.out)
    for trainee in trainees:
        trainee.save(options.out)
        tell(network=trainee.name, steps=trainee.steps,
             **{s: trainee.evaluate(*sets[s]) for s in sets if s in ("val", "unseen", trainee.name)})
    for worker in samples.workers:
        worker.terminate()


if __name__ == "__main__":
    main()
