#!/usr/bin/env bash
# Builds README's program, kernels included, with -fno-exceptions: it scores, an error ends it with a
# message, and the calls that would report errors otherwise do not compile.
# Usage: no_exceptions.sh COMPILER PROJECT_DIR
set -euo pipefail
compiler=$1 project=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
ulimit -c 0
compile() {
  "$compiler" -O1 -std=c++20 -fopenmp -fno-exceptions -I"$project/include" -I/usr/include/eigen3 "$@"
}
awk '/^```/ { inside = 0 } inside { print } /^```cpp/ { inside = 1 }' "$project/README.md" >main.cpp
compile main.cpp -o score
cp "$project/weights/fliqe-compact.safetensors" .
cp "$project/examples/images/0_120_60_0_09564.jpg" thermal.jpg
score=$(./score)
echo "score without exceptions: $score"
awk -v score="$score" 'BEGIN { exit !(score > 0.9 && score <= 1) }'

# fails_with MESSAGE: the program ends by SIGABRT and says so.
fails_with() {
  local status=0
  ./score 2>message || status=$?
  [ "$status" -eq 134 ] || { echo "expected exit status 134, found $status" >&2; exit 1; }
  grep "^$1" message || { cat message >&2; exit 1; }
}
rm thermal.jpg
fails_with 'fliqe: io: thermal.jpg: cannot open'
echo "no weights" >fliqe-compact.safetensors
fails_with 'fliqe: unsupported_format: fliqe-compact.safetensors: expected a safetensors file'

cat >try.cpp <<'END'
#include <fliqe/fliqe.hpp>
bool good(const fliqe::FLIQE<>& model, const fliqe::Image& image) {
  return model.try_assess(image).has_value();
}
END
if compile -DFLIQE_COMPILED -fsyntax-only try.cpp 2>message; then
  echo "expected try_assess not to compile" >&2
  exit 1
fi
grep -q 'try_\* calls need exceptions' message
echo "try_assess does not compile without exceptions"
