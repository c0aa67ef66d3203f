"""Folder attacks: what folders learn about labels that are noise, in 800 submissions to a referee.

    python benchmarks/folder_attacks.py [--queries 800] [--attacks boosting "flips of 50" ...]

Each folder contains an answer for every scored item, keyed on its content. The referee trains its
baseline, scores, releases and writes its ledger as always; only `run.py` is a function of this
process. The benchmark fails if a released score is above 0.05: the labels are noise, so that a
folder that has learned nothing has a gain of 0.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.research.attacks import ATTACKS
from tests.research.noise import AttackedReferee, make_noise

ALLOWED = 0.05


def attack(name: str, queries: int) -> tuple[str, float, float, float]:
    """Name, highest released score, true gain of the final answers, and the step."""
    with tempfile.TemporaryDirectory() as place:
        problem = make_noise(Path(place))
        attacked = AttackedReferee(problem, Path(place) / "run", queries)
        rng = np.random.default_rng(0)
        found = ATTACKS[name](attacked.query, len(attacked.truth), queries, rng)
        gain = float((found == attacked.truth).mean()) - attacked.baseline
        assert len(attacked.released) == queries
        return name, max(attacked.released), gain, attacked.referee.step


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--queries", type=int, default=800)
    parser.add_argument("--attacks", nargs="*", choices=[*ATTACKS], default=[*ATTACKS])
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    print(f"{given.queries} folders for each attack; labels are noise")
    worst = 0.0
    with ProcessPoolExecutor(given.processes) as pool:
        runs = [pool.submit(attack, name, given.queries) for name in given.attacks]
        for run in runs:
            name, released, gain, step = run.result()
            worst = max(worst, released)
            print(
                f"{name:18} released at most {released:+.3f}, true gain of the final answers "
                f"{gain:+.3f}, step {step:.3f}",
                flush=True,
            )
    print(f"highest released score {worst:+.3f}; allowed {ALLOWED:+.3f}")
    return int(worst > ALLOWED)


if __name__ == "__main__":
    sys.exit(main())
