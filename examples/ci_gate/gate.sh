#!/bin/sh
# Refuses a folder of pictures in which one scores too low: a step for CI.
# Usage: gate.sh FOLDER [LOWEST]   FLIQE: the program, if it is not in PATH
set -eu
folder=$1 lowest=${2:-0.5}
status=0
"${FLIQE:-fliqe}" score --recursive --format csv -o scores.csv --fail-below "$lowest" "$folder" || status=$?
case $status in
  0) echo "all pictures score $lowest or more" ;;
  1) echo "pictures below $lowest (scores.csv):" ;;
  3) echo "some files could not be scored (scores.csv):" ;;
  *) exit "$status" ;;
esac
awk -F, -v lowest="$lowest" 'NR == 1 { for (i = 1; i <= NF; ++i) place[$i] = i; next }
  $place["quality"] == "" || $place["quality"] < lowest { print "  " $0 }' scores.csv
exit "$status"
