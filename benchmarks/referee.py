"""The referee: its own time for a submission, a composition on digits, fifty researchers at once.

    python benchmarks/referee.py [--seconds 60] [--researchers 50]

The first figure is all that happens from a submission to its outcome but training and isolation
(targets: 50 ms, whatever the ledger holds already). The second is a composition scored on digits
over ten seeds, with what it is compared with known and not (target: 1 s on two cores). The third
lets researchers come to a real server by HTTP as fast as they can, for a minute, and ends with an
error unless every budget is exact and nothing accepted is lost.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import numpy as np

from truing.errors import BudgetError
from truing.research._config import read_config
from truing.research._referee import Referee
from truing.research._submission import read_submission
from truing.research.doors import HttpDoor, Tokens
from truing.research.doors._server import serving
from truing.research.problems import Evaluation, Gain

CARD = {"claim": "it gains", "mechanism": "a reason", "expected_effect": 0.02}


class Untrained:
    """A problem that trains nothing: what is left is the referee's own time."""

    def __init__(self, problem):
        self.problem, self.rng = problem, np.random.default_rng(0)

    def __getattr__(self, name):
        return getattr(self.problem, name)

    def evaluate(self, *_):
        value = float(self.rng.normal(0, 0.1))
        return Evaluation((Gain("cases", 0.5, value, value - 0.1, value + 0.1, 0.5),))


def protocols(count: int, seed: int) -> list[str]:
    """So many different compositions."""
    rng = np.random.default_rng(seed)
    helps = ("debate", "consultancy", "critique", "propaganda")
    every = [
        f"protocol,help={h},quotes={q},panel={p}"
        for h in helps
        for q in range(1, 5)
        for p in range(1, 4)
    ]
    return [every[i] for i in rng.permutation(len(every))[:count]]


def quick_referee(folder: Path, each: int, total: int) -> Referee:
    problem = {"kind": "choose-protocol", "cases": 10, "seeds": 2}
    config = {"problem": problem, "budget": {"each": each, "all": total}}
    referee = Referee(folder, read_config(config))
    referee.problem = Untrained(referee.problem)
    return referee


def own_time(folder: Path, submissions: int) -> None:
    """Accept and score one after the other; the first and the last hundred tell."""
    referee = quick_referee(folder, each=40, total=submissions)
    contents, times = protocols(40, seed=1), []
    for i in range(submissions):
        given = {"content": contents[i % 40], "card": CARD}
        began = time.perf_counter()
        referee.score(referee.submit(f"r{i // 40}", read_submission(given)).number)
        times.append(1000 * (time.perf_counter() - began))
    for name, part in (("first", times[:100]), ("last", times[-100:])):
        median, worst = statistics.median(part), max(part)
        print(f"own time, {name} 100 of {submissions}: median {median:.1f} ms, worst {worst:.1f}")


def digits(folder: Path, count: int) -> None:
    """Compositions on digits over ten seeds, as a researcher meets them one after the other."""
    config = {"problem": {"kind": "weak-to-strong"}, "files": False, "step": 0.005}
    referee, times = Referee(folder, read_config(config)), []
    for i in range(count):
        content = f"composition,targets=confidence,alpha={0.3 + 0.01 * i:.2f}"
        given = read_submission({"content": content, "card": CARD})
        began = time.perf_counter()
        receipt = referee.score(referee.submit("one", given).number)
        times.append(time.perf_counter() - began)
        assert receipt.status == "scored", receipt
    told = f"first {times[0]:.2f} s, then median {statistics.median(times[1:]):.2f} s"
    print(f"digits, 10 seeds, {os.cpu_count()} cores: {told}, worst {max(times[1:]):.2f} s")


class Crowd:
    """Researchers who do all that can be done, until a time; what they were told."""

    def __init__(self, seconds: float):
        self.until = time.monotonic() + seconds
        self.lock = threading.Lock()
        self.waits: list[float] = []
        self.told: Counter[str] = Counter()
        self.receipts: set[tuple[str, int]] = set()

    def research(self, door: HttpDoor, name: str, seed: int) -> None:
        rng, contents = np.random.default_rng(seed), protocols(40, seed)
        while time.monotonic() < self.until:
            content = contents[rng.integers(40)]
            began = time.perf_counter()
            try:
                number = door.submit_method("composition", content, "", CARD)["number"]
                what = "receipts"
            except BudgetError:
                number, what = None, "refused, budget spent"
            waited = time.perf_counter() - began
            if number is not None:
                door.get_result(number)
            (door.leaderboard, door.budget, door.read_findings)[rng.integers(3)]()
            with self.lock:
                self.waits.append(1000 * waited)
                self.told[what] += 1
                self.receipts |= {(name, number)} if number else set()


def crowd(folder: Path, researchers: int, seconds: float) -> bool:
    """Whether nothing was lost and all budgets were exact."""
    each, total = 20, 20 * researchers * 9 // 10  # so that both budgets end
    referee = quick_referee(folder, each, total)
    tokens, found = Tokens(folder), Crowd(seconds)
    with serving(referee) as url:
        doors = {f"r{i}": HttpDoor(url, tokens.issue(f"r{i}")) for i in range(researchers)}
        threads = [
            threading.Thread(target=found.research, args=(door, name, i))
            for i, (name, door) in enumerate(doors.items())
        ]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        while referee.tally.read().waiting():
            time.sleep(0.05)
    accepted = referee.ledger.entries("submission")
    spent = Counter(one.body["researcher"] for one in accepted)
    outcomes = sorted(one.body["submission"] for one in referee.ledger.entries("outcome"))
    median, late = np.percentile(found.waits, [50, 99])
    told = ", ".join(f"{count} {what}" for what, count in found.told.items())
    print(
        f"{researchers} researchers, {seconds:.0f} s: {told}; {len(accepted)} of {total} accepted, "
        f"most of one {max(spent.values())} of {each}; answered after {median:.0f} ms (median), "
        f"{late:.0f} ms (99%)"
    )
    return (
        len(accepted) <= total
        and max(spent.values()) <= each
        and outcomes == [one.number for one in accepted]
        and {(one.body["researcher"], one.number) for one in accepted} == found.receipts
        and referee.ledger.verify().ok
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--researchers", type=int, default=50)
    parser.add_argument("--submissions", type=int, default=1000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        os.environ["TRUING_STORE"] = f"{name}/store"
        own_time(Path(name) / "own", given.submissions)
        digits(Path(name) / "digits", 6)
        exact = crowd(Path(name) / "crowd", given.researchers, given.seconds)
    print("budgets exact, nothing lost" if exact else "SOMETHING WAS LOST OR CHARGED TWICE")
    sys.exit(not exact)


if __name__ == "__main__":
    main()
