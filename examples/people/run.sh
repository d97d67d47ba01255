#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Trains a classifier of people and vehicles in thermal pictures from a drone with the program alone,
# and measures it on days that it has not seen.
# Usage: run.sh [OUT] [HIT_UAV]   OUT: default build/people. HIT_UAV: the dataset's folder
# normal_json; without it, 200 MB are fetched by git (Suo et al. 2023, CC BY 4.0).
# Needs the built program (FLIQE, default build/fliqe), git and python3-pil.
set -euo pipefail
project=$(cd "$(dirname "$0")/../.." && pwd)
fliqe=$(realpath "${FLIQE:-$project/build/fliqe}")
out=$(realpath -m "${1:-$project/build/people}")
dataset=$(realpath -m "${2:-$out/HIT-UAV-Infrared-Thermal-Dataset/normal_json}")
mkdir -p "$out"

if [ ! -d "$dataset/annotations" ]; then
  git -C "$out" clone --depth 1 --filter=blob:none --sparse \
    https://github.com/suojiashun/HIT-UAV-Infrared-Thermal-Dataset
  git -C "$out/HIT-UAV-Infrared-Thermal-Dataset" sparse-checkout set normal_json
fi
/usr/bin/python3 "$project/examples/people/crops.py" "$dataset" "$out"

cd "$out"
"$fliqe" embed train.csv --augment 2 --layer trunk -o train.npy
"$fliqe" train-encoder --features train.npy --split group -o encoder.safetensors
"$fliqe" train-head --multiclass --features train.npy --split group --weights encoder.safetensors \
  -o people.safetensors --html training.html
"$fliqe" eval test.csv --weights people.safetensors --robustness --html test.html --scores test-classes.csv

# Where the people are, in the three test crops that are most surely some.
grep ',person,' test-classes.csv | sort -t, -k6 -rg | head -3 | cut -d, -f1 | while read -r tile; do
  "$fliqe" heatmap "$tile" --class person --method occlusion --weights people.safetensors \
    -o "where-$(basename "$tile")"
done
