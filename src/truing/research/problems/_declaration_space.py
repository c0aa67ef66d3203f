"""Space of declarations: the fields of a protocol that a search varies, without prompts.

A composition such as `declaration,speakers=consultant,rounds=2` stands for the folder whose
`protocol.json` is `declare(composition)`.
"""

from __future__ import annotations

import json
from typing import Any

from truing.methods import Choice, Space, Whole

ALONE = ("consultant", "proposer-critic")  # one speaker argues, so an answer is assigned
SPEAKERS: dict[str, list[dict[str, Any]]] = {
    "debaters": [{"name": "Debater", "each": True}],
    "consultant": [{"name": "Consultant"}],
    "proposer-critic": [{"name": "Proposer"}, {"name": "Critic", "aim": "criticize"}],
}
ORDERS, ASSIGNMENTS = ("simultaneous", "sequential"), ("both", "open")
DECLARATIONS = Space(
    "declaration",
    (
        Choice("speakers", "debaters", options=tuple(SPEAKERS)),
        Choice("order", "simultaneous", options=ORDERS, when={"speakers": ("debaters",)}),
        Choice("assignment", "both", options=ASSIGNMENTS, when={"speakers": ALONE}),
        Whole("rounds", 1, low=1, high=4, allowed="[1, 20]"),
        Whole("quotes", 1, low=1, high=6, allowed="[0, 20]"),
        Whole("words", 150, low=50, high=300, log=True, allowed="[1, 1000]"),
        Whole("best_of", 1, low=1, high=3, allowed="[1, 8]"),
        Whole("panel", 1, low=1, high=3, allowed="[1, 20]"),
        Choice("asks", "no", options=("no", "yes")),
    ),
)


def declare(composition: str) -> str:
    """The declaration, `protocol.json`, that a composition stands for.

    Raises:
        UserError: the composition is not of this space.

    Examples:
        >>> from truing.research.problems._declaration_space import declare
        >>> declare("declaration,rounds=2")[:60]
        '{"speakers": [{"name": "Debater", "each": true, "best_of": 1'
    """
    values = DECLARATIONS.settled(DECLARATIONS.read(composition))
    speakers = [dict(one) for one in SPEAKERS[values["speakers"]]]
    speakers[-1]["best_of"] = values["best_of"]
    alone = values["speakers"] in ALONE
    first_speaks = values["speakers"] == "proposer-critic" or values["order"] == "sequential"
    return json.dumps(
        {
            "speakers": speakers,
            "judge": {"panel": values["panel"], "asks": values["asks"] == "yes"},
            "rounds": values["rounds"],
            "order": "sequential" if first_speaks else "simultaneous",
            "assignment": values["assignment"] if alone else "none",
            "limits": {"quotes": values["quotes"], "words": values["words"]},
        }
    )
