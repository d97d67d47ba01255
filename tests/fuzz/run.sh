#!/usr/bin/env bash
# Fuzzes the readers with libFuzzer under AddressSanitizer and UndefinedBehaviorSanitizer, a core
# each. What it finds lies in the build folder, findings/TARGET; put it into corpus/TARGET once it
# is mended, and the test suite reads it for ever.
# Usage: run.sh SECONDS [TARGET]...   Needs: clang libclang-rt-14-dev
set -euo pipefail
project=$(cd "$(dirname "$0")/../.." && pwd)
build=${FLIQE_FUZZ_BUILD:-$project/build/fuzz}
seconds=$1
shift
targets=("$@")
[ $# -gt 0 ] || targets=(dji flir hikmicro http ijpeg image irg jpeg_ls kserve network pickle
  picture pth safetensors settings tables tiff)
cmake -S "$project" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_COMPILER=clang++ \
  -DCMAKE_CXX_FLAGS_DEBUG="-O1 -g1" -DFLIQE_FUZZ=ON -DFLIQE_SANITIZE=ON -DFLIQE_EXAMPLES=OFF >/dev/null
cmake --build "$build" --target fuzz_make_seeds "${targets[@]/#/fuzz_}"
cd "$build"
tests/fuzz/fuzz_make_seeds seeds

fuzz() {
  mkdir -p "corpus/$1" "seeds/$1" "findings/$1" "$project/tests/fuzz/corpus/$1"
  # A few kilobytes of a JPEG are millions of pixels, which take their time.
  local longest=65536
  [[ ! $1 =~ ^(image|jpeg_ls|picture|tiff)$ ]] || longest=4096
  "tests/fuzz/fuzz_$1" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=$longest \
    -print_final_stats=1 -artifact_prefix="findings/$1/" \
    "corpus/$1" "seeds/$1" "$project/tests/fuzz/corpus/$1" >"$1.log" 2>&1 ||
    { echo "$1: FOUND SOMETHING ($build/$1.log)"; tail -30 "$1.log"; return 1; }
  echo "$1: $(grep -E 'number_of_executed_units|peak_rss' "$1.log" | sed 's/.*: *//' | paste -sd' ') runs and MiB at most, $(tail -50 "$1.log" | grep -oE 'cov: [0-9]+' | tail -1)"
}
export -f fuzz
export seconds project build
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I{} bash -c 'fuzz {}'
