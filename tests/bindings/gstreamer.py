#!/usr/bin/env python3
"""The element fliqequality in pipelines of gst-launch-1.0.

    gstreamer.py PROGRAM PLUGIN_FOLDER PROJECT     exit 77: GStreamer's tools are not installed"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

FRAMES = 12


def run(command, environment=None, folder=None):
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **(environment or {})}, cwd=folder,
                          timeout=300)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done


def make_frames(program, picture, folder):
    """A sequence of PNGs that get darker: folder/frames/000.png and so on."""
    os.mkdir(f"{folder}/frames")
    for i in range(FRAMES):
        run([program, "distort", picture, "--type", "Underexposure", "--param", f"factor={1 - i / (2 * FRAMES)}",
             "-o", f"{folder}/frames/{i:03d}.png"])


def messages(text):
    found = []
    for line in text.splitlines():
        if "fliqe-quality," in line:
            fields = dict(re.findall(r"([a-z-]+)=\([a-z0-9]+\)([^,;]+)", line))
            found.append((int(fields["frame"]), float(fields["quality"]), float(fields["smoothed-quality"])))
    return found


def documented_pipeline(project):
    with open(f"{project}/docs/video.md") as document:
        return next(line for line in document if line.startswith("    gst-launch-1.0 -m multifilesrc")).split()


def test_the_documented_line_gives_the_scores_of_fliqe_video(program, environment, folder, project):
    lines = run([program, "video", "frames/%03d.png", "--format", "jsonl", "-q"], folder=folder).stdout.splitlines()
    expected = [json.loads(line) for line in lines]
    found = messages(run(documented_pipeline(project), environment, folder).stdout)
    assert len(found) == len(expected) == FRAMES, (len(found), len(expected))
    for (frame, quality, smoothed), line in zip(found, expected):
        assert frame == line["frame"], (frame, line)
        assert abs(quality - line["quality"]) < 1e-6 and abs(smoothed - line["smoothed"]) < 1e-6, (quality, smoothed, line)


def test_nothing_leaks(environment):
    pipeline = "videotestsrc num-buffers=50 ! video/x-raw,format=BGR,width=320,height=256 ! tee name=t t. ! queue ! " \
               "fliqequality ! fakesink t. ! queue ! fakesink"
    done = run(["gst-launch-1.0", *pipeline.split()], {**environment, "GST_TRACERS": "leaks", "GST_DEBUG": "GST_TRACER:7"})
    alive = re.findall(r"object-alive, type-name=\(string\)[A-Z]\w+.*", done.stderr)
    assert not alive, alive


def test_inspect_describes_it(environment):
    text = run(["gst-inspect-1.0", "fliqequality"], environment).stdout
    for word in ("weights", "precision", "window", "interval", "threshold", "GRAY16_LE", "Thermal image quality"):
        assert word in text, word


def main():
    program, plugins, project = sys.argv[1:]
    if not shutil.which("gst-launch-1.0"):
        print("skipped: gstreamer1.0-tools is not installed")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        environment = {"GST_PLUGIN_PATH": plugins, "GST_REGISTRY": folder + "/registry"}
        if subprocess.run(["gst-inspect-1.0", "--exists", "pngdec"], env={**os.environ, **environment}).returncode != 0:
            print("skipped: gstreamer1.0-plugins-good is not installed")
            sys.exit(77)
        make_frames(program, f"{project}/examples/images/0_120_60_0_09564.jpg", folder)
        test_the_documented_line_gives_the_scores_of_fliqe_video(program, environment, folder, project)
        test_nothing_leaks(environment)
        test_inspect_describes_it(environment)
    print("gst-launch-1.0 and fliqe video agree")


if __name__ == "__main__":
    main()
