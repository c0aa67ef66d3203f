"""Examples before the prompts of a language model: items with labels.

The labels are the ground truth of the supervise split, or coherent labels that a search finds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truing.errors import CorruptEntryError
from truing.registry import Built, Identity, check_unchanged
from truing.students.transformer import Question, estimate_memory, pick_device, read_answers
from truing.studies._step import Job, Payload, Resources, Step
from truing.studies._store import Store
from truing.studies.work._code import code_version, digest
from truing.supervisors import (
    SUPERVISORS,
    Contexts,
    Exclusive,
    Prompted,
    beliefs_of_answers,
    draw_shots,
    examples_text,
    find_coherent_labels,
)
from truing.tasks import Source, Task, Truth

SEARCH = "search"  # the kind of a step that searches for coherent labels


@dataclass(frozen=True)
class ExamplesPayload(Payload):
    """Items from which examples are drawn; their ground truth is not in it.

    Attributes:
        task: the task.
        items: (n,) indices of the items.
        supervisor: specification of the supervisor.
        identity: identity of the supervisor, see `Built.identity`.
        draw: seed of the examples.
    """

    task: Task
    items: np.ndarray
    supervisor: str
    identity: Identity
    draw: tuple[int, int]

    @property
    def heavy(self) -> bool:
        """Whether the language model labels the examples."""
        return True

    @property
    def specifications(self) -> tuple[str, ...]:
        """Specification of the supervisor."""
        return (self.supervisor,)


def examples_step(
    source: Source, prompted: Built[Prompted], seed: int, truth: Truth | None
) -> Step:
    """Plan the examples of a prompted supervisor.

    Args:
        source: the task and its vault.
        prompted: the supervisor.
        seed: seed of the splits and of the examples.
        truth: ground truth of the supervise split; None if a search labels the examples.
    """
    task, items = source.task, source.splits(seed).supervise
    value = prompted.value
    value.check_examples(task, items)
    config = {
        "task": task.fingerprint,
        "items": digest(items),
        "seed": seed,
        "supervisor": prompted.identity,
        "truth": source.vault.digest(items) if truth else None,
        "code": code_version(examples_step, run_examples if truth else run_search),
    }
    # The seed is that of labelers: examples of all language models of a task and seed are the same.
    draw = (int(task.fingerprint[:32], 16), seed)
    payload = ExamplesPayload(task, items, prompted.label, prompted.identity, draw)
    if truth:
        return Step("examples", config, payload=payload, truth=truth, group=task.fingerprint)
    device = pick_device()
    config["device"] = device
    needed = Resources(gpus=1 if device == "cuda" else 0, memory=estimate_memory(value.checkpoint))
    group = f"{prompted.label} {seed}"
    return Step(SEARCH, config, payload=payload, group=group, resources=needed)


def run_examples(jobs: Sequence[Job[ExamplesPayload]], store: Store) -> None:
    """Write `text`: the examples before a prompt, as UTF-8, and `items`, `labels` of them."""
    for job in jobs:
        given, value = job.payload, _build(job.payload)
        assert job.truth is not None, "examples have ground truth"
        _write(store, job.key, value, given, given.items, job.truth, value.shots)


def run_search(jobs: Sequence[Job[ExamplesPayload]], store: Store) -> None:
    """Write `items` and their coherent `labels`, and `text`: some of them as examples."""
    for job in jobs:
        given, value = job.payload, _build(job.payload)
        search, task = value.search, given.task
        assert search is not None, "the supervisor searches"
        rng = np.random.default_rng(given.draw)
        items = rng.permutation(given.items)[: search.items]
        asked = _Asked(job.key, store, value, task, items)
        contexts = Contexts(len(items), search.context, asked.log_beliefs)
        exclusive = None
        if search.exclusive:
            label = task.choices.index(search.exclusive)
            exclusive = Exclusive(label, task.clusters[items])
        labels = find_coherent_labels(
            task.choice_counts[items],
            contexts.predict,
            search.steps or 2 * len(items),
            rng,
            exclusive,
        )
        _write(store, job.key, value, given, items, labels, search.context)
        asked.forget()


def read_text(store: Store, key: str) -> str:
    """The examples before a prompt."""
    return store.read(key)["text"].tobytes().decode()


def _build(given: ExamplesPayload) -> Prompted:
    built = SUPERVISORS.build(given.supervisor)
    check_unchanged(built, given.identity)
    assert isinstance(built.value, Prompted), "these steps name a prompted supervisor"
    return built.value


def _write(
    store: Store,
    key: str,
    value: Prompted,
    given: ExamplesPayload,
    items: np.ndarray,
    labels: np.ndarray,
    shots: int,
) -> None:
    """Draw examples from labeled items, and write them and the labels of all drawn items."""
    rng = np.random.default_rng(given.draw)
    chosen = draw_shots(given.task, items, labels, min(shots, len(items)), rng)
    text = examples_text([value.example(given.task, items[at], int(labels[at])) for at in chosen])
    kept = slice(None) if value.search else chosen
    arrays = {"items": items[kept], "labels": labels[kept].astype(np.int64)}
    store.write(key, {"text": np.frombuffer(text.encode(), np.uint8), **arrays})


@dataclass
class _Asked:
    """Answers that a search asks for; they are stored, so that a search continues where it ended.

    Attributes:
        key: key of the search.
        store: store of the answers.
        value: the supervisor.
        task: the task.
        items: (n,) indices of the items of the search.
    """

    key: str
    store: Store
    value: Prompted
    task: Task
    items: np.ndarray

    def __post_init__(self) -> None:
        self.keys: list[str] = []

    def log_beliefs(self, context: tuple[tuple[int, int], ...], wanted: np.ndarray) -> np.ndarray:
        """(wanted, k) log beliefs in the choices of some items, after examples."""
        asked = json.dumps([self.key, context, wanted.tolist()])
        key = hashlib.sha256(asked.encode()).hexdigest()
        self.keys.append(key)
        if key in self.store:
            try:
                return self.store.read(key)["log_p"]
            except CorruptEntryError:
                pass
        found = self._ask(context, wanted)
        self.store.write(key, {"log_p": found})
        return found

    def _ask(self, context: tuple[tuple[int, int], ...], wanted: np.ndarray) -> np.ndarray:
        value, task = self.value, self.task
        text = examples_text([value.example(task, self.items[at], label) for at, label in context])
        plan = Questions.of(value, task, self.items[wanted])
        block = read_answers(value.checkpoint, plan.all, text)
        return np.log(np.maximum(plan.beliefs(block.log_p, block.tokens, value.normalized), 1e-30))

    def forget(self) -> None:
        """Remove the answers from the store."""
        for key in self.keys:
            self.store.remove(key)


@dataclass(frozen=True)
class Questions:
    """Distinct questions about some items, and how beliefs are computed from their answers.

    Attributes:
        all: distinct questions: those with the text of an item, then those without content.
        asked: number of questions with the text of an item.
        own: (n,) index of the question of each item.
        free: (n, inputs) indices of its questions without content; -1 for none. No columns if no
            item is calibrated.
        classes: number K of choices.
    """

    all: list[Question]
    asked: int
    own: np.ndarray
    free: np.ndarray
    classes: int

    @classmethod
    def of(cls, value: Prompted, task: Task, items: np.ndarray) -> Questions:
        """The questions that a supervisor asks about some items of a task."""
        number: dict[Question, int] = {}
        own = [
            number.setdefault(value.question(task, item), len(number)) for item in items.tolist()
        ]
        asked = len(number)
        blank: dict[Question, int] = {}
        rows = [
            [
                blank.setdefault(one, asked + len(blank))
                for one in (value.free_questions(task, item) if value.calibrated else ())
            ]
            for item in items.tolist()
        ]
        free = np.full((len(items), max(map(len, rows))), -1)
        for row, indices in zip(free, rows, strict=True):
            row[: len(indices)] = indices
        return cls([*number, *blank], asked, np.array(own), free, len(task.choices))

    def beliefs(self, log_p: np.ndarray, tokens: np.ndarray, normalized: bool) -> np.ndarray:
        """Beliefs (n, K) from the answers (questions, at most K) to all questions."""
        missing = ((0, 0), (0, self.classes - log_p.shape[1]))
        log_p = np.pad(log_p, missing, constant_values=-np.inf)
        tokens = np.pad(tokens, missing, constant_values=1)
        prior = None
        if self.free.shape[1]:
            each = beliefs_of_answers(log_p, tokens, None, normalized)
            prior = each[self.free].mean(axis=1)  # (n, K)
            prior[(self.free < 0).any(axis=1)] = 1
        return beliefs_of_answers(log_p[self.own], tokens[self.own], prior, normalized)
