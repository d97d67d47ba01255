#!/usr/bin/env bash
# Cross-builds the program and all tests for another processor and runs them under QEMU. Tests that
# compare with larger material are skipped; there is no FFmpeg, so video is FLIR SEQ only.
# Usage: emulated.sh aarch64|armhf [MODEL...]   MODEL: what QEMU emulates, such as cortex-a72 (no
# dotprod), cortex-a76 (dotprod), max (i8mm, bf16); default: its own
# Needs root once, to let apt know the processor
set -euo pipefail
project=$(cd "$(dirname "$0")/../.." && pwd)
processor=$1
shift
build=${FLIQE_EMULATED_BUILD:-$project/build/emulated-$processor}
root=$project/build/$processor-root
"$project/tools/packaging/cross_root.sh" "$processor"

PKG_CONFIG_LIBDIR=/nonexistent cmake -S "$project" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
  --toolchain "$project/cmake/toolchains/$processor.cmake" -DFLIQE_TARGET_ROOT="$root" \
  -DFLIQE_WERROR=ON -DFLIQE_EXAMPLES=OFF -DFLIQE_INSTALL=OFF -DFLIQE_C_API=ON >/dev/null
cmake --build "$build" -- -k 0
[ $# -gt 0 ] || set -- ''
for model in "$@"; do
  echo "-- ${model:-the default processor}"
  env ${model:+QEMU_CPU=$model} FLIQE_SHARED_DIR=/nonexistent \
    ctest --test-dir "$build" --output-on-failure -j "$(nproc)"
done
