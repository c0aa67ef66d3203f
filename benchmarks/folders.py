"""Submitted folders: overhead of sandbox and referee, workers, fifty researchers and a kill.

    python benchmarks/folders.py [run submission workers crowd] [--json]

Each section prints its values; without names all sections run. Run it on a quiet machine.

- `run`: time of one run of a trivial folder and of one that trains a head: in a bare Python
  process, in the sandbox, and in containers with `runc` and `runsc` (gVisor) where these start.
- `submission`: the referee's own time per submission, with runs that take no time.
- `workers`: submissions per minute with one worker and with two.
- `crowd`: fifty researchers submit over HTTP to a real server with the real sandbox. The server is
  killed in the middle and started again. The command ends with an error unless all charges are
  exact, no budget is exceeded, and every accepted submission is scored once.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from truing.errors import BudgetError, IsolationError, ServerError
from truing.research import (
    Budget,
    Folders,
    Ledger,
    MethodCard,
    Referee,
    ResearchConfig,
    Submission,
    WeakToStrong,
)
from truing.research.doors import HttpDoor, Tokens
from truing.research.doors._operator import Operator
from truing.research.doors._worker import Worker
from truing.research.folders import (
    FolderLimits,
    FolderRun,
    FrozenFolder,
    Labeled,
    RunInputs,
    Usage,
    assign,
)
from truing.research.isolation import FolderContainer, FolderSandbox
from truing.research.ledger import Scored, Submitted, read_records
from truing.research.problems import WeakToStrongProblem
from truing.run_files import LEDGER
from truing.tasks import load_task

TRIVIAL = """
import json
import numpy as np
task = json.load(open("inputs/task.json"))
beliefs = np.random.default_rng(task["seed"]).random((task["predict"], len(task["choices"])))
np.save("outputs/predictions.npy", beliefs)
"""
HEAD = """
from truing import pipeline
given = pipeline.load()
head = pipeline.fit_head(given.learn_features, given.weak)
pipeline.save(head.predict(given.predict_features))
"""
CARD = MethodCard(claim="it is trivial", mechanism="none", expected_effect=0.0)
SECTIONS: dict[str, Callable[[argparse.Namespace], dict]] = {}


def section(measure: Callable[[argparse.Namespace], dict]) -> Callable:
    """Add a section, named like its function."""
    SECTIONS[measure.__name__] = measure
    return measure


def folder(text: str) -> Submission:
    """The trivial folder; a text makes it differ from others."""
    content = FrozenFolder({"run.py": TRIVIAL, "note.txt": text}).to_json()
    return Submission(kind="folder", content=content, card=CARD)


def config(budget: Budget, cpu: int = 20, finalists: int = 1) -> ResearchConfig:
    """Digits with two seeds; each run may use one thread."""
    problem = WeakToStrong(climb=("digits",), other_tasks=(), strong="spectral-64", seeds=2)
    limits = FolderLimits(cpu=cpu, seconds=120, memory_mb=1024, threads=1)
    return ResearchConfig(
        problem=problem,
        budget=budget,
        files=False,
        finalists=finalists,
        folders=Folders(limits=limits),
    )


def interval(values: ArrayLike, of: Callable = np.median) -> tuple[float, float, float]:
    """A statistic of values (n,), with its 95% bootstrap interval."""
    drawn = np.random.default_rng(0).choice(values, (2000, np.size(values)))
    low, high = np.percentile([of(one) for one in drawn], [2.5, 97.5])
    return float(of(values)), float(low), float(high)


def shown(found: tuple[float, float, float], unit: str) -> str:
    """A value with its interval."""
    value, low, high = found
    return f"{value:.3f} {unit} [{low:.3f}, {high:.3f}]"


@section
def run(given: argparse.Namespace) -> dict:
    """Time of a run: a bare Python process, the sandbox, and containers, in turns."""
    task = load_task("digits").task
    k = len(task.choices)
    rng = np.random.default_rng(0)
    features = rng.normal(size=(1500, 64))
    labeled = Labeled(np.arange(1000), rng.dirichlet(np.ones(k), 1000))
    scored = np.arange(1000, 1500)
    drawn: dict[str, Any] = {"secret": b"k" * 32, "draw": ("benchmark",)}
    assigned = assign(task, labeled, scored, features=features, **drawn)
    results: dict[str, tuple[float, float, float]] = {}
    for name, code in {"trivial": TRIVIAL, "head": HEAD}.items():
        frozen = FrozenFolder({"run.py": code})
        ways = _ways(frozen, assigned.inputs)
        times: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(given.runs):
            for way, once in ways.items():
                began = time.perf_counter()
                once()
                times[way].append(time.perf_counter() - began)
        print(f"run of a {name} folder, {given.runs} runs of each, medians:")
        for way, values in times.items():
            results[f"{name} {way}"] = interval(values)
            print(f"  {way}: {shown(results[f'{name} {way}'], 's')}")
    return results


def _ways(frozen: FrozenFolder, inputs: RunInputs) -> dict[str, Callable[[], None]]:
    """Functions that run a folder once, by name. The first runs are over."""
    limits = FolderLimits(threads=1)

    def bare() -> None:
        with tempfile.TemporaryDirectory() as name:
            place = Path(name)
            frozen.write(place)
            for one in ("inputs", "outputs"):
                (place / one).mkdir()
            inputs.write(place / "inputs")
            single = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
            subprocess.run([sys.executable, "-s", "run.py"], cwd=place, env=single, check=True)

    def within(runner: FolderSandbox) -> Callable[[], None]:
        def once() -> None:
            found = runner.run(frozen, inputs)
            assert not found.failure, found

        return once

    runners = [FolderSandbox(limits=limits)]
    for runtime in ("runc", "runsc"):
        try:
            runners.append(FolderContainer(limits, runtime=runtime))
        except IsolationError as error:
            print(f"without {runtime}: {error}", file=sys.stderr)
    ways = {"bare": bare, **{one.level: within(one) for one in runners}}
    for once in ways.values():
        once()
    return ways


class NoTime:
    """A runner whose runs take no time."""

    level = "none"

    def __init__(self, limits: FolderLimits):
        self.limits = limits

    def run(self, folder: FrozenFolder, inputs, surroundings=None) -> FolderRun:
        shape = len(inputs.predict.ids), len(inputs.choices)
        beliefs = np.random.default_rng(inputs.seed).dirichlet(np.ones(shape[1]), shape[0])
        return FolderRun(beliefs, "", Usage(0.1, 0.1, 1.0), self.level)


@section
def submission(given: argparse.Namespace) -> dict:
    """The referee's own time per submission: acceptance, queue, inputs, score and ledger."""
    with tempfile.TemporaryDirectory() as name:
        asked = config(Budget(each=10_000, all=10_000))
        referee = Referee(Path(name), asked)
        assert isinstance(referee.problem, WeakToStrongProblem)
        assert asked.folders is not None
        referee.problem.runner = NoTime(asked.folders.limits)
        referee.score(referee.submit("first", folder("it trains the baseline")).number)
        times, used = [], time.process_time()
        for at in range(given.submissions):
            began = time.perf_counter()
            number = referee.submit(f"r{at % 50}", folder(str(at))).number
            referee.work()
            times.append(time.perf_counter() - began)
            assert number in referee.state.read().outcomes
        used = (time.process_time() - used) / given.submissions
        referee.ledger.close()
    own_time, worst = interval(times), max(times)
    print(f"referee's own time per submission, {given.submissions} submissions, median:")
    print(f"  {shown(own_time, 's')}, worst {worst:.3f} s")
    print(f"  {used:.3f} processor seconds per submission (mean)")
    return {"own_time": own_time, "worst": worst, "cpu": used}


