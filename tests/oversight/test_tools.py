"""Tools: calculator, search and Python, what a model reads of them, and what they cost."""

from __future__ import annotations

import asyncio

import pytest
from inspect_ai import eval as inspect_eval
from inspect_ai.model import ModelOutput, ModelUsage, get_model

from tests.oversight.conftest import QUESTION, EmbeddedHost, ScriptedHost, run
from truing.errors import UserError
from truing.oversight import Call, Match, PlayOptions, Reply, estimate, transcribe
from truing.oversight.agents import expected_accuracy
from truing.oversight.evals import InspectHost, oversight_task
from truing.oversight.evals._tools import check_sandbox
from truing.oversight.protocols import PROTOCOLS, setups
from truing.oversight.questions import load_questions
from truing.oversight.tools import PASSAGES, TOOL_ROUNDS, Toolbox, ToolUse, calculate, search

EVEN = "<verdict>A: 50%\nB: 50%</verdict>"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("2 * (3 + 4) ** 2", "98"),
        ("-7 // 2", "-4"),
        ("7 % 4 + 0.5", "3.5"),
        ("1/3", "0.333333333333"),
        ("2 ** 100", str(2**100)),
        ("10 ** -2", "0.01"),
        (" +5 ", "5"),
    ],
)
def test_the_calculator_calculates(expression, value):
    assert calculate(expression) == value


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("__import__('os').system('ls')", "only numbers"),
        ("(1).__class__", "only numbers"),
        ("x + 1", "only numbers"),
        ("[1, 2]", "only numbers"),
        ("'a' * 9", "only numbers"),
        ("True + 1", "only numbers"),
        ("2j", "only numbers"),
        ("2 ^ 3", "only numbers"),
        ("1 if 2 else 3", "only numbers"),
        ("9 ** 9 ** 9", "too large"),
        ("(2 ** 4000) * (2 ** 4000)", "too large"),
        ("1e308 * 10", "too large"),
        ("0 ** -1", "division by zero"),
        ("1 / 0", "division by zero"),
        ("(-8) ** 0.5", "not a real number"),
        ("2 +", "not an arithmetic expression"),
        ("", "not an arithmetic expression"),
        ("(" * 300 + ")" * 300, "more than 400 characters"),
        ("(" * 150 + "1" + ")" * 150, "1"),
        ("-" * 399 + "1", ""),
    ],
)
def test_the_calculator_refuses_everything_else_with_a_reason(expression, why):
    assert why in calculate(expression)


TEXT = "The lamp is red. The door to the red barn is open! Was it raining?\nNo lamp was lit."


def test_a_search_returns_the_sentences_that_match_best():
    assert search(TEXT, "lamp") == "1. The lamp is red.\n2. No lamp was lit."
    assert search(TEXT, "red lamp").startswith("1. The lamp is red.\n")
    assert search(TEXT, "BARN?") == "1. The door to the red barn is open!"
    assert search(TEXT, "unicorn") == search("", "lamp") == "No passage contains these words."


def test_a_search_returns_few_short_passages():
    found = search(" ".join(["word"] * 1000), "word").splitlines()
    assert len(found) == PASSAGES
    assert all(len(one.split()) == 41 for one in found)  # the number, and 40 words


def test_only_a_role_with_search_gets_the_hidden_text_in_its_tools():
    host = ScriptedHost(lambda call: EVEN if call.what == "verdict" else "It was Fir.")
    run("debate,rounds=1,tools=calculator,judge_tools=search+calculator", host)
    boxes = {call.seat: call.tools for call in host.calls}
    assert boxes["Judge"] == Toolbox(("search", "calculator"), QUESTION.hidden)
    assert boxes["Debater A"] == Toolbox(("calculator",), "")


def test_the_rules_name_the_roles_that_can_search():
    host = ScriptedHost(lambda call: EVEN)
    run("debate,rounds=1,tools=search,judge_tools=search", host)
    for call in host.calls:
        assert "It can be searched by the judge." in call.messages[0][1]
    host = ScriptedHost(lambda call: EVEN)
    run("debate,rounds=1,tools=search", host)
    assert not any("searched" in call.messages[0][1] for call in host.calls)


def test_tool_uses_are_in_the_transcript_and_in_no_prompt():
    use = ToolUse("calculator", "6*7", "CANARY 42")

    def reply(call):
        text = EVEN if call.what == "verdict" else "It was Fir."
        return Reply(text, tool_uses=(use,), calls=2) if call.tools else Reply(text)

    host = ScriptedHost(reply)
    came = run("debate,rounds=1,tools=calculator,judge_tools=calculator", host)
    assert came.calls == 6
    told = transcribe(came)
    assert [(one.speaker, one.tool_uses) for one in told] == [
        (who, (use,)) for who in ("Debater A", "Debater B", "Judge")
    ]
    assert told[0].to_json()["tool_uses"] == [
        {"name": "calculator", "input": "6*7", "output": "CANARY 42"}
    ]
    assert not any("CANARY" in text for call in host.calls for _, text in call.messages)


def output(text="", tool="", more=0, **given):
    """A reply of a mock model, or its request for one or more uses of a tool."""
    if not tool:
        made = ModelOutput.from_content("mockllm", text)
    else:
        made = ModelOutput.for_tool_call("mockllm", tool, given, tool_call_id="call_0")
        made.message.tool_calls *= 1 + more
    made.usage = ModelUsage(input_tokens=10, output_tokens=5, total_tokens=15)
    return made


