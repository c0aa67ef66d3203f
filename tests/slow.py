"""The slow tests: those that `make test-fast` leaves out, chosen by how long they took.

`tests/slow.txt` names a test or a whole file in each line. `make slow` measures all tests and
writes the list again, so that the tests which remain take `BUDGET` seconds of one core.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree

TESTS = Path(__file__).parent
LIST = TESTS / "slow.txt"
BUDGET = 75.0  # seconds in all; with the start of the workers, 77 on two cores


def read_slow() -> frozenset[str]:
    """The names in the list, as `path/test_file.py` or `path/test_file.py::test_name`."""
    return frozenset(LIST.read_text().split())


def measured(report: Path) -> dict[str, float]:
    """Seconds of every test, all its cases together, by a JUnit report of pytest."""
    seconds: dict[str, float] = defaultdict(float)
    for case in ElementTree.parse(report).iter("testcase"):
        module, name = case.attrib["classname"], case.attrib["name"].partition("[")[0]
        path = module.removeprefix("tests.").replace(".", "/") + ".py"
        seconds[f"{path}::{name}"] += float(case.attrib["time"])
    return seconds


def choose(seconds: dict[str, float], budget: float) -> list[str]:
    """The tests that take longest, so many that the others take no more than the budget."""
    chosen, left = [], sum(seconds.values())
    for name in sorted(seconds, key=lambda one: -seconds[one]):
        if left <= budget:
            break
        chosen.append(name)
        left -= seconds[name]
    return sorted(chosen)


if __name__ == "__main__":
    LIST.write_text("\n".join(choose(measured(Path(sys.argv[1])), BUDGET)) + "\n")
