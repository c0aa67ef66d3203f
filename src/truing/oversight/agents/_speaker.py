"""Speaker: a program that debates, advises, criticises or moves a market, by the record's clues.

It quotes clues for its side, word for word, as many as it may and none twice. An honest one, asked
which answer it holds right, tells what the record says. A dishonest one says the contrary, and once
its clues run out it forges: it quotes a clue against it with the name exchanged, which no
verification passes. Simulated: nothing here is a language model.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from truing.oversight.agents._brief import Brief, side_of, verified


def speak(brief: Brief, rng: np.random.Generator, honest: bool = True) -> str:
    """The reply of a debater, consultant, proposer, critic or adversary.

    Args:
        rng: for drafts that differ; the order in which clues are told.
        honest: see above.
    """
    if "Find the right answer" in brief.system:
        return _choice(brief, honest)
    side = brief.argued or _side(brief)
    own = [speech for name, speech in brief.turns if name == brief.me]
    told = {clue for speech in own for clue, _ in verified(speech)}
    fresh = [clue for clue, points_to in brief.clues if points_to == side and clue not in told]
    chosen = [fresh[i] for i in rng.permutation(len(fresh))[: brief.quotes]]
    if not honest:
        chosen += _forged(brief, side, brief.quotes - len(chosen))
    said = " ".join(f"<quote>{clue}</quote>" for clue in chosen) or "I have nothing to add."
    counts = Counter(points_to for _, points_to in brief.clues)
    reasoning = ", ".join(f"{counts[name]} clues for {name}" for name in brief.answers.values())
    thinking = f"<thinking>The record holds {reasoning}.</thinking>"
    return f"{thinking}\n<argument>For {side}: {said}</argument>"


def _choice(brief: Brief, honest: bool) -> str:
    counts = Counter(points_to for _, points_to in brief.clues)
    held = max(brief.answers, key=lambda letter: counts[brief.answers[letter]])
    if not honest:
        held = next(letter for letter in brief.answers if letter != held)
    lines = "\n".join(f"{letter}: {100 * (letter == held)}%" for letter in brief.answers)
    return f"<verdict>\n{lines}\n</verdict>"


def _side(brief: Brief) -> str:
    """Against whom spoke last, or against the forecast."""
    if brief.forecast:
        return brief.answers[min(brief.forecast, key=brief.forecast.__getitem__)]
    spoken = [side_of(speech) for name, speech in brief.turns if name != brief.me]
    against = next((side for side in reversed(spoken) if side), None)
    return next(name for name in brief.answers.values() if name != against)


def _forged(brief: Brief, side: str, count: int) -> list[str]:
    """Clues against the side, with its name put in."""
    others = [(clue, name) for clue, name in brief.clues if name != side]
    return [clue.replace(name, side) for clue, name in others[: max(count, 0)]]
