#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the manifests of examples/fleet: known fields only, what belongs together is the same, and
commands whose options exist. With the argument `schema`, also by Kubernetes' own schema.

Usage: manifests.py structure|schema PROJECT_DIR     Ends with 77 where modules are missing.
"""

import pathlib
import re
import sys

try:
    import yaml
except ImportError:
    print("skipped: python3-yaml is not installed")
    sys.exit(77)

# What the manifests may have; None ends a branch that is free.
SECURITY = {"allowPrivilegeEscalation": None, "readOnlyRootFilesystem": None, "capabilities": {"drop": None}}
CONTAINER = {
    "name": None, "image": None, "command": None, "args": None,
    "env": [{"name": None, "value": None}],
    "envFrom": [{"secretRef": {"name": None, "optional": None}}],
    "ports": [{"name": None, "containerPort": None}],
    "resources": {"requests": {"cpu": None, "memory": None}, "limits": {"cpu": None, "memory": None}},
    "securityContext": SECURITY,
    "volumeMounts": [{"name": None, "mountPath": None, "readOnly": None}],
}
POD = {
    "metadata": {"labels": None, "annotations": None},
    "spec": {
        "restartPolicy": None, "automountServiceAccountToken": None, "terminationGracePeriodSeconds": None,
        "securityContext": {"runAsNonRoot": None, "runAsUser": None, "fsGroup": None, "seccompProfile": {"type": None}},
        "containers": [CONTAINER],
        "volumes": [{"name": None, "persistentVolumeClaim": {"claimName": None, "readOnly": None}}],
    },
}
TOP = {"apiVersion": None, "kind": None, "metadata": {"name": None, "labels": None}}
JOB = {**TOP, "spec": {"completionMode": None, "completions": None, "parallelism": None, "backoffLimitPerIndex": None,
                       "maxFailedIndexes": None, "ttlSecondsAfterFinished": None, "template": POD}}
DEPLOYMENT = {**TOP, "spec": {"replicas": None, "selector": {"matchLabels": None}, "template": POD}}
OPTIONS = {
    "score": {"--quiet", "--recursive", "--shard", "--threads", "--format", "--output"},
    "enqueue": {"--kafka", "--jobs", "--job", "--recursive"},
    "work": {"--kafka", "--group", "--allow", "--jobs", "--scores", "--dead", "--exactly-once", "-X", "--metrics"},
    "collect": {"--kafka", "--scores", "--format", "-o"},
}


def require(condition, message):
    if not condition:
        sys.exit(message)


def check_fields(found, known, place):
    if known is None:
        return
    if isinstance(known, list):
        require(isinstance(found, list) and found, f"{place}: expected a list")
        for index, each in enumerate(found):
            check_fields(each, known[0], f"{place}[{index}]")
        return
    require(isinstance(found, dict), f"{place}: expected fields")
    for name, value in found.items():
        require(name in known, f"{place}: '{name}' is not known")
        check_fields(value, known[name], f"{place}.{name}")


def check_command(words, place):
    """Only options that `fliqe` has, or will have."""
    require(words and words[0] in OPTIONS, f"{place}: expected a command of fliqe, found {words[:1]}")
    for word in words[1:]:
        option = word.split("=")[0]
        require(not option.startswith("-") or option in OPTIONS[words[0]], f"{place}: {words[0]} has no {option}")


def check_pod(pod, place):
    spec = pod["spec"]
    container, = spec["containers"]
    volumes = {v["name"] for v in spec["volumes"]}
    require({m["name"] for m in container["volumeMounts"]} == volumes, f"{place}: mounts and volumes differ")
    require(spec["securityContext"]["runAsNonRoot"] is True, f"{place}: runs as root")
    require(container["securityContext"] == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                                             "capabilities": {"drop": ["ALL"]}}, f"{place}: has rights it does not need")
    for kind in ("requests", "limits"):
        require(container["resources"][kind]["cpu"] == "4", f"{place}: expected as many cores as --threads")
    for variable in container.get("env", []):
        require(isinstance(variable["value"], str), f"{place}: {variable['name']}: expected a string")
    return container


def check_job(job):
    check_fields(job, JOB, "job.yaml")
    require((job["apiVersion"], job["kind"]) == ("batch/v1", "Job"), "job.yaml: expected a Job of batch/v1")
    spec = job["spec"]
    require(spec["completionMode"] == "Indexed", "job.yaml: expected an index for each part")
    container = check_pod(spec["template"], "job.yaml")
    require({"name": "PARTS", "value": str(spec["completions"])} in container["env"], "job.yaml: PARTS is not completions")
    require(spec["template"]["spec"]["restartPolicy"] == "Never", "job.yaml: an indexed Job counts failed pods")
    script = container["args"][0]
    line = re.search(r"fliqe ((?:.|\\\n)*?[^\\])\n", script).group(1).replace("\\\n", " ")
    check_command(line.split(), "job.yaml")


def check_deployment(deployment):
    check_fields(deployment, DEPLOYMENT, "workers.yaml")
    require((deployment["apiVersion"], deployment["kind"]) == ("apps/v1", "Deployment"), "workers.yaml: expected a Deployment")
    spec = deployment["spec"]
    labels = spec["template"]["metadata"]["labels"]
    require(spec["selector"]["matchLabels"].items() <= labels.items(), "workers.yaml: the selector finds no pod")
    container = check_pod(spec["template"], "workers.yaml")
    check_command(container["args"], "workers.yaml")
    port = str(container["ports"][0]["containerPort"])
    require(spec["template"]["metadata"]["annotations"]["prometheus.io/port"] == port, "workers.yaml: ports differ")
    require(f"--metrics=0.0.0.0:{port}" in container["args"], "workers.yaml: ports differ")


def check_compose(compose, example):
    require(set(compose) == {"services", "volumes"}, "compose.yaml: expected services and volumes")
    known = {"image", "build", "command", "entrypoint", "restart", "hostname", "environment", "volumes", "healthcheck",
             "depends_on", "deploy", "read_only", "cap_drop", "security_opt", "stop_grace_period", "profiles"}
    services = compose["services"]
    for name, service in services.items():
        require(set(service) <= known, f"compose.yaml: {name}: {set(service) - known} is not known")
        for other, how in service.get("depends_on", {}).items():
            ends = how["condition"] == "service_completed_successfully"
            require(other in services and (ends or "healthcheck" in services[other]), f"compose.yaml: {name} waits for ever")
        for volume in service.get("volumes", []):
            source = re.sub(r"\$\{[^}]*\}", "./", volume).split(":")[0]
            require(source.startswith("./") or source in compose["volumes"], f"compose.yaml: {source} is not declared")
        if service["image"] == "fliqe":
            check_command(service["command"].split(), f"compose.yaml: {name}")
    build = services["work"]["build"]
    require((example / build["context"] / build["dockerfile"]).is_file(), "compose.yaml: there is no such Dockerfile")
    topics = re.search(r"for topic in (.*);", services["topics"]["command"][0]).group(1).split()
    require(topics == ["fliqe.jobs", "fliqe.scores", "fliqe.dead"], "compose.yaml: expected the topics of the workers")


def main():
    kind, example = sys.argv[1], pathlib.Path(sys.argv[2]) / "examples/fleet"
    manifests = {name: yaml.safe_load((example / name).read_text()) for name in ("job.yaml", "workers.yaml", "compose.yaml")}
    if kind == "structure":
        check_job(manifests["job.yaml"])
        check_deployment(manifests["workers.yaml"])
        check_compose(manifests["compose.yaml"], example)
        return
    try:
        import kubernetes_validate
    except ImportError:
        print("skipped: kubernetes-validate is not installed (pip install kubernetes-validate)")
        sys.exit(77)
    for name in ("job.yaml", "workers.yaml"):
        kubernetes_validate.validate(manifests[name], "1.29", strict=True)


if __name__ == "__main__":
    main()
