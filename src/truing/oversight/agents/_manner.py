"""Manner: how long and how sure an embedded speaker sounds, which does not depend on the truth.

Honest transcripts need speeches of different length and certainty, because a bias of the judge for
one of them cannot show otherwise.
"""

from __future__ import annotations

import numpy as np

FILLER = "Please read this with care."
MOST_FILLERS = 6
LEAST_SURE, MOST_SURE = 50, 99  # percent


def add_manner(reply: str, rng: np.random.Generator) -> str:
    """A speaker's reply with a stated certainty and a random number of sentences without content.

    Examples:
        >>> import numpy as np
        >>> from truing.oversight.agents import add_manner
        >>> reply = add_manner("<argument>For Oak.</argument>", np.random.default_rng(1))
        >>> reply.split(" Please")[0]
        '<argument>For Oak. I am 73% sure.'
    """
    sure = int(rng.integers(LEAST_SURE, MOST_SURE + 1))
    fillers = [FILLER] * int(rng.integers(MOST_FILLERS + 1))
    manner = " ".join([f"I am {sure}% sure.", *fillers])
    return reply.replace("</argument>", f" {manner}</argument>")
