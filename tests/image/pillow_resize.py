#!/usr/bin/env python3
"""Resizes raw pictures with Pillow; prints the SHA-256 of each result.

Each line of the list file: path mode width height out_width out_height.
"""
import hashlib
import sys

from PIL import Image

for line in open(sys.argv[1]):
    path, mode, width, height, out_width, out_height = line.split()
    image = Image.frombytes(mode, (int(width), int(height)), open(path, "rb").read())
    resized = image.resize((int(out_width), int(out_height)), Image.BILINEAR)
    print(hashlib.sha256(resized.tobytes()).hexdigest())
