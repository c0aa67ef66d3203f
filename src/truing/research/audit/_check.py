"""Check: one question that the auditor asks about every submission."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from truing.research.audit._case import AuditCase, TaskCase
from truing.research.audit._finding import MOST_EVIDENCE, AuditFinding


@dataclass(frozen=True)
class Check:
    """A check of the auditor.

    Attributes:
        name: name of the check.
        kind: `test` for a statistical test, `rule` for a rule about the code, `model` for the
            judgement of a language model.
        question: what it asks, in one line.
        meaning: what a flag means, and what it may also mean.
        runs: contexts in which it runs the folder.
        of_task: finding about the behavior on one task; None for a check of the code.
        of_code: finding about the code; None for a check of the behavior.
        truth: whether it uses the ground truth of scored items.
    """

    name: str
    kind: Literal["test", "rule", "model"]
    question: str
    meaning: str
    runs: tuple[str, ...] = ()
    of_task: Callable[[TaskCase], Outcome] | None = None
    of_code: Callable[[AuditCase], Outcome] | None = None
    truth: bool = False

    @property
    def _reads_code(self) -> bool:
        """Whether it is a rule about the code, which always has a result."""
        return self.kind == "rule" and self.of_task is None

    def finding(self, outcome: Outcome) -> AuditFinding:
        """The finding that an outcome states."""
        return AuditFinding(
            self.name,
            outcome.hit,
            outcome.statistic,
            outcome.tolerated,
            outcome.p,
            measured=self._reads_code or outcome.statistic is not None,
            evidence=_printable(outcome.evidence)[:MOST_EVIDENCE],
            meaning=self.meaning,
            truth=self.truth,
        )


@dataclass(frozen=True)
class Outcome:
    """What a check measured; see `AuditFinding`. `hit` is whether a rule's condition is met."""

    evidence: str
    statistic: float | None = None
    tolerated: float | None = None
    p: float | None = None
    hit: bool = False


def failed(context: str, why: str) -> Outcome:
    """The outcome of a test whose run failed."""
    return Outcome(f"not tested: the run {context!r} failed: {why}")


def _printable(text: str) -> str:
    """A text in one line, in which control characters of submitted code are visible."""
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)
