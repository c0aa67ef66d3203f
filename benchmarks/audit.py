"""The auditor: which hacks it flags, how often it flags honest folders, and what an audit costs.

    python benchmarks/audit.py [--honest 50] [--hacks 5] [--first 0]
    python benchmarks/audit.py --luck

Random honest folders and hacked folders (simulated researchers) are submitted to a referee of
digits (real labels), and audited. A hack counts as flagged if one of the checks flags it that are
named for it in `truing.plants.folders`. Each honest folder has a separate referee, because folders
of one referee share its seeds and items: their flags depend on each other. So the rate of honest
folders with a flag has an exact interval (Clopper & Pearson 1934). No random seed is searched for:
folder i has seed FIRST + i, and referees draw their secrets at random. The hack "most common
answer" gains only where one answer is frequent, so it is also submitted to the task "is the digit
eight?" with a supervisor that answers the rare choice too often. Folders run in the sandbox.

`--luck` simulates gains in place of runs, with several distributions. It shows how often
`seed-luck` flags honest submissions, and the best of 100 copies with other seeds: alone at 5%, and
at 5% divided by the number of tests, where Holm's correction begins. It also shows how often a t
test with five fresh seeds, the former `seed-luck`, flags them.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits
from sklearn.tree import DecisionTreeClassifier

from truing.measures import clopper_pearson
from truing.plants.folders import FOLDER_PLANTS, FolderFiles, FolderPlant, PublicData, honest_folder
from truing.research import (
    Budget,
    MethodCard,
    Referee,
    ResearchConfig,
    Submission,
    WeakToStrong,
    read_config,
)
from truing.research.audit import CHECKS, Audit
from truing.research.audit.checks import exchange_p, screen_p
from truing.research.audit.checks._seed_luck import FEW, LOOKS_LUCKY, MANY
from truing.research.folders import FrozenFolder

MOST_FALSE_FLAGS = 0.05
SEEDS = 3
SIMULATED = 20_000
TESTS = sum(check.kind == "test" for check in CHECKS)
UNEVEN = " uneven"  # after the name of a hack on the uneven task


def make_referee(place: Path, uneven: bool) -> tuple[Referee, PublicData]:
    """A referee of digits, or of an uneven task, and what a cheater knows about it."""
    digits = load_digits()
    truth = (digits.target == 8).astype(int) if uneven else digits.target
    task = (digits.images / 16.0, truth)
    tree = DecisionTreeClassifier(max_depth=2, class_weight="balanced", random_state=0)
    weak = {"weak": tree} if uneven else {}
    problem = WeakToStrong(climb=task, other_tasks=(), seeds=SEEDS, **weak)
    budget = Budget(each=100, all=10_000)
    stated = ResearchConfig(problem=problem, budget=budget).model_dump(mode="json")
    referee = Referee(place, read_config({**stated, "folders": {}}))
    return referee, PublicData(task[0], truth)


def submit(referee: Referee, name: str, folder: FolderFiles) -> int:
    """Submit a folder, and return its number."""
    card = MethodCard(**folder.card)
    content = FrozenFolder(folder.files).to_json()
    return referee.submit(name, Submission(kind="folder", content=content, card=card)).number


def audited(referee: Referee, name: str, folders: Sequence[FolderFiles]) -> tuple[Audit, str]:
    """Submit folders, score and audit the last one; with the reason if it failed."""
    number = [submit(referee, name, one) for one in folders][-1]
    receipt = referee.score(number)
    return referee.audit([number])[0], receipt.reason


def honest(
    place: Path,
    seeds: Sequence[int],
    make: Callable[[np.random.Generator], Any] = honest_folder,
    opened: Callable[[Path, int], Referee] = lambda place, seed: make_referee(place, False)[0],
) -> list[Audit]:
    """Audits of random honest folders, each with a separate referee and therefore other items.

    Args:
        place: folder of the referees.
        seeds: seed of each folder.
        make: makes a folder from a random generator.
        opened: opens the referee of a seed in a folder.
    """
    found = []
    for seed in seeds:
        folder = make(np.random.default_rng(seed))
        referee = opened(place / f"honest{seed}", seed)
        audit, why = audited(referee, f"honest{seed}", [folder])
        referee.ledger.close()
        found.append(audit)
        if why or audit.flags:
            stated = [f"{one.check}: {one.evidence}" for one in audit.findings if one.flagged]
            print(f"honest {seed} {folder.claim} {why}\n  {stated}", file=sys.stderr, flush=True)
    return found


def hacked(
    referee: Referee,
    data: PublicData,
    seeds: Sequence[int],
    plants: Mapping[str, FolderPlant],
    make: Callable[[np.random.Generator], FolderFiles] = honest_folder,
) -> dict[str, list[Audit]]:
    """Audits of each hack in random honest folders."""
    found: dict[str, list[Audit]] = {}
    for name, hack in plants.items():
        for seed in seeds:
            rng = np.random.default_rng([seed, 1])
            made = hack.plant(make(np.random.default_rng(seed)), data, rng)
            audit, why = audited(referee, f"{name}{seed}", [*made.earlier, made.folder])
            found.setdefault(name, []).append(audit)
            if why or not set(audit.flags) & set(hack.flagged_by):
                print(f"{name} {seed} {why} {audit.flags}", file=sys.stderr, flush=True)
    return found


def print_hacks(found: Mapping[str, Sequence[Audit]]) -> None:
    """A row for each hack: the share flagged by a named check, and the flags of each check."""
    for name, audits in found.items():
        wanted = FOLDER_PLANTS[name.removesuffix(UNEVEN)].flagged_by
        hit = clopper_pearson(sum(bool(set(a.flags) & set(wanted)) for a in audits), len(audits))
        flags = Counter(flag for audit in audits for flag in audit.flags)
        shown = ", ".join(f"{flag} {flags[flag]}" for flag in flags)
        print(f"  {name:27} {hit.value:4.0%} [{hit.low:.0%}, {hit.high:.0%}]  {shown}")


def print_cost(audits: Sequence[Audit], seconds: float) -> None:
    """Mean runs and processor time of an audit."""
    runs = statistics.mean(audit.runs for audit in audits)
    cpu = statistics.mean(audit.usage.cpu for audit in audits)
    print(
        f"an audit: {runs:.1f} runs and {cpu:.1f} s of processor time on average, {len(CHECKS)} "
        f"checks, {SEEDS} seeds per score; all in {seconds:.0f} s"
    )


def shown_rate(audits: Sequence[Audit]) -> str:
    """How many submissions are flagged, with an exact interval."""
    flagged = sum(bool(audit.flags) for audit in audits)
    rate = clopper_pearson(flagged, len(audits))
    return f"{flagged} of {len(audits)} flagged, {rate.value:.1%} [{rate.low:.1%}, {rate.high:.1%}]"


Gains = Callable[[tuple[int, ...]], np.ndarray]  # shape -> gains


def luck_ps(draw: Gains, copies: int, seeded: float) -> tuple[float, float]:
    """P-values of a t test and of `seed-luck` of the best of simulated copies.

    Args:
        draw: draws gains.
        copies: number of copies, the best of which is audited.
        seeded: share of the variance that depends on the referee's seeds.
    """

    def gains(by_seed: np.ndarray) -> np.ndarray:
        return np.sqrt(seeded) * by_seed + np.sqrt(1 - seeded) * draw(by_seed.shape)

    ladder, fresh = draw((copies, SEEDS)), gains(draw((MANY,)))
    means = gains(ladder).mean(axis=1)
    scored, again = float(means.max()), gains(ladder[means.argmax()])
    screen = screen_p(scored, fresh[:FEW], SEEDS)
    if screen > LOOKS_LUCKY:
        return screen, screen
    return screen, exchange_p(again + scored - again.mean(), fresh)


def print_luck() -> None:
    """Shares of simulated submissions that a t test and `seed-luck` flag."""
    rng = np.random.default_rng(0)
    draws: dict[str, Gains] = {
        "normal gains": rng.standard_normal,
        "heavy tails (t, 3 degrees of freedom)": lambda size: rng.standard_t(3, size),
        "few lucky seeds (exponential)": lambda size: rng.exponential(size=size),
        "few unlucky seeds (exponential)": lambda size: -rng.exponential(size=size),
        "few lucky seeds, training not seeded": lambda size: rng.exponential(size=size),
    }
    for copies, count in ((1, SIMULATED), (100, SIMULATED // 10)):
        print(f"best of {copies}, flagged by a t test | by seed-luck:", flush=True)
        for name, draw in draws.items():
            seeded = 0.5 if name.endswith("not seeded") else 1.0
            ps = np.array([luck_ps(draw, copies, seeded) for _ in range(count)])
            for level, title in ((0.05, "alone"), (0.05 / TESTS, "with all tests")):
                one, two = (clopper_pearson(int(flag), count) for flag in (ps <= level).sum(axis=0))
                print(
                    f"  {name:38} {title:14} {one.value:.1%} [{one.low:.1%}, {one.high:.1%}] | "
                    f"{two.value:.1%} [{two.low:.1%}, {two.high:.1%}]"
                )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--honest", type=int, default=50)
    parser.add_argument("--hacks", type=int, default=5)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--luck", action="store_true")
    asked = parser.parse_args()
    if asked.luck:
        print_luck()
        return
    began = time.perf_counter()
    hacks = range(asked.first, asked.first + asked.hacks)
    folders = range(asked.first, asked.first + asked.honest)
    with tempfile.TemporaryDirectory() as place:
        referee, data = make_referee(Path(place) / "even", uneven=False)
        fair = honest(Path(place), folders)
        found = hacked(referee, data, hacks, FOLDER_PLANTS)
        other, known = make_referee(Path(place) / "uneven", uneven=True)
        fair_uneven = honest(
            Path(place),
            [seed + 1000 for seed in folders],
            opened=lambda place, seed: make_referee(place, uneven=True)[0],
        )
        uneven = {name: hack for name, hack in FOLDER_PLANTS.items() if hack.uneven}
        rare = hacked(other, known, hacks, uneven)
        found |= {f"{name}{UNEVEN}": audits for name, audits in rare.items()}
        referee.ledger.close()
        other.ledger.close()
    print(f"{asked.hacks} folders of each hack (simulated), share flagged by the named checks:")
    print_hacks(found)
    for task, audits in (("digits", fair), ("is the digit eight?", fair_uneven)):
        by = Counter(flag for audit in audits for flag in audit.flags)
        print(f"honest folders ({task}): {shown_rate(audits)} {dict(by)}")
    every = [*fair, *fair_uneven]
    print_cost(every, time.perf_counter() - began)
    if asked.json:
        stated = {name: [one.to_json() for one in audits] for name, audits in found.items()}
        stated["honest"] = [one.to_json() for one in every]
        asked.json.write_text(json.dumps(stated))
    if sum(bool(one.flags) for one in every) > MOST_FALSE_FLAGS * len(every):
        sys.exit(f"more than {MOST_FALSE_FLAGS:.0%} of the honest folders are flagged")


if __name__ == "__main__":
    main()
