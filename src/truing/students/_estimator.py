"""Estimators as students: any classifier with the interface of scikit-learn."""

from __future__ import annotations

import hashlib
import sys
import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from truing.calls import checked_class
from truing.errors import DataError, UserError
from truing.functions import is_function, keep_function, load_function
from truing.given import OBJECT, GivenObject, find, is_object, shown
from truing.registry import Built
from truing.specification import Specification
from truing.students._sklearn import PREFIX, all_classifiers, build_classifier
from truing.students.features import FEATURES, FeatureMap, FeaturesLike, give_features
from truing.tasks import Task

if TYPE_CHECKING:
    from truing.students._student import TrainingSteps

ESTIMATORS = "scikit-learn estimators"
OF_TEXTS = "lsa-16"  # features of texts for methods with a preparation

Made = TypeVar("Made")


class Estimator(Protocol):
    """A classifier with the interface of scikit-learn; `fit` takes `sample_weight`."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Parameters by name."""

    def fit(self, X: Any, y: Any) -> Any:
        """Fit on rows and their classes."""

    def predict_proba(self, X: Any) -> Any:
        """Probabilities (rows, classes)."""


@checked_class
@dataclass(frozen=True)
class EstimatorStudent:
    """A classifier with the interface of scikit-learn.

    It learns soft targets by weighted rows: each item is repeated for each class, with weight
    target * weight. `fit` must take `sample_weight`, and the classifier must have `predict_proba`.
    Of a Pipeline, the last step receives the weighted rows. A parameter `random_state` that is None
    is set from the random seed of the training.

    Attributes:
        estimator: the classifier. It is copied without what it has learned.
        features: specification of its input: a name (`pca-16`), or a given array or function. None
            for the inputs of the task: images and vectors as rows (N, columns), or texts, which
            only a Pipeline that begins with a vectorizer can read.
        label: name in tables, a specification; by default the name of the class.

    Raises:
        UserError: not a classifier, or a classifier that cannot learn soft targets.

    Examples:
        >>> import truing
        >>> from sklearn.linear_model import LogisticRegression
        >>> student = truing.EstimatorStudent(LogisticRegression(C=0.1), features="pca-16")
        >>> study = truing.Study(tasks="digits", weak="pca-4", strong=student, methods="naive")
        >>> study.strong
        ('LogisticRegression@...,features=pca-16',)
    """

    estimator: Any
    features: FeaturesLike | None = None
    label: str = ""
    regime: ClassVar[str] = ESTIMATORS
    size: ClassVar[None] = None  # only the size of language models is counted

    def __post_init__(self) -> None:
        from sklearn.base import clone

        check_estimator(self.estimator)
        object.__setattr__(self, "estimator", clone(self.estimator))
        if self.features is not None:
            object.__setattr__(self, "features", give_features(self.features))
        if not self.label:
            named = self.named(type(self.estimator).__name__)
            object.__setattr__(self, "label", named.label)

    def named(self, name: str) -> EstimatorStudent:
        """The student with another name in tables."""
        arguments = {} if self.features is None else {"features": str(self.features)}
        kept = keep_function(self.estimator, name)
        return replace(self, label=str(Specification(kept, arguments)))

    @cached_property
    def input(self) -> Built[FeatureMap] | None:
        """The features; None for the inputs of the task."""
        return None if self.features is None else FEATURES.build(str(self.features))

    @cached_property
    def identity(self) -> dict[str, Any]:
        """Class, parameters and library versions, as JSON in the keys of steps.

        An object and the name of an equal classifier have the same identity.
        """
        name = Specification.parse(self.label).name
        found = OBJECT.fullmatch(name) or OBJECT.fullmatch(keep_function(self.estimator))
        assert found is not None, "an estimator that was kept has a digest"
        return {"digest": found["digest"], "libraries": libraries_of(self.estimator)}

    def seeded(self, chance: str) -> Any:
        """A copy of the estimator whose random states are set, each by its own seed."""
        from sklearn.base import clone

        made = clone(self.estimator)
        states = {
            name: int.from_bytes(hashlib.sha256(f"{chance} {name}".encode()).digest()[:4], "big")
            for name, value in made.get_params(deep=True).items()
            if name.rpartition("__")[2] == "random_state" and value is None
        }
        return made.set_params(**states)

    def plan(self, steps: TrainingSteps[Made]) -> Made:
        """Plan the extraction of the input, and the fit.

        A method with a preparation receives the input; of texts it receives the features `lsa-16`.

        Raises:
            DataError: items with their own choices, or texts without a Pipeline or features.
        """
        check_task(self, steps.task)
        if self.reads_texts(steps.task):
            seen = (steps.extract(FEATURES.build(OF_TEXTS)),) if steps.prepares else ()
            return steps.fit(self, seen)
        return steps.fit(self, (steps.extract(self.input or FEATURES.build("pixels")),))

    def reads_texts(self, task: Task) -> bool:
        """Whether the input is the texts of the task."""
        return self.features is None and task.medium == "texts"


