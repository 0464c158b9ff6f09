"""Keyhold's figures. Run by tests/bench/run.sh.

Each value is a ratio or a difference measured in one run: the thing it is
compared to is measured right beside it, on the same core.
"""

import argparse
import pathlib
import sys

from tests.bench import figure, plots, rig
from tests.bench.figures import FIGURES


def main():
    parser = argparse.ArgumentParser(description="Keyhold's figures.")
    parser.add_argument("--quick", nargs="+", metavar="NAME", help="measure only these")
    parser.add_argument("--list", action="store_true", help="name the figures and end")
    parser.add_argument("--plots", action="store_true", help="draw docs/performance/*.svg and end")
    arguments = parser.parse_args()
    known = {one.name for one in FIGURES}
    unknown = set(arguments.quick or ()) - known
    if unknown:
        parser.error(f"no such figure: {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
    if arguments.list:
        for one in FIGURES:
            print(f"{one.name:28} {one.target_text()} {one.unit}")
        return 0
    if arguments.plots:
        with rig.temporary_rig() as bench:
            plots.draw_all(bench)
        return 0
    chosen = [f for f in FIGURES if not arguments.quick or f.name in arguments.quick]
    print(f"{rig.cpu_model()}, server and load on a core each, {figure.RUNS} runs a figure")
    figure.print_header()
    measured = []
    with rig.temporary_rig() as bench:
        for one in chosen:
            measured.append(figure.Measured(one, one.measure(bench)))
            figure.print_row(measured[-1])
    path = pathlib.Path(rig.ROOT) / "bench.json"
    figure.write_json(path, measured)
    print(f"written: {path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
