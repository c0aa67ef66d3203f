"""Options of `truing oversee`, and the objects that they describe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from truing.cli._complete import complete_names
from truing.cli._options import (
    cost_options,
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

if TYPE_CHECKING:
    pass

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
        help="Form of the judge's verdict: probabilities that the judge writes (text), or the "
        "probabilities of the tokens of a forced choice, in both orders (logprobs).",
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
        help="Model of all speakers that --role does not name. Repeat to compare: in debates "
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
    cost_options,
    _request_options,
    folder_options,
    full_option,
    json_option,
)
"""All options of the command, in the order of its help."""
