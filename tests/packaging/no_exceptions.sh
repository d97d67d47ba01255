#!/usr/bin/env bash
# Builds README's program with -fno-exceptions: it scores, an error ends it with a message, and the
# calls that would report errors otherwise do not compile. The kernels are linked to save a minute.
# Usage: no_exceptions.sh COMPILER BUILD_DIR PROJECT_DIR
set -euo pipefail
compiler=$1 build=$2 project=$3
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
ulimit -c 0
compile() {
  "$compiler" -O1 -std=c++20 -fopenmp -fno-exceptions -DFLIQE_COMPILED_KERNELS -I"$project/include" \
    -I/usr/include/eigen3 "$@"
}
awk '/^```/ { inside = 0 } inside { print } /^```cpp/ { inside = 1 }' "$project/README.md" >main.cpp
compile main.cpp "$build/libfliqe_kernels.a" -o score
cp "$project/weights/fliqe-compact.safetensors" .
cp "$project/examples/images/0_120_60_0_09564.jpg" thermal.jpg
score=$(./score)
echo "score without exceptions: $score"
awk -v score="$score" 'BEGIN { exit !(score > 0.9 && score <= 1) }'

rm thermal.jpg
status=0
./score 2>message || status=$?
cat message
[ "$status" -eq 134 ] && grep -q '^fliqe: io: thermal.jpg: cannot open' message  # SIGABRT

cat >try.cpp <<'END'
#include <fliqe/fliqe.hpp>
bool good(const fliqe::FLIQE<>& model, const fliqe::Image& image) {
  return model.try_assess(image).has_value();
}
END
! compile -fsyntax-only try.cpp 2>message
grep -q 'try_\* calls need exceptions' message
echo "try_assess does not compile without exceptions"
