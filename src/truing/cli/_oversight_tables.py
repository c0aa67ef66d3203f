"""Tables of the measures of oversight protocols in the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from truing.cli._console import output_console

if TYPE_CHECKING:
    from truing.measures import Comparison, Estimate, OversightMeasures, ProtocolMetrics
    from truing.runs import SpeechCount

STRENGTHS = {"elo": "Elo", "ase": "ASE 1"}


CHOICE_SCORES = {"brier": "Brier score", "log": "log score"}


# Columns of each table, so that it fits 80 columns with the protocol's name.
TABLES = [
    ["accuracy", "honest_accuracy", "dishonest_accuracy"],
    ["macro_f1", "obfuscation", "critic_advantage"],
    ["brier", "log_score", "ece"],
    ["asd", "asd_minus_blind"],
    ["jse_0", "jse_1"],
    ["jse_inf", "ase_1", "bits_per_round"],
]


HEADINGS = {
    "honest_accuracy": "honest",
    "dishonest_accuracy": "dishonest",
    "macro_f1": "macro-F1",
    "critic_advantage": "critic advantage",
    "log_score": "log score",
    "asd": "ASD",
    "asd_minus_blind": "ASD - blind",
    "bits_per_round": "bits per round",
    "jse_0": "JSE 0",
    "jse_1": "JSE 1",
    "jse_inf": "JSE inf",
    "ase_1": "ASE 1",
    "brier": "Brier",
    "ece": "ECE",
}


def print_oversight(found: OversightMeasures, speeches: Sequence[SpeechCount]) -> None:
    """Print tables: counts, measures, comparisons, and notes."""
    from truing.report import FoldedText, short_names
    from truing.runs import noted

    found = short_names(found)
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
    for table in _of_agents(found):
        console.print()
        console.print(table)
    for note in dict.fromkeys(note for one in shown for note in one.notes):
        about = "".join(f"{name}: " for name in [", ".join(noted(shown, note))] if name)
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


def _metric(metric: Estimate, digits: int = 2) -> str:
    from truing.report import estimate_text

    return "" if metric.value is None else estimate_text(metric, digits)


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


def _of_agents(found: OversightMeasures) -> Iterator[Any]:
    """Tables of the agents' strengths, ratings and games; none if agents do not vary."""
    from truing.measures import Condition, players_by_title

    strengths = [one for one in found.protocols if one.strength.value is not None]
    digits = 0 if found.strength == "elo" else 2
    if strengths:
        yield _table(
            ["95%", f"strength of the agent ({STRENGTHS[found.strength]})"],
            ((one.name, _metric(one.strength, digits)) for one in strengths),
        )
    for title, players in players_by_title(found.ratings).items():
        yield _table(
            [title, "Elo rating, 95%", "games"],
            ((p.player, _metric(p.rating, 0), f"{p.games:g}") for p in players),
        )
    if any(one.honest != one.dishonest for one in found.pairings):
        yield _table(
            ["right answer argued by", "wrong answer argued by", "honest wins, 95%", "verdicts"],
            (
                (
                    Condition(one.protocol, one.judge, one.honest).label,
                    one.dishonest,
                    _metric(one.honest_wins),
                    str(one.n),
                )
                for one in found.pairings
            ),
        )


def _pair(one: Comparison) -> str:
    return f"{one.first} - {one.second}"


def _p_text(p: float | None) -> str:
    return "" if p is None else f"{p:.2g}"


def _table(headings: list[str], rows):
    from truing.report import Column, FittingTable

    named = {"95%", *headings[:1], "wrong answer argued by"}
    columns = [
        Column(heading, left=heading in named, fold=heading in named) for heading in headings
    ]
    return FittingTable(columns, list(rows))
