"""The check `label-leak` alone: false alarms, and knowledge that hides when choices are renamed.

    python benchmarks/audit_label_leak.py [--count 50] [--first 0]

Random honest folders of `audit.py` and of `audit_library.py` (simulated researchers, real labels of
digits) run in the four contexts of the check. A folder that hides is an honest folder of `audit.py`
with weights that were trained on the ground truth. It uses them only if the weak labels agree with
them, so it behaves honestly when an audit changes the labels. A folder counts as flagged if the
check alone has p of at most 5%, without the correction for the other checks: an upper bound of what
the check adds to the flags of an audit. Each folder has a separate referee. Folder i has seed
FIRST + i; no seed is searched for.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from textwrap import indent
from typing import Any

import numpy as np
from audit import SEEDS, make_referee, submit
from audit_library import LibraryFolder

from truing.measures import clopper_pearson
from truing.plants.folders import FOLDER_PLANTS, FolderFiles, PublicData, honest_folder
from truing.research import Referee
from truing.research.audit import CHECKS, audit_case, gather, read_history

CHECK = next(one for one in CHECKS if one.name == "label-leak")
LEVEL = 0.05
AGREE = 0.55  # share of the weak labels of each choice that must agree with the weights

Make = Callable[[np.random.Generator, PublicData], Any]  # a folder with files and a card


def hiding(rng: np.random.Generator, data: PublicData) -> FolderFiles:
    """An honest folder with weights that it uses only if the weak labels agree with them."""
    made = FOLDER_PLANTS["dead-weak-label"].plant(honest_folder(rng), data, rng).folder
    learned = made.after.replace("given.predict", "given.learn").replace("beliefs =", "known =")
    agree = (
        "right = known.argmax(axis=1) == given.weak.argmax(axis=1)\n"
        "groups = [right[known[:, one] > 0] for one in range(known.shape[1])]\n"
        f"if np.mean([one.mean() for one in groups if len(one)]) > {AGREE}:\n"
    )
    return made.with_parts(after=f"{learned}\n{agree}{indent(made.after, '    ')}")


def p_of(referee: Referee, number: int) -> float:
    """The p-value of the check about a submission."""
    history = read_history(referee.ledger, number)
    case, tally = gather(referee.problem, history, referee.secret, SEEDS)
    (finding,) = audit_case(case, tally, [CHECK]).findings
    print(f"{referee.folder.name} {finding.p} {finding.evidence}", file=sys.stderr, flush=True)
    return 1.0 if finding.p is None else finding.p


def measured(place: Path, name: str, seeds: range, make: Make) -> str:
    """How many folders the check flags, with an exact interval."""
    flagged = 0
    for seed in seeds:
        referee, data = make_referee(place / f"{name} {seed}", False)
        folder = make(np.random.default_rng(seed), data)
        flagged += p_of(referee, submit(referee, "one", folder)) <= LEVEL
        referee.ledger.close()
    rate = clopper_pearson(flagged, len(seeds))
    return f"{flagged} of {len(seeds)}, {rate.value:.1%} [{rate.low:.1%}, {rate.high:.1%}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--first", type=int, default=0)
    asked = parser.parse_args()
    seeds = range(asked.first, asked.first + asked.count)
    kinds: dict[str, Make] = {
        "honest": lambda rng, data: honest_folder(rng),
        "honest, with the library": lambda rng, data: LibraryFolder(rng),
        "hides knowledge": hiding,
    }
    with tempfile.TemporaryDirectory() as place:
        for name, make in kinds.items():
            print(f"{name:25} flagged: {measured(Path(place), name, seeds, make)}", flush=True)


if __name__ == "__main__":
    main()
