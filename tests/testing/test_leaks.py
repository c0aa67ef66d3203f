"""The no-leak check passes what is shipped, and catches what was seen to go wrong elsewhere."""

from __future__ import annotations

import pytest

from tests.testing.broken_protocols import debate, mind_reader, overheard
from truing.errors import ContractError, UserError
from truing.oversight.evals import oversight
from truing.oversight.protocols import PROTOCOLS, Protocol, Speaker
from truing.testing import check_protocol

pytestmark = [  # Inspect's own
    pytest.mark.filterwarnings("ignore:The 'initial' parameter:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
BROKEN = "tests/testing/broken_protocols.py"


@pytest.mark.parametrize("name", PROTOCOLS.describe())
def test_every_built_in_protocol_leaks_nothing(name):
    check_protocol(name)


@pytest.mark.parametrize(
    "specification",
    [
        "debate,order=sequential,asks=true,each_round=true,panel=2",
        "debate,assignment=open,best_of=3",
        "consultancy,assignment=open,each_round=true",
        "critique,rounds=2,best_of=2",
        "market-making,best_of=2,panel=2",
    ],
)
def test_a_protocol_with_every_option_leaks_nothing(specification):
    check_protocol(specification, answers=(2, 4))


def test_critics_without_access_see_nothing_of_the_text():
    blind_critic = Speaker("Critic", "critic", aim="criticize", sees_hidden=False, best_of=2)
    speakers = (Speaker("Proposer", "proposer"), blind_critic)
    check_protocol(Protocol(speakers, rounds=2, order="sequential", assignment="both"))


@pytest.mark.parametrize(
    ("specification", "settings"),
    [
        ("debate,rounds=2", {}),
        ("consultancy,rounds=2", {"assigned": True}),
        ("expert", {"readers": ("judge",), "others": ()}),
        ("market-making,rounds=2", {"others": ("judge", "market")}),
    ],
)
def test_protocols_leak_nothing_inside_inspect(specification, settings):
    check_protocol(oversight(specification), answers=(2,), **settings)


def test_a_complete_solver_passes():
    check_protocol(debate())


CAUGHT = {
    "targets": "the prompt of role 'judge' depends on which answer is true: .*answers are [AB] and",
    "mixed": "the prompt of role 'judge' depends on which answer is true: .*[AB] said",
    "thoughts": r"debater \('You are Debater .*'\) is shown the private reasoning of debater \(",
    "shown": r"judge \(.*\) is shown the hidden text",
    "fallback": "the default model was called",
    "endless": "the protocol did not end after 800 calls",
    "silent": "no model was called",
    "turned": "is assigned to the wrong answers",
}


@pytest.mark.parametrize("broken", CAUGHT)
def test_a_broken_solver_is_caught(broken):
    with pytest.raises(ContractError, match=CAUGHT[broken]) as told:
        check_protocol(debate(**{broken: True}), answers=(2,))
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        (overheard, "Debater A is shown the private reasoning of Debater B"),
        (mind_reader, "Judge is shown the private reasoning of Debater A"),
    ],
)
def test_rules_that_share_private_reasoning_are_caught(rules, why):
    with pytest.raises(ContractError, match=why):
        check_protocol(rules())


def test_a_protocol_in_a_file_can_be_checked():
    with pytest.raises(ContractError, match="private reasoning"):
        check_protocol(f"{BROKEN}:overheard")


@pytest.mark.parametrize(
    ("loader", "why"),
    [
        ("truth_first", "depends on which answer is true; .* order the answers by a hash"),
        ("always_first", "returns the same ground truth for files with different true answers"),
    ],
)
def test_a_loader_that_leaks_the_truth_is_caught(loader, why):
    with pytest.raises(ContractError, match=why):
        check_protocol("blind", loader=f"{BROKEN}:{loader}")


def test_a_solver_that_fails_is_a_broken_contract():
    with pytest.raises(ContractError, match=r"role .*consultant.* has no model"):
        check_protocol(oversight("consultancy"), readers=("debate",), answers=(2,))


def test_an_unknown_protocol_is_refused():
    with pytest.raises(UserError, match="did you mean debate"):
        check_protocol("debat")
