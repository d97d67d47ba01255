#!/usr/bin/env python3
"""Prometheus with the configuration of examples/serve scrapes a service; each query of the Grafana
dashboard must give data, and the alert of a camera that cannot be reached must be on its way.
Usage: monitoring.py PROGRAM PROJECT_DIR     Ends with 77 where prometheus is not installed."""
import contextlib
import json
import math
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

PATIENCE = 60  # seconds until a starved machine is a failure; a quiet one takes six
PICTURE = "examples/images/0_120_60_0_09564.jpg"
TOKEN = "monitoring-0123456789"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}{done.stderr}")


def until(what, action):
    """Waits until the action returns something true."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            found = action()
        except (urllib.error.URLError, ConnectionError) as error:
            found, what = None, f"{what} ({error})"
        if found:
            return found
        if time.monotonic() > end:
            sys.exit(f"waited {PATIENCE} s for {what}")
        time.sleep(0.2)


def configuration(example, folder, target):
    """That of the example, for this machine and in a hurry."""
    text = (example / "prometheus.yml").read_text()
    for old, new in (("/run/secrets/token", str(folder / "token")), ("fliqe:8000", target),
                     ("_interval: 5s", "_interval: 300ms"), ("alerts.yml", str(example / "alerts.yml"))):
        if old not in text:
            sys.exit(f"prometheus.yml: expected '{old}'")
        text = text.replace(old, new)
    (folder / "prometheus.yml").write_text(text)


def service(program, project, folder):
    (folder / "token").write_text(TOKEN + "\n")
    return subprocess.Popen(
        [program, "serve", project / PICTURE, "rtsp://127.0.0.1:1/nothing", "--listen", "127.0.0.1:0",
         "--token-file", folder / "token", "--threads", "1"], stderr=subprocess.PIPE, text=True)


def address_of(started):
    for line in started.stderr:
        found = re.search(r"listening on http://(\S+) ", line)
        if found:
            return found[1]
    sys.exit("the service did not start")


def post(address, body):
    request = urllib.request.Request(f"http://{address}/v1/score", data=body, method="POST",
                                     headers={"Authorization": "Bearer " + TOKEN})
    try:
        urllib.request.urlopen(request, timeout=20).read()
    except urllib.error.HTTPError as error:
        error.read()


def asked(prometheus, path, **values):
    url = f"http://{prometheus}/api/v1/{path}?" + urllib.parse.urlencode(values)
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return json.load(answer)["data"]
    except urllib.error.HTTPError as error:
        if error.code == 503:  # Prometheus begins
            raise
        sys.exit(f"{values}: {error.read().decode()}")


def has_data(prometheus, query):
    result = asked(prometheus, "query", query=query)["result"]
    return any(math.isfinite(float(each["value"][1])) for each in result)


def check_queries(prometheus, address, queries, picture):
    def is_answered(query):
        post(address, picture)
        post(address, b"no picture")
        return has_data(prometheus, query)

    for query in queries:
        until(query, lambda: is_answered(query.replace("$__rate_interval", "5s")))


def check_rules(prometheus):
    rules = asked(prometheus, "rules")["groups"][0]["rules"]
    faulty = [rule for rule in rules if rule["health"] == "err"]
    if faulty:
        sys.exit(f"rules with errors: {faulty}")
    until("FliqeStreamDown", lambda: any(
        alert["labels"]["alertname"] == "FliqeStreamDown"
        for alert in asked(prometheus, "alerts")["alerts"]))
    return rules


def end(process):
    process.terminate()
    process.wait(30)


def main():
    # ctest ends by SIGTERM what takes too long; what was started ends then, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))
    program, project = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    if not shutil.which("prometheus") or not shutil.which("promtool"):
        print("skipped: no prometheus (package prometheus)")
        sys.exit(77)
    example = project / "examples/serve"
    run("promtool", "check", "config", "--syntax-only", example / "prometheus.yml")
    run("promtool", "check", "rules", example / "alerts.yml")
    run("promtool", "test", "rules", project / "tests/serve/alerts_test.yml")
    dashboard = json.loads((example / "grafana/fliqe.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        started = service(program, project, folder)
        stack.callback(end, started)
        address = address_of(started)
        configuration(example, folder, address)
        run("promtool", "check", "config", folder / "prometheus.yml")
        prometheus = f"127.0.0.1:{free_port()}"
        stack.callback(end, subprocess.Popen(
            ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
             f"--web.listen-address={prometheus}", "--log.level=error"]))
        check_queries(prometheus, address, queries, (project / PICTURE).read_bytes())
        rules = check_rules(prometheus)
        print(f"{len(queries)} queries of {len(dashboard['panels'])} panels, {len(rules)} rules")


main()
