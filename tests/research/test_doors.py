"""One contract, whichever door a researcher comes by."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import threading
from contextlib import ExitStack
from dataclasses import replace

import pytest
from visitors import (
    CARD,
    METHODS,
    ByCommand,
    ByDoor,
    ByInspect,
    ByMcp,
    RefusedError,
    composition,
    evaluate,
    read_mcp,
    scored,
    tiny_config,
)

from truing.errors import UserError
from truing.research._referee import Referee
from truing.research.doors import HttpDoor, LocalDoor, Tokens, open_door
from truing.research.doors._machine import is_this_machine
from truing.research.doors._server import serving
from truing.research.problems import ChooseProtocolProblem, Evaluation

pytestmark = [  # of Inspect, and of what it leaves to be collected
    pytest.mark.filterwarnings("ignore:The 'initial' parameter:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

DOORS = ("local", "http", "command", "mcp", "inspect")
OPERATIONS = {
    "describe_problem",
    "submit_method",
    "get_result",
    "leaderboard",
    "share_finding",
    "read_findings",
    "budget",
}


@pytest.fixture(autouse=True)
def gains(monkeypatch) -> None:
    """Every protocol gains 1 more than it does: on twenty cases none would reach a step."""
    real = ChooseProtocolProblem.evaluate

    def evaluate(*given):
        (gain,) = real(*given).gains
        return Evaluation((replace(gain, value=gain.value + 1),))

    monkeypatch.setattr(ChooseProtocolProblem, "evaluate", evaluate)


@pytest.fixture
def referee(tmp_path) -> Referee:
    return Referee(tmp_path / "referee", tiny_config())


@pytest.fixture(params=DOORS)
def visit(request, referee):
    """Who comes in under a name."""
    with ExitStack() as stack:
        if request.param == "local":
            yield lambda name: ByDoor(LocalDoor(referee, name))
        elif request.param == "inspect":
            yield lambda name: ByInspect(referee.folder, name)
        else:
            url, tokens = stack.enter_context(serving(referee)), Tokens(referee.folder)
            make = {
                "http": lambda token: ByDoor(HttpDoor(url, token)),
                "command": lambda token: ByCommand(url, token),
                "mcp": lambda token: ByMcp(HttpDoor(url, token)),
            }[request.param]
            yield lambda name: make(tokens.issue(name))


def submission(content: str, **card) -> dict:
    return {"kind": "composition", "content": content, "name": "", "card": {**CARD, **card}}


def count(referee: Referee) -> int:
    return len(referee.ledger.entries())


def test_the_problem_is_described(visit, referee):
    told = visit("ann").ask("describe_problem")
    assert told == json.loads(json.dumps(referee.describe()))
    assert told["budget"] == {"each": 3, "all": 5, "cpu_each": None, "cpu_all": None}
    assert "released" in told["rules"]


def test_a_method_is_scored_once_and_charged_once(visit):
    ann = visit("ann")
    first = scored(ann, METHODS[0])
    assert set(first) == {
        "number",
        "status",
        "released",
        "improved",
        "reason",
        "isolation",
        "hash",
        "head_number",
        "head",
        "public_key",
        "signature",
        "gate",
    }
    assert (first["status"], first["improved"]) == ("scored", True)
    assert scored(ann, METHODS[0]) == first == ann.ask("get_result", number=first["number"])
    spent = ann.ask("budget")
    submissions = {"researcher": "ann", "spent": 1, "left": 2, "each": 3, "all": 5}
    limits = dict.fromkeys(("cpu_left", "cpu_each", "cpu_all"))
    assert spent == {**submissions, "cpu_spent": 0, "cpu_reserved": 0, **limits}


def test_a_result_is_visible_only_to_its_researcher(visit):
    number = scored(visit("ann"), METHODS[0])["number"]
    for strange in (number, 1, 999, 10**30, -1):
        with pytest.raises(RefusedError, match="you have no submission"):
            visit("bob").ask("get_result", number=strange)


def test_the_leaderboard_shows_claims_and_no_method_of_another(visit):
    content = METHODS[0] + ",quotes=3,panel=2"
    scored(visit("ann"), content)
    told = visit("bob").ask("leaderboard")
    (row,) = told["leaderboard"]
    assert set(row) == {"submission", "researcher", "family", "claim", "released"}
    assert (row["researcher"], row["claim"]) == ("ann", CARD["claim"])
    assert "quotes" not in json.dumps(told)


def test_findings_are_shared(visit):
    ann = visit("ann")
    first = ann.ask("share_finding", text="critique is enough")["number"]
    second = ann.ask("share_finding", text="two quotes help")["number"]
    assert ann.ask("share_finding", text="critique is enough")["number"] == first
    read = visit("bob").ask("read_findings")["findings"]
    assert [(one["number"], one["researcher"], one["text"]) for one in read] == [
        (first, "ann", "critique is enough"),
        (second, "ann", "two quotes help"),
    ]
    assert visit("bob").ask("read_findings", since=first)["findings"] == read[1:]


def test_a_full_forum_is_read_page_by_page(referee, monkeypatch):
    ann = LocalDoor(referee, "ann")
    numbers = [ann.share_finding(f"finding {i}").number for i in range(45)]
    read, real = [], referee.ledger.entries
    monkeypatch.setattr(
        referee.ledger, "entries", lambda *given: [read.append(1) or one for one in real(*given)]
    )
    found, more = [], True
    while more:
        told = ann.read_findings(found[-1] if found else 0)
        found, more = [*found, *(one.number for one in told.findings)], told.more
    assert found == numbers
    assert len(read) < 60


REFUSED = [
    (submission(METHODS[0], claim=""), "card.claim must have at least 1 character, got 0"),
    (submission(METHODS[0], expected_effect=7), "expected_effect must be less than"),
    (submission(METHODS[0], probability=1.5), "probability must be less than or equal to 1"),
    (submission("protocol,help=prayer"), "prayer"),
    (submission("protocol,charm=3"), "charm"),
    (submission("../../etc/passwd"), "unknown composition '../../etc/passwd'"),
    (submission("methods.py:mine"), "unknown composition 'methods.py:mine'"),
]


@pytest.mark.parametrize(("given", "why"), REFUSED, ids=[why.split()[-1] for _, why in REFUSED])
def test_an_invalid_method_is_refused_in_one_line_and_changes_nothing(visit, referee, given, why):
    before = count(referee)
    with pytest.raises(RefusedError) as refused:
        visit("ann").ask("submit_method", **given)
    assert why in str(refused.value)
    assert "\n" not in str(refused.value)
    assert count(referee) == before


def test_a_spent_budget_is_refused_and_changes_nothing(visit, referee):
    for content in METHODS[:3]:
        scored(visit("ann"), content)
    before = count(referee)
    with pytest.raises(RefusedError, match="your budget of 3 submissions is spent"):
        visit("ann").ask("submit_method", **submission(METHODS[3]))
    assert count(referee) == before
    assert scored(visit("ann"), METHODS[0])["status"] == "scored"  # which costs nothing


def test_a_card_cannot_be_changed(visit, referee):
    number = scored(visit("ann"), METHODS[0])["number"]
    before = count(referee)
    with pytest.raises(RefusedError, match=f"as submission {number} with another card"):
        visit("ann").ask("submit_method", **submission(METHODS[0], claim="better still"))
    assert count(referee) == before
    assert referee.card(number).model_dump() == CARD


def test_a_closed_research_run_accepts_no_submissions(visit, referee):
    referee.close()
    before = count(referee)
    with pytest.raises(RefusedError, match="closed"):
        visit("ann").ask("submit_method", **submission(METHODS[0]))
    assert count(referee) == before


def test_a_scripted_agent_submits_through_inspect(referee, tmp_path):
    """It reads the problem, submits two methods, reads the leaderboard and shares a finding."""
    steps = [
        ("describe_problem", {}),
        ("submit_method", submission(METHODS[0])),
        ("submit_method", submission(METHODS[1])),
        ("leaderboard", {}),
        ("share_finding", {"text": "critique comes first"}),
        ("budget", {}),
    ]
    arguments = {"folder": str(referee.folder), "researcher": "agent", "direction": "few calls"}
    log = evaluate(arguments, tmp_path / "logs", steps)
    (sample,) = log.samples
    said = sample.messages[0].text
    assert (referee.describe()["aim"] in said, "few calls" in said) == (True, True)
    told = [json.loads(one.text) for one in sample.messages if one.role == "tool"][:6]
    assert [told[1]["status"], told[2]["status"]] == ["scored", "scored"]
    assert told[5]["spent"] == 2
    own = [row["released"] for row in told[3]["leaderboard"]]
    assert sample.scores["best_released"].value == max(own)
    assert [one.text for one in referee.findings()] == ["critique comes first"]
    kinds = [entry.kind for entry in referee.ledger.entries()]
    assert kinds == ["opened", "submission", "outcome", "submission", "outcome", "finding"]


def test_agents_of_several_directions_share_a_forum(referee, tmp_path):
    arguments = {"folder": str(referee.folder), "direction": "panels; quotes"}
    log = evaluate(arguments, tmp_path / "logs", [("share_finding", {"text": "hello"})] * 2)
    assert [one.id for one in log.samples] == ["agent", "agent-2"]
    assert ["panels" in one.messages[0].text for one in log.samples] == [True, False]


def test_agents_of_several_directions_at_an_address_have_a_token_and_a_budget_each(
    referee, tmp_path, monkeypatch
):
    tokens = Tokens(referee.folder)
    held = [tokens.issue(name) for name in ("ann", "bob")]
    steps = [("submit_method", submission(METHODS[0])), ("budget", {})]
    with serving(referee) as url:
        monkeypatch.setenv("TRUING_URL", url)
        monkeypatch.setenv("TRUING_TOKEN", ", ".join(held))
        samples = evaluate({"direction": "panels; quotes"}, tmp_path / "logs", steps).samples
        told = [[one for one in sample.messages if one.role == "tool"] for sample in samples]
    assert [one.id for one in samples] == ["ann", "bob"]
    assert [json.loads(one[1].text)["researcher"] for one in told] == ["ann", "bob"]
    assert [referee.budget(name).spent for name in ("ann", "bob")] == [1, 1]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("{0}", "2 agents need 2 tokens, but TRUING_TOKEN contains 1"),
        ("{0},{0}", "TRUING_TOKEN contains two tokens of the same researcher"),
    ],
)
def test_two_agents_need_tokens_of_two_researchers(given, why, referee, tmp_path, monkeypatch):
    from inspect_ai._util.error import PrerequisiteError

    token = Tokens(referee.folder).issue("ann")
    with serving(referee) as url:
        monkeypatch.setenv("TRUING_URL", url)
        monkeypatch.setenv("TRUING_TOKEN", given.format(token))
        with pytest.raises(PrerequisiteError, match=why):
            evaluate({"direction": "panels; quotes"}, tmp_path / "logs", [])


@pytest.fixture
def late(referee, monkeypatch):
    """The referee scores nothing before this event is set."""
    real, begin = referee.problem.evaluate, threading.Event()

    def evaluate(*given):
        begin.wait()
        return real(*given)

    monkeypatch.setattr(referee.problem, "evaluate", evaluate)
    yield begin
    begin.set()


def test_an_agent_can_wait_for_a_result(referee, late):
    with serving(referee) as url:
        ann = ByMcp(HttpDoor(url, Tokens(referee.folder).issue("ann")))
        receipt = ann.ask("submit_method", **submission(METHODS[0]))
        assert receipt["status"] == "accepted"
        threading.Timer(0.5, late.set).start()
        assert ann.ask("get_result", number=receipt["number"])["status"] == "scored"


def test_a_last_submission_counts_without_waiting(referee, late, tmp_path, monkeypatch):
    monkeypatch.setenv("TRUING_TOKEN", Tokens(referee.folder).issue("ann"))
    with serving(referee) as url:
        monkeypatch.setenv("TRUING_URL", url)
        threading.Timer(1, late.set).start()
        log = evaluate({}, tmp_path / "logs", [("submit_method", submission(METHODS[0]))])
    (score,) = log.samples[0].scores.values()
    assert score.explanation == "1 submissions, of which 1 raised the best released score"


def test_an_inspect_limit_ends_an_agent_and_keeps_its_score(referee, tmp_path):
    again = [("submit_method", submission(METHODS[0]))] * 9
    arguments = {"folder": str(referee.folder)}
    log = evaluate(arguments, tmp_path / "logs", again, token_limit=350)
    assert log.samples[0].limit.type == "token"
    own = [row.released for row in referee.leaderboard()]
    assert [log.samples[0].scores["best_released"].value] == own


def test_an_agent_in_a_sandbox_has_a_shell_besides(referee, tmp_path, monkeypatch):
    from truing.research.doors import _inspect

    monkeypatch.setattr(_inspect, "is_this_machine", lambda host: False)  # as if it were elsewhere
    token = Tokens(referee.folder).issue("ann")
    steps = [("bash", {"command": "echo in the sandbox"}), ("budget", {})]
    with serving(referee) as url:
        monkeypatch.setenv("TRUING_URL", url)
        monkeypatch.setenv("TRUING_TOKEN", token)
        (sample,) = evaluate({"sandbox": "local"}, tmp_path / "logs", steps).samples
    told = [one.text for one in sample.messages if one.role == "tool"]
    assert told[0].strip() == "in the sandbox"
    assert json.loads(told[1])["left"] == 3


def test_a_local_shell_is_refused_with_a_referee_folder_that_it_could_read(referee, tmp_path):
    from inspect_ai._util.error import PrerequisiteError

    arguments = {"folder": str(referee.folder), "sandbox": "local"}
    with pytest.raises(PrerequisiteError, match="could read"):
        evaluate(arguments, tmp_path / "logs", [])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "0.0.0.0", "", "its name"])
@pytest.mark.parametrize("sandbox", ["local", "inspect_ai/local"])
def test_a_local_shell_is_refused_with_a_referee_on_this_machine(
    host, sandbox, referee, tmp_path, monkeypatch
):
    from inspect_ai._util.error import PrerequisiteError

    if host == "its name":
        host = socket.gethostname()
        if not is_this_machine(host):
            pytest.skip("this machine's name resolves to no address of its own")
    monkeypatch.setenv("TRUING_TOKEN", Tokens(referee.folder).issue("ann"))
    with serving(referee) as url:
        monkeypatch.setenv("TRUING_URL", url.replace("127.0.0.1", host or "127.0.0.1"))
        with pytest.raises(PrerequisiteError, match="read the secret and the ledger"):
            evaluate({"sandbox": sandbox}, tmp_path / "logs", [])


def test_a_local_shell_by_the_option_of_inspect_is_refused(referee, tmp_path, monkeypatch):
    """`inspect eval ... -T sandbox=docker --sandbox local` replaces the sandbox of the task."""
    from truing.research.doors import _inspect

    monkeypatch.setenv("TRUING_TOKEN", Tokens(referee.folder).issue("ann"))
    with serving(referee) as url, monkeypatch.context() as patch:
        monkeypatch.setenv("TRUING_URL", url)
        patch.setattr(_inspect.Task, "__init__", _with_local(_inspect.Task.__init__))
        steps = [("bash", {"command": "echo in"})]
        log = evaluate({"sandbox": "docker"}, tmp_path / "logs", steps, status="error")
    assert "read the secret and the ledger" in log.error.message
    assert not [one for one in log.samples[0].messages if one.role == "tool"]


def _with_local(made):
    def make(self, *given, **named):
        made(self, *given, **{**named, "sandbox": "local"})

    return make


def test_addresses_of_other_machines_are_recognized():
    for host in ("192.0.2.1", "2001:db8::1", "no-such-host.invalid", "a" * 300):
        assert not is_this_machine(host)
    for host in ("127.0.0.1", "127.8.9.10", "::1", "localhost"):
        assert is_this_machine(host)


def test_an_inspect_agent_finds_a_served_referee_by_environment_variables(
    referee, tmp_path, monkeypatch
):
    token = Tokens(referee.folder).issue("ann")
    with serving(referee) as url:
        monkeypatch.setenv("TRUING_URL", url)
        monkeypatch.setenv("TRUING_TOKEN", token)
        log = evaluate({}, tmp_path / "logs", [("submit_method", submission(METHODS[0]))])
        assert referee.budget("ann").spent == 1
    assert token not in log.model_dump_json()


def test_a_missing_referee_address_or_token_is_reported(monkeypatch):
    for name in ("TRUING_URL", "TRUING_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(UserError, match="no referee is named; give --url or --referee"):
        open_door()
    with pytest.raises(UserError, match="the token is missing; set TRUING_TOKEN"):
        open_door("http://127.0.0.1:1")


def test_mcp_works_over_standard_input_and_output(referee, tmp_path, warm):
    """`truing mcp` as an agent starts it, and the official client."""
    from mcp import Client, StdioServerParameters

    async def talk(url: str, token: str):
        program = StdioServerParameters(
            command=str(warm),
            args=["-m", "truing", "mcp"],
            env={**os.environ, "TRUING_URL": url, "TRUING_TOKEN": token},
        )
        async with Client(program) as client:
            tools = (await client.list_tools()).tools
            number = await client.call_tool("submit_method", submission(METHODS[0]))
            bad = await client.call_tool("get_result", {"number": 99})
            return tools, read_mcp(number), bad

    with serving(referee) as url:
        tools, receipt, bad = asyncio.run(talk(url, Tokens(referee.folder).issue("ann")))
    assert {one.name for one in tools} == OPERATIONS
    assert all(one.description for one in tools)
    assert receipt["number"] == 2
    assert bad.is_error
    assert bad.content[0].text.endswith("you have no submission 99; see your receipts")


@pytest.mark.parametrize(
    ("operation", "given", "why"),
    [
        ("get_result", {"number": "one"}, "number must be a valid integer"),
        (
            "submit_method",
            {"kind": "composition", "content": METHODS[0]},
            "the field card is missing",
        ),
        ("share_finding", {"text": 3}, "text must be a valid string"),
        ("submit_method", submission(METHODS[0], claim=""), "card.claim must have at least 1 char"),
    ],
)
def test_invalid_mcp_arguments_are_refused_in_one_line(operation, given, why, referee):
    with pytest.raises(RefusedError) as refused:
        ByMcp(LocalDoor(referee, "ann")).ask(operation, **given)
    assert why in str(refused.value)
    assert "\n" not in str(refused.value)


UNKNOWN = [
    ("budget", {"researcher": "bob"}, "none"),
    ("get_result", {"number": 2, "wait": 5}, "number"),
    ("submit_method", {**submission(METHODS[0]), "seed": 3}, "kind, card, content, name, files"),
]


@pytest.mark.parametrize(("operation", "given", "allowed"), UNKNOWN)
def test_an_unknown_argument_is_refused_by_mcp_and_changes_nothing(
    operation, given, allowed, referee
):
    before = referee.ledger.head
    with pytest.raises(
        RefusedError, match=rf"{operation}: unknown argument .*; allowed: {allowed}"
    ):
        ByMcp(LocalDoor(referee, "ann")).ask(operation, **given)
    assert referee.ledger.head == before


def test_an_unknown_argument_is_refused_by_inspect_too(referee):
    with pytest.raises(RefusedError):
        ByInspect(referee.folder, "ann").ask("budget", researcher="bob")


def test_researcher_texts_cannot_control_the_terminal(referee, capsys, monkeypatch):
    """Colours, a title, a cleared screen, letters that run backwards, a forged line."""
    from truing.cli import main

    evil = "\x1b[2J\x1b]0;owned\x07 good\r\n+0.900\u202e mallory\x9b31m"
    door = LocalDoor(referee, "mallory")
    door.submit_method(composition(METHODS[0], {**CARD, "claim": evil}))
    door.share_finding(evil)
    for verb in ("leaderboard", "findings"):
        monkeypatch.setattr(sys, "argv", ["truing", verb, "--referee", str(referee.folder)])
        with pytest.raises(SystemExit):
            main()
        shown = capsys.readouterr().out
        assert "good" in shown
        assert all(one.isprintable() for one in shown.replace("\n", ""))
        assert sum("mallory" in line for line in shown.splitlines()) == 1  # none is forged
