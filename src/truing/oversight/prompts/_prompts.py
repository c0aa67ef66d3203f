"""Prompts: the templates and the few-shot examples of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from truing.oversight.prompts._examples import Example, Messages, add_examples
from truing.oversight.prompts._templates import Templates

PROMPTS_VERSION = 2
"""Version of the shipped templates, which is part of a run's configuration. Increase it with every
change of their wording: judgements under two versions are results of two experiments. 0.1.0 had
version 1."""


@dataclass(frozen=True)
class Prompts:
    """The wording of a run.

    Attributes:
        templates: the templates.
        examples: few-shot examples of all roles, in order.
    """

    templates: Templates = field(default_factory=Templates)
    examples: tuple[Example, ...] = ()

    def pair(self, what: str, variables: Mapping[str, Any]) -> tuple[str, str]:
        """(system, user) messages of a request.

        Args:
            what: `speech`, `choice`, `verdict`, `forecast` or `question`.
            variables: the variables of the request.
        """
        message = self.templates.message
        return message(f"{what}.system", variables), message(f"{what}.user", variables)

    def with_examples(self, messages: Messages, role: str, request: str) -> Messages:
        """Messages of a request with the role's few-shot examples after the system message."""
        return add_examples(messages, self.examples, role, request)


SHIPPED = Prompts()
"""The shipped templates, without examples."""
