"""Report of a research run: progress, finalists, families of methods, and the ledgers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from truing.errors import DataError
from truing.given import shown, shown_all
from truing.measures import base_verdict, on_few_seeds
from truing.report._texts import p_named, signed_text
from truing.report.drawing import Drawing
from truing.report.page._audit_section import draw_audits
from truing.report.page._folders_section import folders, folders_section
from truing.report.page._forecast_section import forecast_section
from truing.report.page._gate_section import gate_section
from truing.report.page._page import Recipe, Section, Table
from truing.report.page._research_drawings import Reports, draw_finalists, draw_progress
from truing.report.page._spending_section import spending_section
from truing.report.page._usage_section import usage_section
from truing.research import ReportedFinalist, ResearchReport, best_finalist
from truing.research.problems import TIERS, Tier
from truing.runs import FoundRun, as_object
from truing.wording import counted, listed

SIMULATED = (
    "Simulated: a program takes the place of a model as judge, debater, supervisor or agent, or "
    "questions were generated. The results show what works in this simulation and say nothing "
    "about real models."
)
MOST_NAMED = 2  # researchers in the finding
METHODS = ("place", "method", "submitted by", "#expected effect", "#probability of a gain")
VERDICTS = (
    "Accuracy gains over the baseline on the same seeds and items; 95% intervals, not corrected. p "
    "belongs to the sealed gain, is Holm-corrected over all tried methods, and decides the verdict "
    "at 0.05. Released: the score that the researcher received, if any."
)


class FoundResearch:
    """Report of a research run.

    Args:
        run: the run folder.
    """

    def __init__(self, run: FoundRun):
        self.run = run
        self.reports: dict[str, ResearchReport] = {}
        for name, stored in run.results.items():
            try:
                self.reports[shown(name, run.results)] = ResearchReport.from_json(stored)
            except DataError as error:
                run.warnings.append(f"The report of {name} cannot be read: {error}.")
        if run.environment.simulated is None:
            run.warnings.append("The folder does not state whether the research run was simulated.")

    @property
    def title(self) -> str:
        """Title of the page."""
        return f"Research: {self._problem.get('kind', 'methods')}"

    @property
    def badges(self) -> tuple[str, ...]:
        """Labels below the title."""
        return ("Simulated",) if self.simulated else ()

    @property
    def simulated(self) -> bool:
        """Whether a program takes the place of a model, as stored in the run folder.

        The supervisor is not built to find out, because the configuration may name a code file.
        """
        return self.run.environment.simulated is True

    @property
    def _problem(self) -> Mapping[str, Any]:
        return as_object(as_object(self.run.configuration.get("config")).get("problem"))

    @property
    def finding(self) -> tuple[str, ...]:
        """The best finalist of each researcher on the sealed items."""
        if not self.reports:
            return ("There are no results to show.",)
        findings = [_finding(name, report) for name, report in [*self.reports.items()][:MOST_NAMED]]
        return tuple(findings)

    @property
    def chart(self) -> Drawing | None:
        """The gains of the finalists; before the end, the best gains so far."""
        return (draw_finalists if self._scored else draw_progress)(self.reports)

    @property
    def _scored(self) -> bool:
        """Whether there are finalists, which the research run has at its end."""
        return any(report.finalists for report in self.reports.values())

    @property
    def lead(self) -> tuple[str, ...]:
        """First paragraphs: the question and the main results."""
        stated = self.run.configuration.get("researchers")
        names = list(self.reports) or shown_all(str(one) for one in (stated or ["not stated"]))
        problem = ", ".join(
            f"{name.replace('_', ' ')} {_setting(value)}"
            for name, value in self._problem.items()
            if name != "kind" and value not in (None, [], {})
        )
        question = (
            "Question: which methods gain accuracy over the baseline, on items that are sealed "
            "until the end and on tasks that the researchers do not know? Researchers: "
            f"{listed(names)}. The referee scored each submission and released few "
            f"scores. Problem: {self._problem.get('kind', 'not stated')}"
            f"{f' ({problem})' if problem else ''}."
        )
        found = [_summary(name, report) for name, report in self.reports.items()]
        return (question, *found, *((SIMULATED,) if self.simulated else ()))

    @property
    def sections(self) -> Iterator[Recipe]:
        """The sections; each may fail without the others."""
        reports = self.reports
        if not reports:
            return
        if self._scored:
            yield "found", "Best so far", partial(_best, reports)
            yield "finalists", "Finalists", partial(_finalists, reports)
            if found := folders(reports):
                yield "folders", "Folders of the finalists", partial(folders_section, found)
        if any(report.gate for report in reports.values()):
            yield "gate", "Capability gate", partial(gate_section, reports)
        forecasts = {name: report.forecasts for name, report in reports.items() if report.forecasts}
        if forecasts:
            yield "forecasts", "Forecasts", partial(forecast_section, forecasts)
        if any(report.audits for report in reports.values()):
            yield "audit", "Audit", partial(draw_audits, reports)
        if any(report.usage for report in reports.values()):
            yield "processor-seconds", "Processor seconds", partial(usage_section, reports)
        if self.run.spending:
            yield "spending", "Spending", partial(spending_section, self.run.spending)
        yield "families", "Families", partial(_families, reports)
        yield "ledger", "Ledger and budget", partial(_ledger, reports)


def _setting(value: object) -> str:
    """A field of the problem in words: values of a list, or `judge=0.15/0.6` for each entry."""
    if isinstance(value, Mapping):
        parts = {name: one if isinstance(one, list) else [one] for name, one in value.items()}
        return listed([f"{name}={'/'.join(map(str, one))}" for name, one in parts.items()])
    return listed(shown_all(map(str, value if isinstance(value, list) else [value])))


def _summary(name: str, report: ResearchReport) -> str:
    """A sentence on the results of a researcher's finalists."""
    if not report.finalists:
        passed = ", or no method passed the capability gate" if report.gate else ""
        return f"{name}: no finalists. The run is not closed, or no method could be scored{passed}."
    alone = sum(one.climb_tasks_only for one in report.finalists)
    found = [one.verdict for one in report.finalists if base_verdict(one.verdict) == "better"]
    better, few = len(found), any(map(on_few_seeds, found))
    return (
        f"{name}: {counted(report.spent, 'method')} tried, "
        f"{counted(len(report.finalists), 'finalist')}. On the sealed items {better} of the "
        f"finalists "
        f"{'is' if better == 1 else 'are'} better than the baseline"
        f"{' on these seeds' if few else ''} (Holm-corrected); "
        f"{alone or 'none'} {'gain' if alone > 1 else 'gains'} on climb tasks only."
    )


