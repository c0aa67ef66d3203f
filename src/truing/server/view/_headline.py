"""Headline of a run: its main value with its interval, for a line of the list.

Some headlines take a tenth of a second to compute, so they are stored in the user's cache folder.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from truing.errors import DataError
from truing.given import shown
from truing.measures import UNDEFINED, Estimate, base_verdict
from truing.report import by_plant, criterion_text, estimate_text, interval_text, signed_text
from truing.runs import (
    ENVIRONMENT,
    GAME,
    NOTES,
    OVERSIGHT,
    REFEREE,
    REPORT,
    RESEARCH,
    STRESS,
    STUDY,
    as_number,
    as_text,
    read_environment,
    read_object,
)
from truing.server.view._oversight import BLIND, read_oversight
from truing.server.view._research import read_ledgers
from truing.server.view._stress import read_stress
from truing.server.view._study import MethodLine, read_study
from truing.server.view._summary import Summary
from truing.studies import METRIC_NAMES, Store, write_whole

FORMAT = f"7, truing {version('truing')}"  # stored headlines of other formats are computed again
UNCLEAR_GAP = "the gap is not clearly positive"
FINISHED = ("finished", "newer")  # statuses of runs that can have a headline


@dataclass(frozen=True)
class Headline:
    """The main result of a run.

    Attributes:
        what: name of the value.
        value: the value with its interval.
        best: the method, protocol or submission that has the value; empty if there is none.
        verdict: verdict on a difference; else empty.
        more: a second value, as text.
        signed: whether the value is a difference, which is written with its sign.
        simulated: whether programs or generated questions take the place of models or people.
        count: text of a value that is a share of few, such as `4 of 6`; else empty.
        unbounded: whether an interval without ends is from -inf to inf, not unknown.
    """

    what: str
    value: Estimate
    best: str = ""
    verdict: str = ""
    more: str = ""
    signed: bool = False
    simulated: bool = False
    unbounded: bool = False
    count: str = ""

    @property
    def text(self) -> str:
        """The value with its interval as text."""
        if self.count:
            return self.count
        if self.unbounded:
            return interval_text(self.value, 3)
        return (signed_text if self.signed else estimate_text)(self.value)

    @property
    def base(self) -> str:
        """The verdict without its restriction to seeds: better, worse, inconclusive or empty."""
        return base_verdict(self.verdict)


NONE = Headline("", UNDEFINED)
"""Headline of a run without a main value."""


class HeadlineStore:
    """Headlines that were computed before, one file per run, with the state of the run's files.

    Args:
        folder: folder of the files; by default in the user's store.
    """

    def __init__(self, folder: Path | None = None):
        self.folder = Store().folder / "headlines" if folder is None else folder

    def stored(self, run: Summary) -> Headline | None:
        """The stored headline; None if there is none, or if the run's files have changed since."""
        try:
            stated = json.loads((self.folder / f"{run.id}.json").read_bytes())
            if stated["of"] != _state(run):
                return None
            one = stated["headline"]
            return Headline(**{**one, "value": Estimate(**one["value"])})
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def computed(self, run: Summary) -> Headline:
        """The headline, computed and stored; if the folder is not writable, only computed."""
        found = read_headline(run)
        content = json.dumps({"of": _state(run), "headline": asdict(found)})
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(self.folder / f"{run.id}.json", content.encode())
        return found


def _state(run: Summary) -> list[Any]:
    """JSON values that change with the files which a headline depends on."""
    files = [[name, *at] for name, at in run.stamp if name not in (NOTES, REPORT)]
    return [FORMAT, run.status, *files]


def read_headline(run: Summary) -> Headline:
    """The headline of a finished run from its files; NONE if it has none."""
    try:
        found = READERS[run.kind](run)
        return found if found is NONE else replace(found, simulated=is_simulated(run))
    except DataError:
        return NONE


def is_simulated(run: Summary) -> bool:
    """Whether the results of a run are simulated, as far as its files state it.

    Raises:
        DataError: the results cannot be read.
    """
    if run.kind == STUDY.name:
        return any(pair.simulated for pair in read_study(run).pairs)
    if run.kind == OVERSIGHT.name:
        return read_oversight(run).simulated
    if run.kind == STRESS.name:
        return any(row.simulated for row in read_stress(run).rows)
    if run.kind == GAME.name:
        return True
    with suppress(DataError):
        return read_environment(read_object(run.folder, ENVIRONMENT)).simulated is True
    return False


