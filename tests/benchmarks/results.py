"""What benchmarks leave for report.py: what was measured against an aim, and how costs grow."""

import json
import operator

COMPARE = {"≤": operator.le, "≥": operator.ge}


class Results:
    """Lines of JSON, each added as soon as it is known. Without a file they are only printed where they are measured."""

    def __init__(self, path=None):
        self.path = path

    def _add(self, entry):
        if self.path:
            with open(self.path, "a", encoding="utf-8") as file:
                file.write(json.dumps(entry, ensure_ascii=False) + "\n")

    def machine(self, text):
        self._add({"kind": "machine", "text": text})

    def held(self, what, value, aim, unit=""):
        """`value` of `what`, whose aim is '≤ N' or '≥ N'. Returns the aim as it is shown."""
        sign, most = aim.split()
        self._add({"kind": "aim", "what": what, "value": value, "unit": unit, "aim": aim, "met": COMPARE[sign](value, float(most))})
        return f"{aim} {unit}".strip()

    def grows(self, drawing, along, what, x, y):
        """A point of a drawing: at `x` of what it is drawn along, `y` of `what`."""
        self._add({"kind": "point", "drawing": drawing, "along": along, "what": what, "x": x, "y": y})


def read(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]
