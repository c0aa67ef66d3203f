"""Arguments: the arguments that several protocols share, each described once.

`Protocol` itself checks only lower bounds; these annotations also give upper bounds.
"""

from __future__ import annotations

from typing import Annotated, Literal

from truing.arguments import About, SomeOf, Within
from truing.oversight.tools import TOOLS

OfEach = Literal["none", "open"]  # assignment with a speaker for each answer
OfOne = Literal["fixed", "both", "open"]  # assignment with a single speaker

Rounds = Annotated[int, Within("[1, 100]"), About("number of rounds of speeches.")]
Words = Annotated[int, Within("[1, 10000]"), About("maximum number of words per speech.")]
Quotes = Annotated[int, Within("[0, 100]"), About("maximum number of quotes per speech.")]
BestOf = Annotated[
    int,
    Within("[1, 100]"),
    About("number of drafts of each speech; a reader (role reader) selects one."),
]
Refine = Annotated[
    int,
    Within("[0, 20]"),
    About(
        "number of times that a critic (role critic) criticizes a draft and the speaker rewrites "
        "it before it is spoken."
    ),
]
Critiques = Annotated[
    int,
    Within("[1, 100]"),
    About("number of critiques of each draft; a reader (role reader) selects one."),
]
Panel = Annotated[int, Within("[1, 100]"), About("number of verdicts drawn from each judge.")]
Asks = Annotated[bool, About("whether the judge asks a question after each round except the last.")]
EachRound = Annotated[
    bool, About("whether the judge states its belief before the first round and after each round.")
]
Decided = Annotated[
    float | Literal["never"],
    Within("(0, 1]"),
    About(
        "stop after a round when the judge's highest probability is at least this; the judge then "
        "states its belief after each round."
    ),
]
SpeakerTools = Annotated[
    str, SomeOf(TOOLS), About("tools of the speakers; python requires a sandbox.")
]
JudgeTools = Annotated[
    str,
    SomeOf(TOOLS),
    About("tools of the judge; with search it reads passages of the hidden text."),
]
