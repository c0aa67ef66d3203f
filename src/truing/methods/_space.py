"""Space: the arguments of a factory as a search may choose them.

A search asks for an argument only where it is active, that is where the parts chosen so far use it.
A specification names the active arguments that differ from their defaults, in the space's order, so
that equal choices have one specification however they were typed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from truing.errors import UserError
from truing.specification import WIDEST, Within, read_number

DIGITS = 3  # of a drawn number: further ones would tell apart what no figure can


@dataclass(frozen=True)
class Argument:
    """One argument of the space.

    Attributes:
        name: as it is typed.
        default: where nothing is given, or the argument is not active.
        when: values of other arguments, by their names, any of which makes this one active; it is
            always active where there are none.
    """

    name: str
    default: Any
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict, kw_only=True)

    def active(self, values: Mapping[str, Any]) -> bool:
        """Whether it counts beside the values of the other arguments."""
        return not self.when or any(values[name] in those for name, those in self.when.items())

    def needs(self) -> str:
        """What makes it active, in words."""
        return " or ".join(f"{name}={'|'.join(those)}" for name, those in self.when.items())


@dataclass(frozen=True)
class Choice(Argument):
    """One of several names.

    Attributes:
        options: the names.
    """

    options: tuple[str, ...] = ()

    def read(self, text: str) -> str:
        """The value that a text means; whether it is one of the options is checked later."""
        return text

    def check(self, value: Any) -> None:
        """Raise ValueError with the options, where the value is none of them."""
        if value not in self.options:
            raise ValueError(f"{self.name} must be one of {', '.join(self.options)}, not {value!r}")

    def sample(self, rng: np.random.Generator) -> str:
        """Every option alike."""
        return self.options[rng.integers(len(self.options))]


@dataclass(frozen=True)
class Real(Argument):
    """A number.

    Attributes:
        low: where a search begins to look.
        high: where it ends, inclusive.
        log: the search is even on the logarithm.
        allowed: the interval of all values that make sense, as it is written: `(0, 1]`.
    """

    low: float = 0.0
    high: float = 1.0
    log: bool = False
    allowed: str = "(0, 1]"

    def read(self, text: str) -> float:
        """The number that a text means; ValueError where it means none."""
        return read_number(self.name, float, text)

    def check(self, value: Any) -> None:
        """Raise ValueError with the interval, where the value lies outside."""
        Within(self.allowed).check(self.name, value)

    def sample(self, rng: np.random.Generator) -> float:
        """Even between low and high, or between their logarithms."""
        if self.log:
            return float(np.exp(rng.uniform(np.log(self.low), np.log(self.high))))
        return float(rng.uniform(self.low, self.high))


@dataclass(frozen=True)
class Whole(Argument):
    """A whole number of 1 or more.

    Attributes:
        low: where a search begins to look.
        high: where it ends, inclusive.
        log: the search is even on the logarithm.
        allowed: the interval of all values that are accepted, as it is written: `[1, 100]`.
    """

    low: int = 1
    high: int = 1
    log: bool = False
    allowed: str = "[1, 100]"

    def read(self, text: str) -> int:
        """The number that a text means; ValueError where it means none."""
        return read_number(self.name, int, text, WIDEST)

    def check(self, value: Any) -> None:
        """Raise ValueError with the interval, where the value lies outside."""
        Within(self.allowed).check(self.name, value)

    def sample(self, rng: np.random.Generator) -> int:
        """Every number alike, or evenly on the logarithm."""
        if self.log:
            drawn = np.exp(rng.uniform(np.log(self.low), np.log(self.high + 1)))
            return int(np.clip(drawn, self.low, self.high))  # rounding may cross either border
        return int(rng.integers(self.low, self.high + 1))


@dataclass(frozen=True)
class Space:
    """What may be chosen.

    Attributes:
        name: of the factory, with which every specification begins.
        arguments: all of them; one that makes another active comes before it.
    """

    name: str
    arguments: tuple[Choice | Real | Whole, ...]

    def check(self, values: Mapping[str, Any]) -> None:
        """Check the values of all arguments.

        Raises:
            ValueError: one that is not allowed, or that is given where it counts for nothing.
        """
        for argument in self.arguments:
            value = values[argument.name]
            argument.check(value)
            if value != argument.default and not argument.active(values):
                raise ValueError(
                    f"{argument.name}={value} counts for nothing here; "
                    f"it is allowed with {argument.needs()}"
                )

    def draw(self, choose: Callable[[Choice | Real | Whole], Any]) -> str:
        """The specification that comes of asking for a value of every active argument in turn.

        Args:
            choose: a sampler, or a trial of an optimiser that suggests. Numbers are rounded to
                three digits.
        """
        values = self.defaults()
        for argument in self.arguments:
            if argument.active(values):
                value = choose(argument)
                rounded = isinstance(argument, Real)
                values[argument.name] = float(f"{value:.{DIGITS}g}") if rounded else value
        return self.specification(values)

    def sample(self, rng: np.random.Generator) -> str:
        """A specification at random: every option of a choice alike, numbers even."""
        return self.draw(lambda argument: argument.sample(rng))

    def defaults(self) -> dict[str, Any]:
        """Every argument's default."""
        return {argument.name: argument.default for argument in self.arguments}

    def read(self, specification: str) -> dict[str, Any]:
        """The values of all arguments in a specification.

        Raises:
            UserError: an unknown argument, or a value that is not what it must be.
        """
        values, known = self.defaults(), {one.name: one for one in self.arguments}
        for pair in specification.strip().split(",")[1:]:
            name, equals, text = (part.strip() for part in pair.partition("="))
            if not equals:
                raise UserError(f"{specification!r}: {pair!r} must read argument=value")
            if name not in known:
                allowed = ", ".join(known)
                raise UserError(f"{specification!r}: no argument {name!r}; allowed: {allowed}")
            try:
                values[name] = known[name].read(text)
                known[name].check(values[name])
            except ValueError as error:
                raise UserError(f"{specification!r}: {error}") from None
        return values

    def specification(self, values: Mapping[str, Any]) -> str:
        """The one specification of these values: what counts for nothing is left out."""
        settled = self.settled(values)
        shown = [
            f"{one.name}={settled[one.name]}"
            for one in self.arguments
            if settled[one.name] != one.default
        ]
        return ",".join([self.name, *shown])

    def settled(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values of all arguments, with the default of each that is not active."""
        settled = dict(values)
        for argument in self.arguments:
            if not argument.active(settled):
                settled[argument.name] = argument.default
        return settled
