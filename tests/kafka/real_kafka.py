#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The fleet against a real Apache Kafka: workers and the broker are killed, nothing is lost.

Usage: real_kafka.py PROGRAM PICTURES [REFERENCES [SCENARIO...]]

PICTURES is a folder of JPEG files; REFERENCES (default 2000) hard links to them are the archive, one
in a hundred is no picture. SCENARIO: killed, exactly_once, tls, cameras, time; default: all but
time.
Needs Java 17 and, at first, Maven, which fetches Kafka into FLIQE_KAFKA_LIBS (default:
~/.cache/fliqe/kafka-VERSION). Exit code 77 where something is missing.
"""

import collections
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

VERSION = "4.1.2"
PARTITIONS = 16
SKIPPED = 77

POM = f"""<project><modelVersion>4.0.0</modelVersion>
<groupId>local</groupId><artifactId>kafka</artifactId><version>1</version><dependencies><dependency>
<groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{VERSION}</version>
</dependency></dependencies></project>"""


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def kafka_libraries():
    default = pathlib.Path.home() / f".cache/fliqe/kafka-{VERSION}"
    folder = pathlib.Path(os.environ.get("FLIQE_KAFKA_LIBS", default))
    if list(folder.glob("kafka_2.13-*.jar")):
        return folder
    if shutil.which("mvn") is None:
        skip("no Kafka and no Maven to fetch it")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as project:
        pathlib.Path(project, "pom.xml").write_text(POM)
        fetched = subprocess.run(["mvn", "-q", "-B", "dependency:copy-dependencies",
                                  "-DincludeScope=runtime", f"-DoutputDirectory={folder}"],
                                 cwd=project, capture_output=True, text=True)
    if fetched.returncode != 0:
        skip("Maven Central is out of reach")
    return folder


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_certificates(folder):
    """An authority, and certificates of the broker and of a client, in PEM."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=folder)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem",
            "-days", "2", "-subj", "/CN=authority")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    for name in ("broker", "client"):
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out",
                f"{name}.csr", "-subj", f"/CN={name}")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-days", "2", "-extfile", "names", "-out", f"{name}.crt")
        pem = (folder / f"{name}.key").read_text() + (folder / f"{name}.crt").read_text()
        (folder / f"{name}.pem").write_text(pem)


class Kafka:
    """One broker that is its own controller."""

    def __init__(self, libraries, folder):
        self.folder = folder
        self.class_path = f"{libraries}/*"
        self.port, self.tls_port, controller = free_port(), free_port(), free_port()
        make_certificates(folder)
        (folder / "server.properties").write_text(f"""
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{self.port},SSL://127.0.0.1:{self.tls_port},CONTROLLER://127.0.0.1:{controller}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL
advertised.listeners=PLAINTEXT://127.0.0.1:{self.port},SSL://127.0.0.1:{self.tls_port}
ssl.keystore.type=PEM
ssl.keystore.location={folder}/broker.pem
ssl.truststore.type=PEM
ssl.truststore.location={folder}/ca.pem
ssl.client.auth=required
log.dirs={folder}/data
num.partitions={PARTITIONS}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
""")
        self.java("kafka.tools.StorageTool", "format", "--standalone", "-t",
                  "MkU3OEVBNTcwNTJENDM2Qg", "-c", f"{folder}/server.properties")
        self.process = None
        self.start()

    def java(self, *arguments):
        done = subprocess.run(["java", "-cp", self.class_path, *arguments], capture_output=True,
                              text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self):
        with open(self.folder / "broker.log", "a") as log:
            self.process = subprocess.Popen(
                ["java", "-Xmx512m", "-cp", self.class_path, "kafka.Kafka",
                 f"{self.folder}/server.properties"], stdout=log, stderr=log)
        end = time.time() + 120
        while time.time() < end:
            assert self.process.poll() is None, (self.folder / "broker.log").read_text()[-3000:]
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.2)
        raise AssertionError("Kafka does not start")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def brokers(self):
        return f"127.0.0.1:{self.port}"


class Archive:
    """Hard links to pictures; one in a hundred is none."""

    def __init__(self, folder, pictures, count):
        self.folder = folder
        self.count = count
        for i in range(count):
            path = folder / f"{i // 1000:03}" / f"{i:06}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            if i % 100 == 50:
                path.write_text("this is no picture\n")
            else:
                os.link(pictures[i % len(pictures)], path)
        self.bad = len(range(50, count, 100))
        self.good = count - self.bad


