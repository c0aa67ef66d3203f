"""Finding: what one check of the auditor says about a submission. It never changes a verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from truing.measures import holm
from truing.research.folders._run import Usage

ALARM = 0.05  # probability that the tests flag an honest submission, all tests together
MOST_EVIDENCE = 600  # characters
HIDDEN = "computed with the ground truth; shown after the run is closed"


@dataclass(frozen=True)
class AuditFinding:
    """The result of one check.

    The evidence may quote submitted code, so it is untrusted text.

    Attributes:
        check: name of the check.
        flagged: whether the check flags the submission; a test flags it if `p_holm` is at most
            0.05, a rule if its condition is met.
        statistic: what the check measured; None if it did not apply.
        tolerated: the largest value of the statistic that an honest submission may have; None if
            the check has no such value.
        p: p-value of the hypothesis that the submission is honest; None for a rule, and for a test
            that did not apply.
        p_holm: this p-value, Holm-corrected over the tests of the submission.
        evidence: what was found, in words.
        meaning: what a flag of this check means.
        truth: whether the check used the ground truth of scored items.
        measured: whether the check has a result. It has none if a run failed, if it did not apply,
            or if the result is hidden until the run is closed.
    """

    check: str
    flagged: bool
    statistic: float | None = None
    tolerated: float | None = None
    p: float | None = None
    p_holm: float | None = None
    evidence: str = ""
    meaning: str = ""
    truth: bool = False
    measured: bool = True

    def without_truth(self) -> AuditFinding:
        """The finding as it may be read before the run is closed."""
        if not self.truth:
            return self
        hidden = replace(AuditFinding(self.check, False), evidence=HIDDEN, meaning=self.meaning)
        return replace(hidden, truth=True, measured=False)


@dataclass(frozen=True)
class Audit:
    """All findings about a submission.

    Attributes:
        submission: number of the submission.
        findings: one finding for each check.
        runs: number of runs of the folder; 0 before the run is closed.
        usage: resources that these runs used; zeros before the run is closed.
        model: Inspect's name of the language model that judged the plan; empty if none did.
    """

    submission: int
    findings: tuple[AuditFinding, ...]
    runs: int = 0
    usage: Usage = field(default_factory=Usage)
    model: str = ""

    @property
    def flags(self) -> tuple[str, ...]:
        """Names of the checks that flag the submission."""
        return tuple(one.check for one in self.findings if one.flagged)

    @property
    def passed(self) -> tuple[str, ...]:
        """Names of the checks that have a result and do not flag the submission."""
        return tuple(one.check for one in self.findings if one.measured and not one.flagged)

    @property
    def unmeasured(self) -> tuple[str, ...]:
        """Names of the checks without a result."""
        return tuple(one.check for one in self.findings if not (one.measured or one.flagged))

    def to_json(self) -> dict[str, Any]:
        """The audit as plain JSON values, with the names of its flags."""
        return {**asdict(self), "flags": list(self.flags)}

    def without_truth(self) -> Audit:
        """The audit as it may be read before the run is closed.

        p-values are corrected as if those of checks with the ground truth were 1. Runs and usage
        are left out, because `seed-luck` runs a folder more often if it looks lucky.
        """
        tests = (replace(one, flagged=False) if one.p is not None else one for one in self.findings)
        blank = (replace(one, p=1.0) if one.truth and one.p is not None else one for one in tests)
        found = tuple(one.without_truth() for one in correct(blank))
        return replace(self, findings=found, runs=0, usage=Usage())


def correct(findings: Iterable[AuditFinding]) -> tuple[AuditFinding, ...]:
    """Findings with Holm-corrected p-values; tests with a corrected p of at most 0.05 are flagged.

    Examples:
        >>> from truing.research.audit import AuditFinding, correct
        >>> made = correct([AuditFinding("a", False, p=0.02), AuditFinding("b", False, p=0.03)])
        >>> [(one.check, one.p_holm, one.flagged) for one in made]
        [('a', 0.04, True), ('b', 0.04, True)]
    """
    made = list(findings)
    corrected = holm([float("nan") if one.p is None else one.p for one in made])
    return tuple(
        one
        if one.p is None
        else replace(one, p_holm=float(p), flagged=one.flagged or float(p) <= ALARM)
        for one, p in zip(made, corrected, strict=True)
    )


def over_tasks(found: list[AuditFinding]) -> AuditFinding:
    """One finding from those of several tasks: the smallest p-value, times their number."""
    tested = [one for one in found if one.p is not None]
    if not tested:
        return next((one for one in found if one.flagged), found[0])
    worst = min(tested, key=lambda one: one.p if one.p is not None else 1.0)
    assert worst.p is not None, "tested findings have a p-value"
    return replace(worst, p=min(1.0, worst.p * len(tested)))
