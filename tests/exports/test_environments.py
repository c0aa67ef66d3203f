"""A protocol as a training environment: prompts without truth, and a reward of completions."""

from __future__ import annotations

import json
import math
import runpy
from pathlib import Path

import numpy as np
import pytest
from inspect_ai import eval as inspect_eval
from inspect_ai.model import ModelOutput, ModelUsage, get_model

from truing.errors import UserError
from truing.exports.environments import Environment, export_environment
from truing.oversight.agents import Brief, speak
from truing.oversight.questions import give_questions, load_questions

MODELS = {"judge": ["truing/judge"], "debater": ["truing/debater"]}
CASES = "cases,count=4"


def export(folder: Path, train: str, protocol: str = "debate,rounds=1", **options) -> Environment:
    given = {"questions": CASES, "models": MODELS, **options}
    return export_environment(protocol, folder, train=train, **given)


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def swapped_truth() -> list[str]:
    """The cases, and the same cases with the other answer correct."""
    asked = load_questions(CASES)
    rows = [
        {"id": one.id, "question": one.text, "choices": list(one.choices), "hidden": one.hidden}
        for one in asked.questions
    ]
    both = (asked.truth(), 1 - asked.truth())
    return [
        give_questions([{**row, "truth": int(at)} for row, at in zip(rows, truth, strict=True)])
        for truth in both
    ]


def test_a_speaker_is_rewarded_by_the_belief_in_its_answer(tmp_path):
    made = export(tmp_path / "env", "debater")
    assert [row["seat"] for row in made.prompts[:2]] == ["Debater A", "Debater B"]
    for row in made.prompts:
        brief = Brief.of([(one["role"], one["content"]) for one in row["prompt"]])
        good = speak(brief, np.random.default_rng(0))
        rewards = made.rewards([good, "<argument></argument>"], [row["play"]] * 2)
        assert rewards[1] == 0
        assert 0 < rewards[0] < 1


def test_two_seats_with_the_same_speeches_share_the_belief(tmp_path):
    """The two answers have probabilities that sum to 1, so the debate is a zero-sum game."""
    made = export(tmp_path / "env", "debater", questions="cases,count=1")
    first, second = (made.reward("<argument>Believe me.</argument>", one) for one in made.plays)
    assert first != second  # the other seat's speech differs
    host = made.plays["case-1, Debater B"]["before"]
    (other,) = host.values()  # the speech of Debater A, which was played at the export
    reward = made.reward(other["text"], "case-1, Debater A")
    assert 0 < reward < 1


def test_the_prompts_of_a_speaker_do_not_depend_on_the_truth(tmp_path):
    for at, name in enumerate(swapped_truth()):
        export(tmp_path / str(at), "debater", questions=name)
    first, second = (content(tmp_path / str(at)) for at in (0, 1))
    assert first == second
    assert "truth.jsonl" not in first
    assert not any(b'"truth"' in one for one in first.values())


def test_a_judge_is_rewarded_by_the_log_score_of_the_truth(tmp_path):
    given = swapped_truth()
    models = {"debater": ["truing/debater"]}
    made = [
        export(tmp_path / str(at), "judge", questions=one, models=models)
        for at, one in enumerate(given)
    ]
    first, second = (content(tmp_path / str(at)) for at in (0, 1))
    assert {name for name in first if first[name] != second[name]} == {"truth.jsonl"}
    stated = "<verdict>\nA: {}%\nB: {}%\n</verdict>".format
    verdicts = [stated(90, 10), "I do not know.", stated(0, 100)]
    scores = [math.log(0.1), math.log(0.9)]
    for play in made[0].plays:
        both = [one.rewards(verdicts, [play] * 3) for one in made]
        assert sorted(rewards[0] for rewards in both) == pytest.approx(scores)
        assert [rewards[1] for rewards in both] == [math.log(0.01)] * 2
        assert sorted(rewards[2] for rewards in both) == [math.log(0.01), 0]


def test_the_prompt_of_a_critic_contains_the_speech_before_it(tmp_path):
    made = export(tmp_path / "env", "critic", "critique")
    row = made.prompts[0]
    assert '<turn round="1" speaker="Proposer">' in row["prompt"][1]["content"]
    assert len(made.plays[row["play"]]["before"]) == 1
    assert made.reward("<argument>No quote supports it.</argument>", row["play"]) > 0


def test_the_written_function_has_the_form_of_trl(tmp_path):
    made = export(tmp_path / "env", "debater", questions="cases,count=1")
    reward = runpy.run_path(str(tmp_path / "env" / "environment.py"))["reward"]
    rows = made.prompts
    columns = {name: [row[name] for row in rows] for name in ("play", "question", "seat")}
    completions = [[{"role": "assistant", "content": "<argument>Yes.</argument>"}] for _ in rows]
    found = reward(prompts=[row["prompt"] for row in rows], completions=completions, **columns)
    assert found == [made.reward("<argument>Yes.</argument>", row["play"]) for row in rows]


def test_inspect_plays_a_scripted_policy_and_scores_the_reward(tmp_path):
    made = export(tmp_path / "env", "debater", questions="cases,count=2")
    said = "<argument>I have nothing to add.</argument>"
    output = ModelOutput.from_content("mockllm", said)
    output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    policy = get_model("mockllm/model", custom_outputs=[output] * 4, memoize=False)
    (log,) = inspect_eval(made.task(), model=policy, log_dir=str(tmp_path / "logs"), display="none")
    assert log.status == "success"
    scores = {one.id: one.scores["reward"].value for one in log.samples}
    assert scores == {play: made.reward(said, play) for play in made.plays}


def test_prompts_are_copied_and_used(tmp_path):
    prompts = {"examples": [{"role": "debater", "user": "u", "assistant": "a"}]}
    made = export(tmp_path / "env", "debater", questions="cases,count=1", prompts=prompts)
    assert [one["content"] for one in made.prompts[0]["prompt"][1:3]] == ["u", "a"]
    assert (tmp_path / "env" / "prompts" / "examples.jsonl").is_file()
    assert Environment(tmp_path / "env").reward("<argument>Yes.</argument>", next(iter(made.plays)))


@pytest.mark.parametrize(
    ("train", "protocol", "message"),
    [
        ("debtor", "debate", r"role of the protocol \(judge, debater\), got 'debtor'"),
        ("adversary", "market-making", "the judge's belief is no reward; allowed aims"),
        ("consultant", "consultancy", "role 'consultant' has no model"),
    ],
)
def test_a_role_that_cannot_be_trained_is_refused(tmp_path, train, protocol, message):
    models = {} if train == "consultant" else MODELS
    with pytest.raises(UserError, match=message):
        export(tmp_path / "env", train, protocol, models=models)


def test_a_folder_is_not_overwritten(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UserError, match="is not empty; name a new folder"):
        export(tmp_path, "debater")
    with pytest.raises(UserError, match=r"contains no policy\.json"):
        Environment(tmp_path)


def test_the_command_exports(truing, tmp_path):
    words = ("export-env", "debate,rounds=1", "env", "--task", "cases,count=1")
    models = ("--judge", "truing/judge", "--debater", "truing/debater")
    code, out, _ = truing(*words, *models, "--train", "debater", "--json")
    assert code == 0
    assert json.loads(out)["prompts"] == 2
    assert "GRPOTrainer" in (tmp_path / "env" / "README.md").read_text()
