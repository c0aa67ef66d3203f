"""Replay a recorded competition: what would the Ladder have released?

A leaderboard that shows every score lets its participants fit the public items. This program reads
a recorded competition and applies the release rule of the referee to the same submissions, in the
same order:

    python examples/leaderboard_replay.py publicleaderboard.csv --items 209 --baseline 0.76555
    python examples/leaderboard_replay.py RUN_FOLDER_OR_BUNDLE

A CSV file has the columns of Kaggle's export of a leaderboard: `TeamId` or `TeamName`,
`SubmissionDate`, and `Score` or `PublicScore`; `PrivateScore` is optional. Scores are accuracies.
In a ledger of a research run, public scores are gains on the climb tier, and private scores are
gains on the sealed tier, which only finalists have.

Intervals are 95% percentile intervals of a bootstrap over teams (one team: over submissions). They
state how much the result depends on who took part, not on the items of the competition.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from truing.errors import UserError
from truing.research import Ledger, ReleaseRule, make_report
from truing.research.bundle import find_bundle, is_bundle
from truing.research.bundle._recorded import opened_ledger, read_entries
from truing.research.ledger._read_records import read_records
from truing.research.ledger._records import FinallyScored, Scored, Submitted

REPLICATES = 1000


@dataclass(frozen=True)
class Row:
    """A submission: its team, its public score, and its private score if it is known."""

    team: str
    public: float
    private: float | None = None


@dataclass(frozen=True)
class Replayed:
    """What two leaderboards show of the same submissions.

    Attributes:
        submissions: number of submissions; full release shows all of their scores.
        records: number of submissions that beat every earlier score and the baseline.
        released: number of scores that the Ladder releases.
        best_full, best_ladder: best shown score.
        private_full, private_ladder: private score of the last submission that became the best on
            each leaderboard; None if it is not known, or if there is no such submission.
    """

    submissions: int
    records: int
    released: int
    best_full: float
    best_ladder: float
    private_full: float | None
    private_ladder: float | None

    @property
    def withheld(self) -> float:
        """Share of the records that the Ladder withholds; NaN without records."""
        return 1 - self.released / self.records if self.records else float("nan")

    @property
    def private_lost(self) -> float:
        """Private score of the winner under full release minus under the Ladder; NaN if unknown."""
        if self.private_full is None or self.private_ladder is None:
            return float("nan")
        return self.private_full - self.private_ladder


def replay(rows: Sequence[Row], n: float, rule: ReleaseRule, baseline: float = 0.0) -> Replayed:
    """Apply full release and the Ladder to the same submissions in the same order.

    Args:
        rows: submissions in order of time.
        n: number of public items.
        rule: release rule.
        baseline: public score at which both leaderboards start.
    """
    best, records, first = baseline, 0, None
    ladder, released, winner = 0.0, 0, None
    for row in rows:
        if row.public > best:
            best, records, first = row.public, records + 1, row
        shown = rule.release(ladder, row.public - baseline, n)
        if shown.improved:
            ladder, released, winner = shown.score, released + 1, row
    private_ladder = winner.private if winner else None
    private_full = first.private if first else None
    scores = (best, baseline + ladder, private_full, private_ladder)
    return Replayed(len(rows), records, released, *scores)


def interval(
    rows: Sequence[Row], value: Callable[[Sequence[Row]], float], rng: np.random.Generator
) -> tuple[float, float]:
    """The 95% interval of a value over teams; teams that are drawn twice take part once.

    Replicates without a value are left out.
    """
    teams = list(dict.fromkeys(row.team for row in rows))
    units = [row.team for row in rows] if len(teams) > 1 else [str(at) for at in range(len(rows))]
    names, found = list(dict.fromkeys(units)), []
    for _ in range(REPLICATES):
        drawn = {names[at] for at in rng.integers(len(names), size=len(names))}
        found.append(value([row for row, unit in zip(rows, units, strict=True) if unit in drawn]))
    low, high = np.nanpercentile(found, [2.5, 97.5])
    return float(low), float(high)


def read_csv(path: Path) -> list[Row]:
    """The submissions in a CSV file, in order of time."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    if not lines or not {"Score", "PublicScore"} & lines[0].keys():
        raise UserError(f"{path} has no column Score or PublicScore; export a leaderboard")
    if "SubmissionDate" in lines[0]:
        lines.sort(key=lambda line: line["SubmissionDate"])
    return [
        Row(
            line.get("TeamId") or line["TeamName"],
            float(line.get("PublicScore") or line["Score"]),
            float(line["PrivateScore"]) if line.get("PrivateScore") else None,
        )
        for line in lines
    ]


