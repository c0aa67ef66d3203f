"""Tables of an oversight run: scores, comparisons, speeches and groups."""

from __future__ import annotations

from collections.abc import Sequence

from truing.measures import Estimate, OversightMeasures, ProtocolMetrics
from truing.report._texts import interval_text, p_text, signed_text
from truing.report.page._judged_charts import draw_asd, draw_comparisons
from truing.report.page._page import Section, Table
from truing.runs import SpeechCount

RIGHT = {
    "accuracy": "#accuracy",
    "honest_accuracy": "#right answer argued",
    "dishonest_accuracy": "#wrong answer argued",
}
SCORES = {
    "asd": "#ASD",
    "asd_minus_blind": "#ASD minus blind",
    "jse_0": "#JSE 0",
    "jse_1": "#JSE 1",
    "jse_inf": "#JSE inf",
}
CALIBRATION = {
    "brier": "#Brier",
    "log_score": "#log score",
    "ece": "#ECE",
    "bits_per_round": "#bits per round",
}


def honesty(found: OversightMeasures) -> Section:
    """Section on honest and dishonest arguments."""
    by = "Brier score" if found.scores.choice_score == "brier" else "log score"
    table = metrics_table(
        "Scores of agents by protocol, with 95% intervals",
        found.protocols,
        SCORES,
        "ASD: agent score difference by the Brier score. JSE (judge score expectation): the "
        "judge's score, from -2 to 0, if an agent argues for the answer that convinces most (0), "
        f"prefers that answer (1), or chooses at random (inf), by its {by}.",
    )
    heading = "Honest and dishonest arguments"
    return Section("honesty", heading, drawings=(draw_asd(found),), tables=(table,))


def compared(found: OversightMeasures) -> Section:
    """Section that compares protocols with each other."""
    rows = tuple(
        (
            f"{one.first} - {one.second}",
            _difference(one.shared),
            str(one.questions),
            p_text(one.p),
            p_text(one.p_holm),
            one.verdict,
            _difference(one.overall),
        )
        for one in found.comparisons
    )
    table = Table(
        "Accuracy, first minus second, with 95% intervals",
        ("pair", "#on shared questions", "#questions", "#p", "#p (Holm)", "verdict", "#overall"),
        rows,
        "p is not corrected; p (Holm) is corrected over all comparisons and decides the verdict at "
        "0.05. Overall: all verdicts, also on questions that only one protocol has.",
    )
    heading = "Protocols compared"
    return Section("compared", heading, drawings=(draw_comparisons(found),), tables=(table,))


def speeches_section(counts: Sequence[SpeechCount], on_mute: str) -> Section:
    """Section on speeches that were refused, empty or cut off."""
    excluded = "left out of" if on_mute == "exclude" else "counted in"
    table = Table(
        "Speeches by protocol and role, and numbers of refused, empty and cut-off speeches",
        ("protocol", "role", "#speeches", "#refused", "#empty", "#tool call", "#cut off"),
        tuple(
            (
                one.protocol,
                one.role,
                *map(str, (one.total, one.refused, one.empty, one.tool_calls, one.truncated)),
            )
            for one in counts
        ),
        f"Plays in which a speech was refused, empty or cut off are {excluded} the results "
        "(--on-mute).",
    )
    return Section("speeches", "Speeches", tables=(table,))


def groups_section(found: OversightMeasures) -> Section:
    """Section with the results of each group of questions."""
    columns = RIGHT | {"asd": "#ASD", "brier": "#Brier"}
    table = metrics_table("Results by group, with 95% intervals", found.groups, columns)
    return Section("groups", "Groups", tables=(table,))


def metrics_table(
    caption: str, shown: Sequence[ProtocolMetrics], columns: dict[str, str], note: str = ""
) -> Table:
    """Table of metrics, one row per protocol; columns without values are left out."""
    known = [name for name in columns if any(one.metrics[name].value is not None for one in shown)]
    rows = tuple(
        (
            one.label,
            *(value_text(one.metrics[name]) for name in known),
            str(one.n),
            str(one.questions),
        )
        for one in shown
    )
    heads = ("protocol", *(columns[name] for name in known), "#verdicts", "#questions")
    return Table(caption, heads, rows, note)


def value_text(one: Estimate) -> str:
    """Text of a value with its interval; empty if there is no value."""
    if one.value is None:
        return ""
    if one.low is None:
        return f"{one.value:.2f} (no interval)"
    return interval_text(one)


def _difference(one: Estimate) -> str:
    return "" if one.value is None else signed_text(one)
