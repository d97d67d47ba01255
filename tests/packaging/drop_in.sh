#!/usr/bin/env bash
# Builds a project of three things - main.cpp, the headers, a weights file - with a plain compiler call
# and scores a picture with it.
# Usage: drop_in.sh COMPILER PROJECT_DIR
set -euo pipefail
compiler=$1 project=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cp "$project/examples/drop_in/main.cpp" "$dir/"
cp -r "$project/include" "$dir/"
cp "$project/weights/fliqe-compact.safetensors" "$dir/"
cd "$dir"
"$compiler" -O2 -std=c++20 -fopenmp -Iinclude -I/usr/include/eigen3 main.cpp -o score
good=$(./score fliqe-compact.safetensors "$project/examples/images/0_120_60_0_09564.jpg")
bad=$(./score fliqe-compact.safetensors "$project/examples/images/0_120_60_0_09564_MotionBlur.png")
echo "good $good, bad $bad"
awk -v good="$good" -v bad="$bad" 'BEGIN { exit !(good > 0.9 && good <= 1 && bad >= 0 && bad < 0.1) }'