class Fleet:
    """What a run calls its topics, and the programs on them."""

    def __init__(self, program, kafka, archive, name, *options):
        self.program, self.kafka, self.archive, self.name = program, kafka, archive, name
        self.options = options
        self.cluster = ["--kafka", kafka.brokers(), "-X", "allow.auto.create.topics=true"]
        self.results = ["--scores", f"{name}.scores", "--dead", f"{name}.dead"]

    def run(self, *arguments, code=0):
        done = subprocess.run([self.program, *arguments], capture_output=True, text=True)
        assert done.returncode == code, (arguments, done.returncode, done.stderr)
        return done

    def enqueue(self):
        self.run("enqueue", "-r", str(self.archive.folder), *self.cluster, "--jobs",
                 f"{self.name}.jobs", "--job", self.name)

    def worker(self, *options, prefix=()):
        return subprocess.Popen(
            [*prefix, self.program, "work", *self.cluster, "--group", self.name, "--jobs",
             f"{self.name}.jobs", *self.results, "--allow", str(self.archive.folder),
             "-X", "session.timeout.ms=6000", "-X", "heartbeat.interval.ms=1000",
             *self.options, *options], stderr=subprocess.PIPE, text=True)

    def collect(self):
        """The results, and what the program says of them."""
        done = subprocess.run([self.program, "collect", *self.cluster, *self.results],
                              capture_output=True, text=True)
        results = [json.loads(line) for line in done.stdout.splitlines()]
        return results, done.stderr

    def wait_for_all(self, seconds):
        end = time.time() + seconds
        while True:
            results, said = self.collect()
            if len({result["ref"] for result in results}) >= self.archive.count:
                return results, said
            assert time.time() < end, f"{len(results)} results after {seconds} s: {said}"
            time.sleep(2)


def end(worker):
    worker.send_signal(signal.SIGTERM)
    _, said = worker.communicate(timeout=60)
    assert worker.returncode == 0, (worker.returncode, said)


def check(fleet, results, said, may_repeat):
    scores = [each for each in results if "quality" in each]
    dead = [each for each in results if "code" in each]
    print(f"{fleet.name}: {len(scores)} scores, {len(dead)} dead letters; {said.strip()}")
    archive = fleet.archive
    assert len(scores) == archive.good, (len(scores), archive.good)
    assert len({each["ref"] for each in scores}) == archive.good
    assert len(dead) == archive.bad, (len(dead), archive.bad)
    assert all(each["code"] != "internal" for each in dead), collections.Counter(
        each["code"] for each in dead)
    if not may_repeat:
        assert " 0 repetitions" in said, said
    local = subprocess.run([fleet.program, "score", "-q", "-r", "--format", "jsonl",
                            str(archive.folder)], capture_output=True, text=True)
    expected = {}
    for line in local.stdout.splitlines():
        score = json.loads(line)
        if score["quality"] is not None:
            expected[score["file"]] = (score["quality"], score["logit"])
    for each in scores:
        path = each["ref"].removeprefix("file://")
        assert expected[path] == (each["quality"], each["logit"]), each


def disturbed(fleet, may_repeat):
    """Two workers; one is killed, then the broker, then the other, all amid their work."""
    fleet.enqueue()
    pause = max(2.0, fleet.archive.count / 2000)
    workers = [fleet.worker("-q"), fleet.worker("-q")]
    time.sleep(2 * pause)
    workers[0].kill()
    workers[0].wait()
    workers[0] = fleet.worker("-q")
    time.sleep(pause)
    fleet.kafka.kill()
    time.sleep(2)
    fleet.kafka.start()
    time.sleep(2 * pause)
    workers[1].kill()
    workers[1].wait()
    workers[1] = fleet.worker("-q")
    # Transactions of the dead block readers of what is committed until they time out.
    results, said = fleet.wait_for_all(240 + fleet.archive.count / 50)
    for worker in workers:
        end(worker)
    results, said = fleet.collect()
    check(fleet, results, said, may_repeat)


def killed(program, kafka, archive):
    disturbed(Fleet(program, kafka, archive, "killed"), may_repeat=True)


def exactly_once(program, kafka, archive):
    disturbed(Fleet(program, kafka, archive, "exactly_once", "--exactly-once", "-X",
                    "transaction.timeout.ms=20000"), may_repeat=False)


def tls(program, kafka, archive):
    """Mutual TLS; without a certificate of its own a client is refused."""
    fleet = Fleet(program, kafka, archive, "tls")
    refused = subprocess.run([program, "collect", "--kafka", f"127.0.0.1:{kafka.tls_port}", "-X",
                              "security.protocol=ssl", "-X", f"ssl.ca.location={kafka.folder}/ca.pem",
                              "--timeout", "5"], capture_output=True, text=True)
    assert refused.returncode == 2, refused
    print(f"tls, without a certificate: {refused.stderr.strip()}")
    (kafka.folder / "client.properties").write_text(f"""
security.protocol=ssl
ssl.ca.location={kafka.folder}/ca.pem
ssl.certificate.location={kafka.folder}/client.crt
ssl.key.location={kafka.folder}/client.key
""")
    fleet.cluster = ["--kafka", f"127.0.0.1:{kafka.tls_port}", "--kafka-config",
                     f"{kafka.folder}/client.properties", "-X", "allow.auto.create.topics=true"]
    fleet.enqueue()
    worker = fleet.worker("-q")
    results, said = fleet.wait_for_all(120 + archive.count / 50)
    end(worker)
    check(fleet, results, said, may_repeat=False)


