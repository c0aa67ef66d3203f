"""Caps on a service that counts: the count is the service's, and no fault or kill breaks a cap."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.oversight import loopback
from tests.warm import KilledTruing
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

    cap = 0.7 * price
    first = oversee("debate,rounds=1", "blind", at_once=at_once, spend=cap)
    assert "the cap of" in first.stopped
    assert first.failures == ()
    assert first.unplayed + len(first.records) == 8
    assert first.unplayed > 0
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


@pytest.mark.parametrize(
    ("fault", "counted", "uncertain"),
    [
        (loopback.failing(503), 0, 0),
        (loopback.rate_limited(), 0, 0),
        (loopback.failing(500), 0, 1),
        (loopback.failing(408), 0, 1),
        (loopback.cut, 0, 1),
        (loopback.garbled, 0, 1),
        (loopback.choiceless, 1, 0),
    ],
    ids=["overloaded", "rate limit", "server error", "given up", "cut", "garbled", "no choice"],
)
def test_a_failed_attempt_costs_what_the_provider_may_have_charged(
    service, oversee, spending, waits, fault, counted, uncertain
):
    """A refused request costs nothing, a counted one its count, any other its upper bound."""
    service.faults = [fault]
    found = oversee("blind", cases=1)
    assert found.failures == ()
    used, judge = found.usage["judge"], spending().roles["judge"]
    assert judge.calls == 2
    assert judge.counted.total == (1 + counted) * (used.read + used.written)
    assert (judge.unknown.total > LIMIT) == bool(uncertain)
    assert judge.open.total == 0


def test_a_cap_stays_until_another_one_replaces_it(service, oversee, spending):
    first = oversee("blind", cases=6, tokens=900)
    assert first.unplayed > 0
    again = oversee("blind", cases=6)
    assert (again.unplayed, spending().cap_tokens) == (first.unplayed, 900)
    assert oversee("blind", cases=6, tokens=90_000).unplayed == 0


def test_embedded_agents_among_paid_models_cost_nothing(service, oversee, spending):
    mixed = {"judge": [JUDGE], "debater": ["truing/debater"]}
    found = oversee("debate,rounds=1", models=mixed, spend=1.0)
    assert set(spending().roles) == {"judge"}
    assert found.unplayed == 0


def test_a_cap_is_never_exceeded_over_kills_and_a_second_run(service, own_store, tmp_path, warm):
    """Killed with -9 twice; calls on their way count at their bound, and then the cap stops."""
    service.delay, at_once = 0.01, 3
    words = ["oversee", "--task", "cases,count=20", "--judge", JUDGE, "--debater", DEBATER]
    words += ["--protocol", "blind", "--protocol", "debate,rounds=1", "--max-tokens", str(LIMIT)]
    words += ["--price", "judge=2/8", "--price", "debater=1/4", "--spend", "0.05"]
    words += ["--max-connections", str(at_once), "--out", str(tmp_path / "run")]
    for kill_at in (5, 15):
        service.kill_at(kill_at, lambda: KilledTruing(warm, words, stderr=subprocess.DEVNULL))
    done = subprocess.run([warm, "-m", "truing", *words], capture_output=True, text=True)
    assert done.returncode == 3, done.stderr
    assert "truing: stopped: the cap of 0.05 dollars (--spend) is reached" in done.stderr
    found = read_spending((tmp_path / "run" / "spending.jsonl").read_bytes())
    assert found.uncertain.dollars > 0.0
    assert dollars(service) <= found.charged.dollars <= 0.05
    ledger = sum(one.calls for one in found.roles.values())
    assert service.arrived <= ledger, "no call was sent without a reservation"
