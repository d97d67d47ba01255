#!/usr/bin/env bash
# Scores README's examples with one instruction set; exit status 77 where this processor lacks it, so
# that ctest lists which ones the tests have not run on.
# Usage: instruction_set.sh FLIQE_PROGRAM PROJECT_DIR ISA
set -euo pipefail
program=$1 project=$2 isa=$3
export FLIQE_ISA=$isa
if ! message=$("$program" doctor 2>&1); then
  [[ $message == *"cannot run '$isa' code"* ]] && { echo "skipped: $message"; exit 77; }
  echo "$message" >&2
  exit 1
fi
grep -q "^kernels  *$isa " <<<"$message"
cd "$project"
diff <(grep -Eo '[0-9]\.[0-9]{4}  examples/images/.*' README.md) <("$program" score -q examples/images)
echo "scores with $isa are those of README"
