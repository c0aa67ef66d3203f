"""Claims: the numbered claims, estimates and challenges of a prover-estimator debate.

Texts that do not follow the form give nothing: the debate continues with the claim that it has.
"""

from __future__ import annotations

import re

CLAIM = re.compile(r"^[\s*_]*(\d{1,3})[.):][\s*_]+(\S.*)$", re.M)
ESTIMATE = re.compile(r"^[\s*_]*(\d{1,3})[\s*_]*[:=.)][\s*_]*(\d{1,3}(?:\.\d+)?)[ \t]*%", re.M)
CHALLENGE = re.compile(r"\bchallenge\b\W*(\d{1,3})\b[^\n]*?\btoo (high|low)\b", re.I)


def read_claims(said: str, most: int) -> tuple[str, ...]:
    """The claims of a speech that are numbered from 1 in order.

    Args:
        said: the speech.
        most: maximum number of claims; further claims are ignored.

    Examples:
        >>> from truing.oversight.replies import read_claims
        >>> read_claims("My reasons:\\n1. It rained.\\n2. The street is wet.", 4)
        ('It rained.', 'The street is wet.')
    """
    found: list[str] = []
    for number, text in CLAIM.findall(said):
        if int(number) == len(found) + 1 and len(found) < most:
            found.append(text.strip())
    return tuple(found)


def read_estimates(said: str) -> dict[int, float]:
    """The probability that a speech states for each number; the last of several counts.

    Examples:
        >>> from truing.oversight.replies import read_estimates
        >>> read_estimates("0: 40%\\n1: 90%\\n2: 120%")
        {0: 0.4, 1: 0.9}
    """
    stated = ((int(number), float(percent) / 100) for number, percent in ESTIMATE.findall(said))
    return {number: share for number, share in stated if share <= 1}


def read_challenge(said: str, count: int) -> tuple[int, str] | None:
    """The challenged claim, as its index from 0, and `high` or `low`; None if there is none.

    Args:
        said: the speech; the last challenge counts.
        count: number of claims.

    Examples:
        >>> from truing.oversight.replies import read_challenge
        >>> read_challenge("Challenge: 2 is too low, because it rained.", 3)
        (1, 'low')
    """
    stated = [(int(number) - 1, side.lower()) for number, side in CHALLENGE.findall(said)]
    known = [one for one in stated if 0 <= one[0] < count]
    return known[-1] if known else None
