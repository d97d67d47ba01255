#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Cuts crops from HIT-UAV's annotated pictures: a person, a vehicle or nothing in their middle.

Usage: crops.py NORMAL_JSON OUT [--per-class N] [--seed S]

NORMAL_JSON is the folder of that name of the dataset. Writes OUT/train.csv and OUT/test.csv (columns
file, label, group) with the crops beside them. The test's pictures were taken on other days. A group
is a day. Needs Pillow.
"""

import argparse
import csv
import json
import pathlib
import random

from PIL import Image

SIDE = 64  # pixels of a crop: a person is some 10 to 25 tall, a car 20 to 60 long
JITTER = 6  # pixels that what is shown may be away from the middle
TEST_DAYS = {"20210115", "20210120"}
LABELS = {"Person": "person", "Car": "vehicle", "OtherVehicle": "vehicle"}


def pictures(folder):
    """Path, day, and boxes as (category, x, y, width, height)."""
    for part in ("train", "val", "test"):
        notes = json.loads((folder / "annotations" / f"{part}.json").read_text())
        names = {each["id"]: each["name"] for each in notes["categories"]}
        boxes = {}
        for each in notes["annotation"]:
            boxes.setdefault(each["image_id"], []).append((names[each["category_id"]], *each["bbox"]))
        for each in notes["images"]:
            yield folder / part / each["filename"], each["date_captured"], boxes.get(each["id"], [])


def around(box, size, chance):
    """A crop with the box near its middle; nothing where the picture ends before."""
    _, x, y, width, height = box
    left = round(x + width / 2 - SIDE / 2 + chance.uniform(-JITTER, JITTER))
    top = round(y + height / 2 - SIDE / 2 + chance.uniform(-JITTER, JITTER))
    is_inside = 0 <= left <= size[0] - SIDE and 0 <= top <= size[1] - SIDE
    return (left, top) if is_inside else None


def somewhere_empty(boxes, size, chance):
    """A crop that no box touches; nothing when none is found."""
    for _ in range(20):
        left, top = chance.randrange(size[0] - SIDE), chance.randrange(size[1] - SIDE)
        if all(x + width < left or x > left + SIDE or y + height < top or y > top + SIDE
               for _, x, y, width, height in boxes):
            return left, top
    return None


def crops(folder, chance):
    """(part, label) -> [(path, day, (left, top))]"""
    found = {}
    for path, day, boxes in pictures(folder):
        part = "test" if day in TEST_DAYS else "train"
        with Image.open(path) as picture:
            size = picture.size
        places = [(LABELS.get(box[0]), around(box, size, chance)) for box in boxes]
        places += [("nothing", somewhere_empty(boxes, size, chance)) for _ in range(3)]
        for label, place in places:
            if label and place:
                found.setdefault((part, label), []).append((path, day, place))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--per-class", type=int, default=3000, help="crops of a class to train with, at most")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rows = {"train": [], "test": []}
    chance = random.Random(options.seed)
    for (part, label), found in sorted(crops(options.folder, chance).items()):
        most = options.per_class if part == "train" else options.per_class // 4
        (options.out / part / label).mkdir(parents=True, exist_ok=True)
        for path, day, (left, top) in chance.sample(found, min(most, len(found))):
            name = f"{part}/{label}/{path.stem}_{left}_{top}.png"
            with Image.open(path) as picture:
                picture.crop((left, top, left + SIDE, top + SIDE)).save(options.out / name)
            rows[part].append((name, label, day))
    for part, table in rows.items():
        with open(options.out / f"{part}.csv", "w", newline="") as file:
            csv.writer(file).writerows([("file", "label", "group"), *table])
        print(f"{part}: {len(table)} crops")


if __name__ == "__main__":
    main()
