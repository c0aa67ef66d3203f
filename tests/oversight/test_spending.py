"""Budget and ledger: caps hold, and no crash makes a call cheaper."""

from __future__ import annotations

import json

import anyio
import pytest

from truing.errors import LedgerError, StorageError, UserError
from truing.oversight import Requests, Spent
from truing.oversight.spending import (
    Budget,
    CapReached,
    Charge,
    Ledger,
    SharedBudget,
    check_priced,
    price_of,
    read_spending,
)

PRICES = {"judge": (1.0, 2.0)}
CALL = Spent(100, 50)  # 200 millionths of a dollar
MILLIONTH = 1e-6


@pytest.fixture
def path(tmp_path):
    return tmp_path / "spending.jsonl"


@pytest.fixture
def budget(path):
    """Makes a budget with caps; its ledger is closed at the end of the test."""
    opened = []

    def make(**caps):
        opened.append(Ledger(path))
        return Budget(opened[-1], prices=PRICES, **caps)

    yield make
    for ledger in opened:
        ledger.__exit__()


async def send(budget, tokens, bound=CALL, role="judge"):
    """A call that costs some tokens; None if they are unknown."""
    number = await budget.reserve(role, "m/j", bound)
    await anyio.sleep(0)
    budget.settle(number, role, "m/j", tokens, "" if tokens else "TimeoutError")


async def send_many(budget, count, tokens):
    """Many calls at once; returns the number of calls that were refused."""
    refused = 0

    async def one():
        nonlocal refused
        try:
            await send(budget, tokens)
        except CapReached:
            refused += 1

    async with anyio.create_task_group() as group:
        for _ in range(count):
            group.start_soon(one)
    return refused


def test_calls_that_do_not_fit_wait_until_others_have_ended(budget):
    """All but the last call cost less than their bound, so that more calls fit than bounds."""
    made = budget(tokens=300)
    refused = anyio.run(send_many, made, 20, Spent(10, 5))
    assert (20 - refused) * 15 == made.spending.charged.total
    assert made.spending.charged.total <= 300
    assert 300 - made.spending.charged.total < 150, "another call would have fitted"
    assert made.stopped == (
        "the cap of 300 tokens (--tokens) is reached: 165 are spent, and the next call needs up "
        "to 150"
    )


@pytest.mark.parametrize("tokens", [CALL, None])
def test_the_cap_in_dollars_is_never_exceeded(budget, tokens):
    made = budget(spend=1000 * MILLIONTH)
    assert anyio.run(send_many, made, 20, tokens) == 15
    assert made.spending.charged.dollars == pytest.approx(1000 * MILLIONTH)
    assert "--spend" in made.stopped


def test_without_a_cap_every_call_is_sent_and_counted(budget):
    made = budget()
    assert anyio.run(send_many, made, 5, CALL) == 0
    assert made.spending.charged == Charge(Spent(500, 250), pytest.approx(1000 * MILLIONTH))
    assert made.spending.roles["judge"].calls == 5


def test_a_call_that_was_not_charged_costs_nothing(budget):
    made = budget(tokens=150)
    for _ in range(3):
        anyio.run(send, made, Spent())
    assert made.spending.charged.total == 0
    assert made.spending.roles["judge"].calls == 3


def test_a_killed_call_counts_at_its_bound_in_every_later_run(path, budget):
    anyio.run(budget().reserve, "judge", "m/j", CALL)  # and the process ends here
    first = read_spending(path.read_bytes())
    assert (first.charged.total, first.uncertain.total) == (150, 150)
    later = Budget(_reopened(path), tokens=200, prices=PRICES)
    with pytest.raises(CapReached, match="150 are spent"):
        anyio.run(later.reserve, "judge", "m/j", CALL)


def _reopened(path):
    """The ledger as another process finds it, when this one is gone."""
    copy = path.with_name("copy.jsonl")
    copy.write_bytes(path.read_bytes())
    return Ledger(copy)


