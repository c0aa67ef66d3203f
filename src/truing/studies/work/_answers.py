"""Answers: a language model's log-probabilities of the answers of some questions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truing.registry import Built, Identity, check_unchanged
from truing.students.transformer import (
    AnswerBlock,
    Question,
    cut_blocks,
    estimate_answer_work,
    estimate_memory,
    pick_device,
    read_answers,
)
from truing.studies._step import Job, Payload, Resources, Step
from truing.studies._store import Store
from truing.studies.work._block import OPERATIONS
from truing.studies.work._code import code_version
from truing.studies.work._examples import read_text
from truing.supervisors import SUPERVISORS, Prompted

ANSWERS = "answers"  # the kind of these steps


@dataclass(frozen=True)
class AnswersPayload(Payload):
    """Questions for a language model; they contain no ground truth.

    Attributes:
        texts: prompts of the questions.
        choices: answers of each question.
        supervisor: specification of the supervisor.
        identity: identity of the supervisor, see `Built.identity`.
        work: estimated floating-point operations; 0 if they are unknown.
    """

    texts: tuple[str, ...]
    choices: tuple[tuple[str, ...], ...]
    supervisor: str
    identity: Identity
    work: float

    @property
    def entries(self) -> int:
        """Work of the block in label entries."""
        return int(self.work / OPERATIONS)

    @property
    def specifications(self) -> tuple[str, ...]:
        """Specification of the supervisor."""
        return (self.supervisor,)


def answers_steps(
    prompted: Built[Prompted], questions: Sequence[Question], examples: tuple[Step, ...]
) -> tuple[tuple[Step, ...], list[np.ndarray]]:
    """Plan the answers to some questions, in blocks of similar length.

    Args:
        prompted: the supervisor.
        questions: distinct questions.
        examples: the step that draws the examples before each prompt; empty without examples.

    Returns:
        A step for each block, and the indices of its questions.
    """
    value, device = prompted.value, pick_device()
    code = code_version(answers_steps, run_answers)
    blocks = cut_blocks([question.prompt for question in questions], device)
    steps = []
    for block in blocks:
        own = [questions[at] for at in block]
        texts, choices = tuple(one.prompt for one in own), tuple(one.answers for one in own)
        config = {
            "questions": hashlib.sha256(json.dumps([texts, choices]).encode()).hexdigest(),
            "model": value.provenance,
            "device": device,  # they differ in precision
            "code": code,
        }
        work = estimate_answer_work(value.checkpoint, own)
        payload = AnswersPayload(texts, choices, prompted.label, prompted.identity, work)
        resources = Resources(
            gpus=1 if device == "cuda" else 0, memory=estimate_memory(value.checkpoint)
        )
        parents = {"examples": examples} if examples else {}
        step = Step(ANSWERS, config, parents, payload, resources=resources)
        steps.append(Step(ANSWERS, config, parents, payload, group=step.key, resources=resources))
    return tuple(steps), blocks


def run_answers(jobs: Sequence[Job[AnswersPayload]], store: Store) -> None:
    """Write `log_p` and `tokens`: (questions, k), and `notes` on the block."""
    for job in jobs:
        built = SUPERVISORS.build(job.payload.supervisor)
        check_unchanged(built, job.payload.identity)
        assert isinstance(built.value, Prompted), "these steps name a prompted supervisor"
        pairs = zip(job.payload.texts, job.payload.choices, strict=True)
        questions = [Question(prompt, answers) for prompt, answers in pairs]
        keys = job.parents.get("examples", ())
        examples = read_text(store, keys[0]) if keys else ""
        found = read_answers(built.value.checkpoint, questions, examples)
        notes = np.array([found.cut, found.halved, found.size])
        store.write(job.key, {"log_p": found.log_p, "tokens": found.tokens, "notes": notes})


def read_answer_blocks(store: Store, keys: Sequence[str]) -> list[AnswerBlock]:
    """The answers of several blocks."""
    found = []
    for key in keys:
        arrays = store.read(key)
        found.append(AnswerBlock(arrays["log_p"], arrays["tokens"], *arrays["notes"].tolist()))
    return found