def check_estimator(estimator: Any) -> None:
    """Check that an estimator can learn soft targets.

    Raises:
        UserError: a class in place of an object, or an estimator without `predict_proba` or
            without `sample_weight` in `fit`.
    """
    from sklearn.pipeline import Pipeline
    from sklearn.utils.validation import has_fit_parameter

    if isinstance(estimator, type):
        raise UserError(
            f"{estimator.__name__} is a class; pass an estimator, {estimator.__name__}()"
        )
    last = estimator
    while isinstance(last, Pipeline):
        last = last[-1]
    name = type(last).__name__
    if hasattr(type(last), "_run_search"):  # a grid search or its relatives
        raise UserError(
            f"{name} cross-validates in fit, which would put the weighted rows of one item into "
            "several folds; choose its parameters before, or compare them as students: "
            "strong=[LogisticRegression(C=0.1), LogisticRegression(C=1)]"
        )
    better = "use another classifier, such as LogisticRegression or RandomForestClassifier"
    if not (hasattr(last, "fit") and hasattr(last, "get_params")):
        raise UserError(
            f"{name} is not an estimator of scikit-learn: it needs fit, predict_proba and "
            f"get_params; {better}"
        )
    if not hasattr(last, "predict_proba"):
        raise UserError(f"{name} has no predict_proba, which a student needs; {better}")
    if not has_fit_parameter(last, "sample_weight"):
        raise UserError(f"{name}.fit takes no sample_weight, which soft targets need; {better}")


@cache
def list_classifiers() -> dict[str, type]:
    """Classifiers of scikit-learn that can be students, by name.

    Examples:
        >>> from truing.students import list_classifiers
        >>> "sklearn/GaussianNB" in list_classifiers(), "sklearn/SVC" in list_classifiers()
        (True, False)
    """
    found = {}
    for name, made in all_classifiers().items():
        with warnings.catch_warnings(), suppress(UserError):
            warnings.simplefilter("ignore")  # about classes that will be removed
            check_estimator(build_classifier(name, {}))
            found[PREFIX + name] = made
    return found


def check_task(student: EstimatorStudent, task: Task) -> None:
    """Raise DataError if a student cannot read the items of a task."""
    from sklearn.pipeline import Pipeline

    name = shown(student.label)
    if task.kind != "classification":
        raise DataError(
            f"student {name!r} knows a fixed set of classes, but the items of {task.name} have "
            "their own choices, so that class 1 means something else for each item; use a head on "
            "features (lsa-64) or a transformer (hf/NAME), which score each choice"
        )
    if student.reads_texts(task) and not isinstance(student.estimator, Pipeline):
        raise DataError(
            f"student {name!r} cannot read the texts of {task.name}; use a Pipeline that begins "
            "with a vectorizer, or add features: EstimatorStudent(..., features='lsa-64')"
        )


def libraries_of(estimator: Any) -> dict[str, str]:
    """Versions of the libraries that define the classes of an estimator and of its parts."""
    packages = {type(one).__module__.partition(".")[0] for one in _nested_estimators(estimator)}
    found = {name: getattr(sys.modules.get(name), "__version__", "") for name in packages}
    return {name: str(version) for name, version in sorted(found.items()) if version}


def _nested_estimators(estimator: Any) -> Iterator[Any]:
    """An estimator and all estimators among its parameters."""
    yield estimator
    for one in estimator.get_params(deep=True).values():
        if hasattr(one, "get_params") and not isinstance(one, type):
            yield one


def is_estimator(given: GivenObject) -> bool:
    """Whether a given object is an estimator."""
    return is_function(given) and hasattr(load_function(given), "fit")


def parse_estimator(asked: Specification) -> EstimatorStudent | None:
    """The estimator that a specification names: given, or `sklearn/NAME`; None for other names.

    Raises:
        UserError: an unknown classifier or parameter.
    """
    arguments = dict(asked.arguments)
    features = arguments.pop("features", None)
    if asked.name.startswith(PREFIX):
        estimator = build_classifier(asked.name.removeprefix(PREFIX), arguments)
        return EstimatorStudent(estimator, features, str(asked))
    if not is_object(asked.name) or not is_estimator(find(asked.name)):
        return None
    for unknown in arguments:
        raise UserError(f"{str(asked)!r}: no argument {unknown!r}; allowed: features")
    return EstimatorStudent(load_function(find(asked.name)), features, str(asked))
