"""Camera randomisation: a clean picture as another thermal camera would have shown it.

Whatever happens here keeps the picture clean. Faults (faults.py) come afterwards, in the resolution that this leaves, so
that clean and faulty pictures share everything but the fault. `rng` is a numpy RandomState throughout."""
import cv2
import numpy as np


def _palette(*stops):
    """A color table from (place in 0..1, red, green, blue)."""
    stops = np.array(stops)
    places = np.linspace(0, 1, 256)
    return np.stack([np.interp(places, stops[:, 0], stops[:, c]) for c in (3, 2, 1)], 1).astype(np.uint8)[:, None]


def _opencv_palette(name):
    return cv2.applyColorMap(np.arange(256, dtype=np.uint8)[:, None], name)


IRON = _palette((0, 0, 0, 30), (.12, 32, 0, 120), (.3, 120, 0, 160), (.5, 200, 40, 110), (.65, 235, 100, 20),
                (.82, 255, 180, 0), (.93, 255, 235, 110), (1, 255, 255, 245))
ARCTIC = _palette((0, 10, 10, 60), (.35, 20, 90, 200), (.55, 90, 190, 220), (.7, 190, 170, 120), (.85, 245, 150, 40),
                  (1, 255, 240, 190))
# White is hot, and what is hotter than an alarm's limit is red.
ALARMS = [_palette((0, 0, 0, 0), (limit, 255 * limit, 255 * limit, 255 * limit), (limit + .004, 255, 90, 90), (1, 255, 20, 20))
          for limit in (.6, .8)]
PALETTES = [IRON, IRON, ARCTIC, *ALARMS, _opencv_palette(cv2.COLORMAP_RAINBOW)[::-1].copy()] + [
    _opencv_palette(name) for name in (cv2.COLORMAP_INFERNO, cv2.COLORMAP_JET, cv2.COLORMAP_HOT, cv2.COLORMAP_BONE,
                                       cv2.COLORMAP_PLASMA, cv2.COLORMAP_TURBO, cv2.COLORMAP_VIRIDIS)]
_NORMAL = np.random.RandomState(3).normal(0, 1, 3_000_000).astype(np.float32)


def normal(rng, height, width):
    """Normally distributed numbers, cut from a table: drawing them takes longer than everything else."""
    first = rng.randint(0, len(_NORMAL) - height * width)
    return _NORMAL[first:first + height * width].reshape(height, width)


def to_bytes(values):
    return np.clip(values + .5, 0, 255).astype(np.uint8)


def as_color(picture):
    return picture if picture.ndim == 3 else cv2.merge([picture] * 3)


def plateau(picture, rng, bins=256):
    """Gain control by histogram equalisation with a plateau (Vickers 1996), blended with the linear one."""
    low, high = np.percentile(picture[::2, ::2], [.05, 99.95])
    linear = np.clip((picture.astype(np.float32) - low) / max(high - low, 1e-6), 0, 1)
    levels = (linear * (bins - 1)).astype(np.int32)
    histogram = np.bincount(levels.ravel(), minlength=bins).astype(np.float64)
    sums = np.cumsum(np.minimum(histogram, levels.size / bins * rng.uniform(1.2, 6)))
    sums = (sums - sums[0]) / (sums[-1] - sums[0] + 1e-9)
    share = rng.uniform(.3, 1)
    return ((share * sums[levels] + (1 - share) * linear) * 255).astype(np.uint8)


def linear(picture, rng):
    low, high = np.percentile(picture[::2, ::2], [rng.uniform(0, 1.5), 100 - rng.uniform(0, .8)])
    return np.clip((picture.astype(np.float32) - low) / max(high - low, 1e-6) * 255, 0, 255).astype(np.uint8)


def gain_control(picture, rng):
    """Another gain control: counts need one, and most 8-bit pictures stay near what they were."""
    if picture.dtype == np.uint16:
        picture = plateau(picture, rng, 1024) if rng.rand() < .45 else linear(picture, rng)
    else:
        draw = rng.rand()
        if draw < .12:
            picture = plateau(picture, rng)
        elif draw < .24:
            picture = linear(picture, rng)
        elif draw < .34:
            picture = cv2.createCLAHE(rng.uniform(1, 3), (int(rng.choice([4, 8])),) * 2).apply(picture)
    levels = np.arange(256, dtype=np.float32) / 255
    draw = rng.rand()
    if draw < .3:
        levels = levels ** np.exp(rng.uniform(-.45, .45))
    elif draw < .55:  # low or slightly raised contrast
        middle = rng.uniform(.25, .75)
        levels = (levels - middle) * rng.uniform(.5, 1.15) + middle + rng.uniform(-.1, .1)
    elif draw < .7:   # a dark scene with a few warm things
        levels = levels ** rng.uniform(1.4, 2.6) * rng.uniform(.75, 1)
    elif draw < .75:  # low gain
        levels = levels * rng.uniform(.6, .95)
    return cv2.LUT(picture, (np.clip(levels, 0, 1) * 255).astype(np.uint8))


