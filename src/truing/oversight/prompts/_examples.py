"""Few-shot examples: exchanges that precede the requests of a role.

Each line of `examples.jsonl` is an object:

| field | meaning |
|---|---|
| `role` | model role, such as `judge` or `debater` |
| `user` | text of the example's request |
| `assistant` | text of the example's reply |
| `request` | one of `REQUESTS`, such as `verdict`; default: all requests of the role |
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Any

from truing.errors import DataError
from truing.json_lines import parse_lines
from truing.tasks import Item

REQUESTS = ("speech", "choice", "verdict", "mark", "forecast", "question", "critique", "rating")
REQUIRED = ("role", "user", "assistant")
FIELDS = (*REQUIRED, "request")
Messages = tuple[tuple[str, str], ...]
"""Pairs of `system`, `user` or `assistant` and a text."""


@dataclass(frozen=True)
class Example:
    """A few-shot example.

    Attributes:
        role: model role that sees the example.
        user: text of the example's request.
        assistant: text of the example's reply.
        request: the requests that the example precedes, one of `REQUESTS`; empty for all requests
            of the role.
    """

    role: str
    user: str
    assistant: str
    request: str = ""


def read_examples(name: str, text: str) -> tuple[Example, ...]:
    """Examples from JSON lines.

    Args:
        name: name of the file, for messages.
        text: content of the file.

    Raises:
        DataError: a line is no example.
    """
    found = []
    for line in parse_lines(text):
        where = f"{name}, line {line.number}"
        if line.error is not None:
            raise DataError(f"{where}: not a JSON object ({line.error})")
        found.append(_read(where, line.value))
    return tuple(found)


def write_examples(examples: Iterable[Example | Mapping[str, Any]]) -> str:
    """Examples as JSON lines."""
    rows = [asdict(one) if isinstance(one, Example) else dict(one) for one in examples]
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)


def add_examples(
    messages: Messages, examples: Sequence[Example], role: str, request: str
) -> Messages:
    """Messages of a request with the role's examples after the system message."""
    chosen = [one for one in examples if one.role == role and one.request in ("", request)]
    if not chosen:
        return messages
    shown = [pair for one in chosen for pair in (("user", one.user), ("assistant", one.assistant))]
    first = [pair for pair in messages[:1] if pair[0] == "system"]
    return (*first, *shown, *messages[len(first) :])


def check_examples(examples: Sequence[Example], questions: Sequence[Item]) -> None:
    """Refuse examples that contain a question of the run, because they could state its answer.

    An example contains a question if it contains the question's text and all its answers; among
    questions with equal texts and answers, also the hidden text.

    Raises:
        DataError: an example contains a question.
    """
    if not examples:
        return
    texts = [_words(f"{one.user}\n{one.assistant}") for one in examples]
    known: dict[tuple[str, frozenset[str]], int] = {}
    for one in questions:
        known[_key(one)] = known.get(_key(one), 0) + 1
    for one in questions:
        parts = [one.text, *one.choices, *([one.hidden] if known[_key(one)] > 1 else [])]
        for number, text in enumerate(texts, 1):
            if all(_words(part) in text for part in parts):
                raise DataError(
                    f"examples.jsonl: example {number} contains the question {one.id!r} of this "
                    "run, so it could reveal the correct answer; an example must be about a "
                    "question that is not in the run; remove the example or the question"
                )


def _key(question: Item) -> tuple[str, frozenset[str]]:
    return question.text, frozenset(question.choices)


def _words(text: str) -> str:
    """A text in lower case with single spaces, so that layout makes no difference."""
    return " ".join(text.casefold().split())


def _read(where: str, row: Any) -> Example:
    if not isinstance(row, dict):
        raise DataError(f"{where}: an example must be an object with {', '.join(REQUIRED)}")
    unknown = [name for name in row if name not in FIELDS]
    if unknown:
        near = get_close_matches(unknown[0], FIELDS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"allowed: {', '.join(FIELDS)}"
        raise DataError(f"{where}: unknown field {unknown[0]!r}; {hint}")
    for name in REQUIRED:
        if not isinstance(row.get(name), str) or not row[name].strip():
            raise DataError(
                f"{where}: {name} must be a text that is not empty, got {row.get(name)!r}; "
                f"an example needs {', '.join(REQUIRED)}"
            )
    if row.get("request") not in (None, "", *REQUESTS):
        raise DataError(
            f"{where}: request must be one of {', '.join(REQUESTS)}, got {row['request']!r}; leave "
            "it out for all requests of the role"
        )
    return Example(row["role"], row["user"], row["assistant"], row.get("request") or "")
