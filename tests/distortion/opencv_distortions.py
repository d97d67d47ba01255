#!/usr/bin/env python3
"""Distorts a picture with OpenCV, NumPy and Pillow, as the Python project does.

Usage: opencv_distortions.py PICTURE FOLDER: writes FOLDER/<name>.png for each distortion that is
deterministic.
"""
import pathlib
import sys

import cv2
import numpy
from PIL import Image, ImageEnhance

picture, folder = cv2.imread(sys.argv[1]), pathlib.Path(sys.argv[2])
height, width = picture.shape[:2]


def motion_blur(length=15, angle=45):
    kernel = numpy.zeros((length, length), numpy.float32)
    kernel[length // 2] = 1
    turn = cv2.getRotationMatrix2D((length / 2, length / 2), angle, 1)
    kernel = cv2.warpAffine(kernel, turn, (length, length)) / length
    return cv2.filter2D(picture, -1, kernel)


def brightness(factor):
    rgb = Image.fromarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
    changed = ImageEnhance.Brightness(rgb).enhance(factor)
    return cv2.cvtColor(numpy.array(changed), cv2.COLOR_RGB2BGR)


def aliasing(factor=4):
    size = (max(1, width // factor), max(1, height // factor))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_NEAREST)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST)


def compression(quality=5):
    _, file = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(file, cv2.IMREAD_COLOR)


def color_distortion():
    hsv = cv2.cvtColor(picture, cv2.COLOR_BGR2HSV).astype(numpy.float64)
    hsv[..., 0] = (hsv[..., 0] + 50) % 180
    hsv[..., 1] = numpy.clip(hsv[..., 1] * 1.5, 0, 255)
    return cv2.cvtColor(hsv.astype(numpy.uint8), cv2.COLOR_HSV2BGR)


def glare():
    disc = numpy.zeros_like(picture)
    cv2.circle(disc, (width // 2, height // 3), int(0.2 * width), (255, 255, 255), -1)
    return cv2.addWeighted(picture, 0.8, disc, 0.5, 0)


def obstruction():
    result = picture.copy()
    result[height // 3 : 2 * height // 3, width // 3 : 2 * width // 3] = 80
    return result


results = {
    "Clean": picture,
    "LensBlur": cv2.GaussianBlur(picture, (11, 11), 0),
    "MotionBlur": motion_blur(),
    "Overexposure": brightness(2.5),
    "Underexposure": brightness(0.3),
    "Compression": compression(),
    "Ghosting": cv2.addWeighted(picture, 0.4, numpy.roll(picture, 10, axis=1), 0.6, 0),
    "Aliasing": aliasing(),
    "Blackout": numpy.zeros_like(picture),
    "ColorDistortion": color_distortion(),
    "Glare": glare(),
    "Flicker": numpy.clip(picture * 1.8, 0, 255).astype(numpy.uint8),
    "FrameFreeze": picture,
    "Obstruction": obstruction(),
}
for name, result in results.items():
    cv2.imwrite(str(folder / f"{name}.png"), result)
