#!/usr/bin/env bash
# How much of each reader the inputs of its fuzz target reach: the lines covered by the corpora that
# run.sh has gathered, the seeds and the corpus of the project.
# Usage: coverage.sh   Needs: clang llvm-14, and that run.sh has run
set -euo pipefail
project=$(cd "$(dirname "$0")/../.." && pwd)
fuzzed=${FLIQE_FUZZ_BUILD:-$project/build/fuzz}
build=${FLIQE_COVERAGE_BUILD:-$project/build/coverage}
declare -A readers=(
  [dji]="include/fliqe/thermal/dji.hpp include/fliqe/thermal/jpeg_segments.hpp include/fliqe/image/exif.hpp"
  [flir]="include/fliqe/thermal/flir.hpp include/fliqe/base/byte_reader.hpp"
  [hikmicro]="include/fliqe/thermal/hikmicro.hpp include/fliqe/thermal/decode_thermal.hpp"
  [http]="tools/http/message.cpp tools/http/multipart.cpp tools/http/router.cpp tools/http/access.cpp"
  [ijpeg]="include/fliqe/thermal/ijpeg.hpp"
  [image]="include/fliqe/image/load.hpp include/fliqe/image/jpeg_tables.hpp"
  [irg]="include/fliqe/thermal/irg.hpp"
  [jpeg_ls]="tools/images/jpeg_ls.cpp"
  [kserve]="tools/serve/kserve_request.cpp tools/io/json_text.cpp tools/io/base64.cpp"
  [network]="include/fliqe/model/network_json.hpp include/fliqe/model/network_spec.hpp"
  [pickle]="tools/pth/pickle.cpp tools/pth/tensor_table.cpp"
  [picture]="tools/images/decode.cpp tools/images/decode_jpeg.cpp tools/images/decode_png.cpp tools/images/tiff.cpp
    tools/images/exif_orientation.cpp tools/pictures/picture.cpp"
  [pth]="tools/pth/zip_archive.cpp tools/pth/parse_pth.cpp"
  [safetensors]="include/fliqe/weights/safetensors.hpp include/fliqe/weights/json_reader.hpp
    include/fliqe/weights/float_tensor.hpp include/fliqe/weights/number_formats.hpp"
  [settings]="tools/serve/original_request.cpp tools/serve/python_json.cpp tools/watch/watch_config.cpp"
  [tables]="tools/io/csv.cpp tools/io/npy.cpp tools/watch/watch_config.cpp"
  [tiff]="tools/images/tiff.cpp"
)
cmake -S "$project" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_COMPILER=clang++ \
  -DCMAKE_CXX_FLAGS="-fprofile-instr-generate -fcoverage-mapping" -DCMAKE_CXX_FLAGS_DEBUG=-O0 \
  -DFLIQE_EXAMPLES=OFF >/dev/null
cmake --build "$build" --target $(printf 'fuzz_%s ' "${!readers[@]}")
cd "$build"
for target in $(printf '%s\n' "${!readers[@]}" | sort); do
  LLVM_PROFILE_FILE=$target.profraw "tests/fuzz/fuzz_$target" 0 "$fuzzed/corpus/$target" \
    "$fuzzed/seeds/$target" "$project/tests/fuzz/corpus/$target" >/dev/null
  llvm-profdata-14 merge -o "$target.profdata" "$target.profraw"
  for reader in ${readers[$target]}; do
    llvm-cov-14 export -summary-only -instr-profile "$target.profdata" "tests/fuzz/fuzz_$target" \
      "$project/$reader" | python3 -c '
import json, sys
lines = json.load(sys.stdin)["data"][0]["totals"]["lines"]
print("%-12s %-45s %4d of %4d lines, %.1f %%" % (*sys.argv[1:], lines["covered"], lines["count"], lines["percent"]))
' "$target" "$reader"
  done
done
