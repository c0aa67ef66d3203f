"""Study: a grid of weak supervisors, strong students, methods and seeds on some tasks."""

from __future__ import annotations

import hashlib
import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from truing.errors import UserError

NOUNS = {
    "tasks": "task",
    "weak": "weak supervisor",
    "strong": "strong student",
    "methods": "method",
}

MOST_SEEDS = 10_000  # that a study may count
MOST_SEED = 2**32 - 1


class Study(BaseModel):
    """What is to be found out. Every combination of its parts becomes a row of the result.

    Attributes:
        tasks: names, or files (JSONL, JSON, CSV, TSV).
        weak: supervisors: features of a weak model (`pca-8`), `recorded:FILE`, ...
        strong: students: features (`spectral-64`, `spectral-64,l2=0.1`).
        methods: names with arguments (`confidence,alpha_max=0.75`), or `file.py:name`.
        seeds: how many, or which; each draws which items supervise and which are learned from.
        baseline: `pinned` compares with the mean weak and ceiling accuracy over all seeds, `paired`
            with those of the same seed.
        diagnostics: add misfit, error correction, CAPA, calibration and per-class accuracy.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tasks: tuple[str, ...] = Field(min_length=1)
    weak: tuple[str, ...] = Field(min_length=1)
    strong: tuple[str, ...] = Field(min_length=1)
    methods: tuple[str, ...] = Field(min_length=1)
    seeds: int | tuple[int, ...] = 10
    baseline: Literal["pinned", "paired"] = "pinned"
    diagnostics: bool = False

    def __init__(self, **given: object):
        try:
            super().__init__(**given)
        except ValidationError as error:
            raise UserError(_one_line(error)) from None

    @field_validator("tasks", "weak", "strong", "methods", mode="before")
    @classmethod
    def _several(cls, given: object) -> object:
        """One name may stand for a list of one; what is named twice is done once."""
        names = [given] if isinstance(given, str) else given
        return tuple(dict.fromkeys(names)) if isinstance(names, list | tuple) else names

    @field_validator("seeds", mode="before")
    @classmethod
    def _whole_numbers(cls, given: object) -> object:
        """How many, or which, each once."""
        several = isinstance(given, list | tuple)
        numbers = tuple(dict.fromkeys(given)) if several else (given,)
        low, high = (0, MOST_SEED) if several else (1, MOST_SEEDS)
        for one in numbers:
            if isinstance(one, bool) or not isinstance(one, int) or not low <= one <= high:
                raise ValueError(f"seeds are whole numbers from {low} to {high}")
        if not numbers:
            raise ValueError("name one seed or more")
        return numbers if several else given

    @property
    def seed_numbers(self) -> tuple[int, ...]:
        """The seeds themselves."""
        return tuple(range(self.seeds)) if isinstance(self.seeds, int) else self.seeds

    @property
    def readable_name(self) -> str:
        """A folder's name: what the study is about, and a few letters that make it unique."""
        grid = (self.tasks, self.weak, self.strong, self.methods)
        parts = ["+".join(name.rpartition("/")[2] for name in names) for names in grid]
        words = "_".join([*parts, f"{len(self.seed_numbers)}-seeds"])
        words = re.sub(r"[^A-Za-z0-9.+=_-]+", "-", words)[:80].strip("-_+")
        return f"{words}-{hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:6]}"


def _one_line(error: ValidationError) -> str:
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    if first["type"] in ("too_short", "missing"):
        return f"the study names no {NOUNS.get(field, field)}; give one or more"
    if first["type"] == "extra_forbidden":
        return f"a study has no {field!r}; it has {', '.join(Study.model_fields)}"
    told = first["msg"].removeprefix("Value error, ").lower()
    return f"study, {field}: {told}, not {first['input']!r}"
