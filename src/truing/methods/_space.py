"""Space: the typed arguments of a factory, from which a search chooses.

A search chooses a value for an argument only if the argument is active, which means that the parts
chosen so far use it. A specification names the active arguments that differ from their defaults, in
the order of the space. So equal choices have one specification, regardless of how they were typed.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Generic, TypeVar

import numpy as np

from truing.arguments import OneOf, Within
from truing.specification import Specification

DIGITS = 3  # significant digits of a drawn number; more make no measurable difference

Function = TypeVar("Function", bound=Callable[..., Any])
N = TypeVar("N", int, float)


@dataclass(frozen=True)
class Argument(ABC):
    """One argument of a space.

    Attributes:
        name: name of the argument, as in a specification.
        default: value if the argument is missing or not active.
        when: values of other arguments, by argument name, each of which makes this argument active.
            An argument without such values is always active.
        description: text for the factory's documentation.
    """

    kind: ClassVar[type]

    name: str
    default: Any
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict, kw_only=True)
    description: str = field(default="", kw_only=True)

    @property
    @abstractmethod
    def limits(self) -> Within | OneOf:
        """Allowed values."""

    @abstractmethod
    def sample(self, rng: np.random.Generator) -> Any:
        """A random value."""

    @property
    def annotation(self) -> Any:
        """Type annotation with type and allowed values, as in a factory's signature."""
        return Annotated[self.kind, self.limits]

    @property
    def documentation(self) -> str:
        """Line with name, description and condition; the signature states range and default."""
        condition = f"; only with {self.needs()}" if self.when else ""
        return f"{self.name}: {self.description}{condition}."

    def check(self, value: Any) -> None:
        """Raise ValueError with the allowed values if the value is not allowed."""
        self.limits.check(self.name, value)

    def active(self, values: Mapping[str, Any]) -> bool:
        """Whether the argument is active, given the values of the other arguments."""
        return not self.when or any(values[name] in those for name, those in self.when.items())

    def needs(self) -> str:
        """Condition under which the argument is active, such as `targets=gce`."""
        return " or ".join(f"{name}={'|'.join(those)}" for name, those in self.when.items())


@dataclass(frozen=True)
class Choice(Argument):
    """An argument that is one of several names.

    Attributes:
        options: allowed names.
    """

    kind = str

    options: tuple[str, ...] = field(kw_only=True)

    @property
    def limits(self) -> OneOf:
        """Allowed names."""
        return OneOf(self.options)

    def sample(self, rng: np.random.Generator) -> str:
        """A random name; all names are equally likely."""
        return self.options[rng.integers(len(self.options))]


@dataclass(frozen=True)
class _Number(Argument, Generic[N]):
    """An argument that is a number.

    Attributes:
        low: smallest value that a search draws.
        high: largest value that a search draws.
        log: draw on a logarithmic scale.
        allowed: interval of all accepted values, such as `(0, 1]`.
    """

    low: N = field(kw_only=True)
    high: N = field(kw_only=True)
    log: bool = field(default=False, kw_only=True)
    allowed: str = field(default="(0, 1]", kw_only=True)

    @property
    def limits(self) -> Within:
        """Interval of accepted values."""
        return Within(self.allowed)


class Real(_Number[float]):
    """An argument that is a real number.

    A search draws it from `low` to `high`, on a logarithmic scale if `log` is true. `allowed` is
    the interval of all accepted values.

    Examples:
        >>> from truing.methods import Real
        >>> keep = Real("keep", 0.5, low=0.1, high=0.9, description="share of the items")
        >>> keep.documentation
        'keep: share of the items.'
    """

    kind = float

    def sample(self, rng: np.random.Generator) -> float:
        """A random number, uniform between low and high or between their logarithms."""
        if self.log:
            return float(np.exp(rng.uniform(np.log(self.low), np.log(self.high))))
        return float(rng.uniform(self.low, self.high))


class Whole(_Number[int]):
    """An argument that is a whole number, with the attributes of `Real`."""

    kind = int

    def sample(self, rng: np.random.Generator) -> int:
        """A random number, uniform or log-uniform from low to high."""
        if self.log:
            drawn = np.exp(rng.uniform(np.log(self.low), np.log(self.high + 1)))
            return int(np.clip(drawn, self.low, self.high))  # rounding may exceed either bound
        return int(rng.integers(self.low, self.high + 1))


@dataclass(frozen=True)
class Space:
    """All arguments of a factory that a search may choose.

    Attributes:
        name: name of the factory, with which each specification begins.
        arguments: the arguments; an argument that makes another active comes before it.

    Examples:
        >>> from truing.methods import Choice, Real, Space
        >>> keep = Real("keep", 0.5, low=0.1, high=0.9, when={"select": ("confident",)})
        >>> select = Choice("select", "all", options=("all", "confident"))
        >>> Space("mine", (select, keep)).specification({"select": "all", "keep": 0.3})
        'mine'
    """

    name: str
    arguments: tuple[Choice | Real | Whole, ...]

    def declare(self, factory: Function) -> Function:
        """Decorator that adds these arguments to the signature and docstring of a factory.

        The factory itself accepts `**given` and calls `complete` on it.
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
        """Values of all arguments: the given values, and defaults for the others.

        Raises:
            ValueError: an argument is unknown, a value is not allowed, or a value other than the
                default is given for an argument that is not active.
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
                    f"{argument.name}={value} has no effect here; "
                    f"it is allowed with {argument.needs()}"
                )
        return values

    def draw(self, choose: Callable[[Choice | Real | Whole], Any]) -> str:
        """Specification with a chosen value for each active argument.

        Args:
            choose: function from an argument to its value, such as a sampler, or the suggestions of
                an optimizer's trial. Real numbers are rounded to three significant digits.
        """
        values = self.defaults()
        for argument in self.arguments:
            if argument.active(values):
                value = choose(argument)
                rounded = isinstance(argument, Real)
                values[argument.name] = float(f"{value:.{DIGITS}g}") if rounded else value
        return self.specification(values)

    def sample(self, rng: np.random.Generator) -> str:
        """A random specification, with each active argument sampled by `Argument.sample`."""
        return self.draw(lambda argument: argument.sample(rng))

    def defaults(self) -> dict[str, Any]:
        """Defaults of all arguments."""
        return {argument.name: argument.default for argument in self.arguments}

    def read(self, specification: str | Specification) -> dict[str, Any]:
        """Values of all arguments in a specification.

        Raises:
            UserError: an argument is unknown, or a value has the wrong type or is not allowed.
        """
        annotations = {one.name: one.annotation for one in self.arguments}
        return self.defaults() | Specification.parse(specification).read(annotations)

    def specification(self, values: Mapping[str, Any]) -> str:
        """Canonical specification of these values, without inactive arguments and defaults."""
        settled = self.settled(values)
        shown = {
            one.name: str(settled[one.name])
            for one in self.arguments
            if settled[one.name] != one.default
        }
        return str(Specification(self.name, shown))

    def settled(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values of all arguments, with the default for each argument that is not active."""
        settled = dict(values)
        for argument in self.arguments:
            if not argument.active(settled):
                settled[argument.name] = argument.default
        return settled