def _of_study(run: Summary) -> Headline:
    """The method with the largest difference from naive training; without any, the largest PGR."""
    pairs = read_study(run).pairs
    lines = [line for pair in pairs for line in pair.lines if line.control is None]
    metric = "" if not pairs or pairs[0].metric == METRIC_NAMES["accuracy"] else pairs[0].metric
    differing = [line for line in lines if line.difference.value is not None]
    if differing:
        best = max(differing, key=lambda line: line.difference.value or 0.0)
        more = "" if best.pgr.value is None else f"PGR {_pgr_text(best)}"
        if best.certificate.domains:
            more = f"PGR {best.certificate}"
        what = f"{metric} difference from naive".lstrip()
        name = best.method if (best.difference.value or 0.0) > 0.0 else "none above naive"
        return Headline(what, best.difference, name, best.verdict, more, signed=True)
    gapped = [line for line in lines if line.pgr.value is not None]
    if not gapped:
        return NONE
    best = max(gapped, key=lambda line: line.pgr.value or 0.0)
    unclear = _unclear_gap(best)
    more = UNCLEAR_GAP if unclear else ""
    if best.certificate.domains:
        more = "; ".join(filter(None, (more, f"at home; {best.certificate.under_shift}")))
    what = f"PGR by {metric}" if metric else "PGR"
    return Headline(what, best.pgr, best.method, more=more, unbounded=unclear)


def _unclear_gap(line: MethodLine) -> bool:
    """Whether the interval of a PGR is unbounded because its gap is not clearly positive."""
    return not line.pgr.bounded and "unbounded interval:" in line.note


def _pgr_text(line: MethodLine) -> str:
    if not _unclear_gap(line):
        return estimate_text(line.pgr, 2)
    return f"{interval_text(line.pgr)}, {UNCLEAR_GAP}"


def _of_oversight(run: Summary) -> Headline:
    """The row with the highest accuracy except those of `blind`, and its difference from these."""
    found = read_oversight(run)
    known = {
        one.name: one.metrics["accuracy"]
        for one in found.protocols
        if one.metrics["accuracy"].value is not None
    }
    blind = {one.name for one in found.protocols if one.protocol == BLIND}
    helped = {name: one for name, one in known.items() if name not in blind} or known
    if not helped:
        return NONE
    best = max(helped, key=lambda name: helped[name].value or 0.0)
    compared = found.from_blind.get(best)
    if compared is None or compared[0].value is None:
        return Headline("accuracy", known[best], best)
    difference, verdict = compared
    more = f"accuracy {estimate_text(known[best], 2)}"
    return Headline("difference from blind", difference, best, verdict, more, signed=True)


def _of_research(run: Summary) -> Headline:
    """The sealed gain of the best finalist; with several sealed tasks, its mean over tasks."""
    from truing.research import best_finalist

    best = best_finalist(one.best for one in read_ledgers(run) if one.best)
    if best is None:
        return NONE
    gains = best.gains["sealed"]
    value = Estimate(as_number(best.scores["sealed"]), None, None)
    if len(gains) == 1:
        value = Estimate(gains[0].value, gains[0].low, gains[0].high)
    what = "best finalist by sealed gain"
    more = "" if len(gains) == 1 else f"mean of {len(gains)} sealed tasks"
    return Headline(what, value, as_text(best.family, 200), best.verdict, more, signed=True)


def _of_stress(run: Summary) -> Headline:
    """The number of plants that a monitor detects; the monitor that detects most of them."""
    found = read_stress(run)
    if not found.card:
        return NONE
    plants = by_plant(found.card)
    detected = [
        {row.monitor for row in rows if row.strength.value is not None} for rows in plants.values()
    ]
    reached = sum(map(bool, detected))
    monitors = list(dict.fromkeys(row.monitor for row in found.card))
    counts = {name: sum(name in one for one in detected) for name in monitors}
    best = max(monitors, key=lambda name: counts[name])
    alone = f"{counts[best]} of them by {shown(best, monitors)}" if len(monitors) > 1 else ""
    return Headline(
        f"plants detected with {criterion_text(found.card)}",
        Estimate.point(reached / len(plants)),
        as_text(shown(best, monitors), 200) if reached else "none",
        more=alone if reached else "",
        count=f"{reached} of {len(plants)}",
    )


def _of_game(run: Summary) -> Headline:
    """The first sampled value of a game; without any, its first accuracy or its first value."""
    outcome, config = (read_object(run.folder, name) for name in (GAME.results, GAME.configuration))
    named = dict(_leaves({k: v for k, v in outcome.items() if k not in config}))
    sampled = [name for name, one in named.items() if one.bounded]
    accuracies = [name for name in named if name.endswith("accuracy")]
    for name in (*sampled, *accuracies, *named):
        return Headline(name.replace("_", " "), named[name])
    return NONE


def _leaves(values: Mapping[str, Any], above: str = "", depth: int = 0) -> Iterator[Any]:
    """Yield the numbers of an outcome with their names; sampled numbers have an interval."""
    for name, value in list(values.items())[:200]:
        path = as_text(f"{above}{name}", 100)
        if isinstance(value, dict) and depth < 4:
            ends = [as_number(value.get(end)) for end in ("value", "low", "high")]
            if None not in ends:
                yield path, Estimate(*ends)
            else:
                yield from _leaves(value, f"{path}, ", depth + 1)
        elif (number := as_number(value)) is not None:
            yield path, Estimate.point(number)


READERS: dict[str, Callable[[Summary], Headline]] = {
    STUDY.name: _of_study,
    OVERSIGHT.name: _of_oversight,
    RESEARCH.name: _of_research,
    REFEREE.name: _of_research,
    GAME.name: _of_game,
    STRESS.name: _of_stress,
}