@section
def workers(given: argparse.Namespace) -> dict:
    """Submissions per minute with one worker and with two, in turns."""
    rates: dict[int, list[float]] = {1: [], 2: []}
    for block in range(given.blocks):
        for count in (1, 2) if block % 2 else (2, 1):
            with tempfile.TemporaryDirectory() as name:
                rates[count].append(_rate(Path(name), count, given.batch))
    ratios = np.divide(rates[2], rates[1])
    medians = {f"workers_{count}": statistics.median(own) for count, own in rates.items()}
    ratio = interval(ratios)
    print(f"submissions per minute ({os.cpu_count()} cores, {given.blocks} batches of each):")
    print(f"  1 worker {medians['workers_1']:.1f}, 2 workers {medians['workers_2']:.1f}")
    print(f"  ratio {shown(ratio, 'times')}")
    return {**medians, "ratio": ratio}


def _rate(place: Path, count: int, batch: int) -> float:
    """Submissions per minute of a number of workers."""
    referee = Referee(place, config(Budget(each=1000)))
    referee.score(referee.submit("first", folder("it trains the baseline")).number)
    for at in range(batch):
        referee.submit(f"r{at}", folder(str(at)))
    worker = Worker(referee, Operator(), halt=lambda error: None, count=count)
    began = time.perf_counter()
    worker.start()
    while len(referee.state.read().queue):
        time.sleep(0.02)
    took = time.perf_counter() - began
    worker.stop()
    referee.ledger.close()
    return 60 * batch / took


@section
def crowd(given: argparse.Namespace) -> dict:
    """Fifty researchers at once, and a kill in the middle; exits with 1 if a charge is wrong."""
    budget = Budget(each=20, cpu_each=6, cpu_all=given.researchers)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name) / "referee"
        path = Path(name) / "research.json"
        path.write_text(config(budget, cpu=2).model_dump_json())
        found = Crowd(place, path, given)
        found.meet()
        results = found.check(budget)
    print(f"{given.researchers} researchers over HTTP, real sandbox, 2 workers, one kill -9:")
    for name, value in results.items():
        print(f"  {name}: {value}")
    return results


