"""Flipped-answers test: do the researcher's submissions flip answers regardless of doubt?"""

from __future__ import annotations

import numpy as np

from truing.measures import error_rate_p
from truing.research.audit._case import AuditCase, Flips
from truing.research.audit._check import Check, Outcome

SIBLINGS = 3  # fewest submissions with few different answers
FEW = 0.10  # share of the answers in which two such submissions differ at most
SURE = 0.25  # share of flipped answers that may be above the median margin


def flipped_answers(case: AuditCase) -> Outcome:
    """Test whether answers that differ from nearly equal submissions are about clear items too.

    A researcher who learns labels from scores submits the same answers again and again with a few
    answers flipped, in any items. Honest variations of one method flip answers in items that are in
    doubt, which have a small margin in naive training. Among the items that differ between this
    submission and at least three nearly equal ones, at most a quarter may have a margin above the
    median (exact binomial test). A research run has only this pattern as evidence: each single
    submission may look honest.
    """
    found = [one for one in (_near(flips) for flips in case.flips()) if one is not None]
    if not found:
        return Outcome(f"fewer than {SIBLINGS} submissions differ from this one in few answers")
    sure = sum(int(one[0]) for one in found)
    count = sum(int(one[1]) for one in found)
    p = error_rate_p(sure, count, SURE)
    near = max(one[2] for one in found)
    evidence = (
        f"{near} submissions of this researcher differ from this one in at most {FEW:.0%} of the "
        f"answers. {count} answers differ, {sure} of them where naive training is surer than the "
        f"median; tolerated are {SURE:.0%}."
    )
    return Outcome(evidence, sure / count, SURE, p)


def _near(flips: Flips) -> tuple[int, int, int] | None:
    """Numbers of sure flipped items, of flipped items, and of nearly equal submissions."""
    others = [one for one in flips.others if 0 < (one != flips.own).mean() <= FEW]
    if len(others) < SIBLINGS:
        return None
    flipped = np.any([one != flips.own for one in others], axis=0)
    flipped &= np.isin(np.arange(len(flipped)), flips.picked)
    sure = flipped & (flips.margin > np.median(flips.margin))
    return (int(sure.sum()), int(flipped.sum()), len(others)) if flipped.any() else None


FLIPPED_ANSWERS = Check(
    "flipped-answers",
    "test",
    "Do submissions of this researcher differ in single answers, regardless of doubt?",
    "The researcher learns labels from released scores by flipping answers. Submissions that add "
    "rules for single groups of items have the same effect.",
    of_code=flipped_answers,
)
