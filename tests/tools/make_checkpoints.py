#!/usr/bin/env python3
"""Writes the shipped weights as PyTorch checkpoints of every kind that users have.

Usage: make_checkpoints.py WEIGHTS.safetensors FOLDER
"""
import collections
import json
import pathlib
import struct
import sys
import zipfile

import numpy
import torch


def read_safetensors(path):
    data = pathlib.Path(path).read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    types = {"F32": numpy.float32, "I64": numpy.int64}
    tensors = collections.OrderedDict()
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = (8 + size + offset for offset in entry["data_offsets"])
        array = numpy.frombuffer(data[begin:end], types[entry["dtype"]]).reshape(entry["shape"])
        tensors[name] = torch.from_numpy(array.copy())
    return tensors


def without(prefix, tensors):
    return collections.OrderedDict(
        (name[len(prefix) :], tensor) for name, tensor in tensors.items() if name.startswith(prefix)
    )


def main():
    full = read_safetensors(sys.argv[1])
    out = pathlib.Path(sys.argv[2])
    torch.save(full, out / "zip.pth")
    torch.save(full, out / "legacy.pth", _use_new_zipfile_serialization=False)
    with zipfile.ZipFile(out / "zip.pth") as old:
        with zipfile.ZipFile(out / "deflated.pth", "w", zipfile.ZIP_DEFLATED) as new:
            for info in old.infolist():
                new.writestr(info.filename, old.read(info))
    parallel = collections.OrderedDict(("module." + name, tensor) for name, tensor in full.items())
    torch.save({"epoch": 7, "state_dict": parallel}, out / "wrapped.pth")
    channels_last = collections.OrderedDict(
        (name, t.contiguous(memory_format=torch.channels_last) if t.dim() == 4 else t)
        for name, t in full.items()
    )
    torch.save(channels_last, out / "channels_last.pth")
    torch.save(dict(without("iqa_encoder.", full)), out / "encoder.pth")
    trunk = without("iqa_encoder.encoder.", full)
    trunk["fc.weight"] = torch.zeros(1000, 512)
    trunk["fc.bias"] = torch.zeros(1000)
    torch.save(trunk, out / "trunk.pth")
    broken = collections.OrderedDict(full)
    del broken["classifier.6.bias"]
    broken["classifier.3.weight"] = torch.zeros(64, 127)
    broken["surprise"] = torch.zeros(1)
    torch.save(broken, out / "broken.pth")


if __name__ == "__main__":
    main()
