"""Letters: log-probabilities of single characters, from the tokens that a provider returns."""

from __future__ import annotations

from math import exp, log

from inspect_ai.model import Logprob, Model, ModelOutput

from truing.errors import NoAnswerError

SPACES = str.maketrans("Ġ▁Ċ", "   ")  # spaces, as some tokenizers write them
SMALLEST = 1e-12


def read_letters(model: Model, output: ModelOutput, letters: str) -> tuple[float, ...] | None:
    """Log-probability of each letter as the reply; None if none of the letters is listed.

    Tokens that differ only in spaces are one letter, and their probabilities are summed. A
    provider lists only its most likely tokens. A letter that is not among them has at most the
    probability of the last listed token, and at most the probability that the listed tokens leave;
    it counts with the smaller of these bounds. So its true probability is lower, and the verdict is
    less certain than the model, never more.

    Raises:
        NoAnswerError: the provider returned no log-probabilities.
    """
    stated = output.choices[0].logprobs
    if stated is None or not stated.content:
        raise NoAnswerError(
            f"{model} returned no log-probabilities; use --verdict text (in Python: "
            "verdict='text'), or another judge"
        )
    listed = _listed(stated.content)
    found = {letter: sum(p for text, p in listed if text == letter) for letter in letters}
    if not any(found.values()):
        return None
    least = min(p for _, p in listed)
    bound = min(least, max(1 - sum(p for _, p in listed), SMALLEST))
    return tuple(log(found[letter] or max(bound, SMALLEST)) for letter in letters)


def _listed(tokens: list[Logprob]) -> list[tuple[str, float]]:
    """Texts and probabilities of the most likely tokens at the first position with a text."""
    place = next((one for one in tokens if _text(one.token)), tokens[0])
    top = place.top_logprobs or []
    return [(_text(one.token), exp(one.logprob)) for one in top] or [
        (_text(place.token), exp(place.logprob))
    ]


def _text(token: str) -> str:
    return token.translate(SPACES).strip()
