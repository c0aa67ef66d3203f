"""Finding of a stress test in one or two sentences: which plants are detected, and which not."""

from __future__ import annotations

from collections.abc import Sequence

from truing.report._stress_texts import best_monitors, criterion_text, monitor_name, strength_text
from truing.stress import PowerRow
from truing.wording import counted, listed

MOST_NAMED = 4


def stress_finding(card: Sequence[PowerRow]) -> tuple[str, ...]:
    """Plants that a monitor detects, from which strength, and plants that no monitor detects."""
    if not card:
        return ("There is no power card to show.",)
    if not any(row.reachable for row in card):
        return (f"The power card is undefined: {card[0].note}.",)
    best = best_monitors(card)
    names = {row.monitor: monitor_name(row, card) for row in card}
    single = next(iter(names.values())) if len(names) == 1 else ""
    found = [(plant, row) for plant, row in best.items() if row]
    found.sort(key=lambda one: one[1].strength.value or 0.0)
    who = single or f"at least one of {len(names)} monitors"
    count = f"{len(found)} of {counted(len(best), 'plant')}"
    largest = max(row.largest for row in card)
    if not found:
        which = f"{single} does not detect" if single else f"none of {len(names)} monitors detects"
        return (
            f"{which[0].upper()}{which[1:]} any of {counted(len(best), 'plant')} up to strength "
            f"{largest:g} with {criterion_text(card)}.",
        )
    each = [
        f"{plant} from strength {strength_text(row)}"
        + ("" if single else f" ({names[row.monitor]})")
        for plant, row in found
    ]
    more = len(each) - MOST_NAMED
    others = f", and {more} more" if more > 0 else ""
    sentences = [
        f"{who[0].upper()}{who[1:]} detects {count} with {criterion_text(card)}: "
        f"{listed(each[:MOST_NAMED]) if more <= 0 else ', '.join(each[:MOST_NAMED])}{others}."
    ]
    missed = [plant for plant, row in best.items() if row is None]
    if missed:
        which = f"{single} does not detect" if single else "No monitor detects"
        sentences.append(f"{which} {listed(missed)} up to strength {largest:g}.")
    return tuple(sentences)
