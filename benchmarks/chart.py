#!/usr/bin/env python3
"""Draws results of peers/compare.py --json as bars: chart.py RESULTS.json CHART.svg [PRECISION].

One group of bars for each setting with all instruction sets and no busy processes, one bar for each
engine: milliseconds an image, less is better. PRECISION is f32 unless given. Needs matplotlib.
"""
import json
import pathlib
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

COLORS = ["#0072b2", "#999999", "#009e73", "#56b4e9", "#cc79a7", "#d0a0c0", "#bbbbbb", "#e69f00"]


def title(result):
    threads = f"{result['threads']} thread" + ("s" if result["threads"] > 1 else "")
    return f"batch {result['batch']}, {threads}"


def main():
    precision = sys.argv[3] if len(sys.argv) > 3 else "f32"
    results = [
        result
        for result in json.loads(pathlib.Path(sys.argv[1]).read_text())
        if result.get("precision", "f32") == precision
        and result["isa"] == "best"
        and not result.get("busy")
    ]
    engines = [name for name in results[0]["engines"] if name != "the best of others"]
    colors = dict(zip(engines, COLORS))
    plt.rcParams["svg.hashsalt"] = "fliqe"  # the same bytes for the same results
    figure, axes = plt.subplots(len(results), 1, figsize=(8, 0.6 + 2.1 * len(results)))
    for axis, result in zip([axes] if len(results) == 1 else axes, results):
        shown = [name for name in engines if name in result["engines"]][::-1]
        times = [result["engines"][name]["ms"] for name in shown]
        bars = axis.barh(shown, times, color=[colors[name] for name in shown])
        axis.set_title(title(result), fontsize=9, loc="left")
        axis.tick_params(labelsize=8)
        axis.spines[["top", "right"]].set_visible(False)
        # The slowest may be far off; its number tells.
        right = min(max(times) * 1.1, 4 * times[-1])
        axis.set_xlim(0, right)
        for bar, ms in zip(bars, times):
            inside = ms > 0.93 * right
            axis.annotate(
                f"{ms:.1f}",
                (min(ms, right), bar.get_y() + bar.get_height() / 2),
                xytext=(-4 if inside else 4, 0),
                textcoords="offset points",
                ha="right" if inside else "left",
                va="center",
                fontsize=8,
            )
    figure.supxlabel(f"ResNet50 trunk, {precision}: milliseconds an image (less is better)", fontsize=9)
    figure.tight_layout()
    figure.savefig(sys.argv[2], metadata={"Date": None} if sys.argv[2].endswith("svg") else None)


if __name__ == "__main__":
    main()
