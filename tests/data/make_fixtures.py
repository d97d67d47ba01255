#!/usr/bin/env python3
"""Makes the small checkpoints in tests/data/pth with PyTorch (run once; the results are committed).

Every tensor holds 0, 1, 2, ... in row-major order, so that a test can tell right from wrong without
knowing how a file was made.
"""
import collections
import pathlib
import sys
import zipfile

import torch

OUT = pathlib.Path(__file__).parent / "pth"


def counting(shape, dtype=torch.float32):
    count = 1
    for size in shape:
        count *= size
    return torch.arange(count, dtype=torch.float32).reshape(shape).to(dtype)


def state_dict():
    base = torch.arange(10, dtype=torch.float32) - 4
    return collections.OrderedDict(
        f32=counting((2, 3)),
        f16=counting((3,), torch.float16),
        bf16=counting((3,), torch.bfloat16),
        f64=counting((2, 2), torch.float64),
        i64=torch.tensor(0, dtype=torch.int64),
        channels_last=counting((2, 3, 2, 2)).contiguous(memory_format=torch.channels_last),
        transposed=counting((3, 2)).t().contiguous().t(),
        slice_of_shared=base[4:7],
        parameter=torch.nn.Parameter(counting((4,))),
        empty=counting((0, 3)),
    )


def recompress(source, target):
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(info.filename, old.read(info))


def main():
    OUT.mkdir(exist_ok=True)
    tensors = state_dict()
    torch.save(tensors, OUT / "stored.pth")
    recompress(OUT / "stored.pth", OUT / "deflated.pth")
    torch.save(tensors, OUT / "legacy.pth", _use_new_zipfile_serialization=False)
    prefixed = collections.OrderedDict(("module." + k, v) for k, v in tensors.items())
    torch.save({"epoch": 3, "state_dict": prefixed, "loss": 0.5}, OUT / "wrapped.pth")
    torch.save(torch.nn.Linear(2, 2), OUT / "whole_module.pth")
    torch.save([1, 2, 3], OUT / "list.pth")
    torch.jit.save(torch.jit.script(torch.nn.ReLU()), OUT / "torchscript.pth")


if __name__ == "__main__":
    sys.exit(main())
