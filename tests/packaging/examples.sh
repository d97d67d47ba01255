#!/usr/bin/env bash
# Runs the examples on the example pictures.
# Usage: examples.sh FOLDER_OF_BUILT_EXAMPLES PROGRAM PROJECT_DIR
set -euo pipefail
built=$1 program=$2 project=$3
weights=$project/weights/fliqe-compact.safetensors
images=$project/examples/images
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

"$built/online/example_online" "$weights" "$images"/*.jpg | grep -q '^odd .*smoothed 0\.'

# A head that has seen both kinds tells them apart.
mkdir clean distorted
cp "$images"/*.jpg clean
cp "$images"/*.png distorted
"$built/custom_head/example_custom_head" "$weights" clean distorted "$images"/*.jpg "$images"/*.png |
  awk '{ right += ($2 ~ /png$/) == ($1 > 0.5); n++ } END { print right " of " n " by example_custom_head"; exit right != n }'

# A network of basic blocks with two heads, on weights that it makes itself.
"$built/own_network/example_own_network" random "$images"/*.jpg |
  awk '/^quality [01]\.[0-9]+, fog .*, rain .*, sun .* ms: .*jpg$/ { n++ } END { exit n != 3 }'

# The gate lets good pictures pass, names bad ones, and stops for files that are no pictures.
gate() { FLIQE=$program "$project/examples/ci_gate/gate.sh" "$@"; }
cp "$images"/0_*.jpg .
mkdir good && mv ./*.jpg good
gate good 0.5
! gate "$images" 0.5 >names
grep -q MotionBlur names && ! grep -q 0_120_60_0_09564.jpg names
echo "no picture" >good/broken.jpg
gate good 0.5 && exit 1 || [ $? = 3 ]

# The configuration is one that fliqe watch takes: it fails at the cameras, which do not exist.
sed 's/192\.0\.2\.1[01]/127.0.0.1:1/; s/150/15/' "$project/examples/watch/cameras.json" >cameras.json
"$program" watch -q --duration 1 --timeout 1 cameras.json >events.jsonl && exit 1 || [ $? = 2 ]
grep -q '"event":"disconnected","stream":"roof"' events.jsonl
echo "examples ran"
