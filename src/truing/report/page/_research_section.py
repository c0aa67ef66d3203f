"""The report of a research: what was found, what of it is left, and what the ledger holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from truing.report._figures import p_named, signed_text
from truing.report.page._around import counted, listed
from truing.report.page._page import Section, Table
from truing.report.page._research_drawings import TIERS, draw_finalists, draw_progress
from truing.runs import FoundRun

SIMULATED = (
    "Simulated: the judge or the supervisor of the problem is a program that stands in for a "
    "model. The figures say what works on it, and nothing of any real model."
)
WHAT = ("place", "method", "handed in by", "#effect expected")
VERDICTS = (
    "Gains in accuracy over the baseline on the same seeds and items; 95% intervals, not "
    "corrected. p is of the sealed gain, corrected by Holm's method over every method that was "
    "tried, and decides the verdict at 0.05. Told: the score that its researcher was told, if any."
)


class FoundResearch:
    """A research as its folder tells it.

    Args:
        run: the folder.
    """

    def __init__(self, run: FoundRun):
        self.run = run
        self.reports = {name: held for name, held in run.results.items() if isinstance(held, dict)}
        if run.environment.simulated is None:
            run.warnings.append("The folder does not say whether the research was simulated.")

    @property
    def title(self) -> str:
        """The page's."""
        return f"Research: {self._problem.get('kind', 'methods')}"

    @property
    def badges(self) -> tuple[str, ...]:
        """What must not be missed."""
        return ("Simulated",) if self.simulated else ()

    @property
    def simulated(self) -> bool:
        """Whether a program stands in for a model, as the run itself wrote down.

        What the configuration names is not built to find out: it may name a file of code.
        """
        return self.run.environment.simulated is True

    @property
    def _problem(self) -> Mapping[str, Any]:
        config = self.run.configuration.get("config")
        problem = config.get("problem") if isinstance(config, dict) else None
        return problem if isinstance(problem, dict) else {}

    @property
    def lead(self) -> tuple[str, ...]:
        """What was asked and what was found, a paragraph each."""
        stated = self.run.configuration.get("researchers")
        names = list(self.reports) or [str(one) for one in (stated or ["?"])]
        problem = ", ".join(
            f"{name} {listed(held if isinstance(held, list) else [held])}"
            for name, held in self._problem.items()
            if name != "kind" and held != []
        )
        asked = (
            f"{listed(names)} looked for methods under a referee that trains and scores what they "
            f"hand in and tells little of it. The problem: {self._problem.get('kind', 'not told')}"
            f"{f' ({problem})' if problem else ''}. Asked was which methods gain over the "
            "baseline, on items that were sealed until the end and on tasks that were never named "
            "before."
        )
        told = [_told(name, held) for name, held in self.reports.items()]
        return (asked, *told, *((SIMULATED,) if self.simulated else ()))

    @property
    def sections(self) -> Iterator[Any]:
        """What makes each section, so that one that fails leaves the others standing."""
        reports = self.reports
        if not reports:
            return
        yield "found", "Best so far", partial(_best, reports)
        yield "finalists", "Finalists", partial(_finalists, reports)
        yield "families", "Families", partial(_families, reports)
        yield "ledger", "Ledger and budget", partial(_ledger, reports)


def _told(name: str, held: Mapping[str, Any]) -> str:
    """What became of a researcher's finalists, in a sentence."""
    finalists = held.get("finalists") or []
    if not finalists:
        return f"{name}: nothing could be scored at the end, or it has not come yet."
    verdicts = [str(one.get("verdict")) for one in finalists]
    alone = sum(one.get("climbs_without_transfer") is True for one in finalists)
    better = verdicts.count("better")
    return (
        f"{name}: of {counted(len(finalists), 'finalist')} out of "
        f"{counted(held.get('spent', 0), 'method')} tried, {better or 'none'} "
        f"{'is' if better < 2 else 'are'} better on the sealed items after Holm's correction; "
        f"{alone or 'none'} climbed without transfer."
    )


def _best(reports: Mapping[str, Any]) -> Section:
    return Section("found", "Best so far", drawings=(draw_progress(reports),))


def _finalists(reports: Mapping[str, Any]) -> Section:
    tasks = list(dict.fromkeys(_tasks(reports)))
    rows: list[tuple[str, ...]] = []
    methods: list[tuple[str, ...]] = []
    for name, held in reports.items():
        rows.append((name,))
        methods.append((name,))
        for place, one in enumerate(held["finalists"], 1):
            rows.append(_verdict(place, one, tasks))
            content = one.get("content") or f"a file: {one.get('claim')}"
            by, effect = str(one.get("researcher", "?")), str(one.get("expected_effect"))
            methods.append((str(place), content, by, effect))
    gains = (f"#{tier}: {task}" for tier, task in tasks)
    heads = ("place", "verdict", "#told", *gains)
    tables = (
        Table("What each finalist is worth", heads, tuple(rows), VERDICTS),
        Table("What each finalist is", WHAT, tuple(methods)),
    )
    return Section("finalists", "Finalists", drawings=(draw_finalists(reports),), tables=tables)


def _tasks(reports: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Tiers and their tasks, tier by tier."""
    for tier in TIERS:
        for held in reports.values():
            for one in held["finalists"]:
                yield from ((tier, gain["task"]) for gain in one["gains"].get(tier, []))


def _verdict(
    place: int, one: Mapping[str, Any], tasks: Sequence[tuple[str, str]]
) -> tuple[str, ...]:
    told = "" if one.get("released") is None else signed_text(one["released"])
    alone = "; climbs without transfer" if one["climbs_without_transfer"] else ""
    gains = (_gain(one, tier, task) for tier, task in tasks)
    verdict = f"{one['verdict']}, {p_named(one['p_holm'])}{alone}"
    return (str(place), verdict, told, *gains)


def _gain(one: Mapping[str, Any], tier: str, task: str) -> str:
    if one["failures"].get(tier):
        return "failed"
    held = [gain for gain in one["gains"].get(tier, []) if gain["task"] == task]
    return "".join(signed_text(gain["value"], gain["low"], gain["high"]) for gain in held)


def _families(reports: Mapping[str, Any]) -> Section:
    rows: list[tuple[str, ...]] = []
    for name, held in reports.items():
        found = held["families"]
        rows.append((f"{name}: entropy {held['entropy']:.2f} bits",))
        total = sum(found.values())
        rows += [(family, str(count), f"{count / total:.0%}") for family, count in found.items()]
    table = Table(
        "Families of methods that were tried",
        ("family", "#methods", "#share"),
        tuple(rows),
        "Entropy says how widely a researcher looked: 0 bits is one family, and each bit more "
        "doubles the number of families that it might have chosen among evenly.",
    )
    return Section("families", "Families", tables=(table,))


def _ledger(reports: Mapping[str, Any]) -> Section:
    heads = ("researcher", "#tried", "#budget", "#failed", "why", "isolation", "#entries", "head")
    rows = tuple(
        (
            name,
            str(held["spent"]),
            str(held["budget"]["each"]),
            str(held["failed"]),
            "; ".join(f"{why}: {count}" for why, count in held["failures"].items()),
            ", ".join(held["isolation"]) or "not needed, compositions only",
            str(held["entries"]),
            held["head"],
        )
        for name, held in reports.items()
    )
    table = Table(
        "What each ledger holds",
        heads,
        rows,
        "The head is a hash that says all of the ledger: truing ledger verify FOLDER --head HASH "
        "tells whether a byte of it was changed since.",
    )
    return Section("ledger", "Ledger and budget", tables=(table,))
