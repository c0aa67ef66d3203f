"""Prompted: a causal language model that is asked for labels, and its questions and beliefs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from truing.errors import DataError, UserError
from truing.sources import package_version
from truing.students.transformer import Checkpoint, Question
from truing.supervisors._coherent import Search
from truing.supervisors._registered import Registered
from truing.tasks import Task

TEXT = "{text}"
LIBRARIES = ("torch", "transformers", "tokenizers")
FREE = ("N/A", "[MASK]", "")  # content-free inputs of Zhao et al. 2021, section 5


@dataclass(frozen=True)
class Prompted(Registered):
    """A language model that is asked for labels.

    Attributes:
        checkpoint: the language model.
        prompt: text before the choices, which contains `{text}` for the item's text.
        calibrated: divide the beliefs by those after a content-free input.
        normalized: mean of the log-probabilities of a choice's tokens, instead of their sum.
        shots: number of examples with ground truth before each prompt.
        search: search for coherent labels of examples; None if the examples have ground truth.
    """

    checkpoint: Checkpoint
    prompt: str
    calibrated: bool
    normalized: bool
    shots: int = 0
    search: Search | None = None

    @property
    def provenance(self) -> dict[str, str]:
        """Digest of the weights and versions of the libraries; replaces the checkpoint's name."""
        versions = {name: package_version(name) for name in LIBRARIES}
        return {"checkpoint": self.checkpoint.digest, **versions}

    def check(self, task: Task) -> None:
        """Raise DataError if a task has no texts, or an empty choice."""
        name = f"hf/{self.checkpoint.name}"
        if task.medium != "texts":
            raise DataError(
                f"{name} reads texts, but {task.name} contains {task.medium}; use a task with texts"
            )
        for item in task.items:
            if not all(choice.strip() for choice in item.choices):
                raise DataError(
                    f"{task.name}: item {item.id!r} has an empty choice; {name} needs a text for "
                    "every choice"
                )

    def check_examples(self, task: Task, items: np.ndarray) -> None:
        """Raise UserError if a supervise split has too few items, or a task no such class."""
        name, needed = ("items", self.search.items) if self.search else ("shots", self.shots)
        if needed > len(items):
            raise UserError(
                f"{name}={needed}: the supervise split of {task.name} has only {len(items)} items; "
                f"use at most {name}={len(items)}"
            )
        exclusive = self.search.exclusive if self.search else ""
        if exclusive and (task.kind != "classification" or exclusive not in task.choices):
            classes = ", ".join(task.choices) if task.kind == "classification" else "none"
            raise UserError(
                f"exclusive={exclusive} is not a class of {task.name}; its classes: {classes}"
            )

    def question(self, task: Task, item: int) -> Question:
        """Prompt and choices of an item."""
        own = task.items[item]
        return Question(self.prompt.replace(TEXT, own.text), own.choices)

    def free_questions(self, task: Task, item: int) -> list[Question]:
        """Content-free prompts with the choices of an item; empty if the item is not calibrated.

        Words that all items of the task begin or end with (`Review:`, `Sentiment:`) stay around the
        content-free input. The choices of a classification have three content-free inputs, which
        are read once for all items. Items with their own choices have one, since it is read again
        for each item. A choice without a question has none.
        """
        own = task.items[item]
        inputs = FREE if task.kind == "classification" else FREE[:1] if own.text.strip() else ()
        before, after = shared_words(task)
        texts = [f"{before}{one}{after}" for one in inputs]
        return [Question(self.prompt.replace(TEXT, one), own.choices) for one in texts]

    def example(self, task: Task, item: int, choice: int) -> str:
        """An item with its label, as an example before a prompt."""
        question = self.question(task, item)
        prompt = question.prompt.rstrip()
        return f"{prompt} {question.answers[choice]}" if prompt else question.answers[choice]


