#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs an example of examples/fleet on a small archive: all parts together must be the scores of one
run, and what failed must be repeated by the same line.

Usage: parts.py slurm|parallel|kubernetes PROGRAM PROJECT_DIR     Ends with 77 where it cannot run.
"""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

PARTS = 3
PATIENCE = 120  # seconds, on a starved machine


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(what, action):
    end = time.monotonic() + PATIENCE
    while not action():
        if time.monotonic() > end:
            sys.exit(f"waited {PATIENCE} s for {what}")
        time.sleep(0.2)


@contextlib.contextmanager
def slurm(folder):
    """A cluster of one node without systemd; yields the environment that reaches it."""
    path = os.environ["PATH"] + ":/usr/sbin"
    if not all(shutil.which(p, path=path) for p in ("munged", "slurmctld", "slurmd", "sbatch")):
        skip("munge, slurmctld, slurmd or slurm-client is not installed")
    if os.geteuid() != 0:
        skip("slurmd needs root")
    host = socket.gethostname().split(".")[0]
    environment = {**os.environ, "PATH": path, "SLURM_CONF": str(folder / "slurm.conf")}
    for name in ("state", "spool"):
        (folder / name).mkdir()
    (folder / "munge.key").write_bytes(os.urandom(128))
    (folder / "munge.key").chmod(0o400)
    (folder / "slurm.conf").write_text(f"""
ClusterName=fliqe
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmctldPort={free_port()}
SlurmdPort={free_port()}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
MpiDefault=none
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
""")
    daemons = []

    def start(*command):
        with open(folder / "log", "ab") as log:
            daemons.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))

    try:
        start("munged", "--foreground", "--force", f"--key-file={folder}/munge.key", f"--socket={folder}/munge.socket",
              f"--pid-file={folder}/munged.pid", f"--log-file={folder}/munged.log", f"--seed-file={folder}/munged.seed")
        until("munged", (folder / "munge.socket").exists)
        start("slurmctld", "-D", "-i")
        start("slurmd", "-D")
        until("an idle node", lambda: "idle" in subprocess.run(
            ["sinfo", "--noheader", "--format=%T"], env=environment, capture_output=True, text=True).stdout)
        yield environment
    except SystemExit:
        print((folder / "log").read_text())
        raise
    finally:
        for daemon in reversed(daemons):
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(PATIENCE)


@contextlib.contextmanager
def runner(kind, folder, program, project, archive, results):
    """Yields what scores all parts and returns whether each succeeded."""
    example = project / "examples/fleet"
    environment = {**os.environ, "FLIQE": program, "FLIQE_THREADS": "1"}
    if kind == "slurm":
        with slurm(folder) as cluster:
            yield lambda: subprocess.run(
                ["sbatch", "--wait", f"--array=1-{PARTS}", "--cpus-per-task=1", "--mem=0", f"--output={folder}/log-%a",
                 str(example / "score.slurm"), str(PARTS), archive, results],
                env={**environment, **cluster}).returncode == 0
    elif kind == "parallel":
        found = subprocess.run(["parallel", "--version"], capture_output=True, text=True) if shutil.which("parallel") else None
        if found is None or "GNU parallel" not in found.stdout:
            skip("GNU parallel is not installed")
        environment["PARALLEL_HOME"] = str(folder)
        yield lambda: subprocess.run(
            ["bash", str(example / "parallel.sh"), str(PARTS), archive, results], env=environment).returncode == 0
    else:
        try:
            import yaml
        except ImportError:
            skip("python3-yaml is not installed")
        container = yaml.safe_load((example / "job.yaml").read_text())["spec"]["template"]["spec"]["containers"][0]
        script = container["args"][0].replace("/archive", f"'{archive}'").replace("/results", results)
        (folder / "fliqe").symlink_to(program)
        environment.update(PARTS=str(PARTS), PATH=f"{folder}:{os.environ['PATH']}")
        os.makedirs(results, exist_ok=True)
        yield lambda: all([subprocess.run(
            container["command"] + [script], env={**environment, "JOB_COMPLETION_INDEX": str(i)}).returncode == 0
            for i in range(PARTS)])


def scores_in(text):
    return sorted(text.splitlines())


def main():
    kind, program, project = sys.argv[1], os.path.abspath(sys.argv[2]), pathlib.Path(sys.argv[3]).resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        archive, results = folder / "an archive", folder / "results"
        shutil.copytree(project / "examples/images", archive / "day")
        (archive / "broken.jpg").write_bytes(b"no picture")
        whole = subprocess.run([program, "score", "--quiet", "--recursive", "--format", "jsonl", str(archive)],
                               capture_output=True, text=True)
        expected = scores_in(whole.stdout)
        assert whole.returncode == 3 and sum("error" in json.loads(line) for line in expected) == 1, whole
        with runner(kind, folder, program, project, str(archive), str(results)) as run:
            assert run(), "a part failed"
            files = sorted(results.iterdir())
            assert [f.name for f in files] == [f"scores-{i:05}-of-{PARTS:05}.jsonl" for i in range(1, PARTS + 1)], files
            assert scores_in("".join(f.read_text() for f in files)) == expected, "the parts are not the whole"
            times = [f.stat().st_mtime_ns for f in files]
            files[1].unlink()
            assert run(), "a part failed"
            assert scores_in("".join(f.read_text() for f in files)) == expected, "the part is not repeated"
            assert [f.stat().st_mtime_ns for f in files][::2] == times[::2], "all parts are repeated"
            shutil.move(archive, folder / "elsewhere")
            shutil.rmtree(results)
            (archive).mkdir()
            assert not run(), "parts without pictures succeed"
            assert not results.exists() or not list(results.glob("*.jsonl")), "there are results of nothing"
    print(f"{len(expected)} pictures in {PARTS} parts: the same scores as at once")


if __name__ == "__main__":
    main()
