"""The no-leak check for oversight protocols and solvers that others write.

Defects that were seen in published code: the right answer listed first in a role's prompt, an
opponent who reads the other's private reasoning, a verdict put to the wrong answer.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from truing.errors import ContractError
from truing.loops import run_coroutine
from truing.oversight import Call, make_record, play
from truing.oversight.protocols import PROTOCOLS, Protocol, Setup, Speaker, setups
from truing.oversight.questions import QUESTIONS, QuestionSet
from truing.testing._checks import _require
from truing.testing._recording import (
    PRIVATE,
    SECRET,
    Recorded,
    RecordingHost,
    Round,
    belief_of,
    write_questions,
)

Player = Callable[[QuestionSet], Round]


def check_protocol(
    protocol: str | Protocol | Any,
    *,
    loader: str = "file",
    answers: Sequence[int] = (2, 3),
    readers: Collection[str] = ("debater",),
    others: Collection[str] = ("judge",),
    assigned: bool = False,
) -> None:
    """Check a protocol, or a solver of Inspect's, for leaks: it is played with recording models.

    Questions are read from two files that differ in which answer is true, and in nothing else but
    their order of answers. Every prompt of every role must be the same for both. What a model
    reasons in private (in `<thinking>`, or apart from its text) may come back to itself, and reach
    nobody else. The hidden text must reach those only whom the rules let read it. Where verdicts
    are recorded, each probability must stand at its own answer, in whatever order they were shown.
    And it must end.

    Args:
        protocol: a specification, a protocol, or a solver of Inspect's. A solver finds in a sample
            what `oversight_task` puts there: input, choices, target, and `metadata["question"]`
            with the `hidden` text. Who shares a role is told apart by the system message, or by the
            first message where there is none. A verdict of its own is checked where
            `metadata["judgement"]["belief"]` holds it, in the order of the question set.
        loader: question set that reads the files; `path/to/file.py:name` for one of your own,
            which then is to read `id`, `question`, `hidden`, `choices` and `truth`.
        answers: numbers of choices to try.
        readers: a solver's model roles that may read the hidden text.
        others: a solver's model roles that may not.
        assigned: a solver plays every question once for each answer, as in a consultancy.

    Raises:
        ContractError: it leaks, misplaces a verdict, fails or does not end.
        UserError: there is no such protocol or loader.
    """
    if isinstance(protocol, str):
        protocol = PROTOCOLS.build(protocol).value
    if isinstance(protocol, Protocol):
        rounds = _both(loader, answers, lambda questions: _play_rules(protocol, questions))
    else:
        rounds = _both(loader, answers, _solver_player(protocol, readers, others, assigned))
    _require(bool(rounds[0].prompts), "no model was asked anything")
    _check_roles(rounds[0].prompts, {*readers, *others})
    _check_same(rounds[0].prompts, rounds[1].prompts)
    for one in rounds:
        _check_private(one.prompts)
        _check_hidden(one.prompts)
        _check_places(one)


def _both(loader: str, answers: Sequence[int], player: Player) -> tuple[Round, Round]:
    """The same questions played twice, with another answer true."""
    loaded = []
    with tempfile.TemporaryDirectory() as folder:
        for right in (0, 1):  # one path for both: what is read may depend on nothing but the file
            path = write_questions(
                Path(folder) / "questions.jsonl", answers, loader == "file", right
            )
            loaded.append(QUESTIONS.build(f"{loader},path={path}").value)
    first, second = loaded
    _require(
        first.questions == second.questions,
        f"the question set {loader!r} shows the answers in an order that tells which is true",
    )
    told = bool(np.any(first.truth() == second.truth()))
    _require(not told, f"the question set {loader!r} has the same truth whatever the file says")
    try:
        return player(first), player(second)
    except RuntimeError as error:
        raise ContractError(" ".join(str(error).split())) from error


def _play_rules(rules: Protocol, questions: QuestionSet) -> Round:
    played = Round([], questions, [])
    for question in questions.questions:
        for setup in setups(rules, question, swap=True):
            host = RecordingHost(lambda call: _may_read(rules, call), _most_calls(rules, setup))
            came = run_coroutine(play(rules, setup, host))
            record = make_record("check", came, "", "", True)
            played.prompts.extend(host.prompts)
            played.beliefs.append((question.id, record.belief))
    return played


def _solver_player(
    solver: Any, readers: Collection[str], others: Collection[str], assigned: bool
) -> Player:
    from truing.testing._recording_model import Cast, play_solver

    speaker = (Speaker("Speaker", "speaker"),) if assigned else ()
    shown = Protocol(speaker, assignment="both" if assigned else "none")

    def player(questions: QuestionSet) -> Round:
        plays = [one for q in questions.questions for one in setups(shown, q, swap=True)]
        return play_solver(solver, questions, plays, Cast(readers, others))

    return player


def _may_read(rules: Protocol, call: Call) -> bool:
    """Whether the rules let the receiver of a call read the hidden text."""
    if call.what == "choice":
        return rules.speakers[0].sees_hidden
    if call.what != "speech":
        return rules.judge.sees_hidden
    names = (call.seat, call.seat.rpartition(" ")[0])  # `Debater A` is a Debater
    return next(one.sees_hidden for one in rules.speakers if one.name in names)


def _most_calls(rules: Protocol, setup: Setup) -> int:
    """Calls that the rules can ask for, every one of them once more for a form that is not kept."""
    choices = len(setup.question.choices)
    drafts = sum(one.best_of * (choices if one.each else 1) for one in rules.speakers)
    judged = 2 * rules.judge.panel
    return 2 * (2 + judged + rules.rounds * (2 * drafts + judged + 2))


def _check_roles(prompts: Sequence[Recorded], named: set[str]) -> None:
    lost = any(one.role == "default" for one in prompts) and "default" not in named
    _require(
        not lost,
        "the default model was asked: a role without a model falls back to it silently; bind the "
        'role, or name "default" among the readers or the others',
    )


def _check_same(first: Sequence[Recorded], second: Sequence[Recorded]) -> None:
    """Every prompt must be the same, whichever answer is true."""
    counts = [Counter((one.role, one.text) for one in prompts) for prompts in (first, second)]
    only = sorted((counts[0] - counts[1]).elements())
    against = sorted((counts[1] - counts[0]).elements())
    if not only and not against:
        return
    role, text = (only or against)[0]
    other = next((text for name, text in against if name == role), "")
    raise ContractError(
        f"the prompt of role {role!r} tells which answer is true: {_difference(text, other)}"
    )


def _difference(text: str, other: str) -> str:
    """Where two prompts part, with a little of both."""
    pairs = zip(text, other, strict=False)
    at = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(text), len(other)))
    start, end = max(0, at - 30), at + 40
    return f"{text[start:end]!r} turns into {other[start:end]!r} when another is"


def _check_private(prompts: Sequence[Recorded]) -> None:
    """Private reasoning may come back to whom it belongs, and to nobody else."""
    owners: dict[str, set[str]] = {}
    for one in prompts:
        owners.setdefault(one.thought, set()).add(one.speaker)
    for one in prompts:
        for thought in PRIVATE.findall(one.text):
            owner = owners.get(thought, set())
            _require(
                one.speaker in owner,
                f"{one.speaker} is shown the private reasoning of {' or '.join(sorted(owner))}",
            )


def _check_hidden(prompts: Sequence[Recorded]) -> None:
    for one in prompts:
        if not one.sees_hidden:
            shown = SECRET.search(one.text)
            _require(not shown, f"{one.speaker} is shown the hidden text, and may not read it")


def _check_places(played: Round) -> None:
    """Recorded verdicts are put to the answers that they are about."""
    asked = {one.id: one for one in played.questions.questions}
    for name, belief in played.beliefs:
        wanted = belief_of(asked[name].choices)
        right = belief is None or (len(belief) == len(wanted) and np.allclose(belief, wanted))
        _require(
            right, f"the verdict on {name} is put to the wrong answers: {belief}, not {wanted}"
        )
