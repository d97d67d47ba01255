#!/usr/bin/env bash
# Cross-builds the program and all tests for another processor and runs them under QEMU (an hour on
# two cores). Libraries for it come from Debian's packages, which are unpacked, not installed. Tests
# that compare with larger material are skipped; there is no FFmpeg, so video is FLIR SEQ only.
# Usage: emulated.sh aarch64|armhf [CTEST OPTION]...   Needs root once, to let apt know the processor
set -euo pipefail
project=$(cd "$(dirname "$0")/../.." && pwd)
processor=$1
shift
case $processor in
  aarch64) architecture=arm64 triplet=aarch64-linux-gnu ;;
  armhf) architecture=armhf triplet=arm-linux-gnueabihf ;;
  *) echo "emulated.sh: expected aarch64 or armhf, found $processor" >&2 && exit 2 ;;
esac
build=${FLIQE_EMULATED_BUILD:-$project/build/$processor}
"$project/tools/packages.sh" "g++-$triplet" qemu-user-static cmake ninja-build \
  libeigen3-dev libxsimd-dev libstb-dev libcli11-dev nlohmann-json3-dev catch2

root=$build/root
if [ ! -e "$root/complete" ]; then
  dpkg --print-foreign-architectures | grep -qx "$architecture" ||
    { dpkg --add-architecture "$architecture" && apt-get update -qq; }
  mkdir -p "$root/packages"
  (cd "$root/packages" && apt-get download -qq $(printf "%s:$architecture " libssl3 libssl-dev zlib1g \
    zlib1g-dev libjpeg62-turbo libjpeg62-turbo-dev libpng16-16 libpng-dev libtiff6 libtiff-dev liblzma5 \
    libzstd1 libwebp7 libdeflate0 libjbig0 liblerc4))
  for package in "$root"/packages/*.deb; do dpkg-deb -x "$package" "$root"; done
  touch "$root/complete"
fi

PKG_CONFIG_LIBDIR=/nonexistent cmake -S "$project" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
  --toolchain "$project/cmake/toolchains/$processor.cmake" -DFLIQE_TARGET_ROOT="$root" \
  -DFLIQE_WERROR=ON -DFLIQE_EXAMPLES=OFF -DFLIQE_INSTALL=OFF -DFLIQE_C_API=ON >/dev/null
cmake --build "$build" -- -k 0
FLIQE_SHARED_DIR=/nonexistent ctest --test-dir "$build" --output-on-failure -j "$(nproc)" "$@"
