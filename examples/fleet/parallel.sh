#!/bin/bash
# Scores an archive that all hosts see on several hosts with GNU parallel, or on this one:
#   parallel.sh 16 /archive /results [HOST,HOST,...]
# Parts whose results are there are not scored again.
set -euo pipefail

parts=${1:?number of parts} archive=$2 results=$3 hosts=${4:-:}
score='output=$(printf "%s/scores-%05d-of-%05d.jsonl" {3} {1} {4})
  [ -e "$output" ] && exit
  {5} score --quiet --recursive --shard {1}/{4} --format jsonl --output "$output.incomplete" {2}
  status=$?
  case $status in 0 | 3) mv "$output.incomplete" "$output" ;; *) exit $status ;; esac'

mkdir -p "$results"
# One part at a time on each host: fliqe uses all of its cores.
parallel --sshlogin "$hosts" --jobs 1 --retries 3 --halt never "$score" \
  ::: $(seq "$parts") ::: "$archive" ::: "$results" ::: "$parts" ::: "${FLIQE:-fliqe}"
