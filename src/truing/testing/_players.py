"""Players: play a protocol or a solver on question sets with recording models."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from truing.loops import run_coroutine
from truing.oversight import Call, Players, make_record, play
from truing.oversight.protocols import Protocol, Setup, Speaker, setups
from truing.oversight.questions import QUESTIONS, QuestionSet
from truing.oversight.tools import SEARCH
from truing.testing._recording import RecordingHost, Round, write_questions

Player = Callable[[QuestionSet], Round]


def load_both(loader: str, answers: Sequence[int]) -> tuple[QuestionSet, QuestionSet]:
    """The same questions twice, with different true answers."""
    loaded = []
    with tempfile.TemporaryDirectory() as folder:
        for right in (0, 1):  # the same path for both: only the content of the file may matter
            path = write_questions(
                Path(folder) / "questions.jsonl", answers, loader == "file", right
            )
            loaded.append(QUESTIONS.build(f"{loader},path={path}").value)
    return loaded[0], loaded[1]


def rules_player(rules: Protocol) -> Player:
    """Player of a protocol, which plays each question in both orders."""

    def player(questions: QuestionSet) -> Round:
        played = Round([], questions, [])
        for question in questions.questions:
            for setup in setups(rules, question, swap=True):
                host = RecordingHost(lambda call: _may_read(rules, call), _most_calls(rules, setup))
                came = run_coroutine(play(rules, setup, host))
                record = make_record("check", came, Players("", ""), True)
                played.prompts.extend(host.prompts)
                played.beliefs.append((question.id, record.belief))
        return played

    return player


def solver_player(
    solver: Any, readers: Collection[str], others: Collection[str], assigned: bool
) -> Player:
    """Player of an Inspect solver; see `check_protocol`."""
    from truing.testing._recording_model import Cast, play_solver

    speaker = (Speaker("Speaker", "speaker"),) if assigned else ()
    shown = Protocol(speaker, assignment="both" if assigned else "none")

    def player(questions: QuestionSet) -> Round:
        plays = [one for q in questions.questions for one in setups(shown, q, swap=True)]
        return play_solver(solver, questions, plays, Cast(readers, others))

    return player


def _may_read(rules: Protocol, call: Call) -> bool:
    """Whether the receiver of a call may read the hidden text, or search it, by the rules."""
    if call.what == "choice":
        return rules.speakers[0].sees_hidden
    if call.seat == "Judge":
        return rules.judge.sees_hidden or SEARCH in rules.judge.tools
    if call.what not in ("speech", "critique"):
        return rules.judge.sees_hidden  # a reader of drafts, or a market
    seat = call.seat.removeprefix("critic of ")
    names = (seat, seat.rpartition(" ")[0])  # `Debater A` is a Debater
    speaker = next(one for one in rules.speakers if one.name in names)
    return speaker.sees_hidden or SEARCH in speaker.tools


def _most_calls(rules: Protocol, setup: Setup) -> int:
    """Largest number of calls under the rules, with each call repeated once for a wrong format."""
    choices = len(setup.question.choices)
    drafts = sum(
        (one.best_of * (1 + one.refine) + one.refine * one.critiques) * (choices if one.each else 1)
        for one in rules.speakers
    )
    judged = 2 * rules.judge.panel
    return 2 * (2 + judged + rules.rounds * (2 * drafts + judged + 2))
