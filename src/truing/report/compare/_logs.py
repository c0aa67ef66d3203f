"""Page of a comparison of Inspect logs: accuracies, and differences on the same samples."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from truing.measures import INCONCLUSIVE, Estimate
from truing.oversight.logs import LogAccuracy, LogComparison, LogPair
from truing.report._texts import estimate_text, p_text, signed_text
from truing.report.compare._page import write_compared
from truing.report.drawing import (
    BLUE,
    NO_DIFFERENCE,
    ChartAxis,
    Dot,
    Drawing,
    Mark,
    Subplot,
    dots,
    interval_rows,
    verdict_marks,
)
from truing.report.page import Page, Section, Table
from truing.runs import clean

VERDICTS = ("higher", "lower", INCONCLUSIVE)
DRAWN = 60  # most differences in a chart
ACCURACY = Mark("accuracy", BLUE, "circle")


def write_logs(found: LogComparison, folder: Path) -> None:
    """Write comparison.html, comparison.json and charts/ of logs into a folder.

    Raises:
        StorageError: the folder is not writable.
    """
    write_compared(logs_page(found), found.to_json(), folder)


def logs_page(found: LogComparison) -> Page:
    """The page of a comparison of logs: the finding, charts, and tables."""
    accuracies, differences = _draw_accuracies(found), _draw_differences(found)
    drawn = [one for one in (differences, accuracies) if one]
    problems = tuple(map(clean, (*found.unreadable, *found.unpaired, *found.notes())))
    files = tuple(clean(f"{found.number(log)}: {log.path}") for log in found.logs)
    sections = [
        Section(
            "accuracies",
            "Accuracies",
            (f"Standard errors are clustered by {found.cluster or 'sample'}.",),
            drawings=tuple(drawn[1:]),
            tables=(_logs_table(found), _accuracy_table(found)),
            unfolded=True,
        )
    ]
    if found.pairs:
        table = _pair_table(found)
        sections.insert(0, Section("differences", "Differences", tables=(table,), unfolded=True))
    sections.append(Section("logs", "Files", points=files))
    marks = {f"{one.mark}: log {found.number(one)}" for one in found.logs if one.mark}
    return Page(
        "Logs of Inspect",
        tuple(sorted(marks)),
        _finding(found),
        drawn[0] if drawn else None,
        (),
        problems,
        tuple(sections),
        command=clean(
            shlex.join(["truing", "measure", "evals", *(one.path for one in found.logs)])
        ),
        foot=f"Made by truing {version('truing')} from the logs above.",
    )


def _command(found: LogComparison) -> list[str]:
    """The command that makes the same page."""
    words = ["truing", "measure", "evals", *(one.path for one in found.logs)]
    words += ["--cluster", found.cluster] if found.cluster else []
    for name in found.scorers:
        words += ["--scorer", name]
    return words if found.detect is None else [*words, "--detect", f"{found.detect:g}"]


def _finding(found: LogComparison) -> tuple[str, ...]:
    """The verdicts and the largest difference; without pairs the accuracies of the first log."""
    if not found.pairs:
        known = [one for one in found.accuracies if one.score]
        if not known:
            return ("The logs contain no score that is a number.",)
        one = known[0]
        return (f"Accuracy of log {found.number(one.log)} by {one.scorer}: {_score_text(one)}.",)
    verdicts = [one.verdict for one in found.pairs]
    counts = ", ".join(f"{verdicts.count(word)} {word}" for word in VERDICTS)
    clear = [one for one in found.pairs if one.verdict != INCONCLUSIVE]
    largest = max(clear or found.pairs, key=lambda one: abs(one.difference.value or 0.0))
    return (
        f"Differences on the same samples: {counts} (Holm-corrected over all {len(verdicts)}).",
        f"The largest {'clear ' if clear else ''}difference is {signed_text(largest.difference)}: "
        f"logs {_pair_name(found, largest)}, {largest.scorer}.",
    )


def _draw_differences(found: LogComparison) -> Drawing | None:
    """Chart of the differences, a subplot for each scorer; None without or with too many pairs."""
    if not 0 < len(found.pairs) <= DRAWN:
        return None
    estimates = [one.difference for one in found.pairs]
    axis = ChartAxis.around("difference, first minus second log", estimates, lines=(0.0,))
    groups: dict[str, list[Dot]] = {}
    for one in found.pairs:
        name = f"logs {_pair_name(found, one)}"
        groups.setdefault(one.scorer, []).append(Dot(name, one.verdict, one.difference))
    marks = verdict_marks(one.verdict for one in found.pairs)
    subplots = [
        Subplot(scorer, dots(own, verdict_marks(one.series for one in own), axis))
        for scorer, own in groups.items()
    ]
    return Drawing(
        "differences",
        "Differences on the same samples",
        "Points are paired differences, lines their 95% intervals. The verdicts higher and lower "
        "are Holm-corrected over all pairs and scorers.",
        tuple(subplots),
        (*marks, NO_DIFFERENCE),
        interval_rows(({"scorer": name}, one) for name, own in groups.items() for one in own),
    )


def _draw_accuracies(found: LogComparison) -> Drawing | None:
    """Chart of the accuracies, a subplot for each task and scorer; None without scores."""
    groups: dict[str, list[Dot]] = {}
    for one in found.accuracies:
        if one.score:
            name = f"{found.number(one.log)}: {one.log.model}"
            dot = Dot(name, ACCURACY.name, one.score)
            groups.setdefault(f"{one.log.task}, {one.scorer}", []).append(dot)
    if not groups:
        return None
    subplots = [
        Subplot(title, dots(own, [ACCURACY], _axis([one.estimate for one in own])))
        for title, own in groups.items()
    ]
    return Drawing(
        "accuracies",
        "Accuracies",
        "Points are mean scores over samples, lines their 95% intervals.",
        tuple(subplots),
        (ACCURACY,),
        interval_rows(({"of": title}, one) for title, own in groups.items() for one in own),
    )


def _axis(estimates: Sequence[Estimate]) -> ChartAxis:
    share = all(0.0 <= end <= 1.0 for one in estimates for end in one.known)
    return ChartAxis.around("accuracy", estimates, whole=(0.0, 1.0) if share else None)


def _logs_table(found: LogComparison) -> Table:
    columns = ("log", "task", "model", "status", "#samples", "#planned", "#epochs", "#errors")
    rows = tuple(
        (
            str(found.number(log)),
            log.task,
            log.model,
            log.mark or log.status,
            f"{log.samples:,}",
            "" if log.planned is None else f"{log.planned:,}",
            str(log.epochs),
            f"{log.errors:,}",
        )
        for log in found.logs
    )
    return Table("Logs", columns, rows)


def _accuracy_table(found: LogComparison) -> Table:
    columns = ("log", "scorer", "#n", "#clusters", "#accuracy [95%]", "#error", "interval")
    rows = tuple(
        (
            str(found.number(one.log)),
            one.scorer or "no scores",
            f"{one.score.n:,}" if one.score else "0",
            f"{one.score.clusters:,}" if one.score else "0",
            _score_text(one),
            f"{one.score.stderr:.4f}" if one.score and one.score.stderr is not None else "",
            (one.score.method or "") if one.score else "",
        )
        for one in found.accuracies
    )
    return Table("Mean scores over samples, after the mean over epochs", columns, rows)


def _pair_table(found: LogComparison) -> Table:
    wanted = () if found.detect is None else (f"#n for {found.detect:g}",)
    columns = ("logs", "scorer", "#n", "#difference [95%]", "#p", "#p (Holm)", "verdict", *wanted)
    rows = tuple(
        (
            _pair_name(found, one),
            one.scorer,
            f"{one.difference.n:,}",
            signed_text(one.difference),
            p_text(one.difference.p),
            p_text(one.p_holm),
            one.verdict,
            *(["" if one.n_to_detect is None else f"{one.n_to_detect:,}"] if wanted else []),
        )
        for one in found.pairs
    )
    return Table("Differences on the same samples, first minus second log", columns, rows)


def _score_text(one: LogAccuracy) -> str:
    return estimate_text(one.score) if one.score else ""


def _pair_name(found: LogComparison, one: LogPair) -> str:
    return f"{found.number(one.first)} - {found.number(one.second)}"
