#!/usr/bin/env bash
# Builds a program for WebAssembly, lets Node score a picture with it and holds the score against
# this host's. Debian's emscripten comes with a C++ library that lacks parts of C++20, so the headers
# of a newer one are used with it; xsimd's SSE vectors become WebAssembly's by emscripten's headers.
# Usage: wasm.sh FLIQE_PROGRAM   Needs: emscripten node-acorn libc++-16-dev nodejs
set -euo pipefail
project=$(cd "$(dirname "$0")/../.." && pwd)
program=$(realpath "$1")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export NODE_PATH=/usr/share/nodejs

mkdir "$dir/libc++"
cat >"$dir/libc++/__config_site" <<'END'
#undef _LIBCPP_ABI_VERSION
#define _LIBCPP_ABI_VERSION 2
#define _LIBCPP_ABI_NAMESPACE __2
#define _LIBCPP_HAS_MUSL_LIBC
#define _LIBCPP_HAS_THREAD_API_PTHREAD
#define _LIBCPP_HAS_NO_VENDOR_AVAILABILITY_ANNOTATIONS
#define _LIBCPP_ENABLE_ASSERTIONS_DEFAULT 0
END
sed 's/%\.4f/%.7f/' "$project/examples/drop_in/main.cpp" >"$dir/main.cpp"
em++ -std=c++20 -O2 -msimd128 -msse4.1 -DEIGEN_DONT_VECTORIZE -fexceptions \
  -nostdinc++ -isystem "$dir/libc++" -isystem /usr/lib/llvm-16/include/c++/v1 \
  -I"$project/include" -isystem /usr/include/eigen3 -idirafter /usr/include \
  -sNODERAWFS=1 -sALLOW_MEMORY_GROWTH=1 -sENVIRONMENT=node \
  "$dir/main.cpp" -o "$dir/score.js" 2>"$dir/messages" || { cat "$dir/messages" >&2; exit 1; }
picture=$project/examples/images/0_120_70_0_09592_GaussianNoise.png
# This emscripten mistakes newer Nodes for browsers, for they have fetch().
theirs=$(node --no-experimental-fetch "$dir/score.js" "$project/weights/fliqe-compact.safetensors" "$picture")
ours=$("$program" score -q --format csv "$picture" | sed 1d | cut -d, -f2)
echo "score in WebAssembly: $theirs, here: $ours"
awk -v a="$theirs" -v b="$ours" 'BEGIN { exit !(a - b < 1e-4 && b - a < 1e-4) }'
