#!/usr/bin/env bash
# FFmpeg as a camera that calls, and `fliqe watch` that listens: the camera sends, is killed, calls
# again. Ends with the program's exit code, or 75 when the port is taken.
# Usage: tests/watch/calling_camera.sh <fliqe> <address> <log>
set -u
program=$1 address=$2 log=$3

count() { grep -c "\"event\":\"$1\"" "$log"; }

is_port_taken() { [ "$(count connected)" -eq 0 ] && grep -q 'in use' "$log"; }

# Calls until the program has connected $1 times.
call_until_connected() {
  until [ "$(count connected)" -ge "$1" ]; do
    if is_port_taken; then exit 75; fi
    ffmpeg -loglevel quiet -re -f lavfi -i testsrc=size=320x240:rate=10 -c:v mpeg4 -g 5 \
      -f rtsp -rtsp_transport tcp "$address" &
    camera=$!
    # Another process on this port may leave the caller without an answer.
    until [ "$(count connected)" -ge "$1" ] || is_port_taken || ! kill -0 $camera 2>/dev/null; do
      sleep 0.1
    done
  done
}

: >"$log"
camera=
"$program" watch "$address" --input-option rtsp_flags=listen -o "$log" &
watch=$!
trap 'kill -KILL $watch $camera 2>/dev/null' EXIT

call_until_connected 1
failures=$(count disconnected)
kill -KILL $camera
until [ "$(count disconnected)" -gt "$failures" ]; do sleep 0.1; done
call_until_connected 2
kill -TERM $watch
wait $watch
