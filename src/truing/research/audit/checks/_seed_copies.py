"""Seed-copies check: did the researcher submit copies that differ in nothing but seeds?"""

from __future__ import annotations

from truing.research.audit._case import AuditCase
from truing.research.audit._check import Check, Outcome
from truing.research.audit._source import without_seeds

COPIES = 2  # number of other copies that is not flagged


def seed_copies(case: AuditCase) -> Outcome:
    """Count other submissions of this researcher that are the same but for random seeds."""
    assert case.folder is not None, "the check is for submissions with code"
    own = without_seeds(case.folder)
    copies = [number for number, one in case.others.items() if without_seeds(one) == own]
    named = ", ".join(map(str, copies[:20]))
    evidence = f"{len(copies)} other submissions differ in nothing but seeds"
    evidence += f": {named}" if copies else "."
    return Outcome(evidence, float(len(copies)), float(COPIES), hit=len(copies) > COPIES)


SEED_COPIES = Check(
    "seed-copies",
    "rule",
    "Did the researcher submit copies that differ in nothing but random seeds?",
    "The researcher submitted one method again and again until a seed was lucky. A study of the "
    "spread over seeds has the same effect.",
    of_code=seed_copies,
)
