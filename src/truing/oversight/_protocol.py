"""Protocol: the rules of help, declared. Everything that is played is read off this."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from truing.arguments import Within
from truing.errors import UserError
from truing.registry import Registry
from truing.tasks import Item

Order = Literal["simultaneous", "sequential"]
Assignment = Literal["none", "fixed", "both", "open"]
Aim = Literal["argue", "criticise", "move"]
# Ranges of the arguments of protocols; `Protocol` itself has lower bounds alone.
Count = Annotated[int, Within("[1, 100]")]
Words = Annotated[int, Within("[1, 10000]")]
Quotes = Annotated[int, Within("[0, 100]")]


@dataclass(frozen=True)
class Speaker:
    """One who speaks to the judge.

    Attributes:
        name: what transcripts call it: `Debater`.
        model: the model role that plays it: `debater`.
        aim: `argue` for an answer, `criticise` what was said last, or `move` the forecast.
        each: there is one such speaker for each answer, arguing it; else there is one.
        sees_hidden: whether it reads the hidden text.
        hears_reasoning_of: names of speakers whose private reasoning it is shown, besides its own.
            A protocol that names an opponent here is broken, and the leak check says so.
        best_of: it drafts so many speeches and gives the one that a reader with the judge's eyes
            finds most convincing (Khan et al. 2024, section 3.3).
        told: more that it is told to do.
    """

    name: str
    model: str
    aim: Aim = "argue"
    each: bool = False
    sees_hidden: bool = True
    hears_reasoning_of: tuple[str, ...] = ()
    best_of: int = 1
    told: str = ""


@dataclass(frozen=True)
class Judge:
    """Who gives the verdict.

    Attributes:
        model: its model role. Where several models are bound to the role they are a panel, and
            the verdict is the mean of theirs.
        panel: verdicts drawn from each model.
        sees_hidden: whether it reads the hidden text.
        asks: it puts a question to the speakers after every round but the last.
        each_round: it also states its belief before the first round and after every one.
        hears_reasoning_of: as a speaker's.
        told: more that it is told.
    """

    model: str = "judge"
    panel: int = 1
    sees_hidden: bool = False
    asks: bool = False
    each_round: bool = False
    hears_reasoning_of: tuple[str, ...] = ()
    told: str = ""


@dataclass(frozen=True)
class Limits:
    """What a speech may hold; the rest is cut, and the record says so.

    Attributes:
        words: in a speech.
        quotes: in a speech, where there is a hidden text to quote.
        quote_words: in a quote.
    """

    words: int = 150
    quotes: int = 3
    quote_words: int = 40


@dataclass(frozen=True)
class Protocol:
    """The rules under which a judge is helped.

    Attributes:
        speakers: in their order; none for an unhelped judge.
        judge: who gives the verdict, as a probability for each answer.
        rounds: of speeches.
        order: in a simultaneous round nobody sees the speeches of that round.
        assignment: which answer a single arguing speaker argues: `fixed`, drawn by the question's
            id; `both`, once for each answer; `open`, the one it holds right. With one speaker for
            each answer, `open` lets the first choose and speak first. `none` where nobody argues.
        limits: of a speech.
        forecaster: a model role that forecasts the verdict before each round, for the speakers to
            see; None where there is none.
        settled: stop before the last round once no answer's forecast, or the judge's belief, moved
            by more than this in a round; None to play all rounds.

    Raises:
        UserError: rules that contradict each other.
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
                raise UserError(f"the {what} {word!r} is none of {', '.join(allowed)}")
        least = [
            ("rounds", self.rounds),
            ("panel", self.judge.panel),
            ("words", self.limits.words),
            ("quote_words", self.limits.quote_words),
            *(("best_of", one.best_of) for one in self.speakers),
        ]
        for what, value in least:
            if value < 1:
                raise UserError(f"{what} must be 1 or more, not {value}")
        if self.limits.quotes < 0:
            raise UserError(f"quotes must be 0 or more, not {self.limits.quotes}")
        self._check_roles()

    def _check_roles(self) -> None:
        names = [one.name for one in self.speakers]
        if len(set(names)) < len(names):
            raise UserError(f"two speakers have one name: {', '.join(names)}")
        listeners: list[Speaker | Judge] = [*self.speakers, self.judge]
        for heard in (name for one in listeners for name in one.hears_reasoning_of):
            if heard not in names:
                known = ", ".join(names) or "nobody"
                raise UserError(f"nobody is called {heard!r}, whose reasoning is heard: {known}")
        single = [s for s in self.speakers if s.aim == "argue" and not s.each]
        each = [s for s in self.speakers if s.each]
        if len(single) + len(each) > 1:
            raise UserError("one speaker may argue, or one for each answer; add another protocol")
        if single and self.assignment == "none":
            raise UserError(f"{single[0].name} argues: the assignment must be fixed, both or open")
        if not single and not each and self.assignment != "none":
            raise UserError(f"nobody argues, so the assignment {self.assignment!r} means nothing")
        if each and self.assignment in ("fixed", "both"):
            raise UserError(f"every answer has its {each[0].name}: the assignment is none or open")
        if self.settled is not None and not (self.forecaster or self.judge.each_round):
            raise UserError("to stop when settled, a forecaster or a judge of each round is needed")
        if any(s.aim == "move" for s in self.speakers) and not self.forecaster:
            raise UserError("a speaker that moves the forecast needs a forecaster")

    @property
    def roles(self) -> tuple[str, ...]:
        """Model roles that must be filled, the judge's last."""
        own = [one.model for one in self.speakers]
        if self.forecaster:
            own.append(self.forecaster)
        return tuple(dict.fromkeys([*own, self.judge.model]))


