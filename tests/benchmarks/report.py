#!/usr/bin/env python3
"""One table of all that benchmarks measured against an aim, and drawings of how costs grow.

  report.py RESULTS [--draw FOLDER]

RESULTS is what guards.py, editor.py and jobs.py were given as --results. A drawing is NAME.svg in FOLDER, and needs matplotlib
(apt-get install python3-matplotlib).
"""

import argparse
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from measure import Table  # noqa: E402
from results import read  # noqa: E402


def shown(value, unit):
    return f"{value:.2f}" if not unit else f"{value:,.1f} {unit}"


def table_of(entries):
    for machine in dict.fromkeys(one["text"] for one in entries if one["kind"] == "machine"):
        print(machine)
    # Measured again, the newer one counts.
    aims = {one["what"]: one for one in entries if one["kind"] == "aim"}
    table = Table("measured", "it is", "aim", "")
    for what, one in aims.items():
        table.row(what, shown(one["value"], one["unit"]), f"{one['aim']} {one['unit']}".strip(), "met" if one["met"] else "not met")
    met = sum(one["met"] for one in aims.values())
    print(f"\n{met} of {len(aims)} aims are met.")


def draw(entries, folder):
    try:
        import matplotlib
    except ImportError:
        sys.exit("report.py: the drawings need matplotlib: apt-get install python3-matplotlib")
    matplotlib.use("svg")
    # The same results make the same file.
    matplotlib.rcParams.update({"svg.hashsalt": "poolguard", "svg.fonttype": "none", "font.family": "sans-serif"})
    from matplotlib import pyplot

    drawings = {}
    for one in entries:
        if one["kind"] == "point":
            drawings.setdefault(one["drawing"], {}).setdefault((one["along"], one["what"]), {})[one["x"]] = one["y"]
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in drawings.items():
        figure, axes = pyplot.subplots(len(lines), 1, figsize=(6, 2.6 * len(lines)), squeeze=False)
        for (along, what), points in lines.items():
            plot = axes[list(lines).index((along, what))][0]
            places, values = zip(*sorted(points.items()))
            plot.plot(places, values, marker="o", color="#20639b")
            plot.set(xscale="log", xlabel=along, ylabel=what)
            if max(values) > 50 * min(values):
                plot.set(yscale="log")  # what grows as its cause does is a straight line then
            else:
                plot.set(ylim=(0, max(values) * 1.15))
            plot.set_xticks(places, [f"{place:,}" for place in places])
            plot.minorticks_off()
            plot.grid(alpha=0.3)
        figure.tight_layout()
        figure.savefig(folder / f"{name}.svg", metadata={"Date": None, "Creator": None})
        pyplot.close(figure)
        print(f"drawn: {folder / name}.svg")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=pathlib.Path)
    parser.add_argument("--draw", type=pathlib.Path, metavar="FOLDER")
    options = parser.parse_args()
    if not options.results.exists():
        sys.exit(f"report.py: there is no '{options.results}': give a benchmark --results {options.results} first")
    entries = read(options.results)
    table_of(entries)
    if options.draw:
        draw(entries, options.draw)


if __name__ == "__main__":
    main()
