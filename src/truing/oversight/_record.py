"""Record: a play as one row of judgements.jsonl, and its transcript."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from truing.oversight._judgement_row import SILENCES, SPEECHES, Belief, JudgementRow
from truing.oversight._played import Forecast, Play
from truing.oversight._prompts import Turn
from truing.oversight._protocol import Setup
from truing.oversight._spent import Spent


def make_record(
    name: str,
    play: Play,
    judge: str,
    agent: str,
    simulated: bool,
    usage: Mapping[str, Spent] | None = None,
) -> JudgementRow:
    """A play's row without its truth; answers are counted as in the question set.

    Args:
        name: of the protocol.
        judge, agent: who judged and who spoke, as models are named.
        simulated: an embedded agent or a generated question had a part in it.
        usage: by role, tokens of all replies.
    """
    setup = play.setup
    quotes = [quote for turn in play.turns for quote in turn.speech.quotes]
    speeches = _speeches(play)
    return JudgementRow(
        question=setup.question.id,
        belief=_restored(setup, play.verdict),
        cluster=setup.question.cluster,
        choices=tuple(setup.question.choices[i] for i in _places(setup)),
        group=setup.question.group or None,
        protocol=name,
        judge=judge,
        agent=agent or None,
        argued=None if play.argued is None else setup.order[play.argued],
        assigned=None if play.argued is None else setup.argued is not None,
        rounds=tuple(_restored(setup, one) for one in play.beliefs),
        swapped=setup.swapped,
        judges_unread=sum(one is None for one in play.verdicts),
        judges_truncated=play.truncated,
        mute=sum(count[kind] for count in speeches.values() for kind in SILENCES),
        speeches=speeches,
        quotes_verified=sum(quote.verified for quote in quotes),
        quotes_near=sum(bool(quote.nearest) for quote in quotes),
        quotes_false=sum(not quote.verified and not quote.nearest for quote in quotes),
        words_cut=sum(turn.speech.cut for turn in play.turns),
        calls=play.calls,
        usage=dict(sorted((usage or {}).items())),
        simulated=simulated,
    )


def _speeches(play: Play) -> dict[str, dict[str, int]]:
    """For each role that spoke, its speeches and how many of them are no speech, by the reason."""
    counts: dict[str, dict[str, int]] = {}
    for turn in play.turns:
        if turn.name == "Judge":
            continue
        count = counts.setdefault(turn.role, dict.fromkeys(SPEECHES, 0))
        count["total"] += 1
        if turn.speech.silence:
            count[turn.speech.silence] += 1
    return counts


def make_transcript(play: Play) -> list[dict[str, Any]]:
    """What was said, turn by turn; private reasoning and forecasts are kept apart."""
    rows = [_forecast_row(play.setup, one) for one in play.forecasts]
    rows += [_turn_row(play.setup, turn) for turn in play.turns]
    return sorted(rows, key=lambda row: row["round"])  # a forecast comes before its round


def _turn_row(setup: Setup, turn: Turn) -> dict[str, Any]:
    return {
        "round": turn.round,
        "speaker": turn.name,
        "argues": None if turn.argues is None else setup.order[turn.argues],
        "said": turn.speech.said,
        "reasoning": turn.speech.reasoning,
        "native_reasoning": turn.native,
        "stop_reason": turn.stop_reason,
        "silence": turn.speech.silence or None,
        "quotes": [
            {"text": quote.text, "verified": quote.verified, "nearest": quote.nearest}
            for quote in turn.speech.quotes
        ],
    }


def _forecast_row(setup: Setup, forecast: Forecast) -> dict[str, Any]:
    """A forecast, for the speakers that move it, and its reasons, which only the market sees."""
    return {
        "round": forecast.round,
        "speaker": "Market",
        "argues": None,
        "said": "",
        "forecast": _restored(setup, forecast.belief),
        "reasoning": forecast.reply.text,
        "native_reasoning": forecast.reply.reasoning,
        "stop_reason": forecast.reply.stop_reason,
        "silence": None,
        "quotes": [],
    }


def _restored(setup: Setup, belief: Belief | None) -> Belief | None:
    """A belief in the order of the question set, from the order that was shown."""
    if belief is None:
        return None
    return tuple(belief[place] for place in _places(setup))


def _places(setup: Setup) -> list[int]:
    """Where each choice of the question set was shown."""
    return [setup.order.index(i) for i in range(len(setup.order))]
