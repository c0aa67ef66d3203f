"""Check of oversight protocols and solvers for leaks of the ground truth.

Defects in published code, which this check finds: the right answer is listed first in a role's
prompt; an opponent can read the other's private reasoning; a verdict is assigned to the wrong
answer.
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
    """Check a protocol, or an Inspect solver, for leaks by playing it with recording models.

    The protocol is played on two question files that differ only in which answer is true and in the
    order of the answers. Checked conditions:

    - All prompts of all roles are the same for both files.
    - The private reasoning of a model (in `<thinking>`, or apart from its text) is shown to no
      other model.
    - The hidden text is shown only to roles that may read it by the rules.
    - In recorded verdicts each probability belongs to its answer, in any order in which the answers
      were shown.
    - The protocol calls a model, and it ends.

    Args:
        protocol: specification of a protocol, a `Protocol`, or an Inspect solver. A solver gets
            samples like those of `oversight_task`: input, choices, target, and
            `metadata["question"]` with the `hidden` text. Speakers of one role are distinguished by
            their system message, or by the first message if there is none. A solver's verdict is
            checked if `metadata["judgement"]["belief"]` contains it, in the order of the question
            set.
        loader: question set that reads the files. A custom loader, `path/to/file.py:name`, must
            read `id`, `question`, `hidden`, `choices` and `truth`.
        answers: numbers of choices of the questions.
        readers: model roles of a solver that may read the hidden text.
        others: model roles of a solver that may not read it.
        assigned: whether a solver plays each question once per answer, as in a consultancy.

    Raises:
        ContractError: a condition is violated, or a play fails. The message names a remedy.
        UserError: there is no such protocol or loader.
    """
    if isinstance(protocol, str):
        protocol = PROTOCOLS.build(protocol).value
    if isinstance(protocol, Protocol):
        rounds = _both(loader, answers, lambda questions: _play_rules(protocol, questions))
    else:
        rounds = _both(loader, answers, _solver_player(protocol, readers, others, assigned))
    _require(
        bool(rounds[0].prompts),
        "no model was called; the protocol must call the models of its roles",
    )
    _check_roles(rounds[0].prompts, {*readers, *others})
    _check_same(rounds[0].prompts, rounds[1].prompts)
    for one in rounds:
        _check_private(one.prompts)
        _check_hidden(one.prompts)
        _check_places(one)


def _both(loader: str, answers: Sequence[int], player: Player) -> tuple[Round, Round]:
    """Play the same questions twice, with different true answers."""
    loaded = []
    with tempfile.TemporaryDirectory() as folder:
        for right in (0, 1):  # the same path for both: only the content of the file may matter
            path = write_questions(
                Path(folder) / "questions.jsonl", answers, loader == "file", right
            )
            loaded.append(QUESTIONS.build(f"{loader},path={path}").value)
    first, second = loaded
    _require(
        first.questions == second.questions,
        f"the order of answers in question set {loader!r} depends on which answer is true; order "
        "the answers by a hash (`truing.tasks.hidden_order`)",
    )
    same = bool(np.any(first.truth() == second.truth()))
    _require(
        not same,
        f"question set {loader!r} returns the same ground truth for files with different true "
        "answers; read `truth` from the file",
    )
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
    """Whether the receiver of a call may read the hidden text by the rules."""
    if call.what == "choice":
        return rules.speakers[0].sees_hidden
    if call.what != "speech":
        return rules.judge.sees_hidden
    names = (call.seat, call.seat.rpartition(" ")[0])  # `Debater A` is a Debater
    return next(one.sees_hidden for one in rules.speakers if one.name in names)


def _most_calls(rules: Protocol, setup: Setup) -> int:
    """Largest number of calls under the rules, with each call repeated once for a wrong format."""
    choices = len(setup.question.choices)
    drafts = sum(one.best_of * (choices if one.each else 1) for one in rules.speakers)
    judged = 2 * rules.judge.panel
    return 2 * (2 + judged + rules.rounds * (2 * drafts + judged + 2))


def _check_roles(prompts: Sequence[Recorded], named: set[str]) -> None:
    lost = any(one.role == "default" for one in prompts) and "default" not in named
    _require(
        not lost,
        "the default model was called, because a role has no model; bind the role to a model, or "
        'add "default" to `readers` or `others`',
    )


def _check_same(first: Sequence[Recorded], second: Sequence[Recorded]) -> None:
    """Check that all prompts are the same for both true answers."""
    counts = [Counter((one.role, one.text) for one in prompts) for prompts in (first, second)]
    only = sorted((counts[0] - counts[1]).elements())
    against = sorted((counts[1] - counts[0]).elements())
    if not only and not against:
        return
    role, text = (only or against)[0]
    other = next((text for name, text in against if name == role), "")
    raise ContractError(
        f"the prompt of role {role!r} depends on which answer is true: {_difference(text, other)}; "
        "show answers and speeches in an order that is independent of the truth, never the target"
    )


def _difference(text: str, other: str) -> str:
    """Excerpt of two prompts at their first difference."""
    pairs = zip(text, other, strict=False)
    at = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(text), len(other)))
    start, end = max(0, at - 30), at + 40
    return f"{text[start:end]!r} becomes {other[start:end]!r} if another answer is true"


def _check_private(prompts: Sequence[Recorded]) -> None:
    """Check that private reasoning is shown only to the speaker that it belongs to."""
    owners: dict[str, set[str]] = {}
    for one in prompts:
        owners.setdefault(one.thought, set()).add(one.speaker)
    for one in prompts:
        for thought in PRIVATE.findall(one.text):
            owner = owners.get(thought, set())
            _require(
                one.speaker in owner,
                f"{one.speaker} is shown the private reasoning of {' or '.join(sorted(owner))}; "
                "remove reasoning and <thinking> from the texts that other speakers get",
            )


def _check_hidden(prompts: Sequence[Recorded]) -> None:
    for one in prompts:
        if not one.sees_hidden:
            shown = SECRET.search(one.text)
            _require(
                not shown,
                f"{one.speaker} is shown the hidden text, but may not read it; leave the text out "
                "of the prompt, or allow it (`sees_hidden` of a role, `readers` of a solver)",
            )


def _check_places(played: Round) -> None:
    """Check that the probabilities of recorded verdicts belong to the right answers."""
    asked = {one.id: one for one in played.questions.questions}
    for name, belief in played.beliefs:
        wanted = belief_of(asked[name].choices)
        right = belief is None or (len(belief) == len(wanted) and np.allclose(belief, wanted))
        _require(
            right,
            f"the verdict on {name} is assigned to the wrong answers: got {belief}, expected "
            f"{wanted}; put each probability at the index that its answer has in the question set",
        )
