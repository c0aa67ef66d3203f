"""Costs of an oversight contest: one hard cap for all models, and no reply is paid for twice."""

from __future__ import annotations

import json
import shlex
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from truing.errors import CapError, EngineError, UserError
from truing.oversight import Requests, Spent
from truing.oversight.local import PromptTooLong
from truing.oversight.spending import SharedBudget, read_spending
from truing.report.page._command import command_of
from truing.research import MethodCard, OversightContest, Referee, ResearchConfig, Submission
from truing.research.doors import LocalDoor
from truing.research.doors._worker import work
from truing.research.problems import estimate_contest
from truing.run_files import SECRET, SPENDING
from truing.runs import find_run

pytestmark = [  # of Inspect, and of what it leaves to be collected
    pytest.mark.filterwarnings("ignore:The 'initial' parameter:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
PRICES = {"judge": (1.0, 1.0), "debater": (1.0, 1.0)}  # a scripted reply costs 0.0001 dollars
CARD = MethodCard(claim="it helps", mechanism="a reason", expected_effect=0.1)
PROTOCOL = Submission(content="declaration,quotes=0,words=20", card=CARD)


class Model:
    """A scripted model that argues as a debater, and as the judge believes the first answer."""

    def __init__(self) -> None:
        from inspect_ai.model import get_model

        from truing.oversight.evals import give_model

        self.asked: list[str] = []
        self.error: Exception | None = None
        self.verdict = "<verdict>\nA: 90%\nB: 10%\n</verdict>"
        answer = lambda *given: self.reply(*given)  # noqa: E731  (a test may replace `reply`)
        self.name = give_model(get_model("mockllm/model", custom_outputs=answer))

    def reply(self, messages: Any, *_: Any) -> Any:
        from inspect_ai.model import ModelOutput, ModelUsage

        self.asked.append("\n".join(one.text for one in messages))
        if self.error:
            raise self.error
        text = f"{self.verdict}\n<argument>Because of it.</argument>"
        output = ModelOutput.from_content("mockllm/model", text)
        output.usage = ModelUsage(input_tokens=50, output_tokens=50, total_tokens=100)
        return output

    def contest(self, **given: Any) -> ResearchConfig:
        problem = OversightContest(
            questions=("cases,count=12",),
            other_questions=(),
            judge=self.name,
            debater=self.name,
            baseline="debate,rounds=1,quotes=0",
            seeds=2,
            **given,
        )
        return ResearchConfig(problem=problem, files=False, finalists=1)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TRUING_STORE", str(tmp_path / "store"))


@pytest.fixture
def one_at_a_time(monkeypatch):
    monkeypatch.setattr("truing.research.problems._contest_plays.AT_ONCE", 1)


def spent(place: Path) -> Any:
    return read_spending((place / SPENDING).read_bytes())


def opened(place: Path, config: ResearchConfig | None = None, **given: Any) -> Referee:
    """The referee in a folder, with a fixed secret and therefore fixed questions."""
    place.mkdir(exist_ok=True)
    (place / SECRET).write_bytes(b"a" * 32)
    return Referee(place, config, **given)


def test_a_contest_stops_at_its_cap_and_continues_with_a_higher_cap_without_paying_twice(
    tmp_path, monkeypatch
):
    model, place = Model(), tmp_path / "referee"
    referee = opened(place, model.contest(spend=0.004, prices=PRICES))
    number = referee.submit("alice", PROTOCOL).number
    with pytest.raises(CapError, match=r"the cap of 0\.004 dollars .*a higher cap"):
        referee.score(number)
    assert referee.result(number).status == "accepted"
    assert 0 < spent(place).charged.dollars <= 0.004
    with pytest.raises(CapError):
        work(referee, until_empty=True)
    again = opened(place, requests=Requests(spend=1.0))
    assert again.score(number).status == "scored"
    (verdict,) = again.close()
    assert verdict.gains["sealed"][0].low <= 0 <= verdict.gains["sealed"][0].high

    monkeypatch.setenv("TRUING_STORE", str(tmp_path / "other"))
    alone = opened(tmp_path / "uncapped", (whole := Model()).contest())
    alone.score(alone.submit("alice", PROTOCOL).number)
    alone.close()
    assert len(model.asked) == len(whole.asked)
    found = spent(place)
    assert found.charged.dollars == pytest.approx(len(model.asked) * 100e-6)
    assert set(found.roles) == {"judge", "debater"}
    assert found.spend == 1.0


def test_forced_choices_are_charged_and_a_model_without_log_probabilities_fails_no_submission(
    tmp_path,
):
    from inspect_ai.model import Logprob, Logprobs, TopLogprob

    model = Model()
    referee = opened(tmp_path / "referee", model.contest(verdict="logprobs"))
    number = referee.submit("alice", PROTOCOL).number
    with pytest.raises(EngineError, match="returned no log-probabilities"):
        referee.score(number)
    assert referee.result(number).status == "accepted"

    choosing = Model()
    plain, asked = choosing.reply, []

    def reply(messages: Any, tools: Any, choice: Any, config: Any) -> Any:
        output = plain(messages)
        asked.append(bool(config.logprobs))
        if config.logprobs:
            top = [TopLogprob(token=digit, logprob=-1.0 - int(digit)) for digit in "12"]
            first = Logprob(token="1", logprob=-2.0, top_logprobs=top)
            output.choices[0].logprobs = Logprobs(content=[first])
        return output

    choosing.reply = reply
    referee = opened(tmp_path / "choosing", choosing.contest(verdict="logprobs"))
    assert referee.score(referee.submit("alice", PROTOCOL).number).status == "scored"
    # Both protocols have equal transcripts, so their choices are paid for once: two for each play.
    assert sum(asked) == 2 * referee.problem.items * 2
    assert spent(tmp_path / "choosing").roles["judge"].calls == sum(asked)


def test_a_refused_configuration_leaves_no_cap_to_the_next_one(tmp_path):
    model, place = Model(), tmp_path / "referee"
    with pytest.raises(UserError, match="but most_calls is 1"):
        opened(place, model.contest(spend=0.004, prices=PRICES, most_calls=1))
    assert not (place / SPENDING).exists()
    opened(place, model.contest(spend=50.0, prices=PRICES))
    assert spent(place).spend == 50.0


def test_a_cap_in_dollars_needs_the_prices_of_both_models():
    with pytest.raises(UserError, match="needs a price for every model"):
        Model().contest(spend=1.0, prices={"judge": (1.0, 1.0)})
    with pytest.raises(UserError, match="prices are of judge and debater, got 'critic'"):
        Model().contest(prices={"critic": (1.0, 1.0)})
    with pytest.raises(UserError, match=r"prices\.judge must have at least 2 values, got 1"):
        Model().contest(prices={"judge": (1.0,)})
    with pytest.raises(UserError, match="questions must have at least 1 value, got 0"):
        OversightContest(questions=())


def test_a_protocol_that_a_model_cannot_read_fails_and_an_absent_model_does_not(
    tmp_path, one_at_a_time
):
    model = Model()
    referee = opened(tmp_path / "referee", model.contest(limit=6))
    model.error = ValueError("the key is wrong: Case 7")
    number = referee.submit("alice", PROTOCOL).number
    with pytest.raises(Exception, match="the key is wrong"):
        referee.score(number)
    assert referee.result(number).status == "accepted"
    before, model.error = len(model.asked), PromptTooLong("the prompt has 9000 tokens")
    receipt = referee.score(number)
    assert (receipt.status, receipt.reason) == ("failed", "a request is longer than a model reads")
    assert len(model.asked) - before <= 2  # no play sends a request after the first failure


def test_a_model_without_a_key_fails_no_submission_and_starts_no_server(
    tmp_path, monkeypatch, capsys
):
    """The operator's mistake costs researchers nothing."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    config = Model().contest(limit=6)
    problem = config.problem.model_copy(update={"judge": "openai/gpt-4o-mini"})
    config = config.model_copy(update={"problem": problem})
    referee = opened(tmp_path / "referee", config)
    number = referee.submit("alice", PROTOCOL).number
    with pytest.raises(EngineError, match=r"OPENAI_API_KEY.*; the submission is scored after that"):
        referee.score(number)
    assert referee.result(number).status == "accepted"
    path = tmp_path / "contest.json"
    path.write_text(config.model_dump_json())
    words = ["referee", "serve", "--config", str(path), "--folder", str(tmp_path / "served")]
    code, shown = command(words, monkeypatch, capsys)
    assert (code, "OPENAI_API_KEY" in shown.err) == (2, True)
    assert not (tmp_path / "served").exists()


def test_a_judge_whose_verdicts_cannot_be_read_is_a_failure_and_not_an_accuracy_of_0(tmp_path):
    model = Model()
    model.verdict = "I cannot decide."
    referee = opened(tmp_path / "referee", model.contest(limit=6))
    receipt = referee.score(referee.submit("alice", PROTOCOL).number)
    assert receipt.reason == "no verdict of the judge could be read under the baseline"
    assert referee.close() == ()


def test_an_agent_does_not_read_why_the_referee_could_not_score(tmp_path, one_at_a_time):
    from truing.loops import run_coroutine
    from truing.research.doors._tools import AgentTools

    model = Model()
    model.error = ValueError("cannot answer: Case 7 points to the lake")
    tools = AgentTools(
        LocalDoor(Referee(tmp_path / "referee", model.contest()), "bob"), RuntimeError
    )
    card = CARD.model_dump()
    with pytest.raises(RuntimeError, match="the submission is accepted") as refused:
        run_coroutine(tools.submit_method("composition", card, PROTOCOL.content))
    assert "Case 7" not in str(refused.value)


def test_threads_share_a_budget_and_none_exceeds_its_cap(tmp_path):
    import asyncio

    shared = SharedBudget(tmp_path / SPENDING, {"judge": ["a/b"]}, tokens=1000)
    refused: list[str] = []

    async def call() -> None:
        with shared.open() as budget:
            try:
                number = await budget.reserve("judge", "a/b", Spent(60, 40))
            except Exception as error:
                refused.append(str(error))
                return
            await asyncio.sleep(0.01)
            budget.settle(number, "judge", "a/b", Spent(30, 20), "")

    async def several() -> None:
        await asyncio.gather(*(call() for _ in range(8)))

    threads = [threading.Thread(target=asyncio.run, args=(several(),)) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    found = spent(tmp_path)
    assert 900 < found.charged.total <= 1000
    assert found.charged.total == 50 * (32 - len(refused))
    assert "--tokens" in refused[0]
    assert shared.stopped


def test_the_estimate_counts_the_calls_of_the_baseline_exactly():
    config = Model().contest()
    costs = {(one.part, one.role): one.calls for one in estimate_contest(config.problem, 4, 1)}
    assert costs["baseline", "judge"] == 12 * 2
    assert costs["baseline", "debater"] == 12 * 2 * 2
    assert costs["submissions", "judge"] > costs["finalists", "judge"] > 0


def test_the_estimate_counts_no_more_than_max_tokens_for_a_reply():
    short = ("openai/gpt-4o-mini,max_tokens=50", "hf/some-model")
    long = ("openai/gpt-4o-mini", "openai/gpt-4o")
    some = {"questions": ("cases,count=12",), "other_questions": (), "seeds": 2}
    less, more = (
        estimate_contest(OversightContest(judge=judge, debater=debater, **some), 4, 1)
        for judge, debater in (short, long)
    )
    for one, other in zip(less, more, strict=True):
        assert one.tokens.written < other.tokens.written
        assert one.tokens.read <= other.tokens.read
        if one.role == "judge":
            assert one.tokens.written <= 50 * one.calls + 1


def command(words: list[str], monkeypatch: Any, capsys: Any) -> tuple[int, Any]:
    """Exit code and output of a command."""
    from truing.cli import main

    monkeypatch.setattr(sys, "argv", ["truing", *words])
    with pytest.raises(SystemExit) as left:
        main()
    return int(left.value.code or 0), capsys.readouterr()


SMALL = ["research", "--problem", "oversight", "--task", "cases,count=20", "--seeds", "2"]


def test_the_estimate_of_simulated_models_is_0_dollars_and_asks_for_no_price(monkeypatch, capsys):
    code, shown = command([*SMALL, "--trials", "2", "--estimate"], monkeypatch, capsys)
    assert (code, shown.out.count("is simulated and costs nothing")) == (0, 2)
    assert "--price" not in shown.out
    code, shown = command([*SMALL, "--trials", "2", "--estimate", "--json"], monkeypatch, capsys)
    assert {one["dollars"] for one in json.loads(shown.out)["typical"]} == {0.0}


def test_programs_search_for_declarations_offline_and_the_result_is_called_simulated(
    tmp_path, monkeypatch, capsys
):
    out = str(tmp_path / "run")
    words = [*SMALL, "--trials", "2", "--finalists", "1", "--out", out]
    code, shown = command([*words, "--json"], monkeypatch, capsys)
    found = json.loads(shown.out)
    assert (code, found["simulated"], "spending" in found) == (0, True, False)
    (finalist,) = found["researchers"]["search"]["finalists"]
    assert finalist["content"].startswith("declaration")
    assert "simulated" in (tmp_path / "run" / "report.html").read_text().lower()
    printed = shlex.split(command_of(find_run(tmp_path / "run")))  # of the report
    again, _ = command([*printed[1:], "--out", out, "--json"], monkeypatch, capsys)
    assert (again, printed[0]) == (0, "truing")


def test_a_run_at_its_cap_has_exit_code_3_and_says_how_to_continue(tmp_path, monkeypatch, capsys):
    model = Model()
    words = [*SMALL, "--limit", "10", "--judge", model.name, "--debater", model.name]
    words += ["--control", "none", "--trials", "1", "--out", str(tmp_path / "run")]
    caps = ["--price", "judge=1/1", "--price", "debater=1/1", "--spend"]
    code, shown = command([*words, *caps, "0.006"], monkeypatch, capsys)
    assert (code, "--spend" in shown.err, "higher cap" in shown.err) == (3, True, True)
    before = len(model.asked)
    code, shown = command([*words, "--spend", "5"], monkeypatch, capsys)
    assert (code, f"{len(model.asked)} calls" in shown.out) == (0, True)
    assert before < len(model.asked)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--judge", "a/b"], "--judge is an option of --problem oversight, not of weak-to-strong"),
        (["--problem", "oversight", "--weak", "pca-4"], "--weak is an option of --problem weak"),
        (["--problem", "oversight", "--turns", "9"], "--turns is an option of --researcher agent"),
        (["--problem", "oversight", "--price", "agent=1/1"], "unknown role or model 'agent'"),
        (["--problem", "oversight", "--judge", "nosuch/model"], "nosuch"),
        (["--problem", "oversight", "--debater", "truing/debatr"], "did you mean debater"),
        (["--problem", "oversight", "--judge", "truing/judge:skil=1"], "unknown argument 'skil'"),
        (["--problem", "oversight", "--most-calls", "2"], "needs 3 model calls per play, but"),
        (["--problem", "oversight", "--baseline", "debat"], "did you mean"),
        (
            ["--problem", "oversight", "--judge", "openai/x", "--spend", "1"],
            "needs a price for every model",
        ),
    ],
)
def test_wrong_options_of_contests_are_refused_in_one_line_and_leave_no_folder(
    words, why, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    out = tmp_path / "run"
    code, shown = command(["research", *words, "--out", str(out)], monkeypatch, capsys)
    assert (code, why in shown.err) == (2, True), shown.err
    assert not out.exists()


def test_a_served_contest_is_estimated_from_its_configuration(tmp_path, monkeypatch, capsys):
    path = tmp_path / "contest.json"
    problem = {"kind": "oversight", "questions": ["cases,count=20"], "other_questions": []}
    problem |= {"judge": "openai/gpt-4o-mini", "prices": {"judge": [1, 2]}, "spend": 5}
    path.write_text(json.dumps({"problem": problem, "budget": {"each": 2, "all": 4}}))
    words = ["referee", "serve", "--config", str(path), "--folder", str(tmp_path / "r")]
    code, shown = command([*words, "--estimate", "--json"], monkeypatch, capsys)
    typical = {(one["part"], one["role"]): one for one in json.loads(shown.out)["typical"]}
    assert code == 0
    assert typical["baseline", "judge"]["calls"] == 20 * 3
    assert typical["submissions", "judge"]["dollars"] > 0
    assert not (tmp_path / "r").exists()
    path.write_text("{}")
    code, shown = command([*words, "--spend", "3"], monkeypatch, capsys)
    assert (code, "--spend is an option of the problem oversight" in shown.err) == (2, True)
