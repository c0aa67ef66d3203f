"""Check whether verdicts by log-probability are possible: the judges, and numbers of answers."""

from __future__ import annotations

from collections.abc import Iterable

from truing.errors import UserError
from truing.oversight.prompts import MARKS
from truing.tasks import Item

WITHOUT = frozenset(["anthropic", "azureai", "bedrock", "groq", "meta", "mistral"])
"""Providers of Inspect that return no log-probabilities."""


def check_log_probabilities(models: Iterable[str]) -> None:
    """Raise UserError if a model's provider is known to return no log-probabilities.

    Args:
        models: names of models, such as `anthropic/claude-sonnet-4-0`.
    """
    for name in models:
        provider = name.partition("/")[0]
        if provider in WITHOUT:
            raise UserError(
                f"judge {name}: the provider {provider} returns no log-probabilities; use "
                "--verdict text (in Python: verdict='text'), or a judge of another provider, such "
                "as openai, together, vllm or hf"
            )


def check_answers(questions: Iterable[Item]) -> None:
    """Raise UserError if a question has more answers than a forced choice has digits."""
    most = max(len(one.choices) for one in questions)
    if most > len(MARKS):
        raise UserError(
            f"a question has {most} answers; --verdict logprobs allows at most {len(MARKS)}; use "
            "--verdict text (in Python: verdict='text')"
        )
