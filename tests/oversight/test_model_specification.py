"""Model specifications: a name with the settings of its replies."""

from __future__ import annotations

import pytest

import truing
from truing.errors import UserError
from truing.oversight import ModelSpecification, estimate
from truing.oversight.questions import load_questions

QUESTIONS = "cases,count=2"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("openai/gpt-4o-mini", "openai/gpt-4o-mini"),
        ("openai/a,max_tokens=600,temperature=0.20", "openai/a,temperature=0.2,max_tokens=600"),
        ("ollama/llama3:8b,seed=3", "ollama/llama3:8b,seed=3"),
        ("openai/o4,reasoning_effort=low", "openai/o4,reasoning_effort=low"),
        ("hf/owner/name,dtype=bfloat16,top_p=0.9", "hf/owner/name,top_p=0.9,dtype=bfloat16"),
        ("truing/judge,skill=0.7,budget=3", "truing/judge:skill=0.7:budget=3"),
        ("truing/judge:skill=0.7", "truing/judge:skill=0.7"),
    ],
)
def test_a_specification_has_one_text(typed, shown):
    asked = ModelSpecification.parse(typed)
    assert str(asked) == shown
    assert ModelSpecification.parse(shown) == asked


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (
            "openai/a,temprature=1",
            "unknown setting of openai/a 'temprature'; did you mean temperature",
        ),
        ("openai/a,temperature=3", r"temperature must lie in \[0, 2\], got 3"),
        ("openai/a,max_tokens=0", "max_tokens must be 1 or more, got 0"),
        ("openai/a,max_tokens=many", "max_tokens must be an integer"),
        ("openai/a,dtype=float32", "unknown setting of openai/a 'dtype'"),
        ("hf/a/b,dtype=int8", "dtype must be one of auto, float32, bfloat16, float16, got 'int8'"),
        ("hf/a/b,presence_penalty=1", "unknown setting of hf/a/b 'presence_penalty'"),
        ("openai/a,temperature", "must have the form argument=value"),
    ],
)
def test_a_wrong_setting_is_reported_before_anything_runs(typed, message):
    with pytest.raises(UserError, match=message):
        truing.Oversight(protocols="blind", questions=QUESTIONS, judge=typed)


def test_an_embedded_agent_has_no_temperature():
    run = truing.Oversight(
        protocols="blind", questions=QUESTIONS, judge="truing/judge,temperature=1"
    )
    with pytest.raises(UserError, match=r"unknown argument 'temperature'; allowed: budget, skill"):
        truing.run(run)


def test_the_path_of_a_local_model_has_no_dots(tmp_path, monkeypatch):
    """Inspect does not cache replies of a model whose name contains them."""
    (tmp_path / "a" / "model").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a")
    names = {"hf/./model": "hf/model", "hf/../a/model": "hf/model", "hf/model": "hf/model"}
    assert {typed: str(ModelSpecification.parse(typed)) for typed in names} == names
    assert str(ModelSpecification.parse("hf/..")) == f"hf/{tmp_path}"
    assert str(ModelSpecification.parse(f"hf/{tmp_path}")) == f"hf/{tmp_path}"


def test_equal_specifications_of_two_forms_are_one_judge():
    run = truing.Oversight(
        protocols="blind",
        questions=QUESTIONS,
        judge=["openai/a,temperature=0.50", "openai/a,temperature=0.5", "openai/a"],
    )
    assert run.models["judge"] == ("openai/a,temperature=0.5", "openai/a")


def test_the_estimate_uses_the_limit_that_a_model_states():
    questions = load_questions(QUESTIONS).questions

    def written(**models):
        bound = {role: [name] for role, name in models.items()}
        return {one.role: one.tokens.written for one in estimate("debate", questions, bound)}

    usual = written(judge="openai/a", debater="openai/a")
    short = written(judge="openai/a,max_tokens=100", debater="openai/a")
    assert short["judge"] * 2048 == usual["judge"] * 100
    assert short["debater"] == usual["debater"]
