#!/usr/bin/env bash
# Cross-builds the tests of the layers for 64-bit ARM, so that the portable kernels run on NEON, and
# a program that scores a picture; runs all of it under QEMU and holds the score against this host's.
# Usage: aarch64.sh FLIQE_PROGRAM   Needs: g++-aarch64-linux-gnu qemu-user-static
set -euo pipefail
project=$(cd "$(dirname "$0")/../.." && pwd)
program=$(realpath "$1")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# Headers without code for a processor come from the host's /usr/include, after the target's own.
compile() {
  aarch64-linux-gnu-g++ -std=c++20 -O2 -fopenmp -static -I"$project/include" -I"$project/tests" \
    -I/usr/include/eigen3 -idirafter /usr/include "$@" 2>"$dir/messages" ||
    { cat "$dir/messages" >&2; return 1; }
}

compile -c "$project/tests/main.cpp" -o "$dir/main.o"
for name in conv2d winograd layers; do
  compile "$project/tests/nn/test_$name.cpp" "$dir/main.o" -o "$dir/$name"
  qemu-aarch64-static "$dir/$name" >"$dir/output" || { cat "$dir/output" >&2; exit 1; }
  echo "$name on aarch64: $(grep assertions "$dir/output")"
done

compile "$project/examples/drop_in/main.cpp" -o "$dir/drop_in"
picture=$project/examples/images/0_120_70_0_09592_GaussianNoise.png
weights=$project/weights/fliqe-compact.safetensors
theirs=$(qemu-aarch64-static "$dir/drop_in" "$weights" "$picture")
ours=$("$program" score -q "$picture" | cut -d' ' -f1)
echo "score on aarch64: $theirs, here: $ours"
awk -v a="$theirs" -v b="$ours" 'BEGIN { exit !(a - b < 2e-4 && b - a < 2e-4) }'
