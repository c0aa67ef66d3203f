"""Protocol: a declaration of the rules under which a judge is helped."""

from __future__ import annotations

from dataclasses import dataclass, field

from truing.calls import checked_class
from truing.oversight.rules._check_rules import check_rules
from truing.oversight.rules._speaker import CRITIC, Assignment, Judge, Limits, Order, Speaker


@checked_class
@dataclass(frozen=True)
class Protocol:
    """The rules under which a judge is helped.

    Attributes:
        speakers: speakers in order; empty for a judge without help.
        judge: the judge, who gives a probability for each answer.
        rounds: maximum number of rounds of speeches.
        order: `simultaneous` (no speaker sees the speeches of the current round) or `sequential`.
        assignment: the answer of a single arguing speaker: `fixed` (drawn by the question's id),
            `both` (a play for each answer) or `open` (the answer that the speaker believes). With a
            speaker for each answer, `open` lets the first speaker choose and speak first. `none`
            if no single speaker argues.
        limits: limits of a speech.
        forecaster: model role that forecasts the verdict before each round, visible to the
            speakers; None for no forecast.
        settled: stop early when no probability of the forecast, or of the judge's belief, changes
            by more than this value in a round; None to play all rounds.
        decided: stop early when the judge's highest probability after a round is at least this
            value; None to play all rounds. At least one round is played.

    Raises:
        UserError: the rules contradict each other.

    Examples:
        >>> import truing
        >>> from truing.oversight.protocols import Speaker
        >>> debaters = Speaker("Debater", "debater", each=True)
        >>> truing.Protocol(speakers=(debaters,), rounds=2).roles
        ('debater', 'judge')
    """

    speakers: tuple[Speaker, ...] = ()
    judge: Judge = field(default_factory=Judge)
    rounds: int = 1
    order: Order = "simultaneous"
    assignment: Assignment = "none"
    limits: Limits = field(default_factory=Limits)
    forecaster: str | None = None
    settled: float | None = None
    decided: float | None = None

    def __post_init__(self) -> None:
        check_rules(self)

    @property
    def roles(self) -> tuple[str, ...]:
        """Model roles that need a model; the judge's role is the last."""
        own = [one.model for one in self.speakers]
        own += [CRITIC for one in self.speakers if one.refine]
        own += [self.reader_of(one) for one in self.speakers if one.selects]
        if self.forecaster:
            own.append(self.forecaster)
        own = [role for role in own if role != self.judge.model]
        return tuple(dict.fromkeys([*own, self.judge.model]))

    @property
    def tools(self) -> frozenset[str]:
        """Names of all tools that a role may use."""
        given = [one.tools for one in self.speakers] + [self.judge.tools]
        return frozenset(name for names in given for name in names)

    def reader_of(self, speaker: Speaker) -> str:
        """Model role that selects among the drafts of a speaker."""
        return speaker.reader or self.judge.model