def ask(tmp_path, monkeypatch, toolbox, *outputs, repeat=1):
    """The replies to a request with tools, which is repeated with the same cache, and the host."""
    monkeypatch.setenv("INSPECT_CACHE_DIR", str(tmp_path))
    model = get_model("mockllm/model", custom_outputs=list(outputs), memoize=False)
    messages = ("system", "You are the judge."), ("user", "Which?")
    call = Call("judge", 0, "Judge", "verdict", messages, tools=toolbox)

    async def all_replies():
        hosts = [InspectHost({"judge": [model]}, "q1", cache=True) for _ in range(repeat)]
        return [await host.ask(call) for host in hosts], hosts[-1]

    return asyncio.run(all_replies())


BOX = Toolbox(("calculator", "search"), TEXT)


def test_a_model_uses_tools_before_it_replies_and_every_reply_is_cached(tmp_path, monkeypatch):
    uses = (
        ToolUse("calculator", "6 * 7", "42"),
        ToolUse("search", "barn", "1. The door to the red barn is open!"),
    )
    replies, host = ask(
        tmp_path,
        monkeypatch,
        BOX,
        output(tool="calculator", expression="6 * 7"),
        output(tool="search", query="barn", more=3),
        output(EVEN),
        repeat=2,
    )
    assert replies == [Reply(EVEN, tool_uses=uses, calls=3)] * 2
    assert (host.usage["judge"].read, host.usage["judge"].written) == (30, 15)


def test_a_model_that_only_uses_tools_must_answer_in_the_end(tmp_path, monkeypatch):
    again = [output(tool="calculator", expression=f"{n}+0") for n in range(9)]
    (reply,), _ = ask(tmp_path, monkeypatch, BOX, *again)
    assert len(reply.tool_uses) == TOOL_ROUNDS
    assert reply.calls == TOOL_ROUNDS + 1
    assert reply.stop_reason == "tool_calls"


def test_wrong_uses_of_tools_are_answered_with_an_error(tmp_path, monkeypatch):
    (reply,), _ = ask(
        tmp_path,
        monkeypatch,
        Toolbox(("calculator",)),
        output(tool="search", query="barn"),
        output(tool="calculator", words="x"),
        output(EVEN),
    )
    assert reply.text == EVEN
    assert "not found" in reply.tool_uses[0].output
    assert "expression" in reply.tool_uses[1].output


def sandboxed(tmp_path, monkeypatch, options):
    """The sample of a judge who may run Python and does, in an Inspect evaluation."""
    monkeypatch.setenv("INSPECT_CACHE_DIR", str(tmp_path / "cache"))
    outputs = [output(tool="python", code="print(6 * 7)"), output(EVEN)]
    judge = get_model("mockllm/model", custom_outputs=outputs, memoize=False)
    task = oversight_task(
        "blind,judge_tools=python", load_questions("cases,count=1"), options=options
    )
    (log,) = inspect_eval(
        task,
        model="none/none",
        model_roles={"judge": judge},
        log_dir=str(tmp_path / "logs"),
        display="none",
        fail_on_error=False,
        log_realtime=False,
    )
    return log.samples[0]


def test_python_runs_in_the_sandbox_of_inspect(tmp_path, monkeypatch):
    sample = sandboxed(tmp_path, monkeypatch, PlayOptions(sandbox="local"))
    (entry,) = sample.metadata["transcript"]
    (use,) = entry["tool_uses"]
    assert (use["name"], use["input"], use["output"]) == ("python", "print(6 * 7)", "42\n")
    assert sample.metadata["judgement"]["calls"] == 2


def test_python_without_a_sandbox_fails_with_a_remedy(tmp_path, monkeypatch):
    sample = sandboxed(tmp_path, monkeypatch, None)
    assert "the tool python needs a sandbox" in sample.error.message
    match = Match("blind,judge_tools=python", {"judge": ("truing/judge",)})
    for sandbox, why in [("", "no sandbox is configured"), ("dokcer", "got 'dokcer'")]:
        with pytest.raises(UserError, match=why) as told:
            check_sandbox(match, PlayOptions(sandbox=sandbox))
        assert "--sandbox docker" in str(told.value)


def test_a_judge_that_searches_is_as_good_as_computed():
    """Simulated: three random clues of nine, each understood with probability 0.8."""
    questions = load_questions("cases,count=300")
    rules = PROTOCOLS.build("blind,judge_tools=search").value
    host, right = EmbeddedHost(seed=1), 0.0
    for question, truth in zip(questions.questions, questions.truth(), strict=True):
        came = run(rules, host, next(setups(rules, question)))
        assert came.calls == 2
        right += came.verdict[truth] > 0.5
    expected = sum(expected_accuracy((9, 9), 9, 0.6, PASSAGES, 0.8)) / 2
    assert abs(right / 300 - expected) < 3 * (expected * (1 - expected) / 300) ** 0.5


def test_the_estimate_bounds_the_uses_of_tools():
    questions = load_questions("cases,count=2").questions
    models = {"judge": ["j"], "debater": ["d"]}
    plain, least, most = (
        {one.role: one for one in estimate(name, questions, models, typical=typical)}
        for name, typical in [
            ("debate,rounds=1", False),
            ("debate,rounds=1,tools=search+calculator", True),
            ("debate,rounds=1,tools=search+calculator", False),
        ]
    )
    assert plain["debater"].calls == 4
    assert least["debater"].calls == 2 * 4
    assert most["debater"].calls == (TOOL_ROUNDS + 1) * 4
    assert most["judge"] == plain["judge"]
    assert most["debater"].tokens.read > (TOOL_ROUNDS + 1) * plain["debater"].tokens.read