def looks_clean(gray):
    """Neither dim all over, nor burnt out, nor flat."""
    sample = gray[::3, ::3]
    return np.percentile(sample, 99.5) >= 90 and (sample >= 250).mean() < .07 and sample.std() > 9


def cropped_and_turned(picture, rng):
    height, width = picture.shape[:2]
    if rng.rand() < .6:
        scale = rng.uniform(.6, 1.)
        rows = min(height, max(60, int(height * min(1, scale * np.exp(rng.uniform(-.15, .15))))))
        columns = min(width, max(60, int(width * scale)))
        top, left = rng.randint(0, height - rows + 1), rng.randint(0, width - columns + 1)
        picture = picture[top:top + rows, left:left + columns]
    if rng.rand() < .5:
        picture = picture[:, ::-1]
    if rng.rand() < .1:
        picture = picture[::-1]
    if rng.rand() < .08:
        picture = np.rot90(picture)
    return np.ascontiguousarray(picture)


def scaled(picture, rng):
    """Another resolution: that of a smaller sensor, or a picture that the camera enlarged."""
    height, width = picture.shape[:2]
    draw = rng.rand()
    if draw < .5:
        factor = min(np.exp(rng.uniform(np.log(.5), np.log(1.4))), 760 / max(height, width))
    elif draw < .62:
        factor = min(rng.uniform(800, 1300) / max(height, width), 2.2)
    else:
        return picture
    factor = max(factor, 120 / min(height, width)) if min(height, width) > 120 else max(factor, 1)
    stretch = np.exp(rng.uniform(-.12, .12)) if rng.rand() < .2 else 1
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC if rng.rand() < .5 else cv2.INTER_LINEAR
    return cv2.resize(picture, (int(width * factor), int(height * factor * stretch)), interpolation=method)


def detail_enhanced(picture, rng):
    """Details raised over a flattened base, as cameras do that show 14 bits in 8."""
    values = picture.astype(np.float32)
    base = cv2.GaussianBlur(values, (0, 0), rng.uniform(.8, 4))
    mean = float(values[::4, ::4].mean())
    return to_bytes((base - mean) * rng.uniform(.6, 1) + mean + (values - base) * rng.uniform(1.5, 4))


def interlaced(picture, rng):
    """Every second row blended with the one above it, or a pixel aside."""
    picture = picture.copy()
    odd = picture[1::2]
    if rng.rand() < .5:
        even = picture[:2 * len(odd):2]
        picture[1::2] = cv2.addWeighted(odd, (share := rng.uniform(.2, .8)), even, 1 - share, 0)
    else:
        picture[1::2] = np.roll(odd, 1, 1)
    return picture


def optics_and_noise(picture, rng):
    """A little softness or edge enhancement, temporal noise, weak stripes and weak shading."""
    height, width = picture.shape[:2]
    if rng.rand() < .3:
        picture = cv2.GaussianBlur(picture, (5, 5), rng.uniform(.25, .65))
    if rng.rand() < .22:
        amount = rng.uniform(.2, 1.)
        picture = cv2.addWeighted(picture, 1 + amount, cv2.GaussianBlur(picture, (5, 5), 1.2), -amount, 0)
    elif rng.rand() < .18:
        picture = detail_enhanced(picture, rng)
    if rng.rand() < .05:
        picture = interlaced(picture, rng)
    noise = None
    if rng.rand() < .55:
        noise = normal(rng, height, width) * rng.uniform(0, 3)
    if rng.rand() < .2:
        stripes = rng.normal(0, rng.uniform(.2, 1.3), (1, width)).astype(np.float32)
        if rng.rand() < .4:
            stripes = stripes + rng.normal(0, rng.uniform(.1, .8), (height, 1)).astype(np.float32)
        noise = stripes if noise is None else noise + stripes
    if rng.rand() < .15:
        rows, columns = np.mgrid[-1:1:height * 1j, -1:1:width * 1j].astype(np.float32)
        shading = (rows ** 2 + columns ** 2) / 2 * rng.uniform(4, 30) * (1 if rng.rand() < .3 else -1)
        noise = shading if noise is None else noise + shading
    if noise is None:
        return picture
    return to_bytes(picture.astype(np.float32) + (noise if picture.ndim == 2 else noise[..., None]))


