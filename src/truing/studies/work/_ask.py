"""Ask: beliefs of a language model about every item of a task, from its answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truing.registry import Built
from truing.studies._step import Job, Payload, Step
from truing.studies._store import Store
from truing.studies.work._answers import answers_steps, read_answer_blocks
from truing.studies.work._code import code_version
from truing.studies.work._examples import Questions, examples_step
from truing.studies.work._notices import write_notices
from truing.supervisors import Prompted
from truing.tasks import Source, Task, Truth


@dataclass(frozen=True)
class AskPayload(Payload):
    """How beliefs follow from answers.

    Attributes:
        name: name of the language model, for notices.
        task: name of the task, for notices.
        questions: the questions.
        blocks: indices of the questions of each block.
        normalized: see `Prompted`.
        keeps: whether items of a search keep the labels that it found.
    """

    name: str
    task: str
    questions: Questions
    blocks: tuple[np.ndarray, ...]
    normalized: bool
    keeps: bool


def ask_step(
    source: Source,
    prompted: Built[Prompted],
    seed: int,
    truth: Truth | None,
    task: Task | None = None,
) -> Step:
    """Plan the beliefs of a language model.

    Without examples the steps are the same for all seeds.

    Args:
        source: the task from which examples are drawn, and its vault.
        prompted: the supervisor.
        seed: seed of the splits and of the examples.
        truth: ground truth of the supervise split for examples; None for labels without truth.
        task: the task that is labeled; by default the same task.

    Raises:
        DataError: a task that the supervisor cannot label.
    """
    value, labeled = prompted.value, task or source.task
    value.check(source.task)
    value.check(labeled)
    examples: tuple[Step, ...] = ()
    if truth or value.search:
        examples = (examples_step(source, prompted, seed, truth),)
    questions = Questions.of(value, labeled, np.arange(len(labeled)))
    steps, blocks = list[Step](), list[np.ndarray]()
    for start, end in ((0, questions.asked), (questions.asked, len(questions.all))):
        if start < end:
            some, cut = answers_steps(prompted, questions.all[start:end], examples)
            steps += some
            blocks += [start + one for one in cut]
    config = {
        "task": labeled.fingerprint,
        "supervisor": prompted.identity,
        "code": code_version(ask_step, run_ask),
    }
    payload = AskPayload(
        value.checkpoint.name,
        labeled.name,
        questions,
        tuple(blocks),
        value.normalized,
        keeps=value.search is not None and labeled is source.task,
    )
    return Step("ask", config, {"answers": tuple(steps), "examples": examples}, payload)


def run_ask(jobs: Sequence[Job[AskPayload]], store: Store) -> None:
    """Write `beliefs` (N, k) about all items."""
    for job in jobs:
        given = job.payload
        count, classes = len(given.questions.all), given.questions.classes
        log_p, tokens = np.full((count, classes), -np.inf), np.ones((count, classes))
        read = read_answer_blocks(store, job.parents["answers"])
        for block, found in zip(given.blocks, read, strict=True):
            width = found.log_p.shape[1]
            log_p[block, :width], tokens[block, :width] = found.log_p, found.tokens
        beliefs = given.questions.beliefs(log_p, tokens, given.normalized)
        if given.keeps:
            stored = store.read(job.parents["examples"][0])
            beliefs[stored["items"]] = np.eye(classes)[stored["labels"]]
        notices = []
        if cut := sum(found.cut for found in read):
            notices.append(
                f"hf/{given.name}: {cut} of {count} prompts of {given.task} were longer than the "
                "model's context and were truncated at the beginning"
            )
        if halved := sum(found.halved for found in read):
            notices.append(f"hf/{given.name}: memory ran out {halved} times; batches were halved")
        write_notices(store, job.key, notices)
        store.write(job.key, {"beliefs": beliefs.astype(np.float32)})
