"""Faults of thermal pictures at any severity, and what severity means.

Severity 1 is FLIQE's nominal strength (a picture at most 640 wide), 0 is none. A fault of a fixed size in pixels counts for
less in a larger picture: severity falls with (640 / width) ** 0.4. Pictures are BGR uint8; `rng` is a RandomState."""
import io

import cv2
import numpy as np
from PIL import Image

from cameras import jpeg, normal, to_bytes

_SPREAD = .4


def _pixels(picture, severity):
    """Severity as sizes in pixels see it."""
    return severity * (picture.shape[1] / 640) ** _SPREAD


# ---- The faults, by severity ----

def lens_blur(picture, severity, rng):
    sigma = max(2.0 * _pixels(picture, severity), .05)  # OpenCV's sigma of the nominal 11x11 kernel
    size = 2 * int(np.ceil(2.5 * sigma)) + 1
    return cv2.GaussianBlur(picture, (size, size), sigma)


def _line(length, angle):
    """A motion kernel of any length: a drawn line, antialiased."""
    size = 2 * int(np.ceil(length / 2)) + 3
    fine = np.zeros((size * 8, size * 8), np.uint8)
    middle = size * 4
    dx, dy = np.cos(np.radians(angle)) * length * 4, np.sin(np.radians(angle)) * length * 4
    cv2.line(fine, (int(middle - dx), int(middle - dy)), (int(middle + dx), int(middle + dy)), 255, 8)
    kernel = cv2.resize(fine, (size, size), interpolation=cv2.INTER_AREA).astype(np.float32)
    return kernel / kernel.sum()


def motion_blur(picture, severity, rng):
    return cv2.filter2D(picture, -1, _line(1 + 14 * _pixels(picture, severity), rng.uniform(0, 180)))


def gaussian_noise(picture, severity, rng):
    """In all channels alike, as a sensor's, or in each one."""
    height, width = picture.shape[:2]
    sigma = 22 * severity
    if rng.rand() < .65:
        return to_bytes(picture.astype(np.float32) + sigma * normal(rng, height, width)[..., None])
    noise = normal(rng, height, 3 * width).reshape(height, width, 3) if 3 * height * width < 3_000_000 else \
        normal(rng, height, width)[..., None]
    return to_bytes(picture.astype(np.float32) + sigma * noise)


def _brightness(picture, factor):
    """Pillow's ImageEnhance.Brightness."""
    table = np.clip(np.arange(256, dtype=np.float32) * factor, 0, 255).astype(np.uint8)
    return cv2.LUT(picture, table)


def overexposure(picture, severity, rng):
    if rng.rand() < .25:  # an offset as well
        table = np.clip(np.arange(256) * (1 + severity) + 60 * severity, 0, 255).astype(np.uint8)
        return cv2.LUT(picture, table)
    return _brightness(picture, 1 + 1.5 * severity)


def underexposure(picture, severity, rng):
    return _brightness(picture, .3 ** severity)


_JPEG = np.array([(95, .01), (80, .05), (60, .12), (40, .22), (30, .32), (20, .47), (10, .75), (5, 1.), (3, 1.3), (1, 2.5)])


def compression(picture, severity, rng):
    quality = np.exp(np.interp(severity, _JPEG[:, 1], np.log(_JPEG[:, 0])))
    return jpeg(picture, int(np.clip(round(quality), 1, 100)))


_JPEG2000 = np.array([(2., .02), (1., .06), (.5, .2), (.3, .4), (.2, .6), (.1, 1.), (.05, 1.6), (.025, 2.5)])  # bits a pixel


def jpeg2000(picture, severity, rng):
    bits = np.exp(np.interp(severity, _JPEG2000[:, 1], np.log(_JPEG2000[:, 0])))
    gray = bool((picture[::4, ::4, 0] == picture[::4, ::4, 2]).all())
    image = Image.fromarray(picture[..., 0] if gray else picture[..., ::-1])
    data = io.BytesIO()
    image.save(data, "JPEG2000", quality_mode="rates", quality_layers=[(8 if gray else 16) / bits], irreversible=True)
    back = np.asarray(Image.open(data))
    return cv2.merge([back] * 3) if gray else np.ascontiguousarray(back[..., ::-1])


def ghosting(picture, severity, rng):
    """A second picture, displaced: to any side, since cameras move in any direction."""
    offset = rng.uniform(.7, 1.6) * 10 * (picture.shape[1] / 640) ** _SPREAD
    angle = 0 if rng.rand() < .5 else rng.uniform(0, 360)
    share = min(.4 * severity / np.sqrt(offset / (10 * (picture.shape[1] / 640) ** _SPREAD)), .5)
    if severity > .6 and rng.rand() < .4:
        share = 1 - share
    dx, dy = int(round(offset * np.cos(np.radians(angle)))), int(round(offset * np.sin(np.radians(angle))))
    return cv2.addWeighted(picture, 1 - share, np.roll(picture, (dy, dx), (0, 1)), share, 0)


def aliasing(picture, severity, rng):
    height, width = picture.shape[:2]
    factor = 1 + 3 * _pixels(picture, severity)
    small = cv2.resize(picture, (max(8, int(width / factor)), max(8, int(height / factor))), interpolation=cv2.INTER_NEAREST)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST)


