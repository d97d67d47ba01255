#!/usr/bin/env bash
# Counts the instructions that fliqe and its peers execute for one picture of the full size, under
# QEMU: the difference between two runs and one. The peers compute the trunk, fliqe also the heads.
# Usage: peers.sh FLIQE_WEIGHTS FLIQE_INT8_WEIGHTS [NCNN_BUILD]   Needs root, to unpack Debian's XNNPACK
# for arm64. NCNN_BUILD: where ncnn was built for aarch64 by its own toolchain file, without OpenMP and
# with -DNCNN_INSTALL_SDK=ON, and installed to NCNN_BUILD/install
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../.." && pwd)
weights=$(realpath "$1") int8_weights=$(realpath "$2") ncnn=${3:-}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cross=(aarch64-linux-gnu-g++ -std=c++20 -O3 -I"$project/include" -idirafter /usr/include)

gcc -O2 -shared -fPIC -o "$dir/plugin.so" "$here/count_instructions.c"
"${cross[@]}" -static "$here/emulated_steps.cpp" -o "$dir/fliqe"
[ -z "$ncnn" ] || "${cross[@]}" -static -I"$ncnn/install/include" "$project/benchmarks/peers/ncnn_trunk.cpp" \
  "$ncnn/install/lib/libncnn.a" -o "$dir/ncnn"

"$project/tools/packaging/unpack_packages.sh" arm64 "$dir/root" libxnnpack-dev libxnnpack0 libpthreadpool-dev \
  libpthreadpool0 libcpuinfo-dev libcpuinfo0
libraries=$dir/root/usr/lib/aarch64-linux-gnu
"${cross[@]}" -I"$dir/root/usr/include" "$project/benchmarks/peers/xnnpack_trunk.cpp" -L"$libraries" \
  -Wl,-rpath-link,"$libraries" -lXNNPACK -lpthreadpool -lcpuinfo -o "$dir/xnnpack"
export QEMU_LD_PREFIX=/usr/aarch64-linux-gnu QEMU_SET_ENV=LD_LIBRARY_PATH=$libraries

# executed CPU COMMAND... : of all functions together
executed() { qemu-aarch64 -cpu "$1" -plugin "$dir/plugin.so" -d plugin "${@:2}" 2>&1 |
  awk '$1 ~ /^[0-9]+$/ { sum += $1 } END { print sum }'; }
# count NAME CPU COMMAND...
count() {
  local one two
  one=$(executed "${@:2}" 1)
  two=$(executed "${@:2}" 2)
  echo "$1 on $2: $(((two - one) / 1000000)) million instructions"
}
for cpu in cortex-a76 max; do
  count "fliqe f32" $cpu "$dir/fliqe" "$weights" f32
  count "fliqe int8" $cpu "$dir/fliqe" "$int8_weights" int8
  for precision in f32 int8; do
    count "XNNPACK $precision" $cpu "$dir/xnnpack" $precision
    [ -z "$ncnn" ] || count "ncnn $precision" $cpu "$dir/ncnn" $precision
  done
done
