#!/usr/bin/env bash
# Links two objects of different -m flags into one program, in both orders. The code and the vector
# width of the baseline kernels depend on these flags. When both objects define a kernel under the
# same name, the linker keeps one of them for both: a plain object may then run instructions that
# its processor lacks, or a loop made for 4 floats meets a table that promises 8. So no baseline
# kernel may have the same name in both objects, and the scores must be right.
# Usage: mixed_flags.sh COMPILER PROJECT_DIR
set -euo pipefail
compiler=$1 project=$2
grep -qw avx2 /proc/cpuinfo || { echo "skipped: this processor has no AVX2"; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
compile() { "$compiler" -O1 -std=c++20 -fopenmp -I"$project/include" "$@"; }

for object in plain vector; do
  cat >$object.cpp <<END
#include <fliqe/fliqe.hpp>
double ${object}_score(const char* weights, const char* image) {
  return fliqe::FLIQE<fliqe::AnyBackbone>(weights).estimate_image_quality(fliqe::load_image(image));
}
END
done
cat >main.cpp <<'END'
#include <cstdio>
double plain_score(const char* weights, const char* image);
double vector_score(const char* weights, const char* image);
int main(int, char** argv) {
  std::printf("%.9f %.9f\n", plain_score(argv[1], argv[2]), vector_score(argv[1], argv[2]));
}
END
compile -c plain.cpp
compile -mavx2 -mfma -c vector.cpp
compile -c main.cpp

# Names of baseline kernels that an object defines.
kernels() { nm --defined-only "$1" | awk '{ print $3 }' | grep 'kernels8baseline' | sort -u; }
echo "baseline kernels: $(kernels plain.o | wc -l) plain, $(kernels vector.o | wc -l) vector"
[ "$(kernels plain.o | wc -l)" -gt 20 ]
shared=$(comm -12 <(kernels plain.o) <(kernels vector.o))
[ -z "$shared" ] || { echo "the same names in both objects:"; c++filt <<<"$shared" | head; exit 1; }

weights=$project/weights/fliqe-compact.safetensors
image=$project/examples/images/0_120_60_0_09564.jpg
for order in "plain.o vector.o" "vector.o plain.o"; do
  # shellcheck disable=SC2086
  compile main.o $order -o score
  for isa in baseline avx2; do
    scores=$(FLIQE_ISA=$isa ./score "$weights" "$image")
    echo "$order on $isa: $scores"
    awk '{ d = $1 - $2; exit !($1 > 0.9 && $1 <= 1 && d < 1e-5 && d > -1e-5) }' <<<"$scores"
  done
done
