#!/usr/bin/env python3
"""What PyTorch, Pillow and OpenCV say of pictures (float32): golden values for the tests.

    golden.py WEIGHTS.pth OUT.json PICTURE..."""
import hashlib
import json
import sys
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F

import evaluate
import generate
from network import as_input


def rounded(values):
    return [float(f"{v:.7g}") for v in values.flatten().tolist()]


@torch.no_grad()
def golden(network, path):
    picture = cv2.imread(path, cv2.IMREAD_COLOR)
    seen = generate.as_network_sees(picture)
    encoder = network.iqa_encoder
    features = encoder.encoder(as_input(torch.from_numpy(seen.copy())[None]))
    embedding = F.normalize(encoder.projection_head(features), dim=1)
    logit = network.classifier(embedding)
    decoded = np.ascontiguousarray(picture[..., ::-1])
    return {"image": Path(path).name, "width": picture.shape[1], "height": picture.shape[0],
            "decoded_sha256": hashlib.sha256(decoded.tobytes()).hexdigest(),
            "resized_sha256": hashlib.sha256(seen.tobytes()).hexdigest(), "feature_mean": float(features.mean()),
            "feature_first8": rounded(features[0, :8]), "embedding": rounded(embedding), "logit": rounded(logit)[0],
            "quality": rounded(1 - torch.sigmoid(logit))[0]}


def main():
    weights, out, *paths = sys.argv[1:]
    network = evaluate.load(weights)
    entries = [golden(network, path) for path in paths]
    Path(out).write_text(json.dumps(entries, indent=0) + "\n")
    print(len(entries), [round(e["quality"], 4) for e in entries])


if __name__ == "__main__":
    main()
