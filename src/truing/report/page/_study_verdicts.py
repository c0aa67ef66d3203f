"""Verdicts of a study in sentences: what is better or worse than naive training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from truing.measures import INCONCLUSIVE, on_few_seeds
from truing.report._certificate import compared_rows, with_shift
from truing.report._texts import few_seeds_text, metric_text, signed_text
from truing.report.page._study_finding import with_difference
from truing.studies import HOME, Row
from truing.wording import counted, listed


def verdict_sentences(rows: Sequence[Row]) -> Iterator[str]:
    """The numbers of verdicts, the methods with a clear verdict, and what is simulated."""
    compared = [row for row in rows if row.difference and not row.control]
    if compared:
        yield (
            f"Compared with naive training: {_all_verdicts(compared)}. Comparisons are on the "
            "same labels, seeds and items. Controls, such as oracle and shuffled, are not counted."
            f"{few_seeds_text(compared)} {_items(rows)}; {rows[0].baseline} baselines."
        )
        verdicts = [difference.verdict for _, difference in with_difference(compared)]
        for verdict in dict.fromkeys(verdicts):
            if verdict != INCONCLUSIVE:
                yield from _methods_with(compared, verdict)
    if any(row.simulated for row in rows):
        yield (
            "Simulated: a program takes the place of a model or a person as supervisor. The "
            "results show how the methods work on it and say nothing about real models."
        )


def _all_verdicts(compared: Sequence[Row]) -> str:
    """Numbers of verdicts and of comparisons; under shift, at home and in domains."""
    every = compared_rows(compared)
    verdicts = [difference.verdict for _, difference in with_difference(compared)]
    number = f"({counted(len(every), 'comparison')}, Holm-corrected)"
    if not with_shift(compared):
        return f"{_counted_verdicts(verdicts)} {number}"
    there = [one for one in every if one.domain != HOME]
    others = _counted_verdicts([difference.verdict for _, difference in with_difference(there)])
    return f"{_counted_verdicts(verdicts)} at home, and {others} in domains {number}"


def _counted_verdicts(verdicts: Sequence[str]) -> str:
    """`2 better, 0 worse, 1 inconclusive`; verdicts on one or two seeds are counted apart."""
    few = [one for one in dict.fromkeys(verdicts) if on_few_seeds(one)]
    names = ["better", "worse", *few, INCONCLUSIVE]
    return ", ".join(f"{verdicts.count(name)} {name}" for name in names)


def _items(rows: Sequence[Row]) -> str:
    """The number of test items, by task if tasks differ."""
    counts = {row.task: row.n_test for row in rows}
    if len(set(counts.values())) == 1:
        return f"{rows[0].n_test:,} test items{' per task' if len(counts) > 1 else ''}"
    return "Test items: " + ", ".join(f"{task} {count:,}" for task, count in counts.items())


def _methods_with(compared: Sequence[Row], verdict: str) -> Iterator[str]:
    """A sentence that lists the methods with a verdict and their differences, if any."""
    tasks = len({row.task for row in compared}) > 1
    named = [
        f"{row.method} {signed_text(one)}"
        f" ({row.strong} under {row.weak}{f' on {row.task}' if tasks else ''})"
        for row, one in with_difference(compared)
        if one.verdict == verdict
    ]
    if named:
        word, _, seeds = verdict.partition(" on ")
        than = f"than naive in {metric_text(compared)}{f' on {seeds}' if seeds else ''}"
        yield f"{word.capitalize()} {than}: {listed(named, 6)}."
