"""Record: a play as a row of judgements.jsonl."""

from __future__ import annotations

from collections.abc import Mapping

from truing.oversight._judgement_row import SILENCES, SPEECHES, Belief, JudgementRow
from truing.oversight._match import Players
from truing.oversight._spent import Spent
from truing.oversight.plays import Play
from truing.oversight.rules import Setup


def make_record(
    name: str,
    play: Play,
    players: Players,
    simulated: bool,
    usage: Mapping[str, Spent] | None = None,
) -> JudgementRow:
    """Row of a play, without the ground truth. Indices of answers refer to the question set.

    Args:
        name: label of the protocol.
        players: names of the models that judged and that spoke.
        simulated: whether an embedded agent or a generated question was involved.
        usage: tokens of all replies by role.
    """
    setup = play.setup
    quotes = [quote for turn in play.turns for quote in turn.speech.quotes]
    speeches = _speeches(play)
    return JudgementRow(
        question=setup.question.id,
        belief=_restored(setup, play.verdict),
        cluster=setup.question.cluster,
        choices=tuple(setup.question.choices[i] for i in setup.places),
        group=setup.question.group or None,
        protocol=name,
        judge=players.judge,
        agent=players.agent or None,
        argued=None if play.argued is None else setup.order[play.argued],
        argued_by=players.argued_by(len(setup.order)),
        assigned=None if play.argued is None else setup.argued is not None,
        rounds=tuple(_restored(setup, one) for one in play.beliefs),
        rounds_played=play.rounds,
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
        critic=_restored(setup, play.critic),
    )


def _speeches(play: Play) -> dict[str, dict[str, int]]:
    """For each role, its number of speeches and of replies that are not a speech, by reason."""
    counts: dict[str, dict[str, int]] = {}
    for turn in play.turns:
        if turn.name == "Judge":
            continue
        count = counts.setdefault(turn.role, dict.fromkeys(SPEECHES, 0))
        count["total"] += 1
        if turn.speech.silence:
            count[turn.speech.silence] += 1
    return counts


def _restored(setup: Setup, belief: Belief | None) -> Belief | None:
    """A belief in the order of the question set; None if it could not be read."""
    return None if belief is None else setup.restored(belief)
