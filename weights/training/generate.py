#!/usr/bin/env python3
"""Samples for training and testing: 224x224 pictures with the severity and the kind of their faults.

    generate.py PICTURES OUT.npz --count N [--splits TABLE] [--split val,unseen] [--mode nominal|train]
                [--width W] [--seed S]

Mode nominal: the pictures as they are, 40 % clean, the others with one of FLIQE's eight faults at nominal strength; a test.
With --cameras each one as a random camera would have shown it.
Mode train: groups of four of one scene seen by a random camera (cameras.py)."""
import argparse
from multiprocessing import Pool

import cv2
import numpy as np
from PIL import Image

import cameras
import faults
import pictures

GROUP = 4
WINDOWS = .15  # share of the groups that are seen through a window
NAMES = list(faults.FAULTS)
cv2.setNumThreads(1)
cv2.ocl.setUseOpenCL(False)


def as_network_sees(picture):
    """224x224 RGB, by Pillow's antialiased bilinear filter."""
    return np.asarray(Image.fromarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)).resize((224, 224), Image.BILINEAR))


def _mirrored(length, first, size):
    """Places 0 to length - 1 in a window that is mirrored at its edges again and again."""
    place = (np.arange(length) - first) % (2 * size)
    return first + np.where(place < size, place, 2 * size - 1 - place)


def draw_view(picture, rng):
    """How the network sees the pictures of a group: whole, or sometimes a window repeated all over, as heat maps do."""
    if rng.rand() >= WINDOWS:
        return as_network_sees
    height, width = picture.shape[:2]
    rows, columns = (max(8, int(rng.uniform(.15, .5) * size)) for size in (height, width))
    places = [_mirrored(size, rng.randint(0, size - part + 1), part) for size, part in ((height, rows), (width, columns))]
    return lambda spoilt: as_network_sees(np.ascontiguousarray(spoilt[np.ix_(*places)]))


def _draw_severity(rng):
    return rng.uniform(.75, 1.4) if rng.rand() < .4 else np.exp(rng.uniform(np.log(.1), np.log(2.6)))


def _spoilt(shown, clean, view, name, severity, rng):
    """The picture, its severity and how much of each cause it has."""
    causes = np.zeros(len(faults.CAUSES), np.float32)
    if name in faults.NOMINAL and rng.rand() < .15:
        severity, spoilt = faults.nominal_severity(name, shown), faults.NOMINAL[name](shown, 1, rng)
    else:
        spoilt = faults.FAULTS[name](shown, severity, rng)
    seen = view(spoilt)
    severity = faults.visible_severity(name, severity, clean, seen)
    causes[faults.CAUSE_OF[name]] = severity
    if rng.rand() < .08:  # two faults at once
        other, more = NAMES[rng.randint(len(NAMES))], _draw_severity(rng)
        twice = view(faults.FAULTS[other](spoilt, more, rng))
        more = faults.visible_severity(other, more, seen, twice)
        causes[faults.CAUSE_OF[other]] = np.hypot(causes[faults.CAUSE_OF[other]], more)
        seen, severity = twice, float(np.hypot(severity, more))
    return seen, severity, causes


def group(picture, rng):
    """uint8[4, 224, 224, 3], severity[4], causes[4, C]: a clean picture and three faulty ones, the last two of one kind."""
    shown = cameras.another_camera(picture, rng)
    view = draw_view(shown, rng)
    clean = view(shown)
    pixels, severities = [clean], [0.0]
    causes = [np.zeros(len(faults.CAUSES), np.float32)]
    kinds = [NAMES[rng.randint(len(NAMES))] for _ in range(2)]
    for name in (kinds[0], kinds[1], kinds[1]):
        seen, severity, cause = _spoilt(shown, clean, view, name, _draw_severity(rng), rng)
        pixels.append(seen)
        severities.append(severity)
        causes.append(cause)
    return np.stack(pixels), np.array(severities, np.float32), np.stack(causes)


def nominal_sample(picture, rng, width, random_camera=False):
    if random_camera:
        pixels = cameras.another_camera(picture, rng)
    else:
        pixels = cameras.linear(picture, rng) if picture.dtype == np.uint16 else picture
    if width and pixels.shape[1] > width:
        pixels = cv2.resize(pixels, (width, round(pixels.shape[0] * width / pixels.shape[1])), interpolation=cv2.INTER_AREA)
    pixels = cameras.as_color(pixels)
    names = list(faults.NOMINAL)
    if rng.rand() < .4:
        return as_network_sees(pixels), -1
    kind = int(rng.randint(len(names)))
    return as_network_sees(faults.NOMINAL[names[kind]](pixels, 1, rng)), faults.CAUSES.index(names[kind])


def _job(arguments):
    index, picture, seed, mode, width, random_camera = arguments
    rng = np.random.RandomState((seed * 1000003 + index) % 2**31)
    if mode == "train":
        return group(picture, rng)
    pixels, cause = nominal_sample(picture, rng, width, random_camera)
    return pixels[None], np.array([float(cause >= 0)], np.float32), np.array([cause])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures")
    parser.add_argument("out")
    parser.add_argument("--count", type=int, required=True, help="how many samples (mode train: groups)")
    parser.add_argument("--splits", help="table of source/name and train, val or unseen")
    parser.add_argument("--split", default="train,val,unseen")
    parser.add_argument("--mode", choices=["nominal", "train"], default="nominal")
    parser.add_argument("--width", type=int, default=640, help="wider pictures are scaled to this; 0: none are")
    parser.add_argument("--cameras", action="store_true", help="mode nominal: pictures as random cameras would show them")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    wanted = options.split.split(",")
    pool = [p for p in pictures.load(options.pictures, options.splits) if p.split in wanted]
    rng = np.random.RandomState(options.seed)
    chosen = [pool[i] for i in (rng.permutation(len(pool)).tolist() * (options.count // len(pool) + 1))[:options.count]]
    jobs = [(i, p.pixels, options.seed, options.mode, options.width, options.cameras) for i, p in enumerate(chosen)]
    with Pool() as workers:
        parts = workers.map(_job, jobs, chunksize=8)
    np.savez(options.out, pixels=np.concatenate([p for p, _, _ in parts]), severity=np.concatenate([s for _, s, _ in parts]),
             cause=np.concatenate([c for _, _, c in parts]), source=np.array([p.source for p in chosen]))
    print(f"{options.out}: {len(parts)} of {len(pool)} pictures")


if __name__ == "__main__":
    main()
