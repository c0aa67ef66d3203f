"""Space: the arguments of a factory as a search may choose them.

A search asks for an argument only where it is active, that is where the parts chosen so far use it.
A specification names the active arguments that differ from their defaults, in the space's order, so
that equal choices have one specification however they were typed.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, TypeVar

import numpy as np

from truing.arguments import OneOf, Within
from truing.specification import Specification

DIGITS = 3  # of a drawn number: further ones would tell apart what no figure can

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class Argument(ABC):
    """One argument of the space.

    Attributes:
        name: as it is typed.
        default: where nothing is given, or the argument is not active.
        when: values of other arguments, by their names, any of which makes this one active; it is
            always active where there are none.
        description: what it is, for the factory's documentation.
    """

    kind: ClassVar[type]

    name: str
    default: Any
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict, kw_only=True)
    description: str = field(default="", kw_only=True)

    @property
    @abstractmethod
    def limits(self) -> Within | OneOf:
        """The values that are allowed."""

    @abstractmethod
    def sample(self, rng: np.random.Generator) -> Any:
        """A value at random."""

    @property
    def annotation(self) -> Any:
        """Type and limits, as a factory states them."""
        return Annotated[self.kind, self.limits]  # type: ignore[name-defined]

    @property
    def documentation(self) -> str:
        """Description, allowed values, default and condition in a line."""
        facts = [str(self.limits), f"default {self.default}"]
        if self.when:
            facts.append(f"only with {self.needs()}")
        return f"{self.name}: {self.description} ({'; '.join(facts)})."

    def check(self, value: Any) -> None:
        """Raise ValueError with the allowed values, where the value is none of them."""
        self.limits.check(self.name, value)

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

    kind = str

    options: tuple[str, ...] = ()

    @property
    def limits(self) -> OneOf:
        """The options."""
        return OneOf(self.options)

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

    kind = float

    low: float = 0.0
    high: float = 1.0
    log: bool = False
    allowed: str = "(0, 1]"

    @property
    def limits(self) -> Within:
        """The interval."""
        return Within(self.allowed)

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

    kind = int

    low: int = 1
    high: int = 1
    log: bool = False
    allowed: str = "[1, 100]"

    @property
    def limits(self) -> Within:
        """The interval."""
        return Within(self.allowed)

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

    def declare(self, factory: Function) -> Function:
        """Decorator that gives a factory these arguments: its signature and its documentation.

        The factory itself takes `**given` and completes it by `complete`.
        """
        keyword = inspect.Parameter.KEYWORD_ONLY
        parameters = [
            inspect.Parameter(one.name, keyword, default=one.default, annotation=one.annotation)
            for one in self.arguments
        ]
        lines = [f"    {one.documentation}" for one in self.arguments]
        factory.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        factory.__doc__ = "\n".join([inspect.getdoc(factory) or "", "", "Args:", *lines])
        return factory

    def complete(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The values of all arguments.

        Raises:
            ValueError: an unknown argument, a value that is not allowed, or a value where its
                argument is not active.
        """
        values = self.defaults() | dict(given)
        for name in given:
            if name not in self.defaults():
                raise ValueError(f"no argument {name!r}; allowed: {', '.join(self.defaults())}")
        for argument in self.arguments:
            value = values[argument.name]
            argument.check(value)
            if value != argument.default and not argument.active(values):
                raise ValueError(
                    f"{argument.name}={value} counts for nothing here; "
                    f"it is allowed with {argument.needs()}"
                )
        return values

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

    def read(self, specification: str | Specification) -> dict[str, Any]:
        """The values of all arguments in a specification.

        Raises:
            UserError: an unknown argument, or a value that is not what it must be.
        """
        annotations = {one.name: one.annotation for one in self.arguments}
        return self.defaults() | Specification.parse(specification).read(annotations)

    def specification(self, values: Mapping[str, Any]) -> str:
        """The one specification of these values: what counts for nothing is left out."""
        settled = self.settled(values)
        shown = {
            one.name: str(settled[one.name])
            for one in self.arguments
            if settled[one.name] != one.default
        }
        return str(Specification(self.name, shown))

    def settled(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values of all arguments, with the default of each that is not active."""
        settled = dict(values)
        for argument in self.arguments:
            if not argument.active(settled):
                settled[argument.name] = argument.default
        return settled
