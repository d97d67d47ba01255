#!/usr/bin/env bash
# Gets ready for `cmake --preset aarch64`: installs Debian's cross-compiler and unpacks, without
# installing, the libraries for the other processor in a folder. FFmpeg's, libmosquitto and librdkafka
# are not among them: a cross-built program reads FLIR SEQ, TIFF and no other video, and has
# neither MQTT nor Kafka; build on the board for these.
# Usage: cross_root.sh aarch64|armhf [FOLDER]   default: build/PROCESSOR-root   Needs root
set -euo pipefail
project=$(cd "$(dirname "$0")/../.." && pwd)
processor=$1
case $processor in
  aarch64) architecture=arm64 triplet=aarch64-linux-gnu ;;
  armhf) architecture=armhf triplet=arm-linux-gnueabihf ;;
  *) echo "cross_root.sh: expected aarch64 or armhf, found $processor" >&2 && exit 2 ;;
esac
root=${2:-$project/build/$processor-root}
"$project/tools/packages.sh" "g++-$triplet" qemu-user-static cmake ninja-build \
  libeigen3-dev libxsimd-dev libstb-dev libcli11-dev nlohmann-json3-dev libboost-dev catch2
[ ! -e "$root/complete" ] || exit 0

"$project/tools/packaging/unpack_packages.sh" "$architecture" "$root" libssl3 libssl-dev zlib1g zlib1g-dev \
  libjpeg62-turbo libjpeg62-turbo-dev libpng16-16 libpng-dev libtiff6 libtiff-dev liblzma5 libzstd1 libwebp7 \
  libdeflate0 libjbig0 liblerc4
touch "$root/complete"