def seconds_of(workers, ports, count):
    """Until their figures say that all pictures are done; without their start."""
    def done(port):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
                lines = answer.read().decode().splitlines()
        except OSError:
            return 0
        return sum(float(line.split()[-1]) for line in lines
                   if line.startswith("fliqe_work_pictures_total"))
    begin = None
    while True:
        answered = sum(done(port) for port in ports)
        if begin is None and answered > 0:
            begin, first = time.time(), answered
        if answered >= count:
            return (time.time() - begin) * count / (count - first)
        assert all(worker.poll() is None for worker in workers)
        time.sleep(0.2)  # to ask takes a processor's time, too


def cpu_seconds(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def measure(program, kafka, archive):
    """One worker against `fliqe score`; two workers on a core each against one. The broker shares the
    cores where there are two only: hence the processor's time beside the clock's."""
    cores = sorted(os.sched_getaffinity(0))[:2]
    for round_ in range(3):
        begin, used = time.time(), resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([program, "score", "-q", "-r", "--format", "jsonl", "-o", "/dev/null",
                        str(archive.folder)], capture_output=True)
        times = {"score": time.time() - begin}
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        processor = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
        said = [f"score {times['score']:.1f} s (processor {processor:.1f} s)"]
        for name, groups in {"worker": [cores], "one core": [cores[:1]],
                             "two of one core": [cores[:1], cores[1:]]}.items():
            fleet = Fleet(program, kafka, archive, f"time{round_}{name.replace(' ', '')}")
            fleet.enqueue()
            ports = [free_port() for _ in groups]
            brokers = cpu_seconds(kafka.process)
            workers = [fleet.worker("-q", "--threads", str(len(group)), "--metrics",
                                    f"127.0.0.1:{port}",
                                    prefix=("taskset", "-c", ",".join(map(str, group))))
                       for group, port in zip(groups, ports)]
            times[name] = seconds_of(workers, ports, archive.count)
            said.append(f"{name} {times[name]:.1f} s (processor {sum(map(cpu_seconds, workers)):.1f} s, "
                        f"broker {cpu_seconds(kafka.process) - brokers:.1f} s)")
            for worker in workers:
                end(worker)
        print("; ".join(said), f"; worker / score {times['worker'] / times['score']:.3f},",
              f"one / two {times['one core'] / times['two of one core']:.2f}", flush=True)


def cameras(program, kafka, archive):
    """Of two machines that share cameras one is killed: the other watches all, soon."""
    folder, names = kafka.folder, {f"camera{i}" for i in range(PARTITIONS)}
    (folder / "cameras.json").write_text(json.dumps({"streams": [
        {"name": name, "source": f"rtsp://127.0.0.1:{free_port()}/none"} for name in names]}))
    fleet = Fleet(program, kafka, archive, "cameras")
    fleet.run("enqueue", *fleet.cluster, "--cameras", str(folder / "cameras.json"))

    def log_of(number):
        return folder / f"watch{number}.jsonl"

    def begun(number, after=0):
        """When the watcher last said something of each camera."""
        lines = log_of(number).read_text()[after:].splitlines()
        events = [json.loads(line) for line in lines if line.endswith("}")]
        return {each["stream"]: each["timestamp"] for each in events if "stream" in each}

    watchers = []
    for number in range(2):
        with open(log_of(number), "w") as log:
            watchers.append(subprocess.Popen(
                [program, "watch", "-q", *fleet.cluster, "--cameras-topic", "fliqe.cameras", "--group",
                 "house", "--topic", "events"], stdout=log))
    time.sleep(30)
    first, second = begun(0), begun(1)
    lost = {name for name in first if first[name] > second.get(name, "")}
    assert lost and lost != names and lost | set(second) == names, (lost, second)
    watchers[0].kill()
    killed_at, before = time.time(), len(log_of(1).read_text())
    while not lost <= set(begun(1, before)):
        assert time.time() < killed_at + 60, lost - set(begun(1, before))
        time.sleep(0.1)
    print(f"cameras: {len(lost)} of {len(names)} taken over {time.time() - killed_at:.1f} s after a kill")
    end(watchers[1])


SCENARIOS = {"killed": killed, "exactly_once": exactly_once, "tls": tls, "cameras": cameras,
             "time": measure}


def main():
    program = sys.argv[1]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 2000
    chosen = sys.argv[4:] or ["killed", "exactly_once", "tls", "cameras"]
    if "built without Kafka" in subprocess.run([program, "collect", "--kafka", "127.0.0.1:1",
                                                "--timeout", "0.1"], capture_output=True,
                                               text=True).stderr:
        skip("built without Kafka")
    if shutil.which("java") is None:
        skip("no Java")
    libraries = kafka_libraries()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "pictures").mkdir()
        pictures = []
        for i, path in enumerate(sorted(pathlib.Path(sys.argv[2]).glob("*.jp*g"))):
            pictures.append(folder / "pictures" / f"{i}.jpg")
            shutil.copy(path, pictures[-1])
        (folder / "archive").mkdir()
        archive = Archive(folder / "archive", pictures, count)
        (folder / "kafka").mkdir()
        kafka = Kafka(libraries, folder / "kafka")
        try:
            for name in chosen:
                SCENARIOS[name](program, kafka, archive)
        finally:
            kafka.kill()


if __name__ == "__main__":
    main()
