#!/usr/bin/env bash
# Runs examples/people on a small made-up dataset of HIT-UAV's layout: bright spots are people,
# bright bars vehicles. Exit code 77 without Pillow.
# Usage: people.sh PROGRAM PROJECT_DIR
set -euo pipefail
export FLIQE=$1
project=$2
/usr/bin/python3 -c 'import PIL' 2>/dev/null || { echo "skipped: needs python3-pil"; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

/usr/bin/python3 - "$dir/data" <<'PYTHON'
import json, pathlib, random, sys
from PIL import Image, ImageDraw

chance = random.Random(1)
root = pathlib.Path(sys.argv[1])
days = ["20201217", "20210114", "20210115"]
(root / "annotations").mkdir(parents=True)
for number, part in enumerate(("train", "val", "test")):
    (root / part).mkdir()
    notes = {"images": [], "annotation": [],
             "categories": [{"id": 0, "name": "Person"}, {"id": 1, "name": "Car"}]}
    for i in range(6):
        picture = Image.effect_noise((640, 512), 12)
        draw = ImageDraw.Draw(picture)
        identity = 100 * number + i
        for k in range(8):
            kind, x, y = k % 2, 80 + 150 * (k % 4), 80 + 200 * (k // 4) + chance.randrange(40)
            width, height = (40, 16) if kind else (8, 16)
            draw.rectangle((x, y, x + width, y + height), 235)
            notes["annotation"].append({"image_id": identity, "category_id": kind,
                                        "bbox": [x, y, width, height]})
        name = f"0_60_30_0_{identity:05}.jpg"
        picture.convert("RGB").save(root / part / name, quality=95)
        notes["images"].append({"id": identity, "filename": name, "date_captured": days[i % 3]})
    (root / "annotations" / f"{part}.json").write_text(json.dumps(notes))
PYTHON

"$project/examples/people/run.sh" "$dir/out" "$dir/data" >"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
accuracy=$(grep -oP '3 classes: accuracy \K[0-9.]+' "$dir/log")
awk -v accuracy="$accuracy" 'BEGIN { exit !(accuracy > 0.8) }'
[ "$(ls "$dir"/out/where-*.png | wc -l)" = 3 ]
grep -q 'What each was called' "$dir/out/test.html"
echo "people and vehicles told apart: accuracy $accuracy"