@pytest.mark.parametrize("cut", [1, 20, 40])
def test_a_last_line_cut_by_a_crash_makes_no_call_cheaper(path, budget, cut):
    """A cut reservation was not sent; a cut settlement leaves its call at the bound."""
    made = budget()
    anyio.run(send, made, Spent(1, 1))
    content = path.read_bytes()
    path.write_bytes(content[:-cut])
    assert read_spending(path.read_bytes()).charged.total == 150
    reserved = content.splitlines(keepends=True)[0]
    path.write_bytes(reserved[:-cut])
    assert read_spending(path.read_bytes()).charged.total == 0


def test_a_ledger_goes_on_after_a_cut_line(path):
    path.write_bytes(b'{"reserve": 1, "ro')
    with Ledger(path) as ledger:
        ledger.settle(ledger.reserve("judge", "m/j", Charge(CALL)), Charge(Spent(7, 3)))
    assert read_spending(path.read_bytes()).charged.total == 10


@pytest.mark.parametrize("line", ["no JSON", '{"settle": 9}', "[1]", '{"reserve": "x"}', "{}"])
def test_a_damaged_ledger_is_reported_and_not_guessed(path, line):
    path.write_text(f"{line}\n")
    with pytest.raises(LedgerError, match="line 1 of the spending ledger is damaged"):
        Ledger(path)


def test_a_ledger_belongs_to_one_process(path, budget):
    budget()
    with pytest.raises(UserError, match="in use by another command"):
        Ledger(path)


def test_a_ledger_without_permission_is_an_error_of_the_disk(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises((StorageError, UserError), match=r"the ledger .* cannot be written to"):
        Ledger(tmp_path / "folder")


def test_prices_of_a_model_go_before_those_of_its_role():
    prices = {"judge": (1, 2), "openai/a": (3, 4), "openai/a,temperature=0": (5, 6)}
    assert price_of(prices, "judge", "openai/a") == (3, 4)
    assert price_of(prices, "judge", "openai/a,temperature=1") == (3, 4)
    assert price_of(prices, "judge", "openai/a,temperature=0") == (5, 6)
    assert price_of(prices, "judge", "openai/a@1234") == (3, 4)
    assert price_of(prices, "judge", "openai/b") == (1, 2)
    assert price_of(prices, "debater", "openai/b") is None


def test_a_cap_in_dollars_needs_the_price_of_every_model_that_costs_money(path):
    models = {"judge": ["openai/a"], "debater": ["truing/debater"]}
    check_priced(PRICES, models)
    with (
        pytest.raises(UserError, match="openai/b in role 'debater' has none; add --price debater="),
        SharedBudget(path, models | {"debater": ["openai/b"]}, spend=1.0, prices=PRICES).open(),
    ):
        pass
    assert not path.exists()


def test_embedded_agents_have_no_budget(path):
    with SharedBudget(path, {"judge": ["truing/judge"]}, spend=1.0).open() as none:
        assert none is None
    assert not path.exists()


@pytest.mark.parametrize(
    ("caps", "why"),
    [
        ({"spend": 0}, "spend must be a number of dollars above 0, or None for no cap, got 0"),
        ({"spend": "5"}, "spend must be a number of dollars above 0"),
        ({"spend": float("nan")}, "spend must be a number of dollars above 0"),
        ({"tokens": 0}, "tokens must be an integer, 1 or more"),
        ({"tokens": 1.5}, "tokens must be an integer, 1 or more"),
        ({"prices": {"judge": 3}}, r"prices\['judge'\] must be two numbers"),
        ({"prices": {"judge": (1, -1)}}, r"prices\['judge'\] must be two numbers"),
        ({"prices": [1]}, "prices must be a dict"),
    ],
)
def test_invalid_caps_and_prices_are_reported(caps, why):
    with pytest.raises(UserError, match=why):
        Requests(**caps)


def test_the_json_of_spending_has_the_caps_and_all_parts(path, budget):
    made = budget()
    made.ledger.state(2.5, None, PRICES)
    anyio.run(send, made, Spent(10, 5))
    anyio.run(send, made, None)
    stated = json.loads(json.dumps(read_spending(path.read_bytes()).to_json()))
    assert stated["spend"] == 2.5
    assert stated["charged"]["input_tokens"] == 110
    assert stated["uncertain"]["output_tokens"] == 50
    assert stated["roles"]["judge"]["counted"]["dollars"] == pytest.approx(20 * MILLIONTH)
