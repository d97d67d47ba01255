#!/usr/bin/env python3
"""Temperatures of FLIR files from ExifTool's values, in NumPy: prints a JSON array.

Usage: thermal_reference.py FILE...
"""
import json
import subprocess
import sys

import cv2
import numpy


NUMBERS = (
    "Emissivity",
    "IRWindow",
    "AtmosphericT",
    "ReflectedApparent",
    "RelativeHumidity",
    "ObjectDistance",
    "Planck",
)


def exiftool(*arguments):
    return subprocess.run(["exiftool", *arguments], check=True, capture_output=True).stdout


def roughness(counts):
    return numpy.abs(numpy.diff(counts.astype(numpy.int64), axis=1)).sum()


def temperatures(counts, tags):
    # ExifTool writes some numbers with exponents as strings.
    tags = {k: float(v) for k, v in tags.items() if k.startswith(NUMBERS)}
    emissivity, transmission = tags["Emissivity"], tags["IRWindowTransmission"]
    air, reflected = tags["AtmosphericTemperature"], tags["ReflectedApparentTemperature"]
    humidity = tags["RelativeHumidity"]
    humidity = humidity / 100 if humidity > 2 else humidity
    water = humidity * numpy.exp(1.5587 + 0.06939 * air - 0.00027816 * air**2 + 0.00000068455 * air**3)
    root = numpy.sqrt(tags["ObjectDistance"] / 2)
    x = tags["AtmosphericTransX"]
    tau = x * numpy.exp(
        -root * (tags["AtmosphericTransAlpha1"] + tags["AtmosphericTransBeta1"] * numpy.sqrt(water))
    ) + (1 - x) * numpy.exp(
        -root * (tags["AtmosphericTransAlpha2"] + tags["AtmosphericTransBeta2"] * numpy.sqrt(water))
    )
    r1, r2, b, f, o = (tags["Planck" + name] for name in ("R1", "R2", "B", "F", "O"))

    def counts_of(temperature):
        return r1 / (r2 * (numpy.exp(b / (temperature + 273.15)) - f)) - o

    object_counts = (
        counts / emissivity / tau / transmission / tau
        - (1 - tau) / emissivity / tau * counts_of(air)
        - (1 - tau) / emissivity / tau / transmission / tau * counts_of(air)
        - (1 - transmission) / emissivity / tau / transmission * counts_of(tags["IRWindowTemperature"])
        - (1 - emissivity) / emissivity * counts_of(reflected)
    )
    return b / numpy.log(r1 / (r2 * (object_counts + o)) + f) - 273.15


results = []
for path in sys.argv[1:]:
    tags = json.loads(exiftool("-json", "-n", "-FLIR:all", path))[0]
    raw = numpy.frombuffer(exiftool("-b", "-RawThermalImage", path), numpy.uint8)
    counts = cv2.imdecode(raw, cv2.IMREAD_UNCHANGED)
    if roughness(counts.byteswap()) < roughness(counts):
        counts = counts.byteswap()
    celsius = temperatures(counts.astype(numpy.float64), tags)
    results.append(
        {
            "file": path,
            "camera": str(tags.get("CameraModel", "")),
            "width": tags["RawThermalImageWidth"],
            "height": tags["RawThermalImageHeight"],
            "min": numpy.nanmin(celsius),
            "mean": numpy.nanmean(celsius),
            "max": numpy.nanmax(celsius),
        }
    )
print(json.dumps(results))
