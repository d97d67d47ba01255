#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Watches cameras that come and go: memory stays flat, and every outage is reported.

Usage: soak.py PROGRAM PICTURE [SECONDS [CAMERAS]]

Cameras are MJPEG servers of this script. Each is away for some seconds every minute or two; the
service's events must tell of each outage, and of nothing else.
"""

import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

FRAMES_PER_SECOND = 4
BOUNDARY = b"--frame\r\nContent-Type: image/jpeg\r\n\r\n"


class Camera(threading.Thread):
    """An MJPEG server that is away now and then."""

    def __init__(self, frames, seed):
        super().__init__(daemon=True)
        self.frames = frames
        self.random = random.Random(seed)
        self.outages = []
        self.is_stopped = False
        self.server = self.listen(0)
        self.port = self.server.getsockname()[1]

    @staticmethod
    def listen(port):
        server = socket.socket()
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", port))
        server.listen()
        server.settimeout(0.2)
        return server

    def serve(self, client, until):
        client.settimeout(5)
        client.recv(4096)
        client.sendall(b"HTTP/1.0 200 OK\r\n"
                       b"Content-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n")
        number = 0
        while time.time() < until and not self.is_stopped:
            frame = self.frames[number % len(self.frames)]
            client.sendall(BOUNDARY + frame + b"\r\n")
            number += 1
            time.sleep(1 / FRAMES_PER_SECOND)
        return number > 0

    def run(self):
        while not self.is_stopped:
            until = time.time() + self.random.uniform(30, 120)
            was_seen = False
            while time.time() < until and not self.is_stopped:
                try:
                    client, _ = self.server.accept()
                except TimeoutError:
                    continue
                with client:
                    try:
                        was_seen = self.serve(client, until) or was_seen
                    except OSError:
                        pass  # the service has gone, or takes too long
            self.server.close()
            if self.is_stopped or not was_seen:
                self.server = self.listen(self.port)
                continue
            begin = time.time()
            time.sleep(self.random.uniform(5, 20))
            self.outages.append((begin, time.time()))
            self.server = self.listen(self.port)


def resident_kilobytes(process):
    with open(f"/proc/{process}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))


def moving_frames(picture, folder):
    """The picture, shifted a little further in each frame: equal frames count as frozen."""
    subprocess.run(["ffmpeg", "-loglevel", "error", "-loop", "1", "-i", picture, "-frames:v", "8",
                    "-vf", "scroll=h=0.02", f"{folder}/%d.jpg"], check=True)
    return [open(f"{folder}/{i}.jpg", "rb").read() for i in range(1, 9)]


def main():
    program, picture = sys.argv[1:3]
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 3600
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 8
    with tempfile.TemporaryDirectory() as folder:
        frames = moving_frames(picture, folder)
        cameras = [Camera(frames, seed) for seed in range(count)]
        for camera in cameras:
            camera.start()
        config = {"first_retry": 0.5, "longest_retry": 2, "streams": [
            {"name": f"camera{i}", "source": f"http://127.0.0.1:{camera.port}/"}
            for i, camera in enumerate(cameras)]}
        with open(f"{folder}/cameras.json", "w") as file:
            json.dump(config, file)
        service = subprocess.Popen([program, "serve", f"{folder}/cameras.json", "-q", "--listen",
                                    "127.0.0.1:0", "-o", f"{folder}/events.jsonl"])
        memory = []
        end = time.time() + seconds
        while time.time() < end:
            time.sleep(min(10, seconds / 60))
            assert service.poll() is None, "the service has ended"
            memory.append(resident_kilobytes(service.pid))
        service.send_signal(signal.SIGTERM)
        assert service.wait(60) == 0
        for camera in cameras:
            camera.is_stopped = True
        with open(f"{folder}/events.jsonl") as file:
            events = [json.loads(line) for line in file]
    scores = sum(event["event"] == "score" for event in events)
    outages = missing = surplus = 0
    for i, camera in enumerate(cameras):
        mine = [event for event in events if event.get("stream") == f"camera{i}"]
        returns = [event for event in mine if event["event"] == "connected" and "down_s" in event]
        ended = [outage for outage in camera.outages if outage[1] < end - 10]
        outages += len(ended)
        missing += max(0, len(ended) - len(returns))
        surplus += max(0, len(returns) - len(camera.outages))
    early = sorted(memory[len(memory) // 6:len(memory) // 3])
    late = sorted(memory[-len(memory) // 6:])
    before, after = early[len(early) // 2], late[len(late) // 2]
    print(f"{count} cameras, {seconds:.0f} s: {scores} score events, {outages} outages, "
          f"{missing} not reported, {surplus} reported that were none; memory {before} kB, "
          f"at the end {after} kB, at most {max(memory)} kB")
    assert missing == 0 and surplus == 0
    assert after <= 1.03 * before + 2048, "memory grows"


if __name__ == "__main__":
    os.environ.setdefault("LC_ALL", "C")
    main()
