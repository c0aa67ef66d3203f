"""Measures of oversight protocols as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from truing.measures import Comparison, OversightMeasures, Pairing, Player, ProtocolMetrics
    from truing.runs import SpeechCount

JSE = "jse_"


def oversight_json(found: OversightMeasures, speeches: Sequence[SpeechCount]) -> dict[str, object]:
    """Convert measures to JSON; interval ends have suffixes `_low`, `_high`; JSE is by beta.

    `protocols` has a row for each protocol; for each protocol, judge and agent if these vary.
    """
    return {
        "protocols": [_plain(one) for one in found.protocols],
        "groups": [_plain(one) for one in found.groups],
        "comparisons": [_plain_comparison(one) for one in found.comparisons],
        "pairings": [_plain_pairing(one) for one in found.pairings],
        "ratings": [
            {"protocol": one.protocol, "judge": one.judge, **_plain_player(one.player)}
            for one in found.ratings
        ],
        "strength": found.strength,
        "clip": found.scores.clip,
        "choice_score": found.scores.choice_score,
        "speeches": [asdict(one) for one in speeches],
    }


def _plain(one: ProtocolMetrics) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "protocol": one.protocol,
        "judge": one.judge,
        "agent": one.agent,
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
    strength = {"strength": one.strength.value}
    strength |= {f"strength_{end}": getattr(one.strength, end) for end in ("low", "high")}
    return {**plain, **strength, "note": "; ".join(one.notes)}


def _plain_pairing(one: Pairing) -> dict[str, object]:
    return {
        "protocol": one.protocol,
        "judge": one.judge,
        "honest": one.honest,
        "dishonest": one.dishonest,
        "n": one.n,
        "questions": one.questions,
        **one.honest_wins.named("honest_wins"),
    }


def _plain_player(one: Player) -> dict[str, object]:
    return {
        "agent": one.player,
        **one.rating.named("rating"),
        "games": one.games,
        "component": one.component,
        "note": one.note,
    }


def _plain_comparison(one: Comparison) -> dict[str, object]:
    return {
        "first": one.first,
        "second": one.second,
        "between": one.between,
        "conditions": [vars(side) for side in one.conditions],
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
