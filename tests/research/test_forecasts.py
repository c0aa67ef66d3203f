"""Forecasts: the probability on a method card, and how forecasts are scored after closing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from truing.research import Ledger, MethodCard
from truing.research.ledger._records import Submitted, read_records

FROZEN = Path(__file__).parents[1] / "frozen"
LEDGERS = sorted(FROZEN.glob("*/research/*/ledger.sqlite"))


def card(**more) -> MethodCard:
    return MethodCard(claim="it gains", mechanism="less noise", expected_effect=0.02, **more)


# The probability on the card


def test_a_card_without_probability_has_the_json_of_earlier_versions():
    assert set(card().model_dump(mode="json")) == {"claim", "mechanism", "expected_effect"}
    assert card(probability=0.0).model_dump(mode="json")["probability"] == 0.0
    assert MethodCard(**card(probability=0.3).model_dump()) == card(probability=0.3)


@pytest.mark.parametrize("ledger", LEDGERS, ids=lambda one: str(one.relative_to(FROZEN)))
def test_cards_of_earlier_ledgers_are_written_as_they_were(ledger):
    with Ledger(ledger, create=False) as stored:
        entries = {one.number: one for one in stored.entries(Submitted.kind)}
        for number, submitted in read_records(entries.values(), Submitted).items():
            again = submitted.submission.card.model_dump(mode="json")
            assert json.dumps(again) == json.dumps(
                {name: entries[number].body["card"][name] for name in again}
            )
            assert set(again) == set(entries[number].body["card"])


@pytest.mark.parametrize("wrong", [-0.01, 1.01, float("nan"), "0.5", True])
def test_a_probability_is_a_number_from_0_to_1(wrong):
    with pytest.raises(ValidationError, match="probability"):
        card(probability=wrong)
