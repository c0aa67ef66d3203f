"""The no-leak check passes what is shipped, and catches what was seen to go wrong elsewhere."""

from __future__ import annotations

import pytest

from tests.testing.broken_protocols import debate, mind_reader, overheard
from truing.errors import ContractError, UserError
from truing.oversight.evals import oversight
from truing.oversight.plays import _play, _refining, _speaking
from truing.oversight.prompts import _speakers
from truing.oversight.prompts._claims import Dispute
from truing.oversight.protocols import PROTOCOLS, Protocol, Speaker
from truing.oversight.tools import Toolbox
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
        "debate,rounds=1,best_of=2,refine=1,critiques=2,decided=0.9",
        "consultancy,rounds=1,refine=1,tools=calculator+search,judge_tools=search",
        "blind,judge_tools=search+calculator",
        "prover-estimator,rounds=3,assignment=open,each_round=true,tools=search",
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


def _shows(name, more):
    """A function of the messages of critique-and-refine that also shows a reply in full."""
    honest = getattr(_speaking if name == "speaker_prompt" else _refining, name)

    def shown(scene, *others):
        system, user = honest(scene, *others)
        return system, f"{user}\n{more(scene, *others)}"

    return shown


@pytest.mark.parametrize(
    ("name", "more", "why"),
    [
        (
            "critique_prompt",
            lambda scene, seat, draft: draft.reasoning,
            "critic of Debater A is shown the private reasoning of Debater A",
        ),
        (
            "rating_prompt",
            lambda scene, seat, draft, critique: critique.reasoning,
            "reader of Debater A is shown the private reasoning of critic of Debater A",
        ),
        (
            "rating_prompt",
            lambda scene, *others: scene.question.hidden,
            "reader of Debater A is shown the hidden text, but may not read it",
        ),
        (
            "speaker_prompt",
            lambda scene, *others: "".join(
                draft.speech.reasoning for turn in scene.turns for draft in turn.drafts
            ),
            "is shown the private reasoning of",
        ),
    ],
)
def test_a_critic_or_reader_that_is_shown_too_much_is_caught(monkeypatch, name, more, why):
    broken = _shows(name, more)
    for module in (_speaking, _refining):
        monkeypatch.setattr(module, name, broken, raising=False)
    with pytest.raises(ContractError, match=why):
        check_protocol("debate,rounds=2,refine=1,critiques=2", answers=(2,))


def test_a_claim_that_reveals_private_reasoning_is_caught(monkeypatch):
    def leaky(scene):
        return Dispute("".join(turn.speech.reasoning for turn in scene.turns))

    monkeypatch.setattr(_speakers, "dispute_of", leaky)
    with pytest.raises(ContractError, match="Estimator is shown the private reasoning of Prover"):
        check_protocol("prover-estimator", answers=(2,))


def test_a_tool_that_shows_the_hidden_text_to_another_role_is_caught(monkeypatch):
    def leaky(names, question):
        return Toolbox(("search",), question.hidden) if names else Toolbox()

    monkeypatch.setattr(_play, "toolbox", leaky)
    with pytest.raises(ContractError, match="Judge is shown the hidden text"):
        check_protocol("debate,rounds=1,judge_tools=calculator", answers=(2,))


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
