"""`truing measure oversight`: measures of oversight protocols from recorded judgements."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from truing.cli._console import output_console
from truing.cli._options import json_option, on_mute_option
from truing.errors import UnknownNameError

if TYPE_CHECKING:
    from truing.measures import Comparison, Estimate, OversightMeasures, ProtocolMetrics
    from truing.runs import OnMute, SpeechCount

BLIND = "blind"
JSE = "jse_"
CHOICE_SCORES = {"brier": "Brier score", "log": "log score"}
# Columns of each table, so that it fits 80 columns with the protocol's name.
TABLES = [
    ["accuracy", "honest_accuracy", "dishonest_accuracy"],
    ["brier", "log_score", "ece"],
    ["asd", "asd_minus_blind"],
    ["jse_0", "jse_1"],
    ["jse_inf", "bits_per_round"],
]
HEADINGS = {
    "honest_accuracy": "honest",
    "dishonest_accuracy": "dishonest",
    "log_score": "log score",
    "asd": "ASD",
    "asd_minus_blind": "ASD - blind",
    "bits_per_round": "bits per round",
    "jse_0": "JSE 0",
    "jse_1": "JSE 1",
    "jse_inf": "JSE inf",
    "brier": "Brier",
    "ece": "ECE",
}


@click.command(
    "oversight", short_help="Compute accuracy, calibration, ASD and JSE from judgements."
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
    "judge"; "group"; "cluster", a value shared by dependent questions. Intervals are clustered by
    question; plays in reverse order and repetitions belong to the question's cluster. A tie for the
    top answer is wrong. ASD is withheld if speakers may have chosen their answer: state "assigned",
    or record both sides of each question.
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


def oversight_json(found: OversightMeasures, speeches: Sequence[SpeechCount]) -> dict[str, object]:
    """Convert measures to JSON; interval ends have suffixes `_low`, `_high`; JSE is by beta."""
    return {
        "protocols": [_plain(one) for one in found.protocols],
        "groups": [_plain(one) for one in found.groups],
        "comparisons": [_plain_comparison(one) for one in found.comparisons],
        "clip": found.scores.clip,
        "choice_score": found.scores.choice_score,
        "speeches": [asdict(one) for one in speeches],
    }


def _plain(one: ProtocolMetrics) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "protocol": one.protocol,
        "group": one.group,
        "n": one.n,
        "questions": one.questions,
        "clusters": one.clusters,
        "judges": one.judges,
        "unread": one.unread,
        "mute": one.mute,
    }
    for name, metric in one.metrics.items():
        for end in ("value", "low", "high"):
            suffix = "" if end == "value" else f"_{end}"
            if name.startswith(JSE):
                plain.setdefault("jse" + suffix, {})[name[len(JSE) :]] = getattr(metric, end)
            else:
                plain[name + suffix] = getattr(metric, end)
    return {**plain, "note": "; ".join(one.notes)}


def _plain_comparison(one: Comparison) -> dict[str, object]:
    return {
        "first": one.first,
        "second": one.second,
        "questions": one.questions,
        "difference": one.shared.value,
        "low": one.shared.low,
        "high": one.shared.high,
        "overall": one.overall.value,
        "overall_low": one.overall.low,
        "overall_high": one.overall.high,
        "p": one.p,
        "p_holm": one.p_holm,
        "verdict": one.verdict,
    }


def print_oversight(found: OversightMeasures, speeches: Sequence[SpeechCount]) -> None:
    """Print tables: counts, measures, comparisons, and notes."""
    from truing.report import FoldedText

    console = output_console()
    shown = [*found.protocols, *found.groups]
    console.print(_counts(shown))
    if any(one.mute for one in speeches):
        console.print()
        console.print(_speeches(speeches))
    for columns in TABLES:
        if any(one.metrics[name].value is not None for one in shown for name in columns):
            console.print()
            console.print(_metrics(shown, columns))
    if scored := scores_text(found):
        console.print(f"\n{scored}")
    if found.comparisons:
        for table in (_differences(found.comparisons), _tests(found.comparisons)):
            console.print()
            console.print(table)
    for note in dict.fromkeys(note for one in shown for note in one.notes):
        noted = [one.label for one in shown if note in one.notes]
        about = "" if len(noted) == len(shown) else f"{', '.join(noted)}: "
        console.print("", FoldedText(f"{about}{note}"), sep="\n")


def scores_text(found: OversightMeasures) -> str:
    """Describe how agents were scored, if such values are shown; otherwise an empty string."""
    clip, choice_score = found.scores.clip, found.scores.choice_score
    sentences = {
        "asd": f"ASD with the log score (--json): beliefs below {clip:g} count as {clip:g}.",
        "jse_0": (
            "JSE: the judge's score if an agent argues for the answer that convinces most (0), "
            "prefers that answer (1), or chooses at random (inf), "
            f"by its {CHOICE_SCORES[choice_score]}."
        ),
    }
    shown = [*found.protocols, *found.groups]
    return " ".join(
        sentence
        for name, sentence in sentences.items()
        if any(one.metrics[name].value is not None for one in shown)
    )


def _speeches(speeches: Sequence[SpeechCount]):
    return _table(
        ["speeches", "role", "total", "refused", "empty", "tool call", "cut off"],
        (
            (
                one.protocol,
                one.role,
                *map(str, (one.total, one.refused, one.empty, one.tool_calls, one.truncated)),
            )
            for one in speeches
        ),
    )


def _counts(shown: list[ProtocolMetrics]):
    names = ["verdicts", "unread", "questions", "clusters", "judges"]
    if any(one.mute for one in shown):
        names.insert(2, "mute")
    fields = {"verdicts": "n"}
    return _table(
        ["protocol", *names],
        (
            (one.label, *(str(getattr(one, fields.get(name, name))) for name in names))
            for one in shown
        ),
    )


def _metrics(shown: list[ProtocolMetrics], columns: list[str]):
    return _table(
        ["95%", *(HEADINGS.get(name, name) for name in columns)],
        ((one.label, *(_metric(one.metrics[name]) for name in columns)) for one in shown),
    )


def _metric(metric: Estimate) -> str:
    from truing.report import estimate_text

    return "" if metric.value is None else estimate_text(metric, 2)


def _differences(comparisons: tuple[Comparison, ...]):
    return _table(
        ["accuracy, 95%", "overall", "on shared questions"],
        ((_pair(one), _metric(one.overall), _metric(one.shared)) for one in comparisons),
    )


def _tests(comparisons: tuple[Comparison, ...]):
    return _table(
        ["on shared questions", "questions", "p", "p (Holm)", "verdict"],
        (
            (_pair(one), str(one.questions), *map(_p_text, (one.p, one.p_holm)), one.verdict)
            for one in comparisons
        ),
    )


def _pair(one: Comparison) -> str:
    return f"{one.first} - {one.second}"


def _p_text(p: float | None) -> str:
    return "" if p is None else f"{p:.2g}"


def _table(headings: list[str], rows):
    from truing.report import Column, FittingTable

    columns = [Column(heading, left=not i, fold=not i) for i, heading in enumerate(headings)]
    return FittingTable(columns, list(rows))
