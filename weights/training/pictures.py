"""Clean thermal pictures by source: FOLDER/<source>/<picture>, and which of them may be trained with."""
import random
from collections import namedtuple
from pathlib import Path

import cv2

Picture = namedtuple("Picture", "source name split pixels")
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp"}


def read(path):
    """uint8 or uint16 height x width, or uint8 height x width x 3 in BGR; grey files stored as color become grey."""
    pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise ValueError(f"{path}: expected a picture, found none that OpenCV reads")
    if pixels.ndim == 3:
        pixels = pixels[..., :3]
        if (pixels[..., 0] == pixels[..., 1]).all() and (pixels[..., 1] == pixels[..., 2]).all():
            pixels = pixels[..., 0].copy()
    return pixels


def load_all(folders, splits=None):
    """The pictures of folders that are separated by commas."""
    return [picture for folder in folders.split(",") for picture in load(folder, splits)]


def load(folder, splits=None, validation_share=0.1):
    """All pictures below a folder. `splits` is a table of `source/name <tab> train|val|unseen`; a picture that is not in
    it is drawn into train or val by its name, so that the draw does not depend on the other pictures."""
    known = dict(line.rstrip("\n").split("\t") for line in open(splits)) if splits else {}
    known = {name.rsplit(".", 1)[0]: split for name, split in known.items()}
    pictures = []
    for path in sorted(Path(folder).rglob("*")):
        if path.suffix.lower() not in SUFFIXES:
            continue
        name = str(path.relative_to(folder))
        source = name.split("/")[0]
        stem = name.rsplit(".", 1)[0]
        drawn = "val" if random.Random(stem).random() < validation_share else "train"
        pictures.append(Picture(source, name, known.get(stem, drawn), read(path)))
    return pictures
