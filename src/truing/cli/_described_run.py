"""The run and the requests that the options of `truing oversee` describe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from truing.errors import UserError

if TYPE_CHECKING:
    from truing.lab import Oversight, Replay
    from truing.oversight import Requests
    from truing.oversight.spending import Prices

PLAYING = ("protocols", "task", "limit", "swap", "debaters", "roles", "tournament", "pressure")
"""Parameters that describe new plays, which a replay does not have."""


def run_of(given: Mapping[str, Any]) -> Oversight | Replay:
    """The run that the options describe.

    Args:
        given: values of the options by parameter.

    Raises:
        UserError: an option is wrong.
    """
    return _replay_of(given) if given["replays"] else _oversight_of(given)


def _replay_of(given: Mapping[str, Any]) -> Replay:
    from truing.lab import Replay

    for name in PLAYING:
        if given.get(name):
            raise UserError(
                f"--replay cannot be used with {_option(name).opts[0]}; the recorded plays have "
                "their protocols, questions and speakers; remove one of the two options"
            )
    models = {role: one for role, one in _models(given).items() if role in ("judge", "panel")}
    how = {name: given[name] for name in ("verdict", "prompts", "sandbox") if name in given}
    return Replay(given["replays"], **models, **how)


def _oversight_of(given: Mapping[str, Any]) -> Oversight:
    from truing.lab import Oversight

    for name in ("protocols", "task"):
        if not given[name]:
            raise click.MissingParameter(
                ctx=click.get_current_context(), param=_option(name), param_type="option"
            )
    return Oversight(
        protocols=given["protocols"],
        questions=given["task"],
        limit=given["limit"],
        swap=given["swap"],
        stop_when=given["stop_when"],
        precision=given["precision"],
        alpha=given["alpha"],
        verdict=given["verdict"],
        pressure=given["pressure"],
        sandbox=given["sandbox"],
        tournament=given["tournament"],
        prompts=given["prompts"],
        **_models(given),
    )


def _option(name: str) -> click.Parameter:
    """The option of a parameter of the running command."""
    command = click.get_current_context().command
    return next(one for one in command.params if one.name == name)


def _models(given: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of `Oversight` that name models."""
    named = {"judge": given["judges"], "panel": given["panels"], "debater": given["debaters"]}
    models: dict[str, list[Any]] = {role: list(names) for role, names in named.items() if names}
    for role, model in given["roles"]:
        models.setdefault(role, []).append(model)
    if "panel" in models:
        models["panel"] = [one if "+" in one else [one] for one in models["panel"]]
    return models


def requests_of(given: Mapping[str, Any], prices: Prices) -> Requests:
    """Settings of requests that the options describe."""
    from truing.oversight import Requests

    in_all = given["timeout"] * (given["max_retries"] + 1)
    return Requests(
        given["max_connections"],
        given["max_retries"],
        in_all,
        given["timeout"],
        given["max_tokens"],
        spend=given["spend"],
        tokens=given["tokens"],
        prices=prices,
    )
