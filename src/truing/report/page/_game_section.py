"""A game's section: its figures beside its paper's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from truing.report.drawing import (
    BLUE,
    VERMILLION,
    ChartAxis,
    ChartPanel,
    Dot,
    Drawing,
    Mark,
    dots,
    interval_rows,
)
from truing.report.page._around import listed
from truing.report.page._page import Section, Table
from truing.report.page._study_charts import MOST_PANELS
from truing.runs import FoundRun

OURS = Mark("ours, 95%", BLUE, "circle")
PAPER = Mark("the paper's", VERMILLION, "diamond")
TOLD = ("published", "notes")
SIMULATED = (
    "Simulated: every player of a game is a program. The figures say how the game works, and "
    "nothing of any real model."
)


class FoundGame:
    """A game as its folder tells it.

    Args:
        run: the folder.
    """

    badges = ("Simulated",)

    def __init__(self, run: FoundRun):
        self.run = run
        asked = set(run.configuration)
        self.figures = {
            name: held for name, held in run.results.items() if name not in (*TOLD, *asked)
        }
        published = run.results.get("published")
        self.published = (
            [one for one in published if isinstance(one, dict)]
            if isinstance(published, list)
            else []
        )

    @property
    def title(self) -> str:
        """The page's."""
        return f"Game: {self.run.configuration.get('game', 'not told')}"

    @property
    def lead(self) -> tuple[str, ...]:
        """What was asked, and what must be known."""
        stated = self.run.configuration
        given = stated.get("arguments")
        given = given.items() if isinstance(given, dict) else ()
        words = [f"{key} {value}" for key, value in given if value is not None]
        words.append(f"seed {stated.get('seed', 'not told')}")
        asked = (
            f"{self._about}Its answer is known exactly, so that what a protocol does to a judge "
            f"can be held against it. It was played with {listed(words, 20)}."
        )
        notes = self.run.results.get("notes")
        notes = [str(one) for one in notes] if isinstance(notes, list) else []
        return (asked, SIMULATED, *notes)

    @property
    def _about(self) -> str:
        """What the game is about; of one that is not registered here no code is run for that."""
        from truing.oversight.games import GAMES

        name = str(self.run.configuration.get("game", "not told"))
        told = GAMES.describe().get(name, "")
        return f"The game {name}: {told} " if told else f"The game {name} was played. "

    @property
    def sections(self) -> Iterator[Any]:
        """What makes the section of figures."""
        if self.figures:
            yield "figures", "Figures", partial(_figures, self.figures, self.published)


def _figures(figures: Mapping[str, Any], published: list[dict[str, Any]]) -> Section:
    papers: dict[str, list[dict[str, Any]]] = {}
    for one in published:
        papers.setdefault(str(one.get("figure")), []).append(one)
    rows: list[tuple[str, ...]] = []
    group = ""
    for path, value in _leaves(figures):
        if path[0] != group and len(path) > 1:
            rows.append((path[0],))
        group = path[0]
        held = papers.get(".".join(path), [])
        cited = "; ".join(f"{_spelled(one.get('value'))} ({one.get('source')})" for one in held)
        rows.append((", ".join(path[1:]) or path[0], _spelled(value), cited))
    table = Table(
        "Our figures, with 95% intervals where they were sampled, beside the paper's",
        ("figure", "#ours", "published"),
        tuple(rows),
        "A figure without an interval is exact.",
    )
    drawing = _drawing(figures, papers)
    drawings = (drawing,) if drawing.panels else ()
    return Section("figures", "Figures", drawings=drawings, tables=(table,))


def _drawing(figures: Mapping[str, Any], papers: Mapping[str, list[dict[str, Any]]]) -> Drawing:
    """Sampled shares by their place in the figures; what is exact stands in the table."""
    groups: dict[str, list[Dot]] = {}
    for path, value in _leaves(figures):
        if not _sampled(value):
            continue
        row = ", ".join(path[1:]) or path[0]
        held = groups.setdefault(path[0], [])
        held.append(Dot(row, OURS.name, value["value"], value["low"], value["high"]))
        held += [
            Dot(row, PAPER.name, one["value"], one["value"], one["value"])
            for one in papers.get(".".join(path), [])[:1]
            if isinstance(one.get("value"), int | float)
        ]
    paper = any(dot.series == PAPER.name for held in groups.values() for dot in held)
    marks = (OURS, PAPER) if paper else (OURS,)
    panels = []
    for name, held in list(groups.items())[:MOST_PANELS]:
        ends = [end for dot in held for end in (dot.low, dot.value, dot.high)]
        words = name.replace("_", " ")
        shares = all(0 <= end <= 1 for end in ends)
        axis = ChartAxis(words, 0.0, 1.0) if shares else ChartAxis.around(words, ends)
        panels.append(ChartPanel(words, dots(held, marks, axis)))
    return Drawing(
        "figures",
        "What was sampled",
        "Our figures with their 95% intervals, and those that a paper gives, which come without.",
        tuple(panels),
        marks,
        interval_rows(({"figure": name}, dot) for name, held in groups.items() for dot in held),
    )


def _leaves(figures: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[Any, Any]]:
    for name, value in figures.items():
        path = (*above, str(name))
        if isinstance(value, dict) and not _sampled(value):
            yield from _leaves(value, path)
        else:
            yield path, value


def _sampled(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(value.get(end), int | float) for end in ("value", "low", "high")
    )


def _spelled(value: Any) -> str:
    if _sampled(value):
        low, high = (f"{value[end]:.4g}" for end in ("low", "high"))
        return f"{value['value']:.4g} [{low}, {high}]"
    if value is None:
        return "not defined"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
