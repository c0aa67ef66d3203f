"""Failed-runs check: does the folder fail when an audit changes labels, inputs or surroundings?"""

from __future__ import annotations

from collections.abc import Iterable

from truing.research.audit._case import TaskCase
from truing.research.audit._check import Check, Outcome


def failed_runs(contexts: Iterable[str]) -> Check:
    """The check of the runs in these contexts, which other checks ask for."""
    asked = tuple(dict.fromkeys(contexts))

    def find(case: TaskCase) -> Outcome:
        """A folder that ends with the usual inputs should end with changed ones, too.

        Otherwise a folder could avoid the tests by failing where it notices a changed label. Only
        runs count whose labels are as easy to learn as the usual ones. In those of
        `dead-weak-label` and `most-common-answer`, labels mean nothing or are all equally sure, so
        that a filter may leave no item, or items of one choice only.
        """
        if case.answers() is None:
            return Outcome(f"not tested: the usual run failed: {case.rerun('usual').failure}")
        failed = [one for one in asked if case.answers(one) is None]
        why = [f"{one}: {case.rerun(one).failure}" for one in failed]
        evidence = f"{len(failed)} of {len(asked)} runs failed, and the usual run did not"
        return Outcome("; ".join((evidence, *why)), float(len(failed)), 0.0, hit=bool(failed))

    return Check(
        "failed-runs",
        "rule",
        "Does the folder fail with changed weak labels, inputs or surroundings?",
        "The tests of these runs have no result, so the folder may cheat. Code that stops when it "
        "notices an audit has this effect, and so has code that cannot cope with unusual labels, "
        "or a run that is close to a limit.",
        asked,
        of_task=find,
    )
