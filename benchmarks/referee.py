"""The referee: its own time per submission, a composition on digits, fifty researchers at once.

    python benchmarks/referee.py [--seconds 60] [--researchers 50]

The first number is the time from a submission to its outcome without training and isolation
(target: 50 ms, independent of the size of the ledger). The second is the time of scoring a
composition on digits with ten seeds, with and without stored baselines (target: 1 s on two cores).
In the third part researchers submit to a real server over HTTP as fast as they can, for a minute.
It ends with an error unless every budget is exact and no accepted submission is lost.
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
from truing.research import Referee
from truing.research._config import read_config
from truing.research._submission import Submission, read_submission
from truing.research.doors import HttpDoor, Tokens
from truing.research.doors._server import serving
from truing.research.ledger import Scored, Submitted, read_records
from truing.research.problems import Evaluation, Gain

CARD = {"claim": "it gains", "mechanism": "a reason", "expected_effect": 0.02}


class Untrained:
    """A problem without training, so that only the referee's own time remains."""

    def __init__(self, problem):
        self.problem, self.rng = problem, np.random.default_rng(0)

    def __getattr__(self, name):
        return getattr(self.problem, name)

    def evaluate(self, *_):
        value = float(self.rng.normal(0, 0.1))
        return Evaluation((Gain("cases", 0.5, value, value - 0.1, value + 0.1, 0.5),))


def protocols(count: int, seed: int) -> list[str]:
    """The given number of different compositions."""
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
    """Accept and score submissions one after another; report the first and the last hundred."""
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
    """Score compositions on digits with ten seeds one after another, as a researcher does."""
    config = {"problem": {"kind": "weak-to-strong"}, "files": False, "step": 0.005}
    referee, times = Referee(folder, read_config(config)), []
    for i in range(count):
        content = f"composition,targets=confidence,alpha={0.3 + 0.01 * i:.2f}"
        given = composition(content)
        began = time.perf_counter()
        receipt = referee.score(referee.submit("one", given).number)
        times.append(time.perf_counter() - began)
        assert receipt.status == "scored", receipt
    summary = f"first {times[0]:.2f} s, then median {statistics.median(times[1:]):.2f} s"
    print(f"digits, 10 seeds, {os.cpu_count()} cores: {summary}, worst {max(times[1:]):.2f} s")


def composition(content: str) -> Submission:
    """A submission of a composition."""
    return read_submission({"content": content, "card": CARD})


class Crowd:
    """Researchers who call all operations until a time, and their receipts."""

    def __init__(self, seconds: float):
        self.until = time.monotonic() + seconds
        self.lock = threading.Lock()
        self.waits: list[float] = []
        self.answers: Counter[str] = Counter()
        self.receipts: set[tuple[str, int]] = set()

    def research(self, door: HttpDoor, name: str, seed: int) -> None:
        rng, contents = np.random.default_rng(seed), protocols(40, seed)
        while time.monotonic() < self.until:
            content = contents[rng.integers(40)]
            began = time.perf_counter()
            try:
                number = door.submit_method(composition(content)).number
                what = "receipts"
            except BudgetError:
                number, what = None, "refused, budget spent"
            waited = time.perf_counter() - began
            if number is not None:
                door.get_result(number)
            (door.leaderboard, door.budget, door.read_findings)[rng.integers(3)]()
            with self.lock:
                self.waits.append(1000 * waited)
                self.answers[what] += 1
                self.receipts |= {(name, number)} if number else set()


def crowd(folder: Path, researchers: int, seconds: float) -> bool:
    """Return whether no submission was lost and all budgets were exact."""
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
        while len(referee.state.read().queue):
            time.sleep(0.05)
    entries = referee.ledger.entries()
    accepted = read_records(entries, Submitted)
    spent = Counter(one.researcher for one in accepted.values())
    outcomes = sorted(one.submission for one in read_records(entries, Scored).values())
    median, late = np.percentile(found.waits, [50, 99])
    summary = ", ".join(f"{count} {what}" for what, count in found.answers.items())
    print(
        f"{researchers} researchers, {seconds:.0f} s: {summary}; {len(accepted)} of {total} "
        f"accepted, at most {max(spent.values())} of {each} per researcher; "
        f"answered after {median:.0f} ms (median), {late:.0f} ms (99%)"
    )
    return (
        len(accepted) <= total
        and max(spent.values()) <= each
        and outcomes == list(accepted)
        and {(one.researcher, number) for number, one in accepted.items()} == found.receipts
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
