"""What a figure is, and the table and file that figures end up in."""

import dataclasses
import json
import statistics

# Runs of each figure.
RUNS = 5


@dataclasses.dataclass
class Samples:
    """The runs of one figure, and the conditions they were made under."""

    values: list
    conditions: str


@dataclasses.dataclass
class Figure:
    """A named measurement.

    `measure(bench)` returns Samples of at least five runs. `target` is the
    value to reach, None for what is only shown; `at_least` says from which
    side.
    """

    name: str
    unit: str
    target: float
    at_least: bool
    measure: object

    def reached(self, value):
        if self.target is None:
            return True
        return value >= self.target if self.at_least else value <= self.target

    def target_text(self):
        if self.target is None:
            return "for comparison"
        return f"{'>=' if self.at_least else '<='} {self.target:g}"


@dataclasses.dataclass
class Measured:
    figure: Figure
    samples: Samples

    @property
    def value(self):
        return statistics.median(self.samples.values)

    def as_json(self):
        return {
            "name": self.figure.name,
            "value": round(self.value, 4),
            "unit": self.figure.unit,
            "spread": [round(min(self.samples.values), 4), round(max(self.samples.values), 4)],
            "runs": len(self.samples.values),
            "target": self.figure.target_text(),
            "reached": self.figure.reached(self.value),
            "conditions": self.samples.conditions,
        }


def print_header():
    print(f"{'figure':28} {'median':>10} {'min':>10} {'max':>10} {'unit':6} target")


def print_row(measured):
    low, high = min(measured.samples.values), max(measured.samples.values)
    verdict = "" if measured.figure.reached(measured.value) else "  NOT REACHED"
    print(f"{measured.figure.name:28} {measured.value:10.3f} {low:10.3f} {high:10.3f} "
          f"{measured.figure.unit:6} {measured.figure.target_text()}{verdict}", flush=True)


def write_json(path, measured):
    path.write_text(json.dumps([m.as_json() for m in measured], indent=2) + "\n")