def non_uniformity(picture, severity, rng):
    """Fixed-pattern noise of a microbolometer: columns, rows, single pixels, slow shading, dead pixels."""
    height, width = picture.shape[:2]
    kind = rng.randint(6)
    pattern = np.zeros((height, width), np.float32)
    if kind in (0, 1, 4):
        columns = rng.normal(0, 1, (1, width))
        if kind == 1:  # pairs or groups of columns share a readout
            columns = np.repeat(columns, rng.randint(2, 9), 1)[:, :width]
        pattern += 9 * columns.astype(np.float32)
    if kind in (2, 4):
        pattern += (9 if kind == 2 else 5) * rng.normal(0, 1, (height, 1)).astype(np.float32)
    if kind == 3:  # drifted pixels, coarser than noise
        coarse = max(1, int(round(width / rng.uniform(160, 400))))
        grid = normal(rng, height // coarse + 1, width // coarse + 1)
        pattern += 16 * cv2.resize(grid, (width, height), interpolation=cv2.INTER_NEAREST)
    if kind == 5:  # blotches left by an old correction
        grid = normal(rng, rng.randint(3, 7), rng.randint(3, 8)).copy()
        pattern += 34 * cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC) / max(grid.std(), .3)
    if rng.rand() < .25:
        pattern *= .5 + picture[..., 1].astype(np.float32) / 255
    result = to_bytes(picture.astype(np.float32) + severity * pattern[..., None])
    if rng.rand() < .15:
        dead = normal(rng, height, width) > 3.2 - .6 * min(severity, 1.5)
        result[dead] = 255 if rng.rand() < .5 else 0
    return result


def low_contrast(picture, severity, rng):
    """Contrast that was lost before the levels were rounded: pale, veiled, or stretched again and left in steps."""
    values = picture.astype(np.float32)
    mean = float(picture[::4, ::4].mean())
    kept = .22 ** severity
    kind = rng.randint(3)
    if kind == 0:
        return to_bytes((values - mean) * kept + mean)
    if kind == 1:
        veil = rng.uniform(90, 190)
        return to_bytes(values * kept + veil * (1 - kept))
    step = np.interp(severity, [0, .3, .6, 1, 2.5], [1, 7, 15, 26, 60])
    start = rng.uniform(0, step)
    return to_bytes(np.floor((values + start) / step) * step + step / 2 - start)


# ---- The nominal ones, as FLIQE defines them ----

def _nominal_noise(picture, severity, rng):
    """The original's wrapped bytes: half of the pixels become white."""
    noise = (normal(rng, *picture.shape[:2])[..., None] * 25 * severity).repeat(3, 2)
    return cv2.add(picture, np.ascontiguousarray(noise.astype(np.int64).astype(np.uint8)))


def _nominal_motion(picture, severity, rng):
    kernel = np.zeros((15, 15))
    kernel[7, :] = 1
    turned = cv2.warpAffine(kernel, cv2.getRotationMatrix2D((7.5, 7.5), 45, 1.0), (15, 15)) / 15
    return cv2.filter2D(picture, -1, turned)


def _nominal_aliasing(picture, severity, rng):
    height, width = picture.shape[:2]
    small = cv2.resize(picture, (width // 4, height // 4), interpolation=cv2.INTER_NEAREST)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST)


NOMINAL = {
    "LensBlur": lambda p, s, r: cv2.GaussianBlur(p, (11, 11), 0),
    "MotionBlur": _nominal_motion,
    "GaussianNoise": _nominal_noise,
    "Overexposure": lambda p, s, r: _brightness(p, 2.5),
    "Underexposure": lambda p, s, r: _brightness(p, .3),
    "Compression": lambda p, s, r: jpeg(p, 5),
    "Ghosting": lambda p, s, r: cv2.addWeighted(p, .4, np.roll(p, 10, 1), .6, 0),
    "Aliasing": _nominal_aliasing,
}

FAULTS = {
    "LensBlur": lens_blur,
    "MotionBlur": motion_blur,
    "GaussianNoise": gaussian_noise,
    "Overexposure": overexposure,
    "Underexposure": underexposure,
    "Compression": compression,
    "Ghosting": ghosting,
    "Aliasing": aliasing,
    "NonUniformity": non_uniformity,
    "LowContrast": low_contrast,
    "Jpeg2000": jpeg2000,
}
# What the network names; JPEG 2000 is a compression too.
CAUSES = list(FAULTS)[:-1]
CAUSE_OF = {name: CAUSES.index(name if name in CAUSES else "Compression") for name in FAULTS}
_SIZED = {"LensBlur", "MotionBlur", "Aliasing", "Ghosting"}


def nominal_severity(name, picture):
    """What severity the nominal fault has in this picture."""
    size = (640 / picture.shape[1]) ** _SPREAD if name in _SIZED else 1.0
    return {"GaussianNoise": 1.6}.get(name, 1.0) * float(np.clip(size, .4, 2))


def visible_severity(name, severity, clean, faulty):
    """Severity after what the scene left of it. More light on a dark scene burns nothing out; all pictures 224x224 RGB."""
    if name == "Overexposure":
        burnt = float((faulty.max(2) >= 250).mean())
        return severity * float(np.clip(.45 + burnt / .08, .45, 1.2))
    change = float(np.abs(faulty.astype(np.int16) - clean).mean())
    # Below a quarter of a grey level nobody sees a change, whatever the parameters say.
    return severity * float(np.clip(change / .5, 0, 1)) if name not in ("NonUniformity",) else severity
