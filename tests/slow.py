"""The slow tests: those that `make test-fast` leaves out, chosen by how long they took.

`tests/slow.txt` names a test or a whole file in each line; a file named there is not even
imported. `make slow` measures all tests and lists those that take longest, then measures the fast
tests and lists the files that still take longest: what the tests of a file share, such as a
fixture, counts for the first of them, and for the next when the first is left out.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree

TESTS = Path(__file__).parent
LIST = TESTS / "slow.txt"
BUDGET = 60.0  # seconds that the fast tests may take, all together
# Libraries that take seconds to import: a file that imports them at once is slow as a whole.
HEAVY = re.compile(r"^(import |from |\w+ = pytest\.importorskip\(\")(torch|peft)\b", re.MULTILINE)


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


def choose(seconds: dict[str, float], budget: float) -> set[str]:
    """Those that take longest, so many that the others take no more than the budget."""
    chosen, left = set(), sum(seconds.values())
    for name in sorted(seconds, key=lambda one: -seconds[one]):
        if left <= budget:
            break
        chosen.add(name)
        left -= seconds[name]
    return chosen


def file_of(name: str) -> str:
    return name.partition("::")[0]


def is_heavy(path: str) -> bool:
    file = TESTS / path
    return file.exists() and HEAVY.search(file.read_text()) is not None


def slow_names(seconds: dict[str, float], budget: float) -> set[str]:
    """The slowest tests; a file of which all tests are slow is named once."""
    heavy = {name for name in seconds if is_heavy(file_of(name))}
    chosen = heavy | choose({one: seconds[one] for one in seconds.keys() - heavy}, budget)
    fast = {file_of(name) for name in seconds.keys() - chosen}
    return {name if file_of(name) in fast else file_of(name) for name in chosen}


def slow_files(seconds: dict[str, float], budget: float) -> set[str]:
    """The slowest files."""
    files: dict[str, float] = defaultdict(float)
    for name, taken in seconds.items():
        files[file_of(name)] += taken
    return choose(files, budget)


def main(every: Path, fast: Path | None) -> None:
    """Write the list, by the report of all tests or, when it is there, by that of the fast."""
    names = slow_names(measured(every), BUDGET)
    if fast:
        files = slow_files(measured(fast), BUDGET)
        names = files | {name for name in names if file_of(name) not in files}
    LIST.write_text("\n".join(sorted(names)) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
