"""Problem weak-to-strong: with which method does a student gain most from a weak supervisor?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from functools import cached_property
from typing import Literal

import numpy as np

from truing.errors import CodeError, MethodError, UserError
from truing.methods import METHODS, Space, composition_space, family
from truing.research._answers import ProblemDescription
from truing.research._evaluation import INFRASTRUCTURE, Evaluation, Gain, Tier
from truing.research._problem_config import WeakToStrong
from truing.research._release import count_groups
from truing.research._submission import Submission
from truing.research.folders import ENTRY, FolderRunner, FrozenFolder, Usage
from truing.research.isolation import Isolation, Lesson
from truing.research.problems._divide import divide
from truing.research.problems._folder_scoring import FolderScoring
from truing.research.problems._gain import gain_over_naive, tier_items
from truing.research.problems._one_thread import one_thread
from truing.research.problems._partition import group_items
from truing.research.problems._pipelines import Pipelines
from truing.research.problems._predictions import read_predictions, write_predictions
from truing.research.problems._problem import describe_space
from truing.research.problems._submitted_methods import allowed_methods, canonical_method, is_plain
from truing.research.problems._taught import TaughtTrainings
from truing.research.problems._trainings import Trainings
from truing.specification import Specification
from truing.studies import Engine, LocalEngine, Store
from truing.tasks import Source, load_task

LONGEST_REASON = 4000  # characters; the longest lists the packages of an environment


class WeakToStrongDescription(ProblemDescription):
    """The problem for researchers.

    Attributes:
        tasks: name and kind of each climb task, and its numbers of items and choices.
        supervisor, student: their specifications.
        layers, pools: features and pools that pipelines choose from, see `WeakToStrong`.
        methods: names of the methods that may be submitted.
        predictions: indices of the items that predictions are about, by task; False if predictions
            may not be submitted.
    """

    tasks: list[dict[str, str | int]]
    supervisor: str
    student: str
    layers: dict[str, str]
    pools: list[str]
    methods: list[str]
    predictions: dict[str, list[int]] | Literal[False]


class WeakToStrongProblem:
    """Students of one supervisor; the score is the gain over naive training.

    Args:
        config: tasks, supervisor, student and seeds.
        isolation: runs submitted files; None if files may not be submitted. Files are never
            accepted if the student is fine-tuned.
        store: cache of earlier results.
        runner: runs submitted folders; None if folders may not be submitted.
        models: folder of each model that submitted folders may read, by name.
        engine: trains compositions; by default in this process. Submitted files always run in a
            sandbox on this machine.
        predictions: whether answers about the climb items may be submitted.
        secret: secret of the research run, which determines the items of each tier.
        load: loads a task by name.
        battery: tasks of the capability gate; empty without a gate.

    Attributes:
        battery: the problem on the battery, on which methods learn the ground truth; None without a
            gate.

    Raises:
        UserError: a task is both a climb task and one of the other tasks.
        UnknownNameError: the supervisor or the student is unknown.
        DataError: a task has too few items that no other tier uses.
    """

    def __init__(
        self,
        config: WeakToStrong,
        isolation: Isolation | None,
        store: Store,
        predictions: bool = False,
        *,
        secret: bytes,
        engine: Engine | None = None,
        runner: FolderRunner | None = None,
        models: Mapping[str, str] | None = None,
        load: Callable[[str], Source] = load_task,
        battery: Sequence[str] = (),
    ):
        self.predictions = predictions
        self.runner, self.models = runner, models or {}
        self.folders = None if runner is None else FolderScoring(runner, secret, self.models)
        self.config, self.store = config, store
        sources, tested = divide(config, secret, battery, load)
        self._train(sources, Trainings, engine)
        heads = all(one.heads for one in self.trainings.values())
        self.isolation = isolation if heads else None  # submitted files train heads only
        self.battery = self._on_battery(tested, engine) if tested else None

    def _train(
        self, sources: Mapping[str, Source], made_by: type[Trainings], engine: Engine | None
    ) -> None:
        """Set the tasks and the trainings on them."""
        weak, strong, used = self.config.weak, self.config.strong, engine or LocalEngine(1)
        self.sources = dict(sources)
        self.trainings = {
            name: made_by(source, weak, strong, self.store, used)
            for name, source in sources.items()
        }
        for one in self.trainings.values():
            one.check_names()
        self.pipelines = Pipelines(self.config.layers, self.config.pools, self.trainings)

    def _on_battery(
        self, sources: Mapping[str, Source], engine: Engine | None
    ) -> WeakToStrongProblem:
        """This problem on the battery, where students learn the ground truth."""
        found = copy(self)
        found.battery = None
        found.config = self.config.model_copy(update={"climb": tuple(sources), "other_tasks": ()})
        found._train(sources, TaughtTrainings, engine)
        return found

    @property
    def space(self) -> Space:
        """The space of compositions, or of pipelines if there are layers."""
        return self.pipelines.space if self.config.layers else composition_space()

    @cached_property
    def items(self) -> float:
        """Effective number of groups of the climb tier, see `count_groups`.

        A group has items with equal content, or of one cluster, in any of the climb tasks.
        """
        sources = {name: self.sources[name] for name in self.config.climb}
        groups = group_items({name: source.task for name, source in sources.items()})
        return count_groups(
            [groups[name][tier_items(source, "climb")] for name, source in sources.items()]
        )

    def describe(self) -> WeakToStrongDescription:
        """The description of the problem that researchers read."""
        tasks = [self.sources[name].task for name in self.config.climb]
        return {
            "kind": self.config.kind,
            "aim": "A weak supervisor labels the items from which a strong student learns. Submit "
            "a method: a rule that computes the student's training targets and weights from the "
            "weak labels and the student's own beliefs. The score of a method is the student's "
            "accuracy on held-out items, minus the accuracy of naive training with the same seeds "
            "on the same items.",
            "tasks": [
                {"name": one.name, "kind": one.kind, "items": len(one), "choices": len(one.choices)}
                for one in tasks
            ],
            "supervisor": self.config.weak,
            "student": self.config.strong,
            "layers": dict(self.config.layers),
            "pools": list(self.config.pools),
            "seeds": self.config.seeds,
            "compositions": describe_space(self.space),
            "methods": allowed_methods(),
            "files": self.isolation is not None,
            "folders": False if self.folders is None else self.folders.contract,
            "predictions": self._predicted_items() if self.predictions else False,
        }

    def _predicted_items(self) -> dict[str, list[int]]:
        """Indices of the items that predictions are about, in order, by task."""
        return {
            name: tier_items(self.sources[name], "climb").tolist() for name in self.config.climb
        }

    def check(self, submission: Submission) -> Submission:
        """The submission; compositions and predictions in their canonical form.

        Raises:
            UserError: the submission is not a method, or a method that may not be submitted.
        """
        if submission.kind == "file":
            if self.isolation is None:
                raise UserError("this referee does not accept files; submit a composition")
            if not submission.name:
                raise UserError(
                    "name is missing; give the name of the method in the file: name=..."
                )
            return submission
        if submission.kind == "folder":
            if self.folders is None:
                raise UserError("this referee does not accept folders; submit a composition")
            folder = FrozenFolder.from_json(submission.content)
            if ENTRY not in folder.files:
                raise UserError(f"the folder has no {ENTRY}; write the program into {ENTRY}")
            content = folder.to_json()
            return submission.model_copy(update={"content": content})
        if submission.kind == "predictions":
            if not self.predictions:
                raise UserError("this referee does not accept predictions; submit a method")
            answers = write_predictions(self._answers(submission))
            return submission.model_copy(update={"content": answers})
        if is_plain(submission.content) and self.pipelines.has(submission.content):
            label = self.pipelines.canonical(submission.content)
            return submission.model_copy(update={"content": label})
        label = canonical_method(submission.content, self.config.weak, self.config.strong)
        return submission.model_copy(update={"content": label})

    def _answers(self, submission: Submission) -> dict[str, np.ndarray]:
        choices = {name: len(self.sources[name].task.choices) for name in self.config.climb}
        shapes = {
            name: (len(items), choices[name]) for name, items in self._predicted_items().items()
        }
        return read_predictions(submission.content, shapes)

    def family(self, submission: Submission) -> str:
        """The parts of a composition that differ from the default; or `file`, or `predictions`."""
        if submission.kind != "composition":
            return submission.kind
        if self.pipelines.has(submission.content):
            return self.pipelines.family(submission.content)
        return family(submission.content)

    def level(self, submission: Submission) -> str:
        """The isolation level of a submitted file or folder; empty for other kinds."""
        if submission.kind == "folder":
            assert self.folders is not None, "`check` accepts no folders without a runner"
            return self.folders.runner.level
        if submission.kind != "file":
            return ""
        assert self.isolation is not None, "`check` accepts no files without isolation"
        return self.isolation.level

    def most_cpu(self, submission: Submission) -> int:
        """Most processor seconds of a folder's runs on the climb tier; 0 for other kinds."""
        if submission.kind != "folder":
            return 0
        assert self.folders is not None, "`check` accepts no folders without a runner"
        return self.folders.runner.limits.cpu * self.config.seeds * len(self.config.climb)

    def evaluate(self, submission: Submission, tier: Tier, seeds: Sequence[int]) -> Evaluation:
        """The gain over naive training on each task of a tier.

        A method that breaks its contract fails permanently. Infrastructure errors, such as a full
        disk or a killed worker, are raised. They are not results, and scoring may be tried again.
        Any other error is a failure too, so that the runs before it are charged.
        """
        names = self.config.other_tasks if tier == "other_tasks" else self.config.climb
        level = self.level(submission)
        used: list[Usage] = []
        try:
            # Overflows of a method are checked in training. Threads would change the last bits.
            with np.errstate(all="ignore"), one_thread():
                gains = tuple(self._gain(submission, name, tier, seeds, used) for name in names)
        except (MethodError, ArithmeticError, np.linalg.LinAlgError) as error:
            detail = error.detail if isinstance(error, CodeError) else ""
            gains, failure = (), _short(error)
        except INFRASTRUCTURE:
            raise
        except Exception as error:
            return Evaluation.unexpected(error, level, sum(used, Usage()))
        else:
            failure = detail = ""
        usage = sum(used, Usage())
        return Evaluation(gains, failure, isolation=level, detail=detail, usage=usage)

    def look(self, specification: str, seeds: Sequence[int]) -> tuple[np.ndarray, ...]:
        """Beliefs of a composition's students about the items of the climb tier.

        Empty for other methods, because some of them learn from the ground truth.
        """
        if Specification.parse(specification).name != self.space.name:
            return ()
        found = []
        try:
            with np.errstate(all="ignore"), one_thread():
                for name in self.config.climb:
                    items = tier_items(self.sources[name], "climb")
                    found.append(self._beliefs(specification, name, seeds, items))
        except (MethodError, ArithmeticError, np.linalg.LinAlgError):
            return ()
        return tuple(found)

    def _gain(
        self, submission: Submission, name: str, tier: Tier, seeds: Sequence[int], used: list[Usage]
    ) -> Gain:
        """The gain on a task; the usage of each run of a folder is appended to `used`."""
        source, trainings = self.sources[name], self.trainings[name]
        items = tier_items(source, tier)
        naive = trainings.steps(trainings.naive, seeds)
        trainings.complete(naive)
        if submission.kind == "file":
            method = self._isolated(*trainings.lessons(naive), submission)[:, items]
        elif submission.kind == "folder":
            method = self._run_folder(submission, name, tier, seeds, used)
        elif submission.kind == "predictions":
            if tier != "climb":
                raise MethodError("predictions contain no answers about items of other tiers")
            sure = np.eye(len(source.task.choices))[self._answers(submission)[name]]
            # The interval covers the items and the seeds of naive training.
            method = np.stack([sure] * len(seeds))
        else:
            method = self._beliefs(submission.content, name, seeds, items)
        return gain_over_naive(source, items, method, trainings.beliefs(naive, items))

    def _beliefs(
        self, specification: str, name: str, seeds: Sequence[int], items: np.ndarray
    ) -> np.ndarray:
        """Beliefs (S, n, k) of the students of a pipeline, or of a method, about some items."""
        if self.pipelines.has(specification):
            return self.pipelines.beliefs(specification, name, seeds, items)
        return self.trainings[name].trained(METHODS.build(specification), seeds)[:, items]

    def _run_folder(
        self, submission: Submission, name: str, tier: Tier, seeds: Sequence[int], used: list[Usage]
    ) -> np.ndarray:
        """Beliefs (S, n, k) of a submitted folder about the items of a tier, one run per seed."""
        assert self.folders is not None, "`check` accepts no folders without a runner"
        folder = FrozenFolder.from_json(submission.content)
        items = tier_items(self.sources[name], tier)
        assigned = self.folders.assign(folder, self.trainings[name], tier, items, seeds)
        return self.folders.beliefs(folder, assigned, items, used)

    def _isolated(
        self, features: np.ndarray, lessons: Sequence[Lesson], submission: Submission
    ) -> np.ndarray:
        """Beliefs (S, N, k) of students that a submitted file trains, without ground truth."""
        assert self.isolation is not None, "`check` accepts no files without isolation"
        found = self.isolation.run(submission.content, submission.name, features, lessons)
        if found.failure:
            raise CodeError(found.failure, found.detail)
        assert found.beliefs is not None, "a method without failure has beliefs"
        return found.beliefs


def _short(error: Exception) -> str:
    """The reason of a failure in one line. It never contains an item."""
    return " ".join(str(error).split())[:LONGEST_REASON]
