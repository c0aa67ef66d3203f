"""Protocol: a declaration of the rules under which a judge is helped."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from truing.arguments import Within
from truing.calls import checked_class
from truing.errors import UserError
from truing.registry import Registry
from truing.tasks import Item

Order = Literal["simultaneous", "sequential"]
Assignment = Literal["none", "fixed", "both", "open"]
Aim = Literal["argue", "criticize", "move"]
# Ranges of the arguments of protocols; `Protocol` itself checks only lower bounds.
Count = Annotated[int, Within("[1, 100]")]
Words = Annotated[int, Within("[1, 10000]")]
Quotes = Annotated[int, Within("[0, 100]")]
OfEach = Literal["none", "open"]  # with a speaker for each answer
OfOne = Literal["fixed", "both", "open"]  # with a single speaker


@checked_class
@dataclass(frozen=True)
class Speaker:
    """A role that speaks to the judge.

    Attributes:
        name: name in transcripts, such as `Debater`.
        model: model role that plays the speaker, such as `debater`.
        aim: `argue` for an answer, `criticize` the earlier speeches, or `move` the forecast.
        each: whether there is one such speaker for each answer, who argues for it.
        sees_hidden: whether the speaker reads the hidden text.
        hears_reasoning_of: names of other speakers whose private reasoning the speaker reads.
            A protocol that names an opponent here is broken, and the leak check reports it.
        best_of: number of drafts of each speech. A reader with the judge's information selects the
            most convincing draft (Khan et al. 2024, section 3.3).
        instructions: additional instructions to the speaker.
    """

    name: str
    model: str
    aim: Aim = "argue"
    each: bool = False
    sees_hidden: bool = True
    hears_reasoning_of: tuple[str, ...] = ()
    best_of: int = 1
    instructions: str = ""


@checked_class
@dataclass(frozen=True)
class Judge:
    """The role that gives the verdict.

    Attributes:
        model: model role of the judge. Several models bound to this role are a panel, and the
            verdict is the mean of their verdicts.
        panel: number of verdicts drawn from each model.
        sees_hidden: whether the judge reads the hidden text.
        asks: whether the judge asks the speakers a question after each round except the last.
        each_round: whether the judge also states its belief before the first round and after each
            round.
        hears_reasoning_of: names of speakers whose private reasoning the judge reads.
        instructions: additional instructions to the judge.
    """

    model: str = "judge"
    panel: int = 1
    sees_hidden: bool = False
    asks: bool = False
    each_round: bool = False
    hears_reasoning_of: tuple[str, ...] = ()
    instructions: str = ""


@checked_class
@dataclass(frozen=True)
class Limits:
    """Limits of a speech. Text beyond a limit is cut, and the record counts the words cut.

    Attributes:
        words: maximum number of words in a speech.
        quotes: maximum number of quotes in a speech, if there is a hidden text.
        quote_words: maximum number of words in a quote.
    """

    words: int = 150
    quotes: int = 3
    quote_words: int = 40


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
    judge: Judge = Judge()
    rounds: int = 1
    order: Order = "simultaneous"
    assignment: Assignment = "none"
    limits: Limits = Limits()
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


def fill_roles(rules: Protocol, bound: Mapping[str, Any]) -> dict[str, tuple[str, list[Any]]]:
    """For each role of a protocol, the bound role that plays it and its models.

    If a speaker's role has no model, `debater` plays it. If the forecaster's role has no model, the
    judge plays it.

    Args:
        bound: a model or several models, by role.

    Raises:
        UserError: a role has no model.
    """
    stand_ins = {one.model: "debater" for one in rules.speakers}
    if rules.forecaster:
        stand_ins[rules.forecaster] = rules.judge.model
    filled = {}
    for role in rules.roles:
        names = tuple(dict.fromkeys([role, stand_ins.get(role, role)]))
        name = next((one for one in names if bound.get(one)), None)
        if name is None:
            raise UserError(f"role {role!r} has no model; add {_options_for(names)}")
        models = bound[name]
        filled[role] = name, list(models) if isinstance(models, list | tuple) else [models]
    return filled


def _options_for(roles: Sequence[str]) -> str:
    """The options that give one of the roles a model, on the command line, in Python and Inspect.

    `--judge PROVIDER/MODEL (in Python: judge=...; in Inspect: --model-role judge=PROVIDER/MODEL)`
    """
    own = {"judge": "--judge ", "debater": "--debater "}
    flags = " or ".join(f"{own.get(one, f'--role {one}=')}PROVIDER/MODEL" for one in roles)
    names = " or ".join(f"{one}=..." for one in roles)
    inspect = f"--model-role {roles[0]}=PROVIDER/MODEL"
    return f"{flags} (in Python: {names}; in Inspect: {inspect})"


PROTOCOLS: Registry[Protocol] = Registry(
    "protocol", "truing.oversight.protocols", lambda made: isinstance(made, Protocol)
)
"""All registered protocols."""


def protocol(form: str) -> Callable[[Callable[..., Protocol]], Callable[..., Protocol]]:
    """Decorator that registers a protocol. The docstring's first line is its description.

    The decorated function takes the protocol's arguments and returns a `Protocol`.

    Args:
        form: name, with the arguments that it carries.

    Examples:
        >>> import truing
        >>> from truing.oversight.protocols import Judge, Speaker
        >>> @truing.protocol("advice")
        ... def advice(rounds: int = 1):
        ...     "One adviser argues for the answer that it believes."
        ...     adviser = Speaker("Adviser", "adviser", sees_hidden=True)
        ...     return truing.Protocol((adviser,), Judge(), rounds=rounds, assignment="open")
        >>> advice(rounds=2).roles
        ('adviser', 'judge')
    """
    return PROTOCOLS.register(form)


@dataclass(frozen=True)
class Setup:
    """One play of a protocol on a question: the assigned answer and the order of the answers.

    Attributes:
        question: the question with its choices in the order shown.
        order: for each choice shown, its index in the question set.
        argued: index, in the order shown, of the answer assigned to the single speaker; None if
            there is no such speaker or the speaker chooses.
        swapped: whether the answers are shown in reverse order.
    """

    question: Item
    order: tuple[int, ...]
    argued: int | None
    swapped: bool

    @property
    def id(self) -> str:
        """Identifier of the play, unique within a protocol."""
        argued = "" if self.argued is None else f", for {self.order[self.argued]}"
        return f"{self.question.id}{argued}{', swapped' if self.swapped else ''}"

    @property
    def places(self) -> tuple[int, ...]:
        """Position at which each choice of the question set is shown."""
        return tuple(self.order.index(i) for i in range(len(self.order)))

    def restored(self, belief: tuple[float, ...]) -> tuple[float, ...]:
        """Probabilities in the order of the question set, from probabilities in the order shown."""
        return tuple(belief[place] for place in self.places)


def setups(rules: Protocol, question: Item, swap: bool = False) -> Iterator[Setup]:
    """All plays of a question: one for each assigned answer, and for each order of the answers.

    Args:
        swap: whether to play everything again with the answers in reverse order.

    Examples:
        >>> from truing.oversight.protocols import PROTOCOLS, setups
        >>> from truing.tasks import Item
        >>> consultancy = PROTOCOLS.build("consultancy,assignment=both").value
        >>> [one.argued for one in setups(consultancy, Item("q1", "Which is larger?", ("2", "3")))]
        [0, 1]
    """
    straight = tuple(range(len(question.choices)))
    for order in (straight, straight[::-1]) if swap else (straight,):
        shown = question.reordered(order)
        for argued in _assigned(rules, question):
            place = None if argued is None else order.index(argued)
            yield Setup(shown, order, place, order != straight)


def _assigned(rules: Protocol, question: Item) -> tuple[int | None, ...]:
    if rules.assignment == "both":
        return tuple(range(len(question.choices)))
    if rules.assignment == "fixed":
        drawn = hashlib.sha256(f"assigned {question.id}".encode()).digest()
        return (int.from_bytes(drawn[:8], "big") % len(question.choices),)
    return (None,)
