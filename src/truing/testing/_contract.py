"""Contract: the conditions of one kind of extension, and the record of a check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from truing.errors import ContractError, TruingError, UserError

Case = TypeVar("Case")
Function = TypeVar("Function", bound=Callable[..., None])


@dataclass(frozen=True, repr=False)
class Checked:
    """Record of a contract check in which no condition was violated.

    Attributes:
        subject: kind and name of the extension.
        conditions: conditions that the extension satisfies, in the order of the check.
        skipped: (condition, reason) of each condition that was not checked.
    """

    subject: str
    conditions: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        lines = [f"{self.subject}: {len(self.conditions)} conditions are satisfied"]
        lines += [f"- {words}" for words in self.conditions]
        lines += ["not checked:"] * bool(self.skipped)
        lines += [f"- {words}: {reason}" for words, reason in self.skipped]
        return "\n".join(lines)

    __repr__ = __str__


class Violation(Exception):
    """A violated condition: what is wrong, with the value, and what to do."""

    def __init__(self, wrong: str, remedy: str = ""):
        super().__init__(wrong, remedy)
        self.wrong, self.remedy = wrong, remedy


class Skip(Exception):
    """A condition that does not apply, or cannot be checked here; its text is the reason."""


@dataclass(frozen=True)
class Contract(Generic[Case]):
    """The conditions of one kind of extension.

    Each condition is a function of the case, which contains the extension. The function raises
    `Violation` or `Skip`. The text of a condition appears in the record of a check and in the
    message of a violation, so that both state what the code checks.

    Attributes:
        kind: kind of the extension.
        conditions: (condition in plain words, function), in the order of the check.
    """

    kind: str
    conditions: list[tuple[str, Callable[[Case], None]]] = field(default_factory=list)

    def condition(self, words: str) -> Callable[[Function], Function]:
        """Decorator that adds a condition."""

        def add(function: Function) -> Function:
            self.conditions.append((words, function))
            return function

        return add

    def check(self, name: str, case: Case) -> Checked:
        """Check all conditions.

        Raises:
            ContractError: a condition is violated, or the extension fails while it is checked. The
                message states what is wrong, the condition, and what to do.
        """
        subject = f"{self.kind} {name!r}"
        satisfied, skipped = [], []
        for words, function in self.conditions:
            try:
                function(case)
            except Skip as skip:
                skipped.append((words, str(skip)))
            except Violation as found:
                message = _message(subject, words, found.wrong, found.remedy)
                raise ContractError(message) from found.__cause__
            except UserError as error:  # its message says what to do
                raise ContractError(_message(subject, words, str(error))) from error
            except TruingError:  # a full disk or a lost worker is no violation
                raise
            except Exception as error:  # an extension may raise anything
                wrong = f"{type(error).__name__}: {error}"
                raise ContractError(_message(subject, words, wrong)) from error
            else:
                satisfied.append(words)
        return Checked(subject, tuple(satisfied), tuple(skipped))


def require(satisfied: bool, wrong: str, remedy: str) -> None:
    """Raise Violation unless a condition is satisfied."""
    if not satisfied:
        raise Violation(wrong, remedy)


def _message(subject: str, words: str, wrong: str, remedy: str = "") -> str:
    """Message of a violation, in one line."""
    first = wrong if wrong.startswith(subject) else f"{subject}: {wrong}"
    parts = [first, f"required: {words}", remedy]
    return " ".join("; ".join(part for part in parts if part).split())
