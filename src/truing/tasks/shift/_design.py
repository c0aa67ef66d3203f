"""Design: a shift of one task, from what models learn to what they are tested on.

Home is what models learn, and the test items like it. Each domain differs from home in one respect:

| part of the design | home | domain |
|---|---|---|
| `learn` | items that satisfy the condition | the other items, without `test` |
| `test` | all items, without `learn` | items that satisfy the condition |
| `balance` | this share of items of the second class | equally many items of both classes |
| `distractor` | the field agrees with the truth at this rate | the field disagrees |

With a distractor, classes keep their shares at home and in its domain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from truing.errors import UserError
from truing.tasks.shift._condition import ALL, Condition, parse_condition
from truing.tasks.shift._distractor import Distractor

BALANCED = "balanced classes"
"""Domain of a design with `balance`."""


@dataclass(frozen=True)
class Sample:
    """Condition of items, share of the second class, and rate of each distractor."""

    condition: Condition
    balance: float | None
    rates: tuple[float, ...]


@dataclass(frozen=True)
class Design:
    """A shift of one task.

    Attributes:
        learn: condition of the items that models learn, and of the test items of home.
        test: conditions of the domains.
        balance: share of items of the second class among the items that models learn.
        distractors: fields that agree with the ground truth in the items that models learn.
    """

    learn: Condition = ALL
    test: tuple[Condition, ...] = ()
    balance: float | None = None
    distractors: tuple[Distractor, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.test or self.reads_truth)

    @property
    def reads_truth(self) -> bool:
        """Whether the selection of items depends on the ground truth."""
        return self.balance is not None or bool(self.distractors)

    @property
    def compared(self) -> set[str]:
        """Fields that the conditions compare."""
        return {part.field for one in (self.learn, *self.test) for part in one.parts}

    @property
    def home(self) -> Sample:
        """Description of the items of home."""
        rates = tuple(one.rate for one in self.distractors)
        return Sample(self.learn, self.balance, rates)

    @property
    def domains(self) -> dict[str, Sample]:
        """Description of the items of each domain, by its name."""
        home = self.home
        found = {one.text: replace(home, condition=one) for one in self.test}
        if self.balance is not None:
            found[BALANCED] = replace(home, balance=0.5)
        for at, one in enumerate(self.distractors):
            rates = (*home.rates[:at], 0.0, *home.rates[at + 1 :])
            found[one.domain] = replace(home, rates=rates)
        return found


def make_design(
    learn: str = "",
    test: Sequence[str] = (),
    balance: float | None = None,
    distractor: Mapping[str, float] | None = None,
) -> Design:
    """Make a design from the fields of a study.

    Raises:
        UserError: a condition cannot be parsed, or a share is out of range.

    Examples:
        >>> from truing.tasks.shift import make_design
        >>> list(make_design(learn="hardness<=0.5", balance=0.9).domains)
        ['hardness>0.5', 'balanced classes']
    """
    if balance is not None and not 0 < balance < 1:
        raise UserError(f"balance must be above 0 and below 1, got {balance:g}")
    for name, rate in (distractor or {}).items():
        if not name or not 0 <= rate <= 1:
            raise UserError(
                "distractor must be a field and a rate from 0 to 1 (liberal=0.9), got "
                f"{name}={rate:g}"
            )
    home = parse_condition(learn) if learn else ALL
    domains = tuple(dict.fromkeys(parse_condition(one) for one in test))
    if learn and not test:
        domains = (home.complement,)
    distractors = tuple(Distractor(*one) for one in (distractor or {}).items())
    return Design(home, domains, balance, distractors)
