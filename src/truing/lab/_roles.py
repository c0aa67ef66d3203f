"""Roles: the models that play them, as names or as objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from truing.errors import UserError
from truing.specification import Specification

if TYPE_CHECKING:
    from inspect_ai.model import Model

    Models = str | Model | Sequence[str | Model]
    """A model as Inspect names it, an Inspect `Model`, or several of these."""


EMBEDDED = "truing/"


def give_roles(roles: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Specifications of the models of each role. Roles without a model are left out.

    Args:
        roles: by role, the name of a model, an Inspect `Model`, a list of these, or None.

    Raises:
        UserError: a model is neither a name nor a `Model`.
    """
    found: dict[str, tuple[str, ...]] = {}
    for role, models in roles.items():
        if models is not None:
            several = models if isinstance(models, list | tuple) else [models]
            if not several:
                raise UserError(f"{role} must have one or more models, got {models!r}")
            found[role] = tuple(_name(role, one) for one in several)
    return found


def _name(role: str, model: object) -> str:
    if isinstance(model, str) and model:
        return _nested(model) if model.startswith(EMBEDDED) else model
    if any(one.__module__.startswith("inspect_ai.model") for one in type(model).__mro__):
        from inspect_ai.model import Model

        from truing.oversight.evals import give_model

        if isinstance(model, Model):
            return give_model(model)
    raise UserError(
        f"{role} must be the name of a model, such as 'openai/gpt-4o-mini', an Inspect Model, or "
        f"a list of these, got {model!r}"
    )


def _nested(model: str) -> str:
    """`truing/judge,skill=0.7` in the form that Inspect's command line can take, with colons."""
    asked = Specification.parse(model)
    return ":".join([asked.name, *(f"{name}={value}" for name, value in asked.arguments.items())])
