"""Oversight protocols as submissions: a declaration and prompts, no code. Models are simulated."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

from truing.errors import EngineError, NoAnswerError, UserError
from truing.oversight.prompts._templates import shipped
from truing.oversight.questions import load_questions, make_questions
from truing.research import MethodCard, OversightContest, Referee, ResearchConfig, Submission
from truing.research.folders import FrozenFolder, read_folder
from truing.research.problems import OversightProblem
from truing.research.problems import _oversight as module
from truing.research.problems._declaration import declared_fields, read_declaration
from truing.research.problems._declaration_space import declare
from truing.research.problems._limited_host import LimitedHost
from truing.research.problems._question_tiers import divide_questions
from truing.research.problems._submitted_prompts import give_submitted
from truing.studies import Store
from truing.tasks import Vault

EXAMPLE = Path(__file__).parents[2] / "examples" / "protocol"
SECRET, SEEDS = b"a" * 32, (11, 12)
DEBATE = {"speakers": [{"name": "Debater", "each": True}], "limits": {"quotes": 1}}
CARD = MethodCard(claim="it helps", mechanism="a reason", expected_effect=0.1)
CONTEST = OversightContest(
    questions=("cases,count=30",), other_questions=("cases,count=10,seed=5",), seeds=2
)


@pytest.fixture(scope="module")
def problem(tmp_path_factory) -> OversightProblem:
    return OversightProblem(CONTEST, SECRET, Store(str(tmp_path_factory.mktemp("store"))))


def folder(declaration: object = DEBATE, **prompts: str) -> Submission:
    files = {f"prompts/{name.replace('_', '.')}.md": text for name, text in prompts.items()}
    files["protocol.json"] = json.dumps(declaration)
    return Submission(kind="folder", content=FrozenFolder(files).to_json(), card=CARD)


def test_the_baseline_as_a_submission_gains_exactly_nothing(problem):
    (gain,) = problem.evaluate(problem.check(folder()), "climb", SEEDS).gains
    assert (gain.value, gain.task) == (0.0, "cases,count=30")


def test_more_evidence_helps_the_judge_on_every_tier(problem):
    rich = problem.check(folder({**DEBATE, "limits": {"quotes": 9}}))
    for tier in ("climb", "sealed", "other_tasks"):
        found = problem.evaluate(rich, tier, SEEDS)
        assert found.score > 0
        assert (found.failure, found.isolation) == ("", "")


def test_a_folder_is_submitted_by_the_command_line(tmp_path, truing):
    place = tmp_path / "referee"
    Referee(place, ResearchConfig(problem=CONTEST))
    for words, wanted in (
        (["problem"], "fields of judge: panel"),
        (["submit", "--folder", str(EXAMPLE), "--wait"], "submission 2: scored"),
    ):
        code, out, err = truing(*words, "--referee", place)
        assert (code, wanted in out) == (0, True), err


def test_the_description_states_the_contract_and_no_questions(problem):
    stated = json.dumps(problem.describe())
    assert "points to" not in stated
    assert "Case 1" not in stated
    assert problem.describe()["folders"]["fields"] == declared_fields()
    assert problem.describe()["simulated"] is True


def test_scores_of_a_contest_are_released_in_safe_steps():
    with pytest.raises(UserError, match="min_step_se must be 3 or more, got 1"):
        ResearchConfig(problem=CONTEST, min_step_se=1)


BYPASSES = [
    ({"judge": {"sees_hidden": True}}, "unknown field 'sees_hidden'"),
    ({"judge": {"tools": ["search"]}}, "unknown field 'tools'"),
    ({"judge": {"hears_reasoning_of": ["Debater"]}}, "unknown field 'hears_reasoning_of'"),
    ({"judge": {"model": "oracle"}}, "unknown field 'model'"),
    ({"speakers": [{"name": "D", "each": True, "model": "judge"}]}, "unknown field 'model'"),
    ({"speakers": [{"name": "D", "each": True, "hears_reasoning_of": ["D"]}]}, "unknown field"),
    ({"speakers": [{"each": True}]}, r"speakers\[0\] has no name"),
    ({"speakers": [{"name": "<judge>", "each": True}]}, "must have 1 to 40 letters"),
    ({"rounds": 21}, "rounds must be at most 20, got 21"),
    ({"rounds": "2"}, "rounds must be"),
    ({"rounds": True}, "rounds must be"),
    ({"limits": {"words": 10**9}}, "words must be at most 1000"),
    ({"judge": {"instructions": "x" * 2001}}, "at most 2,000 characters"),
    ({"order": "random"}, "order must be"),
    ({"speakers": [{"name": "D"}]}, "assignment must be fixed, both or open"),
    ({"code": "import os"}, "unknown field 'code'"),
    ([], "must contain one object"),
]


@pytest.mark.parametrize(
    ("declaration", "why"), BYPASSES, ids=[str(one[0])[:50] for one in BYPASSES]
)
def test_a_declaration_cannot_bypass_oversight_or_leave_its_limits(declaration, why):
    with pytest.raises(UserError, match=why) as refused:
        read_declaration(json.dumps(declaration))
    assert "\n" not in str(refused.value)


def test_a_declaration_that_is_not_json_is_refused():
    for text in ("{", "[" * 100_000, ""):
        with pytest.raises(UserError, match="not valid JSON"):
            read_declaration(text)


ATTACKS = [
    "{% for a in answers %}{% for b in answers %}x{% endfor %}{% endfor %}",
    "{% for i in range(100000) %}x{% endfor %}",
    "{% for c in hidden_text %}{{ hidden_text }}{% endfor %}",
    "{{ 'x' * 1000000000 }}",
    "{{ '%09999999d' % 1 }}",
    "{{ question ~ question }}",
    "{% set x = question %}{{ x }}",
    "{% macro m() %}x{% endmacro %}",
    "{{ question.format(1) }}",
    "{{ question | center(1000000000) }}",
    "{{ question | join(question) }}",
    "{{ question | join('aaaa') | join('aaaa') }}",
    "{% for a in answers recursive %}{{ loop(answers) }}{% endfor %}",
    "{% filter upper %}x{% endfilter %}",
    "{{ ().__class__.__bases__ }}{{ lipsum() }}",
]


@pytest.mark.parametrize("template", ATTACKS)
def test_a_template_contains_only_variables_conditions_and_simple_loops(template):
    with pytest.raises(UserError, match=r"may not contain|may loop only|is not allowed here"):
        give_submitted({"verdict.user": template})


def test_the_shipped_templates_may_be_submitted():
    for name, text in shipped().items():
        assert give_submitted({name: text})


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"verdict.user": "x" * 6001}, "at most 6,000 characters, got 6,001"),
        ({f"{name}": "x" * 5500 for name in [*shipped()][:6]}, "at most 30,000"),
        ({"verdict": "x"}, "unknown template 'verdict'"),
        ({"verdict.user": "{{ truth }}"}, "unknown variable 'truth'"),
        ({"verdict.user": "{{ " + "(" * 2000 + "x" + ")" * 2000 + " }}"}, "nested too deeply"),
        ({"verdict.user": "{{ " + "9" * 5000 + " }}"}, "a number that is too long"),
        ({"verdict.user": "{{ "}, "line 1"),
        ({"verdict.user": "{% include 'case.md' %}"}, "may not contain includes"),
    ],
)
def test_prompts_are_limited_and_read_known_variables_only(files, why):
    with pytest.raises(UserError, match=why):
        give_submitted(files)


@pytest.mark.parametrize("path", ["run.py", "prompts/verdict.user.txt", "verdict.user.md", "x.md"])
def test_other_files_are_refused(path, problem):
    files = {"protocol.json": json.dumps(DEBATE), path: "x"}
    content = FrozenFolder(files).to_json()
    with pytest.raises(UserError, match="is not a file of a protocol"):
        problem.check(Submission(kind="folder", content=content, card=CARD))


def test_training_code_and_compositions_are_refused(problem):
    code = FrozenFolder({"run.py": "x"}).to_json()
    with pytest.raises(UserError, match=r"the folder has no protocol\.json"):
        problem.check(Submission(kind="folder", content=code, card=CARD))
    with pytest.raises(UserError, match="it must start with 'declaration'"):
        problem.check(Submission(content="protocol,help=debate", card=CARD))
    with pytest.raises(UserError, match="does not accept the kind 'file'"):
        problem.check(Submission(kind="file", content="x", card=CARD))


def test_a_composition_is_scored_as_the_folder_with_its_declaration(problem):
    composed = problem.check(Submission(content="declaration,quotes=3,order=sequential", card=CARD))
    same = {**DEBATE, "order": "sequential", "limits": {"quotes": 3}}
    scores = [
        problem.evaluate(one, "climb", SEEDS) for one in (composed, problem.check(folder(same)))
    ]
    assert scores[0] == scores[1]
    assert scores[0].score > 0


def test_each_composition_is_a_protocol_and_too_many_calls_are_refused_before_the_charge(problem):
    rng = np.random.default_rng(0)
    for _ in range(200):
        read_declaration(declare(problem.space.sample(rng)))
    with pytest.raises(UserError, match="needs 9 model calls per play, more than the allowed 8"):
        problem.check(Submission(content="declaration,rounds=4", card=CARD))


def test_a_limit_takes_the_first_questions_of_each_set(tmp_path):
    few = CONTEST.model_copy(update={"limit": 8})
    tiers = OversightProblem(few, SECRET, Store(str(tmp_path))).tiers
    climb, sealed = (tiers.places[tier]["cases,count=30"] for tier in ("climb", "sealed"))
    assert sorted([*climb, *sealed]) == list(range(8))


def test_a_question_of_two_climb_sets_counts_once_in_the_step(tmp_path):
    from truing.studies import Store

    first, second = "cases,count=30", "cases,count=30,seed=0"
    both = CONTEST.model_copy(update={"questions": (first, second)})
    alone, shared = (OversightProblem(one, SECRET, Store(str(tmp_path))) for one in (CONTEST, both))
    clusters = shared.tiers.clusters
    assert set(clusters[first]) == set(clusters[second])
    assert shared.items == pytest.approx(alone.items)


def test_a_play_that_breaks_a_limit_fails_for_a_stated_reason(problem, monkeypatch):
    many = problem.check(folder({**DEBATE, "rounds": 9}))
    assert problem.evaluate(many, "climb", SEEDS).failure == "a play needs more than 8 model calls"
    monkeypatch.setattr("truing.research.problems._limited_host.MOST_CHARACTERS", 10)
    long = problem.evaluate(problem.check(folder({**DEBATE, "rounds": 2})), "climb", SEEDS)
    assert long.failure == "a request has more than 10 characters"


def test_progress_counts_no_play_that_failed(tmp_path, monkeypatch):
    seen: list[tuple[str, int, int]] = []
    store = Store(str(tmp_path))
    watched = OversightProblem(CONTEST, SECRET, store, watch=lambda *step: seen.append(step))
    many = watched.check(folder({**DEBATE, "limits": {"quotes": 2}}))
    real, judged = LimitedHost.ask, []

    async def ask(self, call):
        judged.extend([call] * (call.what == "verdict" and seen[-1][0] == "climb, plays"))
        if len(judged) == 4:
            raise UserError("the play is broken")
        return await real(self, call)

    monkeypatch.setattr(LimitedHost, "ask", ask)
    assert watched.evaluate(many, "climb", SEEDS).failure
    questions = len(SEEDS) * len(watched.tiers.places["climb"]["cases,count=30"])
    assert ("climb, baseline", questions, questions) in seen
    assert seen[-1] == ("climb, plays", 3, questions)


def test_the_reason_of_a_failure_contains_no_question(problem, monkeypatch):
    async def fails(self, call):
        raise UserError("the prompt template verdict.user.md cannot be rendered: no 'Case 7: ...'")

    monkeypatch.setattr(LimitedHost, "ask", fails)
    failed = problem.evaluate(problem.check(folder({**DEBATE, "rounds": 3})), "sealed", SEEDS)
    assert failed.failure == "a prompt template cannot be rendered for some question"
    assert "Case 7" in failed.detail  # for the owner only


@pytest.mark.parametrize(
    ("unread", "why"),
    [
        ({"choice"}, "no speaker's choice of an answer could be read, so the judge was not asked"),
        ({"verdict"}, "no verdict of the judge could be read"),
        ({"verdict", "some"}, "in each play, the speaker's choice or the verdict of"),
        ({"some"}, ""),  # these plays count as wrong
    ],
)
def test_a_failure_names_what_could_not_be_read(problem, monkeypatch, unread, why):
    problem.evaluate(problem.check(folder()), "climb", SEEDS)  # the plays of the baseline
    real = LimitedHost.ask

    async def ask(self, call):
        some = call.what == "choice" and crc32(call.messages[1][1].encode()) % 2
        reply = await real(self, call)
        fails = call.what in unread or ("some" in unread and some)
        return replace(reply, text="I cannot say.") if fails else reply

    monkeypatch.setattr(LimitedHost, "ask", ask)
    content = "declaration,speakers=consultant,assignment=open"
    submitted = problem.check(Submission(content=content, card=CARD))
    found = problem.evaluate(submitted, "climb", SEEDS)
    assert found.failure.startswith(why)
    assert bool(found.failure) is bool(why)


def test_a_model_without_an_answer_is_an_infrastructure_error(problem, monkeypatch):
    async def fails(self, call):
        raise NoAnswerError("the service is gone")

    monkeypatch.setattr(LimitedHost, "ask", fails)
    with pytest.raises(EngineError, match="the service is gone"):
        problem.evaluate(problem.check(folder({**DEBATE, "rounds": 4})), "climb", SEEDS)


def test_requests_do_not_depend_on_the_truth_of_any_question(problem, monkeypatch):
    """All questions get another truth: the models are asked the same, and the score differs."""
    asked: list[list[tuple]] = []
    real = LimitedHost.ask

    async def record(self, call):
        asked[-1].append((call.role, call.seat, call.what, call.messages))
        return await real(self, call)

    monkeypatch.setattr(LimitedHost, "ask", record)
    submitted, found = problem.check(folder({**DEBATE, "limits": {"quotes": 3}})), []
    name = CONTEST.questions[0]
    for flipped in (False, True):
        known = problem.sets[name]
        truth = known.truth()
        other = replace(known, vault=Vault(1 - truth if flipped else truth))
        monkeypatch.setitem(problem.sets, name, other)
        monkeypatch.setattr(problem, "_baseline_right", {})
        asked.append([])
        found.append(problem.evaluate(submitted, "climb", SEEDS).gains[0].accuracy)
    assert len(asked[0]) > 100
    assert asked[0] == asked[1]
    assert found[0] != found[1]


def test_the_order_of_answers_is_drawn_from_the_seed_and_equal_for_all_submissions():
    question = load_questions("cases,count=1").questions[0]
    draws = [module._draw(question, seed) for seed in range(40)]
    assert draws == [module._draw(question, seed) for seed in range(40)]
    assert {tuple(order) for _, order in draws} == {(0, 1), (1, 0)}
    assert len({drawn.id for drawn, _ in draws}) == 40
    for drawn, order in draws:
        assert drawn.choices == tuple(question.choices[one] for one in order)


def test_questions_are_divided_by_content_and_secret():
    climb, others = {"seen": load_questions("cases,count=60")}, {}
    others["unseen"] = load_questions("cases,count=60")  # the same questions
    with pytest.raises(Exception, match="unseen: the tier other_tasks"):
        divide_questions(SECRET, climb, others)
    others["unseen"] = load_questions("cases,count=60,seed=4")
    first, second = (divide_questions(secret, climb, others) for secret in (SECRET, b"b" * 32))
    sealed, scored = (set(first.places[tier]["seen"].tolist()) for tier in ("sealed", "climb"))
    assert not sealed & scored
    assert sealed | scored == set(range(60))
    assert sealed != set(second.places["sealed"]["seen"].tolist())


@pytest.mark.parametrize("limit", [None, 8])
def test_the_sealed_share_of_each_set_is_the_same_with_every_secret(limit):
    """Small sets would have a tier that is too small now and then if each were drawn alone."""
    many = {f"cases,seed={seed}": load_questions(f"cases,count=15,seed={seed}") for seed in (1, 2)}
    for number in range(50):
        tiers = divide_questions(bytes([number]) * 32, many, {}, limit)
        for places in tiers.places["sealed"].values():
            assert len(places) == (6 if limit is None else 3)


def test_a_question_of_two_climb_sets_is_in_one_tier():
    first, second = load_questions("cases,count=20"), load_questions("cases,count=10")
    tiers = divide_questions(SECRET, {"first": first, "second": second}, {})
    shared = {
        tier: set(tiers.places[tier]["first"]) & set(range(10))
        for tier in tiers.places
        if tier != "other_tasks"
    }
    assert shared == {tier: set(tiers.places[tier]["second"]) for tier in shared}


def test_related_questions_are_in_the_same_tier():
    known = load_questions("cases,count=40")
    related = [replace(one, cluster=f"c{n // 4}") for n, one in enumerate(known.questions)]
    asked = make_questions("related", related, known.truth().tolist())
    tiers = divide_questions(SECRET, {"related": asked}, {})
    for places in (tiers.places["climb"]["related"], tiers.places["sealed"]["related"]):
        _, counts = np.unique(places // 4, return_counts=True)
        assert (counts == 4).all()


def test_the_example_is_a_submission(problem):
    content = read_folder(EXAMPLE).to_json()
    card = MethodCard(**json.loads((EXAMPLE / "card.json").read_text()))
    checked = problem.check(Submission(kind="folder", content=content, card=card))
    assert problem.family(checked) == "argue"


def test_an_agent_reads_how_to_write_a_protocol(problem):
    from truing.research.researchers.agent._prompt import prompt

    described = {**problem.describe(), "rules": "", "budget": {"each": 1, "all": 1}}
    shown = prompt(described, "", 40)
    assert "protocol.json" in shown
    assert "run.py" not in shown
