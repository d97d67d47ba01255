#!/usr/bin/env python3
"""Puts load on `fliqe serve`: many idle clients of events, clients that send slowly, a flood of requests. Fails when memory or the
time that /healthz takes exceed their limits.

Usage: load.py FLIQE_PROGRAM PICTURE [CLIENTS [MILLISECONDS]]   default: 10000 clients, 50 ms for /healthz"""
import asyncio
import multiprocessing
import re
import resource
import subprocess
import sys
import time

program, picture = sys.argv[1:3]
wanted = int(sys.argv[3]) if len(sys.argv) > 3 else 10000
patience = float(sys.argv[4]) if len(sys.argv) > 4 else 50
_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
clients = min(wanted, most - 200)
failures = []


def check(what, value, limit):
    print(f"{what}: {value:.1f} (limit {limit})", flush=True)
    if value > limit:
        failures.append(what)


def resident_mb(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{pid}/status").read())[1]) / 1024


async def ask(port, text, until=b"\r\n\r\n"):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(text)
    await writer.drain()
    head = await reader.readuntil(until)
    return head, reader, writer


async def healthz_ms(port, count=40):
    """The 90th percentile; the machine may be busy with other things."""
    times = []
    for _ in range(count):
        begun = time.perf_counter()
        _, _, writer = await ask(port, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", b"ok\n")
        times.append(1000 * (time.perf_counter() - begun))
        writer.close()
        await asyncio.sleep(.02)
    return sorted(times)[int(.9 * count)]


async def listeners(port, pid):
    before = resident_mb(pid)
    connected = []
    for _ in range(clients):
        connected.append(await ask(port, b"GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n", b": fliqe\n\n"))
    check(f"{clients} clients of events, MB", resident_mb(pid) - before, 200 * clients / 10000)
    check("/healthz beside them, ms", await healthz_ms(port), patience)
    for _, _, writer in connected:
        writer.close()


async def slow_senders(port):
    connections = []
    for _ in range(1500):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /v1/score HTTP/1.1\r\nHost: lo")
        connections.append(writer)
    check("/healthz beside 1500 slow senders, ms", await healthz_ms(port), patience)
    for writer in connections:
        writer.close()


async def send_pictures(port, seconds, counts):
    body = open(picture, "rb").read()
    request = b"POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    end = time.monotonic() + seconds

    async def client():
        while time.monotonic() < end:
            try:
                head, _, writer = await ask(port, request)
            except (ConnectionError, asyncio.IncompleteReadError):
                continue
            counts[head[9:12].decode()] = counts.get(head[9:12].decode(), 0) + 1
            writer.close()

    await asyncio.gather(*[client() for _ in range(64)])


def flood_from_another_process(port, seconds, pipe):
    counts = {}
    asyncio.run(send_pictures(port, seconds, counts))
    pipe.send(counts)


async def flood(port):
    here, there = multiprocessing.Pipe()
    other = multiprocessing.Process(target=flood_from_another_process, args=(port, 6, there))
    other.start()
    await asyncio.sleep(1)
    check("/healthz in a flood, ms", await healthz_ms(port), patience)
    counts = here.recv()
    other.join()
    print("flood:", counts)
    if not counts.get("200") or not counts.get("429") or set(counts) > {"200", "429"}:
        failures.append("flood: expected answers of 200 and 429")


async def main():
    server = subprocess.Popen([program, "serve", "--listen", "127.0.0.1:0"], stderr=subprocess.PIPE, text=True)
    try:
        port = int(re.search(r"127\.0\.0\.1:(\d+)", server.stderr.readline())[1])
        await listeners(port, server.pid)
        await slow_senders(port)
        await flood(port)
    finally:
        server.terminate()
        if server.wait(30) != 0:
            failures.append("the program did not end with 0")


if __name__ == "__main__":
    asyncio.run(main())
    for failure in failures:
        print("failed:", failure, file=sys.stderr)
    sys.exit(bool(failures))
