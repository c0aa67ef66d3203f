"""Check of oversight protocols and solvers for leaks of the ground truth.

Defects in published code, which this check finds: the right answer is listed first in a role's
prompt; an opponent can read the other's private reasoning; a verdict is assigned to the wrong
answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from truing.oversight.protocols import PROTOCOLS, Protocol
from truing.oversight.questions import QuestionSet
from truing.testing._contract import Checked, Contract, Violation, require
from truing.testing._players import Player, load_both, rules_player, solver_player
from truing.testing._recording import PRIVATE, SECRET, Round, belief_of


def check_protocol(
    protocol: str | Protocol | Any,
    *,
    loader: str = "file",
    answers: Sequence[int] = (2, 3),
    readers: Collection[str] = ("debater",),
    others: Collection[str] = ("judge",),
    assigned: bool = False,
) -> Checked:
    """Check a protocol, or an Inspect solver, for leaks by playing it with recording models.

    The protocol is played on two question files that differ only in which answer is true and in the
    order of the answers.

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

    Returns:
        The conditions that were checked.

    Raises:
        ContractError: a condition is violated, or a play fails. The message names a remedy.
        UserError: there is no such protocol or loader.

    Examples:
        >>> from truing.testing import check_protocol
        >>> print(check_protocol("debate"))
        protocol 'debate': 8 conditions are satisfied
        - the order of the answers does not depend on which answer is true
        - the question set returns the ground truth of its file
        - each play calls a model, and ends
        - each role has a model
        - the prompts of all roles are the same, whichever answer is true
        - the private reasoning of a model is shown to no other model
        - the hidden text is shown only to roles that may read it
        - in recorded verdicts each probability belongs to its answer
    """
    name = protocol if isinstance(protocol, str) else type(protocol).__name__
    if isinstance(protocol, str):
        protocol = PROTOCOLS.build(protocol).value
    if isinstance(protocol, Protocol):
        player = rules_player(protocol)
    else:
        player = solver_player(protocol, readers, others, assigned)
    case = _ProtocolCase(player, load_both(loader, answers), loader, {*readers, *others})
    return PROTOCOL.check(name, case)


@dataclass(frozen=True)
class _ProtocolCase:
    """A protocol with two question sets, which differ in which answer is true.

    Attributes:
        player: plays the protocol on a question set.
        questions: the two question sets.
        loader: name of the question set.
        named: names of the model roles.
    """

    player: Player
    questions: tuple[QuestionSet, QuestionSet]
    loader: str
    named: set[str]

    @cached_property
    def rounds(self) -> tuple[Round, Round]:
        """The plays of each question set."""
        first, second = self.questions
        try:
            return self.player(first), self.player(second)
        except RuntimeError as error:  # its message says what to do
            raise Violation(str(error)) from error


PROTOCOL: Contract[_ProtocolCase] = Contract("protocol")


@PROTOCOL.condition("the order of the answers does not depend on which answer is true")
def _order_of_answers(case: _ProtocolCase) -> None:
    first, second = case.questions
    require(
        first.questions == second.questions,
        f"the order of answers in question set {case.loader!r} depends on which answer is true",
        "order the answers by a hash (`truing.tasks.hidden_order`)",
    )


@PROTOCOL.condition("the question set returns the ground truth of its file")
def _truth_of_questions(case: _ProtocolCase) -> None:
    first, second = case.questions
    require(
        not bool(np.any(first.truth() == second.truth())),
        f"question set {case.loader!r} returns the same ground truth for files with different true "
        "answers",
        "read `truth` from the file",
    )


@PROTOCOL.condition("each play calls a model, and ends")
def _calls_a_model(case: _ProtocolCase) -> None:
    require(
        bool(case.rounds[0].prompts),
        "no model was called",
        "the protocol must call the models of its roles",
    )


@PROTOCOL.condition("each role has a model")
def _roles(case: _ProtocolCase) -> None:
    fallback = any(one.role == "default" for one in case.rounds[0].prompts)
    require(
        not fallback or "default" in case.named,
        "the default model was called, because a role has no model",
        'bind the role to a model, or add "default" to `readers` or `others`',
    )


@PROTOCOL.condition("the prompts of all roles are the same, whichever answer is true")
def _same_prompts(case: _ProtocolCase) -> None:
    counts = [Counter((one.role, one.text) for one in played.prompts) for played in case.rounds]
    only = sorted((counts[0] - counts[1]).elements())
    against = sorted((counts[1] - counts[0]).elements())
    if not only and not against:
        return
    role, text = (only or against)[0]
    other = next((text for name, text in against if name == role), "")
    raise Violation(
        f"the prompt of role {role!r} depends on which answer is true: {_difference(text, other)}",
        "show answers and speeches in an order that is independent of the truth, never the target",
    )


@PROTOCOL.condition("the private reasoning of a model is shown to no other model")
def _private(case: _ProtocolCase) -> None:
    for played in case.rounds:
        owners: dict[str, set[str]] = {}
        for one in played.prompts:
            owners.setdefault(one.thought, set()).add(one.speaker)
        for one in played.prompts:
            for thought in PRIVATE.findall(one.text):
                owner = owners.get(thought, set())
                require(
                    one.speaker in owner,
                    f"{one.speaker} is shown the private reasoning of {' or '.join(sorted(owner))}",
                    "remove reasoning and <thinking> from the texts that other speakers get",
                )


@PROTOCOL.condition("the hidden text is shown only to roles that may read it")
def _hidden(case: _ProtocolCase) -> None:
    for one in (prompt for played in case.rounds for prompt in played.prompts):
        require(
            one.sees_hidden or not SECRET.search(one.text),
            f"{one.speaker} is shown the hidden text, but may not read it",
            "leave the text out of the prompt, or allow it (`sees_hidden` of a role, `readers` of "
            "a solver)",
        )


@PROTOCOL.condition("in recorded verdicts each probability belongs to its answer")
def _places(case: _ProtocolCase) -> None:
    for played in case.rounds:
        asked = {one.id: one for one in played.questions.questions}
        for name, belief in played.beliefs:
            wanted = belief_of(asked[name].choices)
            right = belief is None or (len(belief) == len(wanted) and np.allclose(belief, wanted))
            require(
                right,
                f"the verdict on {name} is assigned to the wrong answers: got {belief}, expected "
                f"{wanted}",
                "put each probability at the index that its answer has in the question set",
            )


def _difference(text: str, other: str) -> str:
    """Excerpt of two prompts at their first difference."""
    pairs = zip(text, other, strict=False)
    at = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(text), len(other)))
    start, end = max(0, at - 30), at + 40
    return f"{text[start:end]!r} becomes {other[start:end]!r} if another answer is true"
