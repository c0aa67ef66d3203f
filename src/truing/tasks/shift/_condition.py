"""Condition: which items a shift selects, by the values of their fields.

A condition is `FIELD OP VALUE`, or several of them joined by `and`: `hardness<=0.5`,
`domain == amazon and length < 100`. A value with spaces is in quotes.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

import numpy as np

from truing.errors import DataError, UserError

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
FORM = "a condition is FIELD OPERATOR VALUE, such as hardness<=0.5, or several joined by 'and'"
TOKEN = re.compile(r"""\s*("[^"]*"|'[^']*'|[<>=!]+|[^\s<>=!"']+)""")
EQUALITY = ("==", "!=")
INVERSE = {"==": "!=", "!=": "==", "<=": ">", ">": "<=", ">=": "<", "<": ">="}
LISTED = 8  # maximum number of values in a message

Fields = Mapping[str, np.ndarray]
"""(N,) values of the items by field: numbers with NaN, or texts with None, for a missing value."""


@dataclass(frozen=True)
class Comparison:
    """A field, an operator and a value; the value is a text that may be a number."""

    field: str
    operator: str
    value: str

    def select(self, fields: Fields) -> np.ndarray:
        """(N,) whether an item satisfies the comparison; an item without a value does not.

        Raises:
            DataError: there is no such field, or its values cannot be compared with the value.
        """
        values, compare = find_field(fields, self.field), OPERATORS[self.operator]
        if values.dtype != object:
            return np.asarray(compare(values, self._number())) & present(values)
        if self.operator not in EQUALITY:
            raise DataError(
                f"the field {self.field!r} contains texts, which {self.operator} cannot compare; "
                f"use {' or '.join(EQUALITY)}"
            )
        known = sorted({one for one in values if one is not None})
        if self.value not in known:
            near = get_close_matches(self.value, known, n=1)
            more = ", ..." if len(known) > LISTED else ""
            meant = f"did you mean {near[0]!r}? " if near else ""
            raise DataError(
                f"no item has {self.field} == {self.value!r}; {meant}values: "
                f"{', '.join(known[:LISTED])}{more}"
            )
        return np.asarray(compare(values, self.value), bool) & present(values)

    def _number(self) -> float:
        try:
            return float(self.value)
        except ValueError:
            raise DataError(
                f"the field {self.field!r} contains numbers; compare it with a number, "
                f"got {self.value!r}"
            ) from None


@dataclass(frozen=True)
class Condition:
    """Comparisons that an item must all satisfy.

    Attributes:
        text: the condition as the user wrote it, the name of its domain.
        parts: the comparisons; without any, the condition selects every item.
        negated: select the other items instead; in both cases an item without a value is left out.
    """

    text: str
    parts: tuple[Comparison, ...]
    negated: bool = False

    def select(self, fields: Fields, count: int) -> np.ndarray:
        """(N,) whether an item satisfies the condition.

        Args:
            fields: values of the items by field.
            count: number of items.

        Raises:
            DataError: as in `Comparison.select`.
        """
        chosen, known = np.ones(count, bool), np.ones(count, bool)
        for part in self.parts:
            chosen &= part.select(fields)
            known &= present(fields[part.field])
        return known & ~chosen if self.negated else chosen

    @property
    def complement(self) -> Condition:
        """The condition that the other items satisfy: `hardness>0.5` for `hardness<=0.5`."""
        if len(self.parts) > 1:
            return Condition(f"not ({self.text})", self.parts, negated=True)
        (part,) = self.parts
        inverse = replace(part, operator=INVERSE[part.operator])
        return Condition(self.text.replace(part.operator, inverse.operator, 1), (inverse,))


ALL = Condition("all items", ())
"""The condition that every item satisfies."""


def present(values: np.ndarray) -> np.ndarray:
    """(N,) whether an item has a value of a field."""
    if values.dtype != object:
        return ~np.isnan(values)
    return np.array([one is not None for one in values])


def parse_condition(text: str) -> Condition:
    """Parse a condition.

    Raises:
        UserError: the text is not a condition.

    Examples:
        >>> import numpy as np
        >>> from truing.tasks.shift import parse_condition
        >>> condition = parse_condition("hardness<=0.5 and domain == amazon")
        >>> hardness, domain = np.array([0.2, 0.3, 0.9]), np.array(["amazon", "yelp", "amazon"])
        >>> fields = {"hardness": hardness, "domain": domain.astype(object)}
        >>> condition.select(fields, 3).tolist()
        [True, False, False]
    """
    words = _words(text)
    parts, at = [], 0
    while True:
        name, sign, value = (*words[at : at + 3], "", "", "")[:3]
        if sign not in OPERATORS or not value or value in OPERATORS or name in OPERATORS:
            raise _malformed(text, sign)
        parts.append(Comparison(_bare(name), sign, _bare(value)))
        at += 3
        if at == len(words):
            return Condition(" ".join(text.split()), tuple(parts))
        if words[at] != "and":
            raise _malformed(text, words[at])
        at += 1


def find_field(fields: Fields, name: str) -> np.ndarray:
    """(N,) values of a field.

    Raises:
        DataError: there is no such field; the message names the fields.
    """
    if name in fields:
        return fields[name]
    near = get_close_matches(name, fields, n=1)
    meant = f"did you mean {near[0]!r}? " if near else ""
    measured = "; --hardness STUDENT measures it" if name == "hardness" else ""
    listed = ", ".join(fields) or "none"
    raise DataError(f"the items have no field {name!r}; {meant}fields: {listed}{measured}")


def _words(text: str) -> list[str]:
    """Names, operators and values of a condition; raises UserError for an open quote."""
    words, at = [], 0
    while text[at:].strip():
        found = TOKEN.match(text, at)
        if found is None:
            raise _malformed(text, text[at:].strip()[0])
        words.append(found[1])
        at = found.end()
    return words


def _bare(word: str) -> str:
    """A name or value without its quotes."""
    return word[1:-1] if word[0] in "\"'" else word


def _malformed(text: str, word: str) -> UserError:
    hint = f"operators: {', '.join(OPERATORS)}"
    if word == "=":
        hint = "write == for equality"
    if word == "or":
        hint = "'or' is not allowed; to test on several conditions, repeat --test"
    return UserError(f"the condition {text!r} cannot be read; {FORM}; {hint}")
