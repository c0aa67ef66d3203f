"""Caps on a service that counts: the count is the service's, and no fault or kill breaks a cap."""

from __future__ import annotations

import shutil

import pytest

from tests.oversight import loopback
from truing.lab import Oversight, run_oversight
from truing.oversight import Requests, Spent, estimate
from truing.oversight.questions import load_questions
from truing.oversight.spending import read_spending

JUDGE, DEBATER = "openai-api/loopback/judge", "openai-api/loopback/debater"
MODELS = {"judge": [JUDGE], "debater": [DEBATER]}
PRICES = {"judge": (2.0, 8.0), "debater": (1.0, 4.0)}
LIMIT = 300  # tokens in a reply


@pytest.fixture
def oversee(tmp_path):
    def run(*protocols, cases=4, models=MODELS, out="run", **requests):
        wanted = Oversight(protocols=protocols, questions=f"cases,count={cases}", **models)
        settings = Requests(max_tokens=LIMIT, prices=PRICES, **requests)
        return run_oversight(wanted, out=tmp_path / out, requests=settings).overseen

    return run


@pytest.fixture
def spending(tmp_path):
    def read(out="run"):
        return read_spending((tmp_path / out / "spending.jsonl").read_bytes())

    return read


def dollars(service):
    """Dollars for what the service counted."""
    return sum(
        Spent(*one.tokens).dollars(PRICES["judge" if '"model":"judge"' in one.body else "debater"])
        for one in service.requests
        if one.paid
    )


def bound(protocol, cases=4):
    costs = estimate(
        protocol, load_questions(f"cases,count={cases}").questions, MODELS, max_tokens=LIMIT
    )
    return sum((one.tokens.dollars(PRICES[one.role]) for one in costs), 0.0)


def test_the_ledger_equals_the_services_count_to_the_token(service, oversee, spending):
    found = oversee("debate,rounds=1", "blind")
    counted = spending().charged.tokens
    assert (counted.read, counted.written) == service.tokens
    assert sum(found.usage.values(), Spent()) == counted
    assert spending().charged.dollars == pytest.approx(dollars(service))
    assert sum(one.calls for one in spending().roles.values()) == len(service.requests)
    assert dollars(service) < bound("debate,rounds=1") + bound("blind")


@pytest.mark.parametrize("at_once", [1, 8])
def test_a_cap_stops_the_run_and_a_higher_cap_continues_it(
    service, oversee, spending, own_store, at_once
):
    service.delay = 0.002
    whole = oversee("debate,rounds=1", "blind", out="whole")
    price = dollars(service)
    service.requests.clear()
    shutil.rmtree(own_store)

    cap = 0.6 * price + 0.01
    first = oversee("debate,rounds=1", "blind", at_once=at_once, spend=cap)
    assert "the cap of" in first.stopped
    assert first.failures == ()
    assert first.unplayed + len(first.records) == 8
    assert 0 < first.unplayed
    assert dollars(service) == pytest.approx(spending().charged.dollars)
    assert dollars(service) <= cap

    again = oversee("debate,rounds=1", "blind", at_once=at_once, spend=cap)
    assert again.records == first.records, "cached replies cost nothing"
    assert dollars(service) <= cap

    last = oversee("debate,rounds=1", "blind", spend=10.0)
    assert (last.stopped, last.unplayed) == ("", 0)
    assert last.records == whole.records
    assert dollars(service) == pytest.approx(spending().charged.dollars)
    assert service.paid_twice == 0
