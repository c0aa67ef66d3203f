"""Trained: the role that a policy plays, its request in a play, and its reward."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from truing.errors import UserError
from truing.oversight.plays import Call, Play
from truing.oversight.rules import Protocol, Setup

LEAST = 0.01
"""Probability at which a log score is cut off, and of a verdict that could not be read."""

JUDGE = "judge"
REWARDED = ("argue", "criticize", "decompose", "challenge")
"""Aims for which a speaker's reward is defined by the judge's belief in an answer."""


@dataclass(frozen=True)
class Trained:
    """A role that a policy plays.

    Attributes:
        rules: the protocol without selection among drafts of the trained role.
        role: model role of the policy.
    """

    rules: Protocol
    role: str

    @classmethod
    def of(cls, rules: Protocol, role: str) -> Trained:
        """The trained role of a protocol; the policy writes one speech, or one verdict, per play.

        Raises:
            UserError: the protocol has no such role, or its reward is not defined.
        """
        if role == rules.judge.model:
            judge = replace(rules.judge, panel=1, asks=False, each_round=False)
            plain = replace(rules, judge=judge, settled=None, decided=None)
            return cls(plain, role)
        own = [one for one in rules.speakers if one.model == role]
        if not own:
            roles = [rules.judge.model, *(one.model for one in rules.speakers)]
            known = ", ".join(dict.fromkeys(roles))
            raise UserError(f"train must be a role of the protocol ({known}), got {role!r}")
        if unrewarded := [one.name for one in own if one.aim not in REWARDED]:
            raise UserError(
                f"train={role}: {unrewarded[0]} argues for and against no answer, so the judge's "
                f"belief is no reward; allowed aims: {', '.join(REWARDED)}; train another role"
            )
        speakers = tuple(
            replace(one, best_of=1, refine=0) if one.model == role else one
            for one in rules.speakers
        )
        return cls(replace(rules, speakers=speakers), role)

    @property
    def judges(self) -> bool:
        """Whether the policy is the judge."""
        return self.role == self.rules.judge.model

    def seats(self, setup: Setup) -> Iterator[str]:
        """Names of the seats that the policy can take in a play."""
        if self.judges:
            yield "Judge"
        for speaker in self.rules.speakers:
            if speaker.model == self.role and speaker.each:
                yield from (f"{speaker.name} {letter}" for letter in setup.question.letters)
            elif speaker.model == self.role:
                yield speaker.name

    def is_request(self, call: Call, seat: str) -> bool:
        """Whether a call requests the policy's speech or verdict."""
        what = "verdict" if self.judges else "speech"
        return call.seat == seat and call.role == self.role and call.what == what

    def reward(self, seat: str, played: Play, truth: int | None) -> float:
        """Reward of a finished play.

        A speaker gets the judge's belief in the answer that it argues for (a critic: one minus the
        belief in the answer that it criticizes), and 0 if its speech is empty or no verdict could
        be read. A judge gets the logarithm of its belief in the correct answer, at least
        log(0.01), which is also the reward of a verdict that could not be read.

        Args:
            seat: the policy's seat.
            played: the play.
            truth: index of the correct answer, in the order shown; only for a judge.
        """
        belief = played.verdict
        if self.judges:
            if truth is None:
                raise UserError("the reward of a judge needs truth.jsonl; export the folder again")
            return math.log(max(LEAST, belief[truth] if belief else LEAST))
        turn = next((one for one in played.turns if one.name == seat), None)
        if belief is None or turn is None or turn.speech.silence:
            return 0.0
        if turn.argues is not None:
            return belief[turn.argues]
        argued = [one.argues for one in played.turns if one.argues is not None]
        return 1 - belief[argued[0]] if argued else 0.0
