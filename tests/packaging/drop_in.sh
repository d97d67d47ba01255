#!/usr/bin/env bash
# Builds a project of three things - the program that README shows, the one header that
# tools/single_header.py makes of the headers, a weights file - with a plain compiler call and
# scores pictures with it.
# Usage: drop_in.sh COMPILER PROJECT_DIR
set -euo pipefail
compiler=$1 project=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
awk '/^```/ { inside = 0 } inside { print } /^```cpp/ { inside = 1 }' "$project/README.md" >main.cpp
sed -i 's,<fliqe/fliqe.hpp>,"fliqe_single.hpp",' main.cpp
python3 "$project/tools/single_header.py" "$project/include" fliqe_single.hpp
cp "$project/weights/fliqe-compact.safetensors" .
"$compiler" -O2 -std=c++20 -fopenmp -I/usr/include/eigen3 main.cpp -o score
cp "$project/examples/images/0_120_60_0_09564.jpg" thermal.jpg
good=$(./score)
cp "$project/examples/images/0_120_60_0_09564_MotionBlur.png" thermal.jpg
bad=$(./score)
echo "good $good, bad $bad"
awk -v good="$good" -v bad="$bad" 'BEGIN { exit !(good > 0.9 && good <= 1 && bad >= 0 && bad < 0.1) }'
