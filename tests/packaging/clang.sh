#!/usr/bin/env bash
# What clang++ may see nowhere else: reads benchmarks, examples, bindings, commands, brokers, training and the service,
# warnings being errors. (The sanitizers' build is by clang++ too and covers kernels, layers, readers and tests.)
# Usage: clang.sh BUILD_DIR   Needs: clang libomp-dev libbenchmark-dev pybind11-dev python3
set -euo pipefail
project=$(cd "$(dirname "$0")/../.." && pwd)
build=$1
cmake -S "$project" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER=clang++ \
  -DFLIQE_WERROR=ON -DFLIQE_BENCHMARKS=ON -DFLIQE_C_API=ON -DFLIQE_PYTHON=ON -DPython_EXECUTABLE=/usr/bin/python3 \
  -DCMAKE_EXPORT_COMPILE_COMMANDS=ON >/dev/null
python3 - "$build/compile_commands.json" "$project" <<'END' | xargs -0 -P "$(nproc)" -n 1 sh -c
import json, os, sys

for each in json.load(open(sys.argv[1])):
    folder = os.path.relpath(each["file"], sys.argv[2])
    if folder.startswith(("benchmarks", "examples", "tools/bindings")) or \
            any("unity_" + unity in folder for unity in ("commands", "dataset", "eval", "fetch", "fleet", "http", "kafka", "mqtt",
                                                         "quantize", "serve", "train")):
        print(each["command"].split(" -o ")[0], "-fsyntax-only", each["file"], end="\0")
END
echo "benchmarks, examples, bindings, commands, brokers, training and the service read by clang++"
