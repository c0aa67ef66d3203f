"""Protocol: a declaration of the rules under which a judge is helped."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import get_args

from truing.calls import checked_class
from truing.errors import UserError
from truing.oversight.rules._speaker import Aim, Assignment, Judge, Limits, Order, Speaker


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

    def __post_init__(self) -> None:
        words: list[tuple[str, tuple[str, ...], str]] = [
            (self.order, get_args(Order), "order"),
            (self.assignment, get_args(Assignment), "assignment"),
            *((one.aim, get_args(Aim), "aim") for one in self.speakers),
        ]
        for word, allowed, what in words:
            if word not in allowed:
                raise UserError(f"{what} must be one of {', '.join(allowed)}, got {word!r}")
        least = [
            ("rounds", self.rounds),
            ("panel", self.judge.panel),
            ("words", self.limits.words),
            ("quote_words", self.limits.quote_words),
            *(("best_of", one.best_of) for one in self.speakers),
        ]
        for what, value in least:
            if value < 1:
                raise UserError(f"{what} must be 1 or more, got {value}")
        if self.limits.quotes < 0:
            raise UserError(f"quotes must be 0 or more, got {self.limits.quotes}")
        self._check_roles()

    def _check_roles(self) -> None:
        names = [one.name for one in self.speakers]
        if len(set(names)) < len(names):
            raise UserError(f"names of speakers must differ, got {', '.join(names)}")
        listeners: list[Speaker | Judge] = [*self.speakers, self.judge]
        for heard in (name for one in listeners for name in one.hears_reasoning_of):
            if heard not in names:
                known = ", ".join(names) or "none"
                raise UserError(
                    f"hears_reasoning_of names an unknown speaker {heard!r}; speakers: {known}"
                )
        single = [s for s in self.speakers if s.aim == "argue" and not s.each]
        each = [s for s in self.speakers if s.each]
        if len(single) + len(each) > 1:
            raise UserError(
                "either one speaker argues, or one for each answer (each=True); declare a second "
                "protocol for other speakers"
            )
        if sum(one.believes for one in self.speakers) > 1:
            raise UserError("only one speaker may have believes=True; set it for the critic only")
        if single and self.assignment == "none":
            raise UserError(
                f"assignment must be fixed, both or open, because {single[0].name} argues alone"
            )
        if not single and not each and self.assignment != "none":
            raise UserError(
                f"assignment must be none without an arguing speaker, got {self.assignment!r}"
            )
        if each and self.assignment in ("fixed", "both"):
            raise UserError(
                f"assignment must be none or open, because every answer has its {each[0].name}"
            )
        if self.settled is not None and not (self.forecaster or self.judge.each_round):
            raise UserError("settled requires a forecaster, or a judge with each_round=True")
        if any(s.aim == "move" for s in self.speakers) and not self.forecaster:
            raise UserError("a speaker with aim='move' requires a forecaster")

    @property
    def roles(self) -> tuple[str, ...]:
        """Model roles that need a model; the judge's role is the last."""
        own = [one.model for one in self.speakers]
        if self.forecaster:
            own.append(self.forecaster)
        return tuple(dict.fromkeys([*own, self.judge.model]))
