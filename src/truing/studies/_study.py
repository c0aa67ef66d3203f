"""Study: a grid of weak supervisors, strong students, methods and seeds on some tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Never

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_serializer,
)

from truing.calls import checked
from truing.errors import UnknownNameError, UserError
from truing.measures import Metric
from truing.methods import GivenMethods, give_methods
from truing.students import StudentLike, StudentsLike, give_student, give_students
from truing.studies._aliases import check_aliases
from truing.studies._rungs import bind_rungs
from truing.studies._stressed import Stress, give_stress
from truing.supervisors import SupervisorsLike, give_supervisors
from truing.tasks import Tasks, give_tasks
from truing.tasks.shift import HARDNESS, Design, make_design

NOUNS = {  # noun and option of each field, and what lists its names
    "tasks": ("task", "--task", "tasks"),
    "weak": ("weak supervisor", "--weak", "supervisors"),
    "strong": ("strong student", "--strong", "features"),
    "methods": ("method", "--method", "methods"),
    "test_on": ("task to test on", "--test-on", "tasks"),
}

ABSENT = ("too_short", "missing")  # errors of pydantic

GIVE = {  # converts names and objects to specifications
    "tasks": give_tasks,
    "weak": give_supervisors,
    "strong": give_students,
    "methods": give_methods,
    "test_on": give_tasks,
    "stress": give_stress,
}

# Fields that older run folders do not have, of other tasks, a designed shift and planted errors.
LATER = (
    *("best_of_n", "test_on", "local_ceiling", "learn", "test"),
    *("balance", "distractor", "hardness", "stress"),
)

KINDS = {  # of other fields, for messages
    "learn": "a condition (hardness<=0.5)",
    "test": "a condition (hardness>0.5) or a list of conditions",
    "balance": "a number above 0 and below 1",
    "distractor": "a dict of fields and rates from 0 to 1 ({'liberal': 0.9})",
}

Names = str | Sequence[str]
Baseline = Literal["pinned", "paired"]
MOST_SEEDS = 10_000  # maximum number of seeds
MOST_SEED = 2**32 - 1  # largest seed


class Study(BaseModel):
    """A grid of tasks, supervisors, students and methods; each combination is a result row.

    A dict gives an object a name in tables: `weak={"my labels": labels}`. A dict of methods names
    specifications, too: `methods={"gentle": "confidence,alpha_max=0.5"}`.

    Attributes:
        tasks: names, files (JSONL, JSON, CSV, TSV, Parquet), or objects: a pandas DataFrame, a
            Hugging Face Dataset, a list of dicts, arrays `(X, y)`, or a result of `load_task`.
        weak: supervisors: features of a weak model (`pca-8`), `recorded:FILE`, ...; a label array,
            probabilities (n, k) or choices (n,) in the order of the items; a function from items
            to such labels; or an estimator, which is trained on the supervise split.
        strong: students: features (`spectral-64`, `spectral-64,l2=0.1`), transformers (`hf/NAME`)
            or `sklearn/NAME`; a feature array (n, d) in the order of the items, or a function from
            a task to one; or an estimator of scikit-learn.
        methods: names with arguments (`confidence,alpha_max=0.75`), `file.py:name`, functions
            (weak, belief, progress) -> (targets, weights), or `Method` objects.
        seeds: number of seeds, or the seeds; a seed determines the supervise and learn splits.
        baseline: `pinned` compares with the mean weak and ceiling accuracy over all seeds, `paired`
            with those of the same seed.
        metric: metric of PGR and of comparisons with naive: `accuracy`; `auroc`, for tasks with two
            classes, as EleutherAI/w2s; or `balanced_accuracy`, for tasks with classes. Rows contain
            the accuracies too.
        diagnostics: add misfit, error correction, CAPA, calibration and per-class accuracy.
        best_of_n: add the truth of the best of n candidates of a question, for growing n, when
            supervisor, student or ceiling choose; for multiple choice, for pairs, and for two
            classes whose clusters are the questions.
        test_on: further tasks with the same choices, each of which is a domain: all models are
            trained in `tasks` and are scored on the test split of these tasks too.
        local_ceiling: compare a student in a domain with a ceiling that was trained there, not with
            the ceiling of home, scored there.
        learn: condition of the items from which supervisors, students and ceilings learn, by the
            fields of the items: `hardness<=0.5`. Other columns of a file or an object are fields.
        test: conditions of test items, each of which is a domain, see `Row.domain`; by default the
            items that `learn` leaves out.
        balance: share of the second class among the items that models learn, from which items of
            the other class are left out; its domain has equally many test items of both classes.
        distractor: fields with two values, and the rate at which each agrees with the ground truth
            among the items that models learn: `{"liberal": 0.9}`, or `{"party:left": 0.9}` to name
            the value for the second class. Its domain has the test items where the field disagrees.
        hardness: a student, such as `pca-4`, whose uncertainty is measured by cross-fitting and
            becomes the field `hardness`, a quantile from 0 to 1, see `truing.tasks.shift.Folds`.
        stress: plants with their strength, `backdoor,strength=0.05`: each method also learns the
            planted labels, and rows have its PGR and how many planted errors it repeats, see
            `Row.planted`. `truing list plants` lists plants.
        aliases: short names of checkpoints: with `{"small": "./models/SmolLM2"}`, `hf/small` is
            `hf/./models/SmolLM2`, and tables show the alias.

    Examples:
        >>> import truing
        >>> study = truing.Study(
        ...     tasks="digits",
        ...     weak="pca-4",
        ...     strong=["pca-16", "spectral-64"],
        ...     methods=["naive", "confidence,alpha_max=0.75"],
        ...     seeds=5,
        ... )
        >>> study.seed_numbers
        (0, 1, 2, 3, 4)
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tasks: tuple[str, ...] = Field(min_length=1)
    weak: tuple[str, ...] = Field(min_length=1)
    strong: tuple[str, ...] = Field(min_length=1)
    methods: tuple[str, ...] = Field(min_length=1)
    seeds: int | tuple[int, ...] = 10
    baseline: Baseline = "pinned"
    metric: Metric = "accuracy"
    diagnostics: bool = False
    best_of_n: bool = False
    test_on: tuple[str, ...] = ()
    local_ceiling: bool = False
    learn: str = ""
    test: tuple[str, ...] = ()
    balance: float | None = None
    distractor: dict[str, float] = {}
    hardness: str = ""
    stress: tuple[str, ...] = ()
    aliases: dict[str, str] = {}

    @checked
    def __init__(
        self,
        *,
        tasks: Tasks = (),
        weak: SupervisorsLike = (),
        strong: StudentsLike = (),
        methods: GivenMethods = (),
        seeds: int | Sequence[int] = 10,
        baseline: Baseline = "pinned",
        metric: Metric = "accuracy",
        diagnostics: bool = False,
        best_of_n: bool = False,
        test_on: Tasks = (),
        local_ceiling: bool = False,
        learn: str = "",
        test: Names = (),
        balance: float | None = None,
        distractor: Mapping[str, float] | None = None,
        hardness: StudentLike = "",
        stress: Stress = (),
        aliases: Mapping[str, str] | None = None,
        **unknown: Never,
    ):
        given: dict[str, object] = {
            "tasks": tasks,
            "weak": weak,
            "strong": strong,
            "methods": methods,
            "seeds": seeds,
            "baseline": baseline,
            "metric": metric,
            "diagnostics": diagnostics,
            "best_of_n": best_of_n,
            "test_on": test_on,
            "local_ceiling": local_ceiling,
            "learn": learn,
            "test": test,
            "balance": balance,
            "distractor": {} if distractor is None else distractor,
            "hardness": hardness,
            "stress": stress,
            "aliases": dict(aliases or {}),
        }
        try:
            super().__init__(**given, **unknown)
        except ValidationError as error:
            raise UserError(_one_line(error)) from None
        self.__dict__["methods"] = bind_rungs(self.methods, self.weak, self.strong, self.aliases)
        if self.local_ceiling and not (self.test_on or self.design):
            raise UserError(
                "local_ceiling needs a domain, and the study has none; add test_on, learn, test, "
                "balance or distractor, or leave out local_ceiling"
            )
        used = HARDNESS in self.design.compared or any("easy-to-hard:" in one for one in self.weak)
        if self.hardness and not used:
            raise UserError(
                f"hardness={self.hardness} measures a field, but no condition of learn or test and "
                "no easy-to-hard supervisor uses the field 'hardness'; add learn='hardness<=0.5', "
                "or leave out hardness"
            )

    @field_validator("tasks", "weak", "strong", "methods", "test_on", "stress", mode="before")
    @classmethod
    def _several(cls, given: object, info: ValidationInfo) -> object:
        """Accept names and objects, one or several, and drop repeated names."""
        assert info.field_name is not None
        return tuple(dict.fromkeys(GIVE[info.field_name](given)))

    @field_validator("seeds", mode="before")
    @classmethod
    def _whole_numbers(cls, given: object) -> object:
        """Check the number of seeds, or the seeds, and drop repeated seeds."""
        numbers: tuple[object, ...] = (given,)
        low, high = 1, MOST_SEEDS
        if isinstance(given, list | tuple):
            numbers = tuple(dict.fromkeys(given))
            low, high = 0, MOST_SEED
        for number in numbers:
            if isinstance(number, bool) or not isinstance(number, int) or not low <= number <= high:
                raise ValueError(f"seeds must be integers from {low} to {high}")
        if not numbers:
            raise ValueError("seeds must not be empty")
        return numbers if isinstance(given, list | tuple) else given

    @field_validator("test", mode="before")
    @classmethod
    def _conditions(cls, given: object) -> object:
        """Accept one or several conditions, and drop repeated conditions."""
        several = [given] if isinstance(given, str) else given
        return tuple(dict.fromkeys(several)) if isinstance(several, list | tuple) else given

    @field_validator("hardness", mode="before")
    @classmethod
    def _one_student(cls, given: object) -> object:
        """Accept the name of a student, or an object."""
        return given if given in ("", None) else give_student(given, "", "hardness")

    @field_validator("aliases")
    @classmethod
    def _short_names(cls, given: dict[str, str]) -> dict[str, str]:
        check_aliases(given)
        return given

    @model_serializer(mode="wrap")
    def _to_json(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """The fields; later fields only if set, so that older run folders have the same study."""
        fields: dict[str, Any] = handler(self)
        for later in LATER:
            if not fields[later]:
                del fields[later]
        return fields

    @property
    def design(self) -> Design:
        """The designed shift of each task."""
        return make_design(self.learn, self.test, self.balance, self.distractor)

    @property
    def seed_numbers(self) -> tuple[int, ...]:
        """The seeds, in order."""
        return tuple(range(self.seeds)) if isinstance(self.seeds, int) else self.seeds


def _absent(fields: Sequence[str]) -> str:
    """One line on all fields that name nothing, so that the user can add all of them at once."""
    nouns, options, kinds = zip(*(NOUNS[field] for field in fields), strict=True)
    kind = f" {kinds[0]}" if len(kinds) == 1 else ""
    return (
        f"the study has no {', no '.join(nouns)}; name one or more with {', '.join(options)} "
        f"(in Python: {', '.join(fields)}); `truing list{kind}` lists names"
    )


def _one_line(error: ValidationError) -> str:
    found = error.errors()
    unknown = [one for one in found if one["type"] == "extra_forbidden"]
    first = (unknown or found)[0]
    field = str(first["loc"][0])
    if first["type"] in ABSENT:
        return _absent([str(one["loc"][0]) for one in found if one["type"] in ABSENT])
    if unknown:
        return str(UnknownNameError("field of a study", field, Study.model_fields))
    if field in (*NOUNS, "aliases", "hardness", "stress") and first["type"] == "value_error":
        return first["msg"].removeprefix("Value error, ")
    if field in NOUNS:
        return f"{field} must be a name or a list of names, got {first['input']!r}"
    if field in KINDS:
        return f"{field} must be {KINDS[field]}, got {first['input']!r}"
    if field in ("diagnostics", "best_of_n", "local_ceiling"):
        return f"{field} must be true or false, got {first['input']!r}"
    message = first["msg"].removeprefix("Value error, ").lower()
    message = message.removeprefix(f"{field} ").replace("input should be", "must be")
    return f"{field} {message}, got {first['input']!r}"
