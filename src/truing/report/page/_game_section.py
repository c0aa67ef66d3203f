"""Report of a game: its values and the published values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from truing.given import shown
from truing.measures import Estimate
from truing.report._texts import interval_text
from truing.report.drawing import (
    BLUE,
    VERMILLION,
    ChartAxis,
    Dot,
    Drawing,
    Mark,
    Subplot,
    dots,
    interval_rows,
)
from truing.report.page._game_curves import Curve, read_curve
from truing.report.page._page import Recipe, Section, Table
from truing.report.page._study_charts import MOST_SUBPLOTS
from truing.runs import FoundRun, as_object, as_objects
from truing.wording import listed

OURS = Mark("ours, 95%", BLUE, "circle")
EXACT = Mark("ours, exact", BLUE, "circle")
PAPER = Mark("published", VERMILLION, "diamond")
MOST_TOLD, MOST_DRAWN = 3, 60  # values in the finding, exact values in the chart
NO_VALUES = ("published", "notes")
SIMULATED = (
    "Simulated: every player of a game is a program. The results show how the game works and say "
    "nothing about real models."
)


class FoundGame:
    """Report of a game.

    Args:
        run: the run folder.
    """

    badges = ("Simulated",)

    def __init__(self, run: FoundRun):
        self.run = run
        configured = set(run.configuration)
        self.values = {
            name: value
            for name, value in run.results.items()
            if name not in (*NO_VALUES, *configured)
        }
        self.published = as_objects(run.results.get("published"))

    @property
    def title(self) -> str:
        """Title of the page."""
        return f"Game: {shown(str(self.run.configuration.get('game', 'not stated')))}"

    @property
    def finding(self) -> tuple[str, ...]:
        """The first values, with intervals and the published values if known."""
        papers = _published(self.published)
        if not papers and (curve := self._first_curve):
            return (curve.finding,)
        found = [(path, value) for path, value in _leaves(self.values) if _is_result(value)]
        sampled = [(path, value) for path, value in found if isinstance(value, Estimate)]
        first = sorted(sampled or found, key=lambda one: ".".join(one[0]) not in papers)
        named = []
        for path, value in first[:MOST_TOLD]:
            same = papers.get(".".join(path), [])
            paper = f" (published: {_spelled(same[0].get('value'))})" if same else ""
            text = interval_text(value, 3) if isinstance(value, Estimate) else _spelled(value)
            named.append(f"{', '.join(path).replace('_', ' ')}: {text}{paper}")
        sentence = "; ".join(named)
        return (
            f"{sentence[:1].upper()}{sentence[1:]}."
            if sentence
            else "There are no results to show.",
        )

    @property
    def _first_curve(self) -> Curve | None:
        """The curve of the first sampled values, if they are a curve."""
        leaves = [*_leaves(self.values)]
        drawn = [one for one in leaves if isinstance(one[1], Estimate)]
        name = drawn[0][0][0] if drawn else ""
        return read_curve(name, [one for one in drawn if one[0][0] == name], leaves)

    @property
    def chart(self) -> Drawing | None:
        """The sampled values, if there are any."""
        return draw_game(self.values, self.published)

    @property
    def lead(self) -> tuple[str, ...]:
        """First paragraphs: the game and its arguments, and notes."""
        stated = self.run.configuration
        given = as_object(stated.get("arguments")).items()
        words = [f"{key} {value}" for key, value in given if value not in (None, "")]
        words.append(f"seed {stated.get('seed', 'not stated')}")
        asked = (
            f"{self._about}The exact answer is known, so the effect of a protocol on a judge can "
            f"be measured against it. Arguments: {listed(words, 20)}."
        )
        notes = self.run.results.get("notes")
        notes = [str(one) for one in notes] if isinstance(notes, list) else []
        return (asked, SIMULATED, *notes)

    @property
    def _about(self) -> str:
        """Description of the game. Unregistered games have none, because no code is run for it."""
        from truing.oversight.games import GAMES

        name = str(self.run.configuration.get("game", "not stated"))
        described = GAMES.describe().get(name, "")
        if not described:
            return f"The game {shown(name)} was played. "
        return f"The game {name}: {described} "

    @property
    def sections(self) -> Iterator[Recipe]:
        """The sections."""
        if self.values:
            yield "figures", "Results", partial(_results, self.values, self.published)


def _results(values: Mapping[str, Any], published: Sequence[Mapping[str, Any]]) -> Section:
    return Section("figures", "Results", tables=(game_table(values, published),))


def game_table(values: Mapping[str, Any], published: Sequence[Mapping[str, Any]]) -> Table:
    """Table of values and published values, both as JSON values."""
    papers = _published(published)
    rows: list[tuple[str, ...]] = []
    group = ""
    for path, value in _leaves(values):
        if path[0] != group and len(path) > 1:
            rows.append((path[0],))
        group = path[0]
        same = papers.get(".".join(path), [])
        cited = "; ".join(f"{_spelled(one.get('value'))} ({one.get('source')})" for one in same)
        rows.append((", ".join(path[1:]) or path[0], _spelled(value), cited))
    return Table(
        "Our values, with 95% intervals if sampled, and published values",
        ("quantity", "#ours", "published"),
        tuple(rows),
        "Values without an interval are exact.",
    )


def _published(values: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Published values by the path of the quantity."""
    papers: dict[str, list[Mapping[str, Any]]] = {}
    for one in values:
        papers.setdefault(str(one.get("name", one.get("figure"))), []).append(one)
    return papers


