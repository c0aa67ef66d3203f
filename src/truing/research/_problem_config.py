"""Configuration of the problem of a research run: what researchers search for, with which data."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from truing.oversight import VerdictForm, check_log_probabilities
from truing.oversight.spending import check_priced
from truing.research._validation import each_once, one_line_errors
from truing.students import give_students
from truing.students.features import give_features
from truing.supervisors import give_supervisors
from truing.tasks import give_tasks

FROZEN = ConfigDict(frozen=True, extra="forbid")
DIGITS = re.compile(r"([0-9]+)")
LAYER = re.compile(r"[\w.-]+")  # may be the value of an argument
PROGRAMS = ("truing/", "mockllm/", "mockllm-model@")  # embedded agents, Inspect's mock model
Price = Annotated[float, Field(ge=0, allow_inf_nan=False)]  # dollars per million tokens
Different = Annotated[tuple[str, ...], AfterValidator(each_once)]
Names = Annotated[Different, Field(min_length=1)]


def _give_some(tasks: object) -> list[str]:
    """Specifications of any number of tasks."""
    return [] if isinstance(tasks, list | tuple) and not tasks else give_tasks(tasks)


def _give_one(give: Callable[[object], list[str]]) -> BeforeValidator:
    """Validator of a field with exactly one name or object."""

    def one(given: object) -> object:
        found = give(given)
        if len(found) != 1:
            raise ValueError(f"a research run has exactly one, got {len(found)}")
        return found[0]

    return BeforeValidator(one)


def _give_layers(layers: object) -> dict[str, str]:
    """Specifications of the features of layers, by name, in natural order of the names.

    The order is not that of the configuration, because JSON objects have no order.
    """
    if not isinstance(layers, Mapping):
        raise ValueError(f"layers must be a mapping from names to features, got {layers!r}")
    for name in layers:
        if not (isinstance(name, str) and LAYER.fullmatch(name)):
            raise ValueError(
                f"the name of a layer is {name!r}; use letters, digits, '.', '-' and '_' only"
            )
    return {
        name: give_features(layers[name], name, "layers") for name in sorted(layers, key=_natural)
    }


def _natural(name: str) -> list[tuple[int, str]]:
    """Key that sorts numbers in names by their values: 2, 10, 12."""
    return [(int(part or 0), "") if part.isdigit() else (0, part) for part in DIGITS.split(name)]


@one_line_errors
class WeakToStrong(BaseModel):
    """Find the methods with which a student gains most from its weak supervisor's labels.

    Each task, the supervisor and the student are names, or objects as in a `Study`.

    Attributes:
        climb: tasks that researchers know; submissions are scored on them during the run.
        other_tasks: tasks that researchers never see; finalists are scored on them once, on
            items that no climb task uses.
        weak, strong: supervisor and student.
        layers: features by name, such as layers of a language model. With layers, pipelines may be
            submitted, which choose one or several layers as the student's features. The first
            layer, in natural order of the names, is the default.
        pools: values of the argument `pool` of all layers, among which a pipeline chooses; empty
            for layers without this argument.
        seeds: number of seeds of each evaluation, drawn by the referee.
    """

    model_config = FROZEN

    kind: Literal["weak-to-strong"] = "weak-to-strong"
    climb: Annotated[Names, BeforeValidator(give_tasks)] = ("digits",)
    other_tasks: Annotated[Different, BeforeValidator(_give_some)] = (
        "digits-parity",
        "digits-large",
    )
    weak: Annotated[str, _give_one(give_supervisors)] = "pca-4"
    strong: Annotated[str, _give_one(give_students)] = "spectral-64"
    layers: Annotated[dict[str, str], BeforeValidator(_give_layers)] = {}
    pools: tuple[str, ...] = ()
    seeds: int = Field(default=10, ge=2, le=100)

    @model_validator(mode="after")
    def _check_pools(self) -> WeakToStrong:
        if self.pools and not self.layers:
            raise ValueError("pools are values of the argument pool of layers; add layers")
        if repeated := {one for one in self.pools if self.pools.count(one) > 1}:
            raise ValueError(f"pools must differ, got {', '.join(sorted(repeated))} twice")
        return self

    @property
    def shared_seeds(self) -> int | None:
        """Number of seeds, each of which trains the student for all items."""
        return self.seeds


@one_line_errors
class ChooseProtocol(BaseModel):
    """Find the protocol under which a simulated judge is most accurate, within a limit on calls.

    Attributes:
        cases: number of questions per seed.
        seeds: number of seeds of each evaluation, drawn by the referee.
        skill, budget: of the judge in the climb and sealed tiers; the judge of the other-tasks tier
            has a smaller budget.
        most_calls: largest number of model calls per play.
    """

    model_config = FROZEN

    kind: Literal["choose-protocol"] = "choose-protocol"
    cases: int = Field(default=60, ge=10, le=1000)
    seeds: int = Field(default=5, ge=2, le=100)
    skill: float = Field(default=0.6, ge=0, le=1)
    budget: int = Field(default=6, ge=0)
    most_calls: int = Field(default=8, ge=1)

    @property
    def shared_seeds(self) -> int | None:
        """None, because each seed has other questions."""
        return None


@one_line_errors
class OversightContest(BaseModel):
    """Find the protocol under which a fixed judge is most accurate on held-out questions.

    A submission is a folder with a declaration and prompts, see
    `truing.research.problems.OversightProblem`.

    Attributes:
        questions: question sets that researchers know; 60% of their questions are scored during
            the run, the others are sealed.
        other_questions: question sets that researchers never see; finalists are scored on them.
        judge, debater: models, as Inspect names them, with settings. `truing/...` are programs.
        baseline: specification of the protocol with which submissions are compared.
        limit: maximum number of questions of each set (the first questions); None for all.
        seeds: number of seeds of each evaluation, drawn by the referee: each seed plays each
            question once, in another order of the answers.
        most_calls: largest number of model calls per play.
        verdict: form of the judge's verdicts: probabilities that the judge writes (`text`), or the
            log-probabilities of the answers (`logprobs`), see `truing.oversight.PlayOptions`.
        spend: hard cap on the dollars of the models' calls. It needs `prices`. None for no cap.
        tokens: hard cap on the input and output tokens of the models' calls.
        prices: dollars per million input and output tokens of `judge` and `debater`.
    """

    model_config = FROZEN

    kind: Literal["oversight"] = "oversight"
    questions: Names = ("cases,count=400",)
    other_questions: Different = ("cases,count=200,clues=15,rumor=0.55,seed=1",)
    judge: str = "truing/judge:budget=6:skill=0.6"
    debater: str = "truing/debater"
    baseline: str = "debate,rounds=1,quotes=1"
    limit: int | None = Field(default=None, ge=1)
    seeds: int = Field(default=3, ge=2, le=100)
    most_calls: int = Field(default=8, ge=1, le=1000)
    verdict: VerdictForm = "text"
    spend: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    tokens: int | None = Field(default=None, ge=1)
    prices: dict[str, tuple[Price, Price]] = {}

    @model_validator(mode="after")
    def _check_prices(self) -> OversightContest:
        for role in self.prices:
            if role not in self.models:
                raise ValueError(f"prices are of judge and debater, got {role!r}")
        if self.spend is not None:
            check_priced(self.prices, self.models)
        return self

    @model_validator(mode="after")
    def _check_verdict(self) -> OversightContest:
        if self.verdict == "logprobs":
            check_log_probabilities([self.judge])
        return self

    @property
    def shared_seeds(self) -> int | None:
        """None, because a seed draws for each question separately."""
        return None

    @property
    def models(self) -> dict[str, list[str]]:
        """The fixed models by role."""
        return {"judge": [self.judge], "debater": [self.debater]}

    @property
    def simulated(self) -> bool:
        """Whether a program takes the place of a model."""
        return self.judge.startswith(PROGRAMS) or self.debater.startswith(PROGRAMS)
