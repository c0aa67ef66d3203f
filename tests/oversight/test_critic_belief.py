"""A critic states its belief before anyone speaks: it is recorded, and no one reads it."""

from __future__ import annotations

import asyncio

import pytest

from tests.oversight.conftest import QUESTION, ScriptedHost
from truing.errors import UserError
from truing.oversight import estimate, make_record, play, read_judgement
from truing.oversight._match import Players
from truing.oversight.protocols import PROTOCOLS, Protocol, Speaker, setups
from truing.testing import check_protocol

NAME = "critique,believes=true"
PLAYERS = Players("j", "p, c")


def answer(call):
    if call.what == "choice":
        return "SECRET\n<verdict>A: 83%\nB: 17%</verdict>"
    if call.what == "verdict":
        return "<verdict>A: 60%\nB: 40%</verdict>"
    return "<argument>For Oak.</argument>"


def played(name=NAME, swapped=False):
    rules = PROTOCOLS.build(name).value
    host = ScriptedHost(answer)
    setup = next(one for one in setups(rules, QUESTION, swapped) if one.swapped == swapped)
    return asyncio.run(play(rules, setup, host)), host


def test_the_belief_is_recorded_in_the_order_of_the_question_set():
    for swapped in (False, True):
        found, _ = played(swapped=swapped)
        row = make_record(NAME, found, PLAYERS, False)
        order = found.setup.order
        assert [row.critic[at] for at in order] == [0.83, 0.17]
        assert read_judgement("here", row.to_json() | {"truth": 0}).critic == row.critic


def test_without_it_there_is_no_request_and_no_field():
    found, host = played("critique")
    assert found.critic is None
    assert "critic" not in make_record("critique", found, PLAYERS, False).to_json()
    assert not any(call.what == "choice" for call in host.calls)


def test_the_critic_is_asked_first_and_no_one_reads_its_belief():
    _, host = played()
    assert [(one.role, one.what) for one in host.calls[:1]] == [("critic", "choice")]
    for call in host.calls[1:]:
        text = " ".join(part for _, part in call.messages)
        assert "SECRET" not in text
        assert "83" not in text


def test_the_estimate_counts_the_request():
    models = {"judge": ["j"], "debater": ["d"]}
    calls = [
        sum(one.calls for one in estimate(name, [QUESTION], models)) for name in ("critique", NAME)
    ]
    assert calls[1] - calls[0] == 2 * 2  # two plays, at most two requests each


def test_the_protocol_leaks_nothing():
    assert check_protocol(NAME)


def test_only_one_speaker_states_a_belief():
    both = [Speaker(name, name.lower(), aim="criticize", believes=True) for name in ("A", "B")]
    proposer = Speaker("Proposer", "proposer")
    with pytest.raises(UserError, match="only one speaker may have believes=True"):
        Protocol(speakers=(proposer, *both), assignment="both", order="sequential")
