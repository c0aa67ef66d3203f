"""Roles: the models that play them, as names or as objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from truing.errors import UserError
from truing.oversight import Cast, ModelSpecification
from truing.specification import split_list

if TYPE_CHECKING:
    from inspect_ai.model import Model

    Models = str | Model | Sequence[str | Model]
    """A model as Inspect names it with its settings, an Inspect `Model`, or several of these."""
    Panels = str | Sequence[str | Model | Sequence[str | Model]]
    """A panel: a list of models, or `A+B`; or a list of panels."""


LEAST = 2  # models of a panel


def give_cast(
    judge: Models | None, panel: Panels | None, debater: Models | None, roles: Mapping[str, Any]
) -> Cast:
    """The models of an oversight run. A judge or debater that is given twice is one model.

    Raises:
        UserError: a model is neither a name nor a `Model`, or a panel has only one model.
    """
    given = give_roles({"judge": judge, "debater": debater, **roles})
    judges: list[tuple[str, ...]] = [(name,) for name in given.pop("judge", ())]
    judges += [_panel(one) for one in _panels(panel)]
    debaters = dict.fromkeys(given.pop("debater", ()))
    return Cast(tuple(dict.fromkeys(judges)), tuple(debaters), given)


def _panels(panel: Panels | None) -> list[Any]:
    """Each panel, as a text `A+B` or as a list of models."""
    if panel is None:
        return []
    if isinstance(panel, str):
        return [panel]
    nested = [
        isinstance(one, list | tuple) or (isinstance(one, str) and "+" in one) for one in panel
    ]
    return list(panel) if nested and all(nested) else [panel]


def _panel(panel: Any) -> tuple[str, ...]:
    """Specifications of the models of a panel."""
    models = split_list(panel) if isinstance(panel, str) else panel
    found = give_roles({"panel": models})["panel"]
    if len(found) < LEAST:
        raise UserError(
            f"panel must have two or more models, got {panel!r}; name them as MODEL+MODEL, or use "
            "judge for a single model"
        )
    return found


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
        return str(ModelSpecification.parse(model))
    if any(one.__module__.startswith("inspect_ai.model") for one in type(model).__mro__):
        from inspect_ai.model import Model

        from truing.oversight.evals import give_model

        if isinstance(model, Model):
            return give_model(model)
    raise UserError(
        f"{role} must be the name of a model, such as 'openai/gpt-4o-mini', an Inspect Model, or "
        f"a list of these, got {model!r}"
    )


def models_as_stated(cast: Cast) -> dict[str, list[str]]:
    """The models as arguments of `Oversight`; a panel is one text with `+`."""
    given = {
        "judge": [names[0] for names in cast.judges if len(names) == 1],
        "panel": ["+".join(names) for names in cast.judges if len(names) > 1],
        "debater": list(cast.debaters),
        **{role: list(names) for role, names in sorted(cast.roles.items())},
    }
    return {role: names for role, names in given.items() if names}
