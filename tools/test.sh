#!/usr/bin/env bash
# Debian 12: installs what is missing, builds everything and runs all tests.
# Usage: tools/test.sh [CMAKE OPTION]...
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
build=${FLIQE_TEST_BUILD:-$project/build/test}
"$project/tools/packages.sh" $(cat "$project/tools/packages-build.txt") catch2 python3-pil \
  libcharls-dev pybind11-dev python3-dev python3-numpy file dpkg-dev
# GStreamer's element is for those who have GStreamer.
gstreamer=$(pkg-config --exists gstreamer-check-1.0 && echo ON || echo OFF)
cmake -S "$project" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DFLIQE_WERROR=ON \
  -DFLIQE_C_API=ON -DFLIQE_PYTHON=ON -DPython_EXECUTABLE=/usr/bin/python3 \
  -DFLIQE_GSTREAMER=$gstreamer "$@"
cmake --build "$build"
ctest --test-dir "$build" --output-on-failure -j 2
