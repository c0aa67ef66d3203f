"""Fill roles: the models that play the roles of a protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from truing.errors import UserError
from truing.oversight.rules._protocol import Protocol
from truing.oversight.rules._speaker import CRITIC


def fill_roles(rules: Protocol, bound: Mapping[str, Any]) -> dict[str, tuple[str, list[Any]]]:
    """For each role of a protocol, the bound role that plays it and its models.

    If a speaker's role has no model, `debater` plays it. If the critic's role has no model, the
    first speaker whose drafts are criticized plays it. If the forecaster's or a reader's role has
    no model, the judge plays it.

    Args:
        bound: a model or several models, by role.

    Raises:
        UserError: a role has no model.
    """
    stand_ins = _stand_ins(rules)
    filled = {}
    for role in rules.roles:
        names = tuple(dict.fromkeys([role, *stand_ins.get(role, ())]))
        name = next((one for one in names if bound.get(one)), None)
        if name is None:
            raise UserError(f"role {role!r} has no model; add {_options_for(names)}")
        models = bound[name]
        filled[role] = name, list(models) if isinstance(models, list | tuple) else [models]
    return filled


def _stand_ins(rules: Protocol) -> dict[str, tuple[str, ...]]:
    """Roles whose models play a role without a model, in the order in which they are tried."""
    found: dict[str, tuple[str, ...]] = {one.model: ("debater",) for one in rules.speakers}
    for one in rules.speakers:
        if one.refine:
            found.setdefault(CRITIC, (one.model, "debater"))
        if one.selects and rules.reader_of(one) not in found:
            found[rules.reader_of(one)] = (rules.judge.model,)
    if rules.forecaster:
        found[rules.forecaster] = (rules.judge.model,)
    return found


def _options_for(roles: Sequence[str]) -> str:
    """The options that give one of the roles a model, on the command line, in Python and Inspect.

    `--judge PROVIDER/MODEL (in Python: judge=...; in Inspect: --model-role judge=PROVIDER/MODEL)`
    """
    own = {"judge": "--judge ", "debater": "--debater "}
    flags = " or ".join(f"{own.get(one, f'--role {one}=')}PROVIDER/MODEL" for one in roles)
    names = " or ".join(f"{one}=..." for one in roles)
    inspect = f"--model-role {roles[0]}=PROVIDER/MODEL"
    return f"{flags} (in Python: {names}; in Inspect: {inspect})"
