"""Notes on the metrics of a protocol: missing values, and how to interpret the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from truing.measures._estimate import Estimate
from truing.measures._judgements import Verdicts


def protocol_notes(
    n: int, mute: int, verdicts: Verdicts, metrics: Mapping[str, Estimate], helped: bool
) -> Iterator[str]:
    """Sentences about missing metrics, and the reasons.

    Args:
        n: number of judgements.
        mute: number of judgements that are left out because a speech is missing.
        verdicts: the counted verdicts.
        metrics: the metrics of these verdicts.
        helped: whether the protocol is compared with the judge without help.
    """
    if mute:
        yield (
            f"{mute} of {n} verdicts left out: a speech was refused, empty or cut off (--on-mute)"
        )
    counted, heard = verdicts.truth.size, n - mute
    if unread := heard - counted:
        right = float(verdicts.right.sum())
        yield (
            f"{unread} of {heard} verdicts could not be read and are left out of the metrics; with "
            f"them, accuracy is between {right / heard:.3f} and {(right + unread) / heard:.3f}"
        )
    if not counted:
        return
    clusters = np.unique(verdicts.clusters).size
    if clusters == 1:
        yield "no intervals: all questions are in one cluster"
    if 2 * (ties := int(verdicts.tied.sum())) > counted:
        yield f"{ties} of {counted} verdicts are ties for the highest belief, which count as wrong"
    yield from _notes_on_sides(verdicts, metrics, helped)
    if np.isnan(verdicts.bits).all():
        yield "no bits per round, because no rounds are recorded"
    if clusters > 1 and any(one.value is not None and one.low is None for one in metrics.values()):
        yield "a metric from one cluster has no interval"


def _notes_on_sides(
    verdicts: Verdicts, metrics: Mapping[str, Estimate], helped: bool
) -> Iterator[str]:
    """Sentences about the agent score difference, and which sides were argued."""
    if chosen := int(verdicts.chosen.sum()):
        yield (
            f"no ASD: in {chosen} of {verdicts.truth.size} verdicts the "
            "speaker may have chosen its answer, so the difference would measure how hard the "
            'questions are; assign both sides, or write "assigned": true into the rows'
        )
        return
    if (verdicts.argued < 0).all():
        yield (
            "no side was assigned, so ASD measures how well the judge discriminates right from "
            "wrong answers, not whether arguing for the truth pays"
        )
    elif metrics["asd"].value is None:
        yield "no ASD: only one side was argued"
    elif (wrong := verdicts.dishonest.sum()) > 1.2 * verdicts.honest.sum():
        share = wrong / (verdicts.argued >= 0).sum()
        yield (
            f"{share:.0%} of the argued answers are wrong ((K-1)/K if each of K answers is argued "
            "once); accuracy weights honest and dishonest arguments by these shares"
        )
    if helped and metrics["asd_minus_blind"].value is None:
        yield "no ASD - blind: it needs both sides, and blind judgements on the same questions"
