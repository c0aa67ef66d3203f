"""Configuration of a research run: the problem, the budgets, and how scores are released."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError, model_validator

from truing.errors import UnknownNameError, UserError
from truing.research._problem_config import FROZEN, ChooseProtocol, OversightContest, WeakToStrong
from truing.research._validation import first_error, one_line_errors
from truing.research.folders._run import FolderLimits
from truing.research.gate._config import Gate

LEAST_STEP_SE = 3.0  # a smaller step can be climbed by flipping blocks of answers
KINDS: dict[str, type[BaseModel]] = {
    "weak-to-strong": WeakToStrong,
    "choose-protocol": ChooseProtocol,
    "oversight": OversightContest,
}


@one_line_errors
class Budget(BaseModel):
    """What researchers may spend.

    Attributes:
        each, all: number of submissions that are scored, for each researcher and for all together.
        cpu_each, cpu_all: processor seconds that submitted folders may use on the climb tier, for
            each researcher and for all together; None for no limit.
    """

    model_config = FROZEN

    each: int = Field(default=60, ge=1)
    all: int = Field(default=1000, ge=1)
    cpu_each: int | None = Field(default=None, ge=1)
    cpu_all: int | None = Field(default=None, ge=1)


@one_line_errors
class Folders(BaseModel):
    """How submitted folders run.

    Attributes:
        limits: resource limits of each run; a submission has a run for each task and seed.
        models: folder of each model that runs may read, by name.
        python: Python program of the environment in which folders run; empty for this environment.
        image: image of the container in which folders run, for the isolation `podman`; empty for
            the files of this machine's Python.
        runtime: OCI runtime of the container, such as `runsc` (gVisor); empty for Podman's default.
    """

    model_config = FROZEN

    limits: FolderLimits = FolderLimits()
    models: dict[str, str] = {}
    python: str = ""
    image: str = ""
    runtime: str = ""

    def check_models(self) -> None:
        """Raise UserError unless all models are on this machine."""
        for name, place in self.models.items():
            if not Path(place).is_dir():
                raise UserError(
                    f"the model {name!r} is {place}, which is not a folder; name the folder of a "
                    "model on this machine"
                )


@one_line_errors
class ResearchConfig(BaseModel):
    """The configuration of a research run.

    Attributes:
        problem: the problem that researchers work on.
        budget: numbers of submissions and of processor seconds.
        step: smallest released step, in accuracy. A score is released if it beats the best
            released score by the step, and it is rounded down to a multiple of the step.
        min_step_se: smallest released step, in standard errors of chance accuracy. The larger of
            the two steps applies. It protects the labels from researchers who choose predictions.
            Use 0 only for researchers that submit nothing but compositions, with which no one can
            choose predictions.
        isolation: the level at which submitted files and folders run; None for `sealed`, the
            strongest. `podman`: folders run in containers, and files at `sealed`.
        files: whether Python files may be submitted besides compositions. The author of a file can
            choose the students' answers in order to learn labels, so `min_step_se` must be 3 or
            more.
        folders: how submitted folders run; None if folders may not be submitted. The author of a
            folder can choose its predictions, so `min_step_se` must be 3 or more.
        predictions: whether answers about the climb items may be submitted too; `min_step_se` must
            be 3 or more. Predictions contain no answers about sealed items, so they are never
            finalists.
        gate: the capability gate; None for no gate.
        finalists: number of methods that are scored at the end, once, on the sealed and other-tasks
            tiers.
        audit: whether finalists that are folders are audited when the run is closed.
        seed: random seed of the researchers that run here.
        warm: compositions from earlier runs, which a search that runs here submits first.

    Examples:
        >>> from truing.research import Budget, ResearchConfig, WeakToStrong
        >>> problem = WeakToStrong(climb=("digits",), other_tasks=("digits-parity",), seeds=5)
        >>> config = ResearchConfig(problem=problem, budget=Budget(each=40), step=0.01)
        >>> config.min_step_se
        3.0
    """

    model_config = FROZEN

    problem: WeakToStrong | ChooseProtocol | OversightContest = Field(
        default_factory=WeakToStrong, discriminator="kind"
    )
    budget: Budget = Budget()
    step: float = Field(default=0.02, gt=0, le=0.5)
    min_step_se: float = Field(default=3.0, ge=0, le=10)
    isolation: str | None = None
    files: bool = True
    folders: Folders | None = None
    predictions: bool = False
    gate: Gate | None = None
    finalists: int = Field(default=10, ge=1, le=100)
    audit: bool = True
    seed: int = Field(default=0, ge=0)
    warm: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _default_kind(cls, given: Any) -> Any:
        problem = given.get("problem") if isinstance(given, Mapping) else None
        if isinstance(problem, Mapping) and "kind" not in problem:
            return {**given, "problem": {**problem, "kind": "weak-to-strong"}}
        return given

    @model_validator(mode="after")
    def _check_step(self) -> ResearchConfig:
        if self.gate and self.predictions:
            raise ValueError(
                "with gate, predictions must be false, got true: predictions have no capability "
                "that a battery could measure"
            )
        if self.problem.kind != "weak-to-strong":
            for name in ("predictions", "folders", "gate"):
                if getattr(self, name):
                    verb = "is" if name == "gate" else "are"
                    raise ValueError(f"{name} {verb} allowed for the problem weak-to-strong only")
            if self.problem.kind == "oversight" and self.min_step_se < LEAST_STEP_SE:
                raise ValueError(
                    f"for the problem oversight, min_step_se must be {LEAST_STEP_SE:g} or more, "
                    f"got {self.min_step_se:g}"
                )
            return self  # these problems run no submitted code
        for name in ("predictions", "files", "folders"):
            if getattr(self, name) and self.min_step_se < LEAST_STEP_SE:
                raise ValueError(
                    f"with {name}, min_step_se must be {LEAST_STEP_SE:g} or more, "
                    f"got {self.min_step_se:g}"
                )
        return self

    @model_validator(mode="after")
    def _check_container(self) -> ResearchConfig:
        for name in ("image", "runtime"):
            if getattr(self.folders, name, "") and self.isolation != "podman":
                raise ValueError(
                    f"folders.{name} needs the isolation 'podman', got {self.isolation!r}; add "
                    f'"isolation": "podman", or leave {name} out'
                )
        return self

    @model_validator(mode="after")
    def _check_cpu(self) -> ResearchConfig:
        if self.folders is None or self.problem.kind != "weak-to-strong":
            return self
        runs = self.problem.seeds * len(self.problem.climb)
        least = runs * self.folders.limits.cpu
        for name in ("cpu_each", "cpu_all"):
            given = getattr(self.budget, name)
            if given is not None and given < least:
                raise ValueError(
                    f"budget.{name} must be {least} or more, because a folder has {runs} runs of "
                    f"up to {self.folders.limits.cpu} processor seconds, got {given}; raise it, or "
                    "lower folders.limits.cpu"
                )
        return self


def read_config(given: Mapping[str, object] | Path) -> ResearchConfig:
    """The configuration in JSON values or in a JSON file.

    Raises:
        UserError: the file cannot be read, or a field is unknown or has a wrong value.

    Examples:
        >>> from truing.research import read_config
        >>> read_config({"problem": {"kind": "choose-protocol"}, "finalists": 3}).finalists
        3
    """
    place = f"{given}: " if isinstance(given, Path) else ""
    if isinstance(given, Path):
        try:
            given = json.loads(given.read_text())
        except OSError as error:
            raise UserError(f"{given}: {(error.strerror or 'cannot be read').lower()}") from None
        except ValueError as error:
            raise UserError(f"{given} is not valid JSON: {error}") from None
    try:
        return ResearchConfig.model_validate(given)
    except ValidationError as error:
        raise UserError(place + _first_error(error)) from None


def _first_error(error: ValidationError) -> str:
    """The first error; for an unknown field with the known fields of that part."""
    first = error.errors()[0]
    if first["type"] != "extra_forbidden":
        loc = tuple(part for part in first["loc"] if part not in KINDS)
        return first_error([{**first, "loc": loc}], "configuration")
    *parts, name = map(str, first["loc"])
    models: dict[str, type[BaseModel]] = {
        "budget": Budget,
        "folders": Folders,
        "limits": FolderLimits,
        "gate": Gate,
        **KINDS,
    }
    known = models[parts[-1]] if parts else ResearchConfig
    place = ".".join(part for part in parts if part not in KINDS)
    what = f"field of {place}" if parts else "field"
    return str(UnknownNameError(what, name, known.model_fields))