def read_ledger(ledger: Ledger) -> list[Row]:
    """The scored submissions in a ledger, in order of scoring."""
    submitted = read_records(ledger.entries(), Submitted)
    finals = read_records(ledger.entries(), FinallyScored).values()
    sealed = {one.submission: one.sealed for one in finals if one.sealed.gains}
    return [
        Row(
            submitted[one.submission].researcher,
            one.evaluation.score,
            sealed[one.submission].score if one.submission in sealed else None,
        )
        for one in read_records(ledger.entries(), Scored).values()
        if not one.evaluation.failure
    ]


def read_place(place: Path) -> tuple[list[Row], ReleaseRule]:
    """The submissions and the release rule of a research run, in a run folder or a bundle."""
    if is_bundle(place):
        with opened_ledger(read_entries(find_bundle(place).files["ledger.jsonl"])) as ledger:
            config, rows = make_report(ledger).config, read_ledger(ledger)
    else:
        with Ledger(place / "ledger.sqlite", create=False) as ledger:
            config, rows = make_report(ledger).config, read_ledger(ledger)
    return rows, ReleaseRule(config.step, config.min_step_se)


def main() -> None:
    """Print the replay of a recorded competition."""
    parser = argparse.ArgumentParser(description="Replay a recorded competition.")
    parser.add_argument("place", type=Path, help="CSV file, folder of a referee, or bundle")
    parser.add_argument("--items", type=float, required=True, help="number of public items")
    parser.add_argument("--baseline", type=float, default=0.0, help="score to start at")
    parser.add_argument("--step", type=float, help="fixed step in place of the rule's step")
    asked = parser.parse_args()
    if asked.place.is_file():
        rows, rule = read_csv(asked.place), ReleaseRule()
    else:
        rows, rule = read_place(asked.place)
    if asked.step is not None:
        rule = ReleaseRule(asked.step, 0)
    show(rows, asked.items, rule, asked.baseline)


def show(rows: Sequence[Row], n: float, rule: ReleaseRule, baseline: float) -> None:
    """Print both leaderboards with intervals."""
    found, rng = replay(rows, n, rule, baseline), np.random.default_rng(0)

    def between(name: str) -> str:
        def value(some: Sequence[Row]) -> float:
            return float(getattr(replay(some, n, rule, baseline), name))

        low, high = interval(rows, value, rng)
        return f"[{low:.3g}, {high:.3g}]"

    teams = len({row.team for row in rows})
    print(f"{found.submissions} submissions of {teams} teams, {n:g} public items")
    print(f"step {rule.step_at(n):.3f}, both leaderboards start at {baseline:g}")
    print(f"records, full release: {found.records} {between('records')}")
    print(f"released by the Ladder: {found.released} {between('released')}")
    print(f"share of records withheld: {found.withheld:.3f} {between('withheld')}")
    print(f"best score, full release: {found.best_full:.4f} {between('best_full')}")
    print(f"best score, Ladder: {found.best_ladder:.4f} {between('best_ladder')}")
    if found.private_lost == found.private_lost:
        print(f"private score of the winner, full release: {found.private_full:.4f}")
        print(f"private score of the winner, Ladder: {found.private_ladder:.4f}")
        print(f"difference: {found.private_lost:+.4f} {between('private_lost')}")


if __name__ == "__main__":
    main()
