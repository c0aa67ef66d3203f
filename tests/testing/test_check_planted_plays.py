"""check_plant of a plant of a protocol names the condition that is violated."""

from __future__ import annotations

import numpy as np
import pytest

from truing.errors import ContractError, UserError
from truing.oversight.questions import load_questions
from truing.plants import PLANTS, ProtocolPlant
from truing.testing import check_plant

BUILT_IN = [
    name for name in PLANTS.describe() if isinstance(PLANTS.build(name).value, ProtocolPlant)
]
CALLS: list[int] = []
SURE = "<verdict>\nA: 100%\nB: 0%\n</verdict>"
OTHER = "<verdict>\nA: 90%\nB: 10%\n</verdict>"


def sure(brief, reply, rng):
    return SURE


def silent(brief, reply, rng):
    return None


def nothing(brief, reply, rng):
    return reply


def forgets_the_generator(brief, reply, rng):
    CALLS.append(1)
    return SURE if len(CALLS) % 2 else OTHER


def tires(brief, reply, rng):
    """Another reply after the calls of the first plays."""
    CALLS.append(1)
    return SURE if len(CALLS) < 60 else OTHER


def reads_the_vault(brief, reply, rng):
    load_questions("cases,count=2").vault.reveal(np.arange(2), "score")
    return SURE


JUDGE = {"judge": "Prefer the first answer."}


@pytest.mark.parametrize("name", BUILT_IN)
def test_each_built_in_plant_satisfies_the_contract(name):
    found = check_plant(name)
    assert not found.skipped
    assert "planted system and twin play differently only on chosen questions" in found.conditions


def test_a_plant_without_instructions_is_for_embedded_agents_only():
    found = check_plant(ProtocolPlant({"judge": sure}), protocol="blind")
    assert "only embedded agents can misbehave" in str(found)


@pytest.mark.parametrize(
    ("plant", "words"),
    [
        (ProtocolPlant({"judge": silent}, JUDGE), "act of the part 'judge' returned NoneType"),
        (ProtocolPlant({"judge": nothing}, JUDGE), "at strength 1, no play is changed"),
        (ProtocolPlant({"judge": forgets_the_generator}, JUDGE), "are different at strength"),
        (ProtocolPlant({"judge": tires}, JUDGE), "the same seed played differently"),
        (ProtocolPlant({"judge": reads_the_vault}, JUDGE), "ground truth of 2 items from a vault"),
        (
            ProtocolPlant({"judge": sure, "argue": nothing}, JUDGE),
            "it has no instructions for the part 'argue'",
        ),
        (ProtocolPlant({"judge": sure}, {"judge": " "}), "for the part 'judge' is empty"),
        (
            ProtocolPlant({"judge": sure}, {"judge": "You are the judge"}),
            "does not contain the instructions of its part alone",
        ),
    ],
)
def test_a_violation_is_named(plant, words):
    CALLS.clear()
    with pytest.raises(ContractError, match=words):
        check_plant(plant, protocol="blind")


def test_a_protocol_without_the_corrupt_part_is_refused():
    with pytest.raises(UserError, match="cannot corrupt the protocol 'blind'"):
        check_plant("silent-critic", protocol="blind")
