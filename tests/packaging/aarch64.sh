#!/usr/bin/env bash
# Cross-builds the tests of the layers for 64-bit ARM, so that the portable kernels run on NEON, and
# a program that scores a picture; runs all of it under QEMU and holds the score against this host's.
# Usage: aarch64.sh FLIQE_PROGRAM   Needs: g++-aarch64-linux-gnu qemu-user-static
set -euo pipefail
project=$(cd "$(dirname "$0")/../.." && pwd)
program=$(realpath "$1")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# build NAME SOURCE: headers without code for a processor come from the host's /usr/include, after
# the target's own.
build() {
  aarch64-linux-gnu-g++ -std=c++20 -O1 -fopenmp -static -I"$project/include" -I"$project/tests" \
    -I/usr/include/eigen3 -idirafter /usr/include "${@:2}" -o "$dir/$1" 2>"$dir/$1.messages" ||
    { cat "$dir/$1.messages" >&2; return 1; }
}

tests=(conv2d winograd quantized bf16 layers)
build main.o "$project/tests/main.cpp" -c
builds=()
for name in "${tests[@]}"; do
  build "$name" "$project/tests/nn/test_$name.cpp" "$dir/main.o" &
  builds+=($!)
done
build drop_in "$project/examples/drop_in/main.cpp" &
builds+=($!)
for each in "${builds[@]}"; do wait "$each"; done

for name in "${tests[@]}"; do
  qemu-aarch64-static "$dir/$name" >"$dir/output" || { cat "$dir/output" >&2; exit 1; }
  echo "$name on aarch64: $(grep assertions "$dir/output")"
done

picture=$project/examples/images/0_120_70_0_09592_GaussianNoise.png
weights=$project/weights/fliqe-compact.safetensors
theirs=$(qemu-aarch64-static "$dir/drop_in" "$weights" "$picture")
ours=$("$program" score -q "$picture" | cut -d' ' -f1)
echo "score on aarch64: $theirs, here: $ours"
awk -v a="$theirs" -v b="$ours" 'BEGIN { exit !(a - b < 2e-4 && b - a < 2e-4) }'
