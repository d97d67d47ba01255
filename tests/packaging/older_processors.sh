#!/usr/bin/env bash
# Runs the program on x86-64 processors that QEMU makes up: it must choose kernels that they have,
# score as on this host, and refuse kernels that they lack.
# Usage: older_processors.sh FLIQE_PROGRAM   Needs: qemu-x86_64-static (qemu-user-static)
set -euo pipefail
unset FLIQE_ISA  # the program is to choose
project=$(cd "$(dirname "$0")/../.." && pwd)
program=$(realpath "$1")
picture=$project/examples/images/0_120_70_0_09592_GaussianNoise.png
on() { qemu-x86_64-static -cpu "$@" 2> >(grep -v 'TCG doesn.t support' >&2); }

ours=$("$program" score -q --format csv "$picture" | sed 1d | cut -d, -f2)
for each in Nehalem:baseline Haswell-noTSX:avx2; do
  processor=${each%:*} expected=${each#*:}
  found=$(on "$processor" "$program" doctor | awk '$1 == "kernels" { print $2 }')
  theirs=$(on "$processor" "$program" score -q --format csv "$picture" | sed 1d | cut -d, -f2)
  echo "$processor: kernels $found, score $theirs, here $ours"
  [[ $found == "$expected" ]]
  awk -v a="$theirs" -v b="$ours" 'BEGIN { exit !(a - b < 2e-5 && b - a < 2e-5) }'
  for lacking in avx512 amx; do
    status=0
    message=$(FLIQE_ISA=$lacking on "$processor" "$program" score "$picture" 2>&1) || status=$?
    [[ $status -gt 0 && $status -lt 128 && $message == *"cannot run '$lacking' code"* ]] ||
      { echo "FLIQE_ISA=$lacking: exit status $status: $message" >&2; exit 1; }
  done
done
