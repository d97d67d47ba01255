#!/usr/bin/env bash
# Reads every source with clang++, warnings being errors, and runs the tests of the layers and the
# program of README as it compiles them. Much quicker than a build: only these depend on who makes
# the code.
# Usage: clang.sh BUILD_DIR   Needs: clang libomp-dev catch2 python3
set -euo pipefail
project=$(cd "$(dirname "$0")/../.." && pwd)
build=$1
cmake -S "$project" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER=clang++ \
  -DFLIQE_WERROR=ON -DFLIQE_BENCHMARKS=ON -DCMAKE_EXPORT_COMPILE_COMMANDS=ON >/dev/null
python3 - "$build/compile_commands.json" <<'END' | xargs -0 -P "$(nproc)" -n 1 sh -c
import json, os, sys

for each in json.load(open(sys.argv[1])):
    if os.path.exists(each["file"]):  # else it is made by the build
        print(each["command"].split(" -o ")[0], "-fsyntax-only", each["file"], end="\0")
END
echo "every source read by clang++"

compile() {
  clang++ -std=c++20 -O2 -fopenmp -I"$project/include" -I"$project/tests" \
    -I/usr/include/eigen3 "$@"
}
tests=(conv2d winograd quantized bf16 layers)
compile -c "$project/cmake/kernels.cpp" -o "$build/kernels.o" &
compile -c "$project/tests/main.cpp" -o "$build/main.o"
wait $!
for name in "${tests[@]}"; do
  compile -DFLIQE_COMPILED_KERNELS "$project/tests/nn/test_$name.cpp" "$build/main.o" "$build/kernels.o" -o "$build/$name"
  echo "$name by clang++: $("$build/$name" | grep 'All tests passed')"
done
echo "README's program by clang++: $("$project/tests/packaging/drop_in.sh" clang++ "$project")"
