#!/usr/bin/env bash
# Ends `fliqe watch` by a signal once it has scored a frame; ends with the program's exit code.
# Usage: tests/watch/end_by_signal.sh <fliqe> <source> <log> <signal>
set -u
program=$1 source=$2 log=$3 signal=$4
: >"$log"
"$program" watch --realtime "$source" -o "$log" &
watch=$!
until grep -q '"event":"score"' "$log"; do sleep 0.05; done
kill "-$signal" $watch
wait $watch
