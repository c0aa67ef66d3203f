"""Ask: beliefs of a language model about every item of a task, from its answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truing.registry import Built
from truing.students.transformer import AnswerBlock
from truing.studies._step import Job, Payload, Step
from truing.studies._store import Store
from truing.studies.work._answers import answers_steps, read_answer_blocks
from truing.studies.work._code import code_version, digest
from truing.studies.work._examples import Questions, examples_step
from truing.studies.work._notices import write_notices
from truing.supervisors import Prompted
from truing.tasks import Source, Task, Truth


@dataclass(frozen=True)
class AskPayload(Payload):
    """How beliefs follow from answers.

    Attributes:
        supervisor: specification of the supervisor.
        model: name of the language model, for notices.
        task: name of the task, for notices.
        count: number N of items of the task.
        items: (n,) indices of the items that the supervisor is asked about.
        questions: questions about these items.
        blocks: indices of the questions of each block.
        normalized: see `Prompted`.
        keeps: whether items of a search keep the labels that it found.
    """

    supervisor: str
    model: str
    task: str
    count: int
    items: np.ndarray
    questions: Questions
    blocks: tuple[np.ndarray, ...]
    normalized: bool
    keeps: bool

    @property
    def specifications(self) -> tuple[str, ...]:
        """Specification of the supervisor."""
        return (self.supervisor,)


def ask_step(source: Source, prompted: Built[Prompted], seed: int, truth: Truth | None) -> Step:
    """Plan the beliefs of a language model about all items of a task.

    Without examples the step is the same for all seeds.

    Args:
        source: the task and its vault.
        prompted: the supervisor.
        seed: seed of the splits and of the examples.
        truth: ground truth of the supervise split for examples; None for labels without truth.

    Raises:
        DataError: a task without texts.
        UserError: the supervise split has too few items.
    """
    prompted.value.check(source.task)
    examples: tuple[Step, ...] = ()
    if truth or prompted.value.search:
        examples = (examples_step(source, prompted, seed, truth),)
    keeps = prompted.value.search is not None
    return _step(prompted, source.task, np.arange(len(source.task)), examples, keeps)


def ask_elsewhere_step(
    prompted: Built[Prompted], asked: Step, task: Task, items: np.ndarray
) -> Step:
    """Plan the beliefs about items of another task, with the examples of the first task.

    Args:
        prompted: the supervisor.
        asked: step of its beliefs about the first task.
        task: the other task.
        items: (n,) indices of its items.

    Raises:
        DataError: a task without texts.
    """
    prompted.value.check(task)
    return _step(prompted, task, items, asked.parents["examples"], keeps=False)


def _step(
    prompted: Built[Prompted],
    task: Task,
    items: np.ndarray,
    examples: tuple[Step, ...],
    keeps: bool,
) -> Step:
    value = prompted.value
    questions = Questions.of(value, task, items)
    steps, blocks = list[Step](), list[np.ndarray]()
    for start, end in ((0, questions.asked), (questions.asked, len(questions.all))):
        if start < end:
            some, cut = answers_steps(prompted, questions.all[start:end], examples)
            steps += some
            blocks += [start + one for one in cut]
    config = {
        "task": task.fingerprint,
        "items": digest(items),
        "supervisor": prompted.identity,
        "keeps": keeps,
        "code": code_version(ask_step, run_ask),
    }
    payload = AskPayload(
        prompted.label,
        value.checkpoint.name,
        task.name,
        len(task),
        items,
        questions,
        tuple(blocks),
        value.normalized,
        keeps,
    )
    return Step("ask", config, {"answers": tuple(steps), "examples": examples}, payload)


def run_ask(jobs: Sequence[Job[AskPayload]], store: Store) -> None:
    """Write `beliefs` (N, k), NaN for items that the supervisor was not asked about."""
    for job in jobs:
        given = job.payload
        asked, classes = given.questions, given.questions.classes
        log_p = np.full((len(asked.all), classes), -np.inf)
        tokens = np.ones(log_p.shape)
        read = read_answer_blocks(store, job.parents["answers"])
        for block, found in zip(given.blocks, read, strict=True):
            width = found.log_p.shape[1]
            log_p[block, :width], tokens[block, :width] = found.log_p, found.tokens
        beliefs = np.full((given.count, classes), np.nan, np.float32)
        beliefs[given.items] = asked.beliefs(log_p, tokens, given.normalized)
        if given.keeps:
            stored = store.read(job.parents["examples"][0])
            beliefs[stored["items"]] = np.eye(classes)[stored["labels"]]
        write_notices(store, job.key, _notices(given, read))
        store.write(job.key, {"beliefs": beliefs})


def _notices(given: AskPayload, read: Sequence[AnswerBlock]) -> list[str]:
    """Remarks on truncated prompts, and on lack of memory."""
    found, name = [], f"hf/{given.model}"
    if cut := sum(block.cut for block in read):
        found.append(
            f"{name}: {cut} of {len(given.questions.all)} prompts of {given.task} were longer than "
            "the model's context and were truncated at the beginning"
        )
    if halved := sum(block.halved for block in read):
        found.append(f"{name}: memory ran out {halved} times; batches were halved")
    return found