def _is_result(value: Any) -> bool:
    return isinstance(value, Estimate | float) and not isinstance(value, bool)


def draw_game(values: Mapping[str, Any], published: Sequence[Mapping[str, Any]]) -> Drawing:
    """Chart of the sampled values, or of exact values in a game without sampled values."""
    papers = _published(published)
    leaves = [*_leaves(values)]
    drawn = [(path, value) for path, value in leaves if isinstance(value, Estimate)]
    ours = OURS if drawn else EXACT
    drawn = drawn or [(path, _point(value)) for path, value in leaves if _is_result(value)]
    drawn = drawn[:MOST_DRAWN] if ours is EXACT else drawn
    groups: dict[str, list[Dot]] = {}
    for path, value in drawn:
        row = (", ".join(path[1:]) or path[0]).replace("_", " ")
        group = groups.setdefault(path[0], [])
        group.append(Dot(row, ours.name, value))
        group += [
            Dot(row, PAPER.name, _point(one["value"]))
            for one in papers.get(".".join(path), [])[:1]
            if isinstance(one.get("value"), int | float)
        ]
    paper = any(dot.series == PAPER.name for group in groups.values() for dot in group)
    marks = (ours, PAPER) if paper else (ours,)
    subplots = []
    for name, group in list(groups.items())[:MOST_SUBPLOTS]:
        curve = read_curve(name, [one for one in drawn if one[0][0] == name], leaves)
        if curve and not paper:
            subplots.append(curve.subplot(ours))
            continue
        every = [dot.estimate for dot in group]
        words = name.replace("_", " ")
        shares = all(0 <= end <= 1 for one in every for end in one.known)
        axis = ChartAxis(words, 0.0, 1.0) if shares else ChartAxis.around(words, every)
        subplots.append(Subplot(words, dots(group, marks, axis)))
    kind = "exact" if ours is EXACT else "with 95% intervals"
    return Drawing(
        "figures",
        "Exact values" if ours is EXACT else "Sampled values",
        f"Our values, {kind}, and published values, which have no interval.",
        tuple(subplots),
        marks,
        interval_rows(({"name": name}, dot) for name, group in groups.items() for dot in group),
    )


def _point(value: float) -> Estimate:
    """A value as an interval without width, so that charts draw it."""
    return Estimate(value, value, value)


def _leaves(
    values: Mapping[str, Any], above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield results with their paths; a sampled result is an `Estimate`."""
    for name, value in values.items():
        path = (*above, str(name))
        if not isinstance(value, dict):
            yield path, value
            continue
        ends = [value.get(end) for end in ("value", "low", "high")]
        if all(isinstance(end, int | float) for end in ends):
            yield path, Estimate(*ends)
        else:
            yield from _leaves(value, path)


def _spelled(value: Any) -> str:
    if isinstance(value, Estimate):
        return f"{value.value:.4g} [{value.low:.4g}, {value.high:.4g}]"
    if value is None:
        return "undefined"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
