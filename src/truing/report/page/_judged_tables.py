"""Tables of an oversight run: scores, comparisons, speeches and groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from truing.measures import Estimate, OversightMeasures, ProtocolMetrics
from truing.report._texts import estimate_text, interval_text, p_text, signed_text
from truing.report.page._agents_charts import draw_agents, has_pairings
from truing.report.page._judged_charts import compared_names, draw_asd, draw_comparisons
from truing.report.page._page import Section, Table
from truing.runs import SpeechCount

RIGHT = {
    "accuracy": "#accuracy",
    "honest_accuracy": "#right answer argued",
    "dishonest_accuracy": "#wrong answer argued",
    "macro_f1": "#macro-F1",
    "obfuscation": "#obfuscation",
    "critic_advantage": "#critic advantage",
}
GROUPED = {name: RIGHT[name] for name in ("accuracy", "honest_accuracy", "dishonest_accuracy")}
SCORES = {
    "asd": "#ASD",
    "asd_minus_blind": "#ASD minus blind",
    "jse_0": "#JSE 0",
    "jse_1": "#JSE 1",
    "jse_inf": "#JSE inf",
    "ase_1": "#ASE 1",
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
        f"prefers that answer (1), or chooses at random (inf), by its {by}. ASE (agent score "
        "expectation): the score of an agent that prefers the answer that convinces most (1).",
    )
    heading = "Honest and dishonest arguments"
    return Section("honesty", heading, drawings=(draw_asd(found),), tables=(table,))


def compared(found: OversightMeasures) -> Section:
    """Section that compares protocols, judges and agents with each other."""
    groups: dict[str, list[tuple[str, ...]]] = {}
    for one in found.comparisons:
        title, pair = compared_names(one)
        groups.setdefault(title, []).append(
            (
                pair,
                _difference(one.shared),
                str(one.questions),
                p_text(one.p),
                p_text(one.p_holm),
                one.verdict,
                _difference(one.overall),
            )
        )
    table = Table(
        "Accuracy, first minus second, with 95% intervals",
        ("pair", "#on shared questions", "#questions", "#p", "#p (Holm)", "verdict", "#overall"),
        _grouped(groups),
        f"p is not corrected; p (Holm) is corrected over all {len(found.comparisons)} comparisons "
        "and decides the verdict at 0.05. Overall: all verdicts, also on questions that only one "
        "side has.",
    )
    several = len({one.between for one in found.comparisons}) > 1
    heading = "Protocols, judges and agents compared" if several else "Protocols compared"
    return Section("compared", heading, drawings=(draw_comparisons(found),), tables=(table,))


def agents_section(found: OversightMeasures) -> Section:
    """Section on agents that argue against each other: honest wins of each pair, and ratings."""
    games = Table(
        "Wins of the honest agent, with 95% intervals",
        ("right answer argued by", "wrong answer argued by", "#honest wins", "#verdicts"),
        _grouped(
            _by_title(
                (
                    f"{one.protocol}{f', judged by {one.judge}' if one.judge else ''}",
                    (one.honest, one.dishonest, value_text(one.honest_wins), str(one.n)),
                )
                for one in found.pairings
            )
        ),
    )
    notes = dict.fromkeys(f"{p.note}." for one in found.ratings if (p := one.player).note)
    ratings = Table(
        "Elo ratings of the agents, with 95% intervals",
        ("agent", "#Elo rating", "#games"),
        _grouped(
            _by_title(
                (one.title, (one.agent, estimate_text(one.rating, 0), f"{one.player.games:g}"))
                for one in found.ratings
            )
        ),
        " ".join(("Only games between different agents count; the mean is 1500.", *notes)),
    )
    tables = (*([games] if has_pairings(found) else []), *([ratings] if found.ratings else []))
    return Section(
        "agents", "Agents against each other", drawings=tuple(draw_agents(found)), tables=tables
    )


def _by_title(rows: Iterable[tuple[str, tuple[str, ...]]]) -> dict[str, list[tuple[str, ...]]]:
    groups: dict[str, list[tuple[str, ...]]] = {}
    for title, row in rows:
        groups.setdefault(title, []).append(row)
    return groups


def _grouped(groups: Mapping[str, Sequence[tuple[str, ...]]]) -> tuple[tuple[str, ...], ...]:
    """Rows of a table; each group begins with its title if there are several groups."""
    titled = len(groups) > 1
    return tuple(
        row for title, rows in groups.items() for row in (*([(title,)] if titled else []), *rows)
    )


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
    columns = GROUPED | {"asd": "#ASD", "brier": "#Brier"}
    table = metrics_table("Results by group, with 95% intervals", found.groups, columns)
    return Section("groups", "Groups", tables=(table,))


def metrics_table(
    caption: str, shown: Sequence[ProtocolMetrics], columns: dict[str, str], note: str = ""
) -> Table:
    """Table of metrics by judge, protocol and agent; columns without values are left out."""
    known = [name for name in columns if any(one.metrics[name].value is not None for one in shown)]
    groups: dict[str, list[tuple[str, ...]]] = {}
    for one in shown:
        own = replace(one.condition, judge=None).label
        row = (
            own if one.group is None else f"{own}, {one.group}",
            *(value_text(one.metrics[name]) for name in known),
            str(one.n),
            str(one.questions),
        )
        groups.setdefault(f"judged by {one.judge}" if one.judge else "", []).append(row)
    heads = ("protocol", *(columns[name] for name in known), "#verdicts", "#questions")
    return Table(caption, heads, _grouped(groups), note)


def value_text(one: Estimate) -> str:
    """Text of a value with its interval; empty if there is no value."""
    if one.value is None:
        return ""
    if one.low is None:
        return f"{one.value:.2f} (no interval)"
    return interval_text(one)


def _difference(one: Estimate) -> str:
    return "" if one.value is None else signed_text(one)
