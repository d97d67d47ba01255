#!/usr/bin/env bash
# Debian 12: installs what is missing, builds the fliqe program and scores the example pictures.
# Usage: tools/quickstart.sh [PICTURE OR FOLDER]...
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
build=$project/build/quickstart
"$project/tools/packages.sh" $(cat "$project/tools/packages-build.txt")
cmake -S "$project" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
  -DFLIQE_TESTS=OFF -DFLIQE_EXAMPLES=OFF >/dev/null
echo "Building (about a minute)" >&2
cmake --build "$build" >/dev/null
[ $# -gt 0 ] || set -- "$project/examples/images"
echo "quality  picture (1 is good, 0 is distorted)  probable fault"
"$build/fliqe" score "$@"
echo "The program is $build/fliqe; try: fliqe score --help" >&2