@lru_cache(maxsize=16)
def shared_words(task: Task) -> tuple[str, str]:
    r"""Whole words with which all items of a task begin, and those with which they end.

    Examples:
        >>> import numpy as np
        >>> from truing.supervisors.prompts._prompted import shared_words
        >>> from truing.tasks import make_source
        >>> texts = np.array(["Review: Good.\nSentiment:", "Review: Bad.\nSentiment:"], object)
        >>> named = ["bad", "good"]
        >>> source = make_source("films", "classification", ["a", "b"], texts, named, [1, 0])
        >>> shared_words(source.task)
        ('Review: ', '\nSentiment:')
    """
    texts = [item.text for item in task.items]
    before = _shared_start(texts)
    return before, _shared_start([text[len(before) :][::-1] for text in texts])[::-1]


def _shared_start(texts: Sequence[str]) -> str:
    """Common start of some texts, up to and including white space."""
    ends = min(texts), max(texts)  # a common prefix of these two is a prefix of all texts
    same = next((at for at, (a, b) in enumerate(zip(*ends, strict=False)) if a != b), len(ends[0]))
    return re.sub(r"\S*$", "", ends[0][:same])


def examples_text(examples: list[str]) -> str:
    """Examples before a prompt, each followed by an empty line; empty without examples."""
    return "".join(f"{one}\n\n" for one in examples)


def draw_shots(
    task: Task, items: np.ndarray, truth: np.ndarray, shots: int, rng: np.random.Generator
) -> np.ndarray:
    """Positions among `items` of the examples of few-shot prompts, in random order.

    The classes of a classification have equal numbers of examples as far as possible; the drawn
    order decides which class has one more. Items with their own choices are drawn uniformly.

    Args:
        task: the task.
        items: (n,) indices of the items to draw from.
        truth: (n,) their labels.
        shots: number of examples.
        rng: random generator.

    Examples:
        >>> import numpy as np
        >>> from truing.supervisors import draw_shots
        >>> from truing.tasks import load_task
        >>> task, truth = load_task("digits").task, np.arange(100) % 10
        >>> drawn = draw_shots(task, np.arange(100), truth, 20, np.random.default_rng(0))
        >>> np.bincount(truth[drawn]).tolist()
        [2, 2, 2, 2, 2, 2, 2, 2, 2, 2]
    """
    order = rng.permutation(len(items))
    if task.kind == "classification":
        turn = np.empty(len(order), np.int64)  # number of earlier items of the same class
        for label in np.unique(truth):
            own = truth[order] == label
            turn[own] = np.arange(own.sum())
        order = order[np.argsort(turn, kind="stable")]
    return rng.permutation(order[:shots])


def beliefs_of_answers(
    log_p: np.ndarray, tokens: np.ndarray, prior: np.ndarray | None, normalized: bool
) -> np.ndarray:
    """Beliefs (n, k) of a language model.

    Args:
        log_p: (n, k) log-probabilities of the choices; -inf for absent choices.
        tokens: (n, k) number of tokens of each choice.
        prior: (n, k) beliefs after content-free inputs, by which the beliefs are divided (Zhao et
            al. 2021, equation 1 with W = diag(prior)^-1; normalized by the sum in place of a
            softmax, which leaves the most probable choice the same); None to not calibrate.
        normalized: mean over the tokens of a choice, instead of their sum.

    Examples:
        >>> import numpy as np
        >>> from truing.supervisors import beliefs_of_answers
        >>> log_p, ones = np.log([[0.06, 0.02]]), np.ones((1, 2))
        >>> beliefs_of_answers(log_p, ones, None, normalized=False).round(2).tolist()
        [[0.75, 0.25]]
        >>> prior = np.array([[0.9, 0.1]])
        >>> beliefs_of_answers(log_p, ones, prior, normalized=False).round(2).tolist()
        [[0.25, 0.75]]
    """
    scores = log_p / tokens if normalized else log_p
    if prior is not None:
        least = np.finfo(np.float64).tiny  # long choices can have a prior of 0 after rounding
        scores = scores - np.log(np.where(np.isfinite(log_p), np.maximum(prior, least), 1))
    exponents = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponents / exponents.sum(axis=1, keepdims=True)