def overlay(picture, rng):
    """Text, crosshair, color bar and logo, as cameras draw them."""
    height, width = picture.shape[:2]
    color = (255, 255, 255) if rng.rand() < .7 else tuple(int(v) for v in rng.randint(0, 256, 3))
    size = height / 480
    kind = cv2.LINE_AA if rng.rand() < .6 else cv2.LINE_8
    if rng.rand() < .7:
        for _ in range(rng.randint(1, 5)):
            text = "".join(rng.choice(list("0123456789.:-+CFMAXINTE=% /SpZm"), rng.randint(3, 16)))
            x, y = int(rng.choice([.02, .4, .75]) * width), int(rng.choice([.06, .11, .9, .97]) * height)
            if rng.rand() < .3:
                box = (0, 0, 0) if rng.rand() < .7 else (255, 255, 255)
                cv2.rectangle(picture, (x - 3, y - int(18 * size)), (x + int(9 * len(text) * size), y + 5), box, -1)
            cv2.putText(picture, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, max(.3, rng.uniform(.35, .8) * size), color,
                        1 if size < 1.2 else 2, kind)
    if rng.rand() < .4:
        x = width // 2 + rng.randint(-width // 6, width // 6 + 1)
        y = height // 2 + rng.randint(-height // 6, height // 6 + 1)
        arm = int(rng.uniform(6, 20) * max(size, .5))
        cv2.line(picture, (x - arm, y), (x + arm, y), color, 1)
        cv2.line(picture, (x, y - arm), (x, y + arm), color, 1)
        if rng.rand() < .4:
            cv2.circle(picture, (x, y), arm // 2 + 2, color, 1, kind)
    if rng.rand() < .35:
        bar = max(5, int(width * rng.uniform(.015, .04)))
        top, bottom = int(height * rng.uniform(.1, .2)), int(height * rng.uniform(.8, .92))
        left = width - bar - int(width * rng.uniform(.01, .03)) if rng.rand() < .8 else int(.02 * width)
        levels = cv2.merge([np.linspace(255, 0, bottom - top).astype(np.uint8)[:, None].repeat(bar, 1)] * 3)
        if rng.rand() < .6:
            levels = cv2.LUT(levels, PALETTES[rng.randint(len(PALETTES))].reshape(256, 1, 3))
        picture[top:bottom, left:left + bar] = levels
        cv2.rectangle(picture, (left - 1, top - 1), (left + bar, bottom), color, 1)
    if rng.rand() < .25:
        name = str(rng.choice(["FLIR", "SEEK", "GUIDE", "HIK", "IR", "testo", "FLUKE"]))
        x = int(.03 * width) if rng.rand() < .5 else int(.8 * width)
        cv2.putText(picture, name, (x, int(.95 * height)), cv2.FONT_HERSHEY_DUPLEX, max(.35, .7 * size), color, 1,
                    cv2.LINE_AA)
    if rng.rand() < .1:
        x, y = rng.randint(0, width // 2), rng.randint(0, height // 2)
        cv2.rectangle(picture, (x, y), (x + rng.randint(10, width // 2), y + rng.randint(10, height // 2)), color, 1)
    return picture


def bordered(picture, rng):
    height, width = picture.shape[:2]
    rows, columns = int(rng.uniform(.03, .16) * height), int(rng.uniform(.03, .16) * width)
    sides = rng.randint(3)
    rows, columns = rows if sides != 1 else 0, columns if sides != 0 else 0
    level = (0, 0, 0) if rng.rand() < .85 else (60, 60, 60)
    return cv2.copyMakeBorder(picture, rows, rows, columns, columns, cv2.BORDER_CONSTANT, value=level)


def jpeg(picture, quality):
    return cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_UNCHANGED)


def _scene(picture, rng):
    """Geometry and gain control; grey or color."""
    picture = scaled(cropped_and_turned(picture, rng), rng)
    if picture.ndim == 3:
        if rng.rand() >= .45:
            if rng.rand() < .4:
                picture = to_bytes(picture.astype(np.float32) * rng.uniform(.8, 1.05) + rng.uniform(-6, 6))
            return picture
        picture = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    if picture.dtype == np.uint16 and rng.rand() < .35:
        picture = 65535 - picture
    from_bytes = picture.dtype == np.uint8
    picture = gain_control(picture, rng)
    return 255 - picture if from_bytes and rng.rand() < .3 else picture


def another_camera(picture, rng, tries=4):
    """A BGR uint8 picture as some camera might show the scene of a clean picture (uint8, or uint16 counts)."""
    for _ in range(tries):
        shown = _scene(picture, rng)
        if looks_clean(shown if shown.ndim == 2 else shown.max(2)):
            break
    else:
        shown = picture if picture.dtype == np.uint8 else linear(picture, rng)
    shown = optics_and_noise(shown, rng)
    if shown.ndim == 2:
        shown = as_color(shown)
        if rng.rand() < .2:
            shown = cv2.LUT(shown, PALETTES[rng.randint(len(PALETTES))].reshape(256, 1, 3))
    if rng.rand() < .25:
        shown = overlay(np.ascontiguousarray(shown), rng)
    if rng.rand() < .08:
        shown = bordered(shown, rng)
    if rng.rand() < .5:
        shown = jpeg(shown, int(rng.randint(60, 99)))
    return np.ascontiguousarray(shown)