class Crowd:
    """Researchers at a server that is killed and started again.

    Args:
        place: folder of the referee.
        path: its configuration.
        given: options of the command.
    """

    def __init__(self, place: Path, path: Path, given: argparse.Namespace):
        self.place, self.path, self.given = place, path, given
        self.until = time.monotonic() + given.seconds
        self.url = ""
        self.results: Counter[str] = Counter()
        self.lock = threading.Lock()

    def serve(self) -> subprocess.Popen:
        words = ["referee", "serve", "--config", self.path, "--folder", self.place, "--port", "0"]
        words += ["--workers", "2"]
        server = subprocess.Popen(
            [sys.executable, "-m", "truing", *map(str, words)], stdout=subprocess.PIPE, text=True
        )
        assert server.stdout is not None
        found = re.search(r"http://\S+", server.stdout.readline())
        assert found, "the server did not start"
        self.url = found[0]
        return server

    def meet(self) -> None:
        """Let all researchers submit; kill the server after a third of the time."""
        names = [f"r{i}" for i in range(self.given.researchers)]
        tokens = {name: Tokens(self.place).issue(name) for name in names}
        server = self.serve()
        threads = [
            threading.Thread(target=self.research, args=(name, token))
            for name, token in tokens.items()
        ]
        self.until = time.monotonic() + self.given.seconds
        for one in threads:
            one.start()
        time.sleep(self.given.seconds / 3)
        server.kill()
        server.wait()
        self.killed = self.count()
        server = self.serve()
        for one in threads:
            one.join()
        doors = [HttpDoor(self.url, token) for token in tokens.values()]
        while any(door.budget().cpu_reserved for door in doors):
            time.sleep(1)
        self.answers = {door.budget().researcher: door.budget() for door in doors}
        server.kill()
        server.wait()

    def research(self, name: str, token: str) -> None:
        """Submit folders until the time is over; a refused folder is submitted again."""
        at = 0
        while time.monotonic() < self.until and at < 4:
            try:
                HttpDoor(self.url, token).submit_method(folder(f"{name} {at}"))
                what, at = "accepted", at + 1
            except BudgetError:
                what = "refused"
                time.sleep(0.5)
            except ServerError:  # killed, or not there yet
                what = "not answered"
                time.sleep(0.2)
            with self.lock:
                self.results[what] += 1

    def count(self) -> str:
        """Numbers of accepted and of scored submissions now."""
        with Ledger(self.place / LEDGER) as ledger:
            accepted, scored = (len(ledger.entries(one.kind)) for one in (Submitted, Scored))
        return f"{accepted} accepted, {scored} scored"

    def check(self, budget: Budget) -> dict:
        """Recompute all charges from the ledger, and compare them with what was answered."""
        referee = Referee(self.place)
        entries = referee.ledger.entries()
        accepted, outcomes = read_records(entries, Submitted), read_records(entries, Scored)
        charges: Counter[str] = Counter()
        for one in outcomes.values():
            own = accepted[one.submission]
            charges[own.researcher] += min(math.ceil(one.evaluation.usage.cpu), own.reserved)
        exact = (
            sorted(one.submission for one in outcomes.values()) == list(accepted)
            and all(one.cpu_spent == charges[who] for who, one in self.answers.items())
            and max(charges.values()) <= (budget.cpu_each or math.inf)
            and charges.total() <= (budget.cpu_all or math.inf)
            and referee.ledger.verify().ok
        )
        referee.ledger.close()
        return {
            "requests": dict(self.results),
            "at the kill": self.killed,
            "accepted": len(accepted),
            "scored once each": len(outcomes),
            "failed": sum(bool(one.evaluation.failure) for one in outcomes.values()),
            "processor seconds charged": f"{charges.total()} of {budget.cpu_all}",
            "most of a researcher": f"{max(charges.values())} of {budget.cpu_each}",
            "exact": exact,
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--submissions", type=int, default=100)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--blocks", type=int, default=4)
    parser.add_argument("--researchers", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--json", action="store_true", help="print the values as JSON at the end")
    given = parser.parse_args()
    if unknown := set(given.sections) - SECTIONS.keys():
        parser.error(f"unknown section {min(unknown)!r}; allowed: {', '.join(SECTIONS)}")
    with tempfile.TemporaryDirectory() as name:
        os.environ["TRUING_STORE"] = f"{name}/store"
        results = {one: SECTIONS[one](given) for one in given.sections or SECTIONS}
    if given.json:
        print(json.dumps(results))
    sys.exit(not results.get("crowd", {"exact": True})["exact"])


if __name__ == "__main__":
    main()
