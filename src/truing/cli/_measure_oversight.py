"""`truing measure oversight`: measures of oversight protocols from recorded judgements."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from truing.cli._once import Command
from truing.cli._options import json_option, on_mute_option
from truing.cli._oversight_json import oversight_json
from truing.cli._oversight_tables import print_oversight
from truing.errors import UnknownNameError

if TYPE_CHECKING:
    from truing.measures import OversightMeasures
    from truing.runs import OnMute

BLIND = "blind"


@click.command(
    "oversight",
    short_help="Compute accuracy, calibration, ASD and JSE from judgements.",
    cls=Command,
)
@click.argument("path", metavar="FILE.jsonl", type=click.Path(path_type=Path))
@click.option(
    "--blind",
    default="blind",
    show_default=True,
    metavar="NAME",
    help="Protocol without help, whose ASD is subtracted.",
)
@click.option(
    "--clip",
    default=1e-4,
    show_default=True,
    metavar="P",
    help="Lower bound of probabilities in an agent's log score.",
)
@click.option(
    "--choice-score",
    default="brier",
    show_default=True,
    metavar="brier|log",
    help="Score by which agents choose their answer in JSE; log as in Sudhir et al. 2025.",
)
@on_mute_option
@json_option
def oversight(
    path: Path, blind: str, clip: float, choice_score: str, on_mute: OnMute, as_json: bool
) -> None:
    """Compute accuracy, calibration, ASD and JSE of oversight protocols.

    ASD is the agent score difference, JSE the judge score expectation (docs/concepts.md).

    Each line is one verdict with the fields "question", "truth" (index of the correct answer) and
    "belief" (probabilities, or null if the verdict could not be read). Optional fields: "protocol";
    "argued", index of the only answer that was argued for; "assigned", whether that answer was
    assigned (true) or chosen (false); "rounds", beliefs before any argument and after each round;
    "judge"; "agent"; "argued_by", the agent that argued for each answer; "group"; "cluster", a
    value shared by dependent questions. Several judges, or agents, that have the same questions get
    separate rows. Intervals are clustered by question; plays in reverse order and repetitions
    belong to the question's cluster. A tie for the top answer is wrong. ASD is withheld if speakers
    may have chosen their answer: state "assigned", or record both sides of each question.
    """
    from truing.oversight import read_judgements
    from truing.runs import count_speeches, measure_judgements

    found = measure_judgements(path, blind, on_mute, clip=clip, choice_score=choice_score)
    _check_blind(blind, found)
    speeches = count_speeches(row for _, row in read_judgements(path))
    if as_json:
        print(json.dumps(oversight_json(found, speeches)))
        return
    print_oversight(found, speeches)


def _check_blind(blind: str, found: OversightMeasures) -> None:
    """Raise UserError if a named blind protocol has no judgements; the default may be missing."""
    known = [one.protocol for one in found.protocols]
    if blind not in (BLIND, *known):
        raise UnknownNameError("protocol", blind, known)
