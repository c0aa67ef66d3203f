"""Answers: log-probabilities of texts after a prompt, by a causal language model.

The probability of an answer is the product over its tokens. Questions are read in batches; examples
that all questions share are read once, and their keys and values are reused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truing.errors import UserError
from truing.students.transformer.checkpoints import (
    UNLIMITED,
    Checkpoint,
    Room,
    exact_arithmetic,
    pick_device,
)
from truing.students.transformer.reading._blocks import arrange_sequences
from truing.students.transformer.reading._language_model import Question, load_language_model

SHARED = {"cpu": 1 << 14, "cuda": 1 << 18}  # tokens of shared examples in a batch, over its rows


@dataclass(frozen=True)
class AnswerBlock:
    """Log-probabilities of the answers of a block of questions.

    Attributes:
        log_p: (questions, most answers) sum over the tokens of an answer; -inf for absent answers.
        tokens: (questions, most answers) number of tokens of an answer; 1 for absent answers.
        cut: number of questions whose prompt was truncated.
        halved: number of times that memory ran out.
        size: maximum number of sequences per batch, after memory ran out.
    """

    log_p: np.ndarray
    tokens: np.ndarray
    cut: int
    halved: int
    size: int


def check_language_model(checkpoint: Checkpoint) -> None:
    """Raise UserError if a checkpoint is not a causal language model."""
    if not checkpoint.causal:
        raise UserError(
            f"hf/{checkpoint.name} is a model of type {checkpoint.config.model_type}, which does "
            "not predict next tokens; use a causal language model such as "
            "hf/HuggingFaceTB/SmolLM2-135M"
        )


def read_answers(
    checkpoint: Checkpoint, questions: Sequence[Question], examples: str = ""
) -> AnswerBlock:
    """Log-probabilities of the answers of some questions.

    The composition of batches depends on the questions only, so on a CPU the results are
    bit-identical for any process, unless memory runs out. A prompt that is too long for the model's
    context is truncated at its beginning; the examples are never truncated.

    Args:
        checkpoint: a causal language model.
        questions: the questions.
        examples: text before every prompt, such as examples with their answers.

    Raises:
        UserError: a checkpoint that cannot be loaded, or examples that do not fit into its context.
        DataError: an answer that the tokenizer merges with the prompt.
    """
    device = pick_device()
    with exact_arithmetic():
        model = load_language_model(checkpoint, device)
        start, sequences, cut = model.encode(questions, examples)
        most = max(len(question.answers) for question in questions)
        log_p = np.full((len(questions), most), -np.inf)
        tokens = np.ones((len(questions), most), np.int64)
        for sequence in sequences:
            for answer, ids in sequence.answers:
                tokens[sequence.question, answer] = len(ids)
        batches = arrange_sequences([each.ids for each in sequences], {UNLIMITED: {}}, device)
        done: set[int] = set()
        room = Room(max(min(_most(len(start), device), len(sequences)), 1))

        def read(size: int) -> None:
            for batch in batches.batches:
                left = [row for row in batch.rows.tolist() if row not in done]
                for at in range(0, len(left), size):
                    rows = left[at : at + size]
                    own = [sequences[row] for row in rows]
                    for sequence, found in zip(own, model.read(start, own), strict=True):
                        for (answer, _), value in zip(sequence.answers, found, strict=True):
                            log_p[sequence.question, answer] = value
                    done.update(rows)

        room.within(read)
    return AnswerBlock(log_p, tokens, cut, room.halved, room.size)


def _most(shared: int, device: str) -> int:
    """Maximum number of rows of a batch, whose shared examples are in memory once per row."""
    return SHARED[device] // max(shared, 1)