def fill_roles(rules: Protocol, bound: Mapping[str, Any]) -> dict[str, tuple[str, list[Any]]]:
    """For every role of a protocol, the role whose models play it, and those models.

    A speaker whose own role is not bound is played by `debater`, a forecaster by the judge.

    Args:
        bound: by role, a model or several.

    Raises:
        UserError: a role that nothing is bound to.
    """
    stand_ins = {one.model: "debater" for one in rules.speakers}
    if rules.forecaster:
        stand_ins[rules.forecaster] = rules.judge.model
    filled = {}
    for role in rules.roles:
        names = tuple(dict.fromkeys([role, stand_ins.get(role, role)]))
        name = next((one for one in names if bound.get(one)), None)
        if name is None:
            wanted = " or ".join(f"{one}=PROVIDER/MODEL" for one in names)
            raise UserError(f"the role {role!r} has no model; name one: {wanted}")
        models = bound[name]
        filled[role] = name, list(models) if isinstance(models, list | tuple) else [models]
    return filled


PROTOCOLS: Registry[Protocol] = Registry(
    "protocol", "truing.oversight.protocols", lambda made: isinstance(made, Protocol)
)
protocol = PROTOCOLS.register


@dataclass(frozen=True)
class Setup:
    """One play of a protocol on a question: who argues what, and how the answers are shown.

    Attributes:
        question: as it is shown: its choices are in the order of this play.
        order: for each choice shown, its index in the question set.
        argued: index, as shown, of the answer that the single speaker is assigned; None where
            there is none or it is the speaker's to choose.
        swapped: the answers are shown in the contrary order.
    """

    question: Item
    order: tuple[int, ...]
    argued: int | None
    swapped: bool

    @property
    def id(self) -> str:
        """Unique among the plays of a protocol."""
        argued = "" if self.argued is None else f", for {self.order[self.argued]}"
        return f"{self.question.id}{argued}{', swapped' if self.swapped else ''}"

    @property
    def places(self) -> tuple[int, ...]:
        """Where each choice of the question set is shown."""
        return tuple(self.order.index(i) for i in range(len(self.order)))

    def restored(self, belief: tuple[float, ...]) -> tuple[float, ...]:
        """Probabilities in the order of the question set, from the order that was shown."""
        return tuple(belief[place] for place in self.places)


def setups(rules: Protocol, question: Item, swap: bool = False) -> Iterator[Setup]:
    """Every play of a question: one for each answer to be argued, and for each order.

    Args:
        swap: play everything again with the answers shown in the contrary order.
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