def _finding(name: str, report: ResearchReport) -> str:
    """The best finalist by sealed gain, with its interval and verdict."""
    tried = f"{name} tried {counted(report.spent, 'method')}"
    best = best_finalist(report.finalists)
    if best is None:
        return f"{tried}; no finalist was scored on the sealed items."
    gains = [
        f"{signed_text(gain)} on the sealed items of {gain.task}" for gain in best.gains["sealed"]
    ]
    p = p_named(best.p_holm)
    alone = ", and it gains on climb tasks only" if best.climb_tasks_only else ""
    return (
        f"{tried}; the best finalist by sealed gain differs from the baseline in accuracy by "
        f"{listed(gains)}: {best.verdict} (Holm-corrected{f', {p}' if p else ''}){alone}."
    )


def _best(reports: Reports) -> Section:
    return Section("found", "Best so far", drawings=(draw_progress(reports),))


def _finalists(reports: Reports) -> Section:
    tasks = list(dict.fromkeys(_tasks(reports)))
    rows: list[tuple[str, ...]] = []
    methods: list[tuple[str, ...]] = []
    for name, report in reports.items():
        rows.append((name,))
        methods.append((name,))
        for place, one in enumerate(report.finalists, 1):
            rows.append(_verdict(place, one, tasks, report.flags(one.submission)))
            content = one.content or f"a {one.kind}: {one.claim}"
            by = shown(one.researcher, report.researchers)
            stated = "" if one.probability is None else str(one.probability)
            methods.append((str(place), content, by, str(one.expected_effect), stated))
    gains = (f"#{TIERS[tier]}: {task}" for tier, task in tasks)
    heads = ("place", "verdict", "#released", *gains)
    tables = (
        Table("Gains and verdicts of the finalists", heads, tuple(rows), VERDICTS),
        Table("Methods of the finalists", METHODS, tuple(methods)),
    )
    return Section("finalists", "Finalists", tables=tables)


def _tasks(reports: Reports) -> Iterator[tuple[Tier, str]]:
    """Yield tiers and their tasks in order of tiers."""
    for tier in TIERS:
        for report in reports.values():
            for one in report.finalists:
                yield from ((tier, gain.task) for gain in one.gains.get(tier, ()))


def _verdict(
    place: int, one: ReportedFinalist, tasks: Sequence[tuple[Tier, str]], flags: Sequence[str]
) -> tuple[str, ...]:
    released = "" if one.released is None else signed_text(one.released)
    alone = "; climb tasks only" if one.climb_tasks_only else ""
    gains = (_gain(one, tier, task) for tier, task in tasks)
    flagged = f"; flagged: {', '.join(flags)}" if flags else ""
    verdict = f"{one.verdict}, {p_named(one.p_holm)}{alone}{flagged}"
    return (str(place), verdict, released, *gains)


def _gain(one: ReportedFinalist, tier: Tier, task: str) -> str:
    if one.failures.get(tier):
        return "failed"
    gains = [gain for gain in one.gains.get(tier, ()) if gain.task == task]
    return "".join(signed_text(gain) for gain in gains)


def _families(reports: Reports) -> Section:
    rows: list[tuple[str, ...]] = []
    for name, report in reports.items():
        found = report.families
        rows.append((f"{name}: entropy {report.entropy:.2f} bits",))
        total = sum(found.values())
        rows += [(family, str(count), f"{count / total:.0%}") for family, count in found.items()]
    table = Table(
        "Families of tried methods",
        ("family", "#methods", "#share"),
        tuple(rows),
        "Entropy measures the diversity of a researcher's methods: 0 bits is one family, k bits "
        "are as diverse as 2^k equally frequent families.",
    )
    return Section("families", "Families", tables=(table,), collapsed=True)


def _short(why: str) -> str:
    """A reason without its advice, which may list all packages of an environment."""
    return why.partition(";")[0]


def _ledger(reports: Reports) -> Section:
    heads = ("researcher", "#tried", "#budget", "#failed", "why", "isolation", "#entries", "head")
    rows = tuple(
        (
            name,
            str(report.spent),
            str(report.allowed),
            str(report.failed),
            "; ".join(f"{_short(why)}: {count}" for why, count in report.failures.items()),
            ", ".join(report.isolation) or "no submitted code ran",
            str(report.entries),
            report.head,
        )
        for name, report in reports.items()
    )
    table = Table(
        "Ledgers",
        heads,
        rows,
        "The head is a hash of the whole ledger. truing ledger verify FOLDER --head HASH shows "
        "whether the ledger was changed later.",
    )
    return Section("ledger", "Ledger and budget", tables=(table,), collapsed=True)
