"""Configuration of a research: the problem, its budgets, and how scores are released."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from truing.errors import UserError
from truing.research._fault import tell_fault

LEAST_ERRORS = 3.0  # a smaller step is climbed by flipping blocks of answers
FROZEN = ConfigDict(frozen=True, extra="forbid")
Names = Annotated[tuple[str, ...], Field(min_length=1)]


class WeakToStrong(BaseModel):
    """Find methods by which a student gains most from its weak supervisor's labels.

    Attributes:
        climb: tasks that researchers know and are scored on as they go.
        transfer: tasks that they are never told of, scored once, on items that no climb task uses.
        weak, strong: supervisor and student.
        seeds: how many, drawn by the referee for each submission.
    """

    model_config = FROZEN

    kind: Literal["weak-to-strong"] = "weak-to-strong"
    climb: Names = ("digits",)
    transfer: tuple[str, ...] = ("digits-parity", "digits-large")
    weak: str = "pca-4"
    strong: str = "spectral-64"
    seeds: int = Field(default=10, ge=2, le=100)


class ChooseProtocol(BaseModel):
    """Find the rules under which a simulated judge is right most often, for a price.

    Attributes:
        cases: questions for each seed.
        seeds: how many worlds, drawn by the referee for each submission.
        skill, budget: the judge's; the transfer tier has other ones.
        most_calls: model calls that a play may take.
    """

    model_config = FROZEN

    kind: Literal["choose-protocol"] = "choose-protocol"
    cases: int = Field(default=60, ge=10, le=1000)
    seeds: int = Field(default=5, ge=2, le=100)
    skill: float = Field(default=0.6, ge=0, le=1)
    budget: int = Field(default=6, ge=0)
    most_calls: int = Field(default=8, ge=1)


class Budget(BaseModel):
    """Submissions that are scored, of each researcher and of all together."""

    model_config = FROZEN

    each: int = Field(default=60, ge=1)
    all: int = Field(default=1000, ge=1)


class ResearchConfig(BaseModel):
    """A research.

    Attributes:
        problem: what is to be found out.
        budget: how often may be tried.
        step: a score is released where it beats the best by this much, rounded to it.
        errors: the step is this many standard errors at least, which keeps out who chooses
            predictions; 0 for researchers that hand in compositions only, whose predictions nobody
            chooses.
        isolation: the level at which submitted files run; None for the strongest that there is.
        files: whether Python files may be submitted, besides compositions. Their author chooses
            what students come to answer, and may be out to learn the labels: `errors` must be 3 or
            more.
        predictions: whether answers about the climb items may be submitted too; `errors` must be
            3 or more. They are never finalists: nobody could ask them about sealed items.
        finalists: how many methods are scored on the sealed and transfer tiers at the end.
        seed: of the researchers that run here.
        warm: compositions found before, with which a search that runs here begins.
    """

    model_config = FROZEN

    problem: WeakToStrong | ChooseProtocol = Field(
        default_factory=WeakToStrong, discriminator="kind"
    )
    budget: Budget = Budget()
    step: float = Field(default=0.02, gt=0, le=0.5)
    errors: float = Field(default=3.0, ge=0, le=10)
    isolation: str | None = None
    files: bool = True
    predictions: bool = False
    finalists: int = Field(default=10, ge=1, le=100)
    seed: int = Field(default=0, ge=0)
    warm: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _check_step(self) -> ResearchConfig:
        if self.problem.kind != "weak-to-strong":
            if self.predictions:
                raise ValueError("predictions may be submitted to weak-to-strong only")
            return self  # which takes no files either
        for name in ("predictions", "files"):
            if getattr(self, name) and self.errors < LEAST_ERRORS:
                raise ValueError(f"with {name}, errors must be {LEAST_ERRORS:g} or more")
        return self


def read_config(given: dict[str, Any] | Path) -> ResearchConfig:
    """A configuration from JSON values, or a JSON file.

    Raises:
        UserError: in one line, what is wrong with it.
    """
    if isinstance(given, Path):
        try:
            given = json.loads(given.read_text())
        except OSError as error:
            raise UserError(f"{given}: {(error.strerror or 'cannot be read').lower()}") from None
        except ValueError as error:
            raise UserError(f"{given} is no JSON: {error}") from None
    try:
        return ResearchConfig.model_validate(given)
    except ValidationError as error:
        raise UserError(tell_fault(error.errors(), "configuration")) from None
