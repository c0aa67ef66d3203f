"""Options of `truing oversee`, and the objects that they describe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from truing.cli._complete import complete_names
from truing.cli._options import (
    folder_options,
    full_option,
    json_option,
    limit_option,
    on_mute_option,
    optional_questions_option,
    role_option,
    together,
)
from truing.cli._pressure_counts import COUNTS
from truing.cli._sections import FOLDER
from truing.errors import UserError

if TYPE_CHECKING:
    from truing.lab import Oversight, Replay
    from truing.oversight import Requests
    from truing.oversight.spending import Prices

SECTIONS = {
    "Protocols and questions": (
        "protocols",
        "task",
        "limit",
        "swap",
        "verdict",
        "pressure",
        "prompts",
        "replays",
        "sandbox",
    ),
    "Models": ("judges", "panels", "debaters", "roles", "tournament"),
    "Stopping": ("stop_when", "precision", "alpha"),
    "Costs": ("only_estimate", "prices", "spend", "tokens"),
    "Requests": ("max_connections", "max_retries", "timeout", "max_tokens", "on_mute"),
    **FOLDER,
}
PLAYING = ("protocols", "task", "limit", "swap", "debaters", "roles")
"""Parameters that describe new plays, which a replay does not have."""

_protocol_options = together(
    click.option(
        "--protocol",
        "protocols",
        shell_complete=complete_names("protocols"),
        multiple=True,
        metavar="NAME",
        help="Protocol: blind, debate, consultancy,assignment=open, path/to/file.py:name. Repeat "
        "to compare.",
    ),
    optional_questions_option,
    limit_option,
    click.option(
        "--swap",
        is_flag=True,
        help="Play each question a second time with the answers in reverse order.",
    ),
    click.option(
        "--verdict",
        type=click.Choice(["text", "logprobs"]),
        default="text",
        show_default=True,
        help="Form of the judge's verdict: probabilities that the judge writes (text), or "
        "log-probabilities of a forced choice, requested in both orders (logprobs).",
    ),
    click.option(
        "--pressure",
        type=COUNTS,
        default=(),
        help="Values of n, such as 1,2,4,8: also measure belief and truth if the most believed of "
        "n candidate plays of a question is selected.",
    ),
    click.option(
        "--prompts",
        type=click.Path(),
        default="",
        metavar="DIR",
        help="Folder with prompt templates that replace the shipped ones, and with few-shot "
        "examples: see `truing list prompts`.",
    ),
    click.option(
        "--sandbox",
        default="",
        metavar="TYPE",
        help="Inspect's sandbox for the tool python of a protocol: docker, or local, which runs "
        "the code of models on this machine without isolation.",
    ),
)

_replay_option = click.option(
    "--replay",
    "replays",
    multiple=True,
    metavar="LOG",
    help="Log of a protocol, folder, pattern or URL: read the recorded plays instead of playing. "
    "Without a judge no request is sent; --judge and --panel judge the recorded transcripts again.",
)

_model_options = together(
    click.option(
        "--judge",
        "judges",
        shell_complete=complete_names("models"),
        multiple=True,
        metavar="MODEL",
        help="Model of the judge, as Inspect names it: openai/gpt-4o-mini, truing/judge. Repeat to "
        "compare judges.",
    ),
    click.option(
        "--panel",
        "panels",
        shell_complete=complete_names("models"),
        multiple=True,
        metavar="MODEL+MODEL",
        help="Panel of judges that judges as one judge, by the mean of the verdicts. Repeat to "
        "compare panels.",
    ),
    click.option(
        "--debater",
        "debaters",
        shell_complete=complete_names("models"),
        multiple=True,
        metavar="MODEL",
        help="Model of all speakers that --role does not name. Repeat for cross-play: in debates "
        "all pairs of debaters play both seats.",
    ),
    role_option,
    click.option(
        "--tournament",
        default="",
        metavar="KIND",
        help="Games between different debaters, with Elo ratings: round-robin (all pairs), swiss "
        "(debaters with similar ratings meet) or swiss,rounds=N.",
    ),
)

_stop_options = together(
    click.option(
        "--stop-when",
        default="",
        metavar="'A - B'|'A > B'",
        help="Stop as soon as the accuracy difference of two protocols is known to +-precision "
        "('debate - blind'), or also as soon as its interval excludes 0 ('debate > blind').",
    ),
    click.option(
        "--precision",
        type=float,
        metavar="WIDTH",
        help="Half of the width of the interval at which the run stops (default: 0.05).",
    ),
    click.option(
        "--alpha",
        type=float,
        metavar="P",
        help="Error probability of the interval, over all times at which it is computed (default: "
        "0.05).",
    ),
)

_cost_options = together(
    click.option(
        "--estimate", "only_estimate", is_flag=True, help="Print the cost estimate without running."
    ),
    click.option(
        "--price",
        "prices",
        multiple=True,
        metavar="ROLE|MODEL=IN/OUT",
        help="Dollars per million input and output tokens of a role or a model: --price "
        "judge=0.15/0.60.",
    ),
    click.option(
        "--spend",
        type=click.FloatRange(min=0.0, min_open=True),
        metavar="DOLLARS",
        help="Hard cap on the dollars of the run, with earlier executions in its folder. It needs "
        "--price for every model, and it remains until another cap replaces it.",
    ),
    click.option(
        "--tokens",
        type=click.IntRange(min=1),
        metavar="N",
        help="Hard cap on the input and output tokens of the run, as --spend.",
    ),
)

_request_options = together(
    click.option(
        "--max-connections",
        type=click.IntRange(min=1),
        metavar="N",
        help="Maximum number of concurrent requests (default: Inspect's).",
    ),
    click.option(
        "--max-retries",
        type=click.IntRange(min=0),
        default=5,
        show_default=True,
        metavar="N",
        help="Maximum number of retries of a request after a temporary error.",
    ),
    click.option(
        "--timeout",
        type=click.IntRange(min=1),
        default=120,
        show_default=True,
        metavar="SECONDS",
        help="Timeout of one attempt at a request.",
    ),
    click.option(
        "--max-tokens",
        type=click.IntRange(min=1),
        default=2048,
        show_default=True,
        metavar="N",
        help="Maximum number of tokens in a reply, including native reasoning if the provider "
        "counts it.",
    ),
    on_mute_option,
)

oversee_options = together(
    _protocol_options,
    _replay_option,
    _model_options,
    _stop_options,
    _cost_options,
    _request_options,
    folder_options,
    full_option,
    json_option,
)
"""All options of the command, in the order of its help."""


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
