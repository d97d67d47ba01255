#!/usr/bin/env bash
# Cross-builds the tests of the layers for 64-bit ARM and a program that scores a picture, and runs
# them on processors that QEMU makes up: each must choose the kernels made for it, and score as this
# host does.
# Usage: aarch64.sh FLIQE_PROGRAM [TEST...]   TEST: of tests/nn; default: all five   Needs: g++-aarch64-linux-gnu qemu-user-static
set -euo pipefail
project=$(cd "$(dirname "$0")/../.." && pwd)
program=$(realpath "$1")
shift
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# build NAME SOURCE: headers without code for a processor come from the host's /usr/include, after
# the target's own.
build() {
  aarch64-linux-gnu-g++ -std=c++20 -O1 -Wall -Wextra -Werror -fopenmp -static -I"$project/include" \
    -I"$project/tests" -isystem /usr/include/eigen3 -idirafter /usr/include "${@:2}" -o "$dir/$1" \
    2>"$dir/$1.messages" || { cat "$dir/$1.messages" >&2; return 1; }
}
on() { qemu-aarch64-static -cpu "$@"; }

# together: runs the lines of its input, as many at a time as there are cores.
together() { xargs -P "$(nproc)" -I{} bash -c '{}'; }
export -f build on
export dir project

tests=("$@")
[ $# -gt 0 ] || tests=(winograd conv2d quantized bf16 layers)
build main.o "$project/tests/main.cpp" -c
{
  for name in "${tests[@]}"; do echo "build $name $project/tests/nn/test_$name.cpp $dir/main.o"; done
  echo "build drop_in $project/examples/drop_in/main.cpp"
  echo "build chosen_kernels $project/tests/packaging/chosen_kernels.cpp"
} | together

# expect CPU KERNELS: what a processor without each of the features in turn must choose.
expect() {
  local found
  found=$(on "$1" "$dir/chosen_kernels")
  echo "$1: $found"
  [ "$found" = "$2" ]
}
expect cortex-a53 'neon: f32 neon, bf16 neon, int8 neon'
expect cortex-a72 'neon: f32 neon, bf16 neon, int8 neon'
expect cortex-a76 'dotprod: f32 neon, bf16 neon, int8 dotprod'
expect neoverse-n1 'dotprod: f32 neon, bf16 neon, int8 dotprod'
expect max 'bf16: f32 neon, bf16 bf16, int8 i8mm'
FLIQE_ISA=neon expect max 'neon: f32 neon, bf16 neon, int8 neon'
FLIQE_ISA=i8mm expect max 'i8mm: f32 neon, bf16 neon, int8 i8mm'
FLIQE_ISA=baseline expect max 'baseline: f32 portable, bf16 portable, int8 portable'
if FLIQE_ISA=dotprod on cortex-a72 "$dir/chosen_kernels" 2>/dev/null; then
  echo "cortex-a72 took kernels that it cannot run" >&2
  exit 1
fi

# test_on CPU NAME
test_on() {
  on "$1" "$dir/$2" >"$dir/$1.$2" || { cat "$dir/$1.$2" >&2; return 1; }
  echo "$2 on $1: $(grep assertions "$dir/$1.$2")"
}
# score_on CPU
score_on() {
  local theirs
  theirs=$(on "$1" "$dir/drop_in" "$weights" "$picture")
  echo "score on $1: $theirs, here: $ours"
  awk -v a="$theirs" -v b="$ours" 'BEGIN { exit !(a - b < 2e-4 && b - a < 2e-4) }'
}
export -f test_on score_on
export picture=$project/examples/images/0_120_70_0_09592_GaussianNoise.png
export weights=$project/weights/fliqe-compact.safetensors
ours=$("$program" score -q "$picture" | cut -d' ' -f1)
export ours
# The kernels that one of them has the others have, too.
for cpu in cortex-a72 cortex-a76 max; do
  for name in "${tests[@]}"; do echo "test_on $cpu $name"; done
  echo "score_on $cpu"
done | together
