"""Contests whose judge chooses a digit, and what a user reads before a contest starts."""

from __future__ import annotations

import json

import pytest

from truing.errors import UserError
from truing.oversight import Call, Reply
from truing.oversight.protocols import PROTOCOLS
from truing.oversight.questions import load_questions
from truing.research import (
    Budget,
    MethodCard,
    OversightContest,
    Referee,
    ResearchConfig,
    Submission,
    spend_budget,
)
from truing.research.problems import OversightProblem, contest_remarks
from truing.research.problems._allowed_compositions import count_allowed
from truing.research.problems._contest_costs import _mean
from truing.research.problems._contest_remarks import fewest_questions
from truing.research.problems._limited_host import LimitedHost
from truing.research.researchers import RESEARCHERS
from truing.studies import Store

SECRET, SEEDS = b"a" * 32, (11, 12)
FEW = {"questions": ("cases,count=20",), "other_questions": (), "seeds": 2}
CHOOSING = OversightContest(**FEW, verdict="logprobs")
CARD = MethodCard(claim="it helps", mechanism="a reason", expected_effect=0.1)


def composed(text: str) -> Submission:
    return Submission(content=text, card=CARD)


def test_the_judge_chooses_digits_in_both_orders_under_submission_and_baseline(
    tmp_path, monkeypatch
):
    asked: list[tuple[Call, Reply]] = []
    real = LimitedHost.ask

    async def record(self, call):
        asked.append((call, await real(self, call)))
        return asked[-1][1]

    monkeypatch.setattr(LimitedHost, "ask", record)
    problem = OversightProblem(CHOOSING, SECRET, Store(str(tmp_path)))
    submitted = problem.check(composed("declaration,quotes=6"))
    (gain,) = problem.evaluate(submitted, "climb", SEEDS).gains
    verdicts = [(call, reply) for call, reply in asked if call.what == "verdict"]
    assert {call.letters for call, _ in verdicts} == {"12"}
    read = [reply.log_probabilities for _, reply in verdicts]
    assert read[::2] == [one[::-1] for one in read[1::2]]  # it reads the same clues in both orders
    plays = 2 * len(SEEDS) * len(problem.tiers.places["climb"]["cases,count=20"])
    assert len(verdicts) == 2 * plays
    assert gain.value > 0.0
    assert problem.describe()["verdict"] == "logprobs"
    assert "forced choice" in problem.describe()["aim"]


def test_a_forced_choice_counts_as_two_calls_in_limits_and_estimates():
    text = OversightContest(**FEW)
    with pytest.raises(UserError, match="needs 4 model calls per play, but most_calls is 3"):
        OversightProblem(CHOOSING.model_copy(update={"most_calls": 3}), SECRET, Store())
    rules = PROTOCOLS.build(text.baseline).value
    asked = load_questions(FEW["questions"][0]).questions
    calls = [_mean(contest, [rules], [(asked, 20.0)]) for contest in (text, CHOOSING)]
    assert calls[1]["judge"][0] == 2 * calls[0]["judge"][0]
    assert calls[1]["debater"] == calls[0]["debater"]


def test_a_judge_that_gives_no_log_probabilities_is_refused_when_the_contest_is_configured():
    with pytest.raises(UserError, match="anthropic returns no log-probabilities") as refused:
        OversightContest(**FEW, judge="anthropic/claude-3-5-haiku-latest", verdict="logprobs")
    assert "\n" not in str(refused.value)
    with pytest.raises(UserError, match="verdict"):
        OversightContest(**FEW, verdict="tokens")
    with pytest.raises(UserError, match="is an embedded speaker, which gives no verdicts"):
        OversightProblem(OversightContest(**FEW, judge="truing/debater"), SECRET, Store())


def test_too_few_sealed_questions_for_any_verdict_are_stated():
    (line,) = contest_remarks(OversightContest(**FEW), submissions=20)
    assert line.startswith("cases,count=20 has 8 sealed questions")
    assert "needs 10 or more" in line
    assert "a set of 25 or more questions" in line
    assert contest_remarks(OversightContest(**FEW), submissions=2) == []
    for submissions in (1, 20, 1000):
        fewest = fewest_questions(submissions)
        assert submissions * 2.0 ** (1 - fewest) < 0.05 <= submissions * 2.0 ** (2 - fewest)


def test_few_allowed_compositions_are_stated_and_the_budget_is_spent_on_them(tmp_path):
    contest = OversightContest(**FEW, most_calls=3)
    (line,) = contest_remarks(contest, submissions=1)
    assert line.startswith("most_calls 3 allows 13 of 432 combinations")
    asked = load_questions(FEW["questions"][0]).questions
    assert count_allowed(contest, asked, 5) == 5  # it stops when there are enough
    config = ResearchConfig(problem=contest, budget=Budget(each=2), finalists=1, seed=1)
    referee = Referee(tmp_path, config)
    spend_budget(referee, "random", RESEARCHERS.build("random").value)
    assert referee.budget("random").left == 0
    problem = referee.problem
    for submitted in referee.state.read().submissions.values():
        content = referee.records.submission(submitted)[1].submission.content
        assert problem._calls(content) <= 3


def test_a_served_folder_is_not_resumed_but_served_again_or_closed(tmp_path, truing):
    from truing.lab import report_referee

    place = tmp_path / "served"
    referee = Referee(place, ResearchConfig(problem=OversightContest(**FEW)))
    referee.submit("ada", composed("declaration,rounds=2"))
    for report in (False, True):
        if report:
            report_referee(place)
        code, out, err = truing("research", "resume", place)
        assert (code, out) == (2, "")
        assert "is the folder of a served referee" in err
        assert f"truing referee serve --folder {place}" in err


def test_a_contest_that_cannot_be_played_makes_no_folder(tmp_path, truing):
    config, place = tmp_path / "contest.json", tmp_path / "served"
    config.write_text(
        ResearchConfig(problem=OversightContest(**FEW, most_calls=2)).model_dump_json()
    )
    code, _, shown = truing("referee", "serve", "--config", config, "--folder", place)
    assert (code, place.exists()) == (2, False)
    assert "truing: note: cases,count=20 has 8 sealed questions" in shown
    assert "needs 3 model calls per play, but most_calls is 2" in shown


def test_the_command_of_a_report_repeats_the_form_of_the_verdicts():
    from truing.report.page._research_command import research_words

    config = ResearchConfig(problem=CHOOSING).model_dump(mode="json")
    words = list(research_words({"config": json.loads(json.dumps(config)), "researchers": []}))
    assert words[words.index("--verdict") + 1] == "logprobs"
