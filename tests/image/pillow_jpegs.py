#!/usr/bin/env python3
"""Writes a JPEG of every kind that Pillow knows into a folder: grey and colour, baseline and
progressive, with and without subsampling, with the standard and with optimised Huffman tables.
Usage: pillow_jpegs.py FOLDER
"""

import sys

from PIL import Image

image = Image.linear_gradient("L").resize((90, 70))
for mode in ("L", "RGB"):
    for progressive in (False, True):
        for subsampling in (0, 2):
            image.convert(mode).save(f"{sys.argv[1]}/{mode}-{progressive}-{subsampling}.jpg", progressive=progressive,
                                     subsampling=subsampling, optimize=subsampling == 0)
