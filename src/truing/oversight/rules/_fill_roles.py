"""Fill roles: the models that play the roles of a protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from truing.errors import UserError
from truing.oversight.rules._protocol import Protocol


def fill_roles(rules: Protocol, bound: Mapping[str, Any]) -> dict[str, tuple[str, list[Any]]]:
    """For each role of a protocol, the bound role that plays it and its models.

    If a speaker's role has no model, `debater` plays it. If the forecaster's role has no model, the
    judge plays it.

    Args:
        bound: a model or several models, by role.

    Raises:
        UserError: a role has no model.
    """
    stand_ins = {one.model: "debater" for one in rules.speakers}
    if rules.forecaster:
        stand_ins[rules.forecaster] = rules.judge.model
    filled = {}
    for role in rules.roles:
        names = tuple(dict.fromkeys([role, stand_ins.get(role, role)]))
        name = next((one for one in names if bound.get(one)), None)
        if name is None:
            raise UserError(f"role {role!r} has no model; add {_options_for(names)}")
        models = bound[name]
        filled[role] = name, list(models) if isinstance(models, list | tuple) else [models]
    return filled


def _options_for(roles: Sequence[str]) -> str:
    """The options that give one of the roles a model, on the command line, in Python and Inspect.

    `--judge PROVIDER/MODEL (in Python: judge=...; in Inspect: --model-role judge=PROVIDER/MODEL)`
    """
    own = {"judge": "--judge ", "debater": "--debater "}
    flags = " or ".join(f"{own.get(one, f'--role {one}=')}PROVIDER/MODEL" for one in roles)
    names = " or ".join(f"{one}=..." for one in roles)
    inspect = f"--model-role {roles[0]}=PROVIDER/MODEL"
    return f"{flags} (in Python: {names}; in Inspect: {inspect})"
