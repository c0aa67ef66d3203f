"""Protocols inside Inspect: tasks, spans, roles, scores, and the command line."""

from __future__ import annotations

import json
import subprocess

import pytest
from inspect_ai import eval as inspect_eval
from inspect_ai.log import read_eval_log
from inspect_ai.model import ModelOutput, ModelUsage, get_model

from tests.conftest import write_jsonl
from truing.errors import UserError
from truing.oversight.evals import debate, oversight_task
from truing.oversight.evals._solver import RECORD, TRANSCRIPT
from truing.oversight.questions import load_questions

pytestmark = [  # Inspect's own
    pytest.mark.filterwarnings("ignore:The 'initial' parameter:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
CASES = load_questions("cases,count=6")
AGENTS = {"debater": "truing/debater", "judge": "truing/judge"}


def evaluated(task, tmp_path, roles=None, **settings):
    (log,) = inspect_eval(
        task,
        model="none/none",
        model_roles=AGENTS if roles is None else roles,
        log_dir=str(tmp_path),
        display="none",
        **settings,
    )
    return read_eval_log(log.location)


def saying(text):
    """A model that always says one thing."""
    output = ModelOutput.from_content("mockllm/model", text)
    output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    return get_model("mockllm/model", custom_outputs=lambda *_: output, memoize=False)


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    task = oversight_task("debate,rounds=2,assignment=open", CASES, swap=True)
    return evaluated(task, tmp_path_factory.mktemp("logs"))


def test_rounds_are_spans_in_the_log(log):
    assert log.status == "success"
    for sample in log.samples:
        names = [event.name for event in sample.events if event.event == "span_begin"]
        ours = [one for one in names if one.startswith(("choice", "round", "verdict"))]
        assert ours[:4] == ["choice", "round 1", "round 2", "verdict"]


def test_every_call_is_in_the_log_under_its_role(log):
    for sample in log.samples:
        roles = [event.role for event in sample.events if event.event == "model"]
        assert roles.count("debater") == 1 + 4
        assert roles.count("judge") == 1
        assert sample.metadata[RECORD]["calls"] == 6


def test_usage_is_kept_by_role(log):
    usage = log.stats.role_usage
    assert set(usage) == {"debater", "judge"}
    assert all(one.input_tokens > 0 and one.output_tokens > 0 for one in usage.values())


def test_rows_have_truth_and_belief_in_the_order_of_the_question_set(log):
    truth = dict(zip((one.id for one in CASES.questions), CASES.truth(), strict=True))
    rows = [sample.scores["verdict"].metadata[RECORD] for sample in log.samples]
    assert len(rows) == 12
    for row in rows:
        assert row["truth"] == truth[row["question"]]
        assert row["simulated"]
        assert (row["judge"], row["agent"]) == ("truing/judge", "truing/debater")
        assert row["argued"] == row["truth"]  # honest, and it reads the record
    assert sum(row["swapped"] for row in rows) == 6
    right = [row["belief"][row["truth"]] > 0.5 for row in rows]
    assert log.results.scores[0].metrics["mean"].value == pytest.approx(sum(right) / 12)


def test_the_transcript_is_in_the_log(log):
    turns = log.samples[0].metadata[TRANSCRIPT]
    assert [turn["round"] for turn in turns] == [1, 1, 2, 2]
    assert all("clues for" in turn["reasoning"] for turn in turns)
    said = "\n".join(message.text for message in log.samples[0].messages)
    assert turns[0]["said"] in said
    assert turns[0]["reasoning"] not in said


def test_the_target_is_not_needed_to_play(tmp_path):
    task = oversight_task("blind", CASES, asked=range(2))
    for sample in task.dataset:
        sample.target = ""
    task.scorer = None
    played = evaluated(task, tmp_path, score=False)
    assert played.status == "success"
    assert all(len(one.metadata[RECORD]["belief"]) == 2 for one in played.samples)
    assert not any("truth" in one.metadata[RECORD] for one in played.samples)


def test_a_tie_is_wrong(tmp_path):
    tied = saying("<verdict>A: 50%\nB: 50%</verdict>")
    played = evaluated(oversight_task("blind", CASES, asked=range(3)), tmp_path, {"judge": tied})
    assert [one.scores["verdict"].value["accuracy"] for one in played.samples] == [0, 0, 0]
    assert [one.scores["verdict"].value["brier"] for one in played.samples] == [0.5] * 3


def test_an_unread_verdict_has_no_score_and_is_in_the_log(tmp_path):
    def reply(messages, *_):
        text = "I pass." if "Case 1:" in messages[1].text else "<verdict>A: 90%\nB: 10%</verdict>"
        output = ModelOutput.from_content("mockllm/model", text)
        output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
        return output

    model = get_model("mockllm/model", custom_outputs=reply, memoize=False)
    played = evaluated(oversight_task("blind", CASES), tmp_path, {"judge": model})
    assert played.status == "success"
    unread = played.samples[0].scores["verdict"]
    assert "no verdict could be read" in unread.explanation
    assert unread.metadata[RECORD]["belief"] is None
    assert unread.metadata[RECORD]["judges_unread"] == 1
    assert "no verdict could be read" in played.samples[0].messages[-1].text
    truth = CASES.truth()[1:]
    mean = next(one for one in played.results.scores if one.name == "accuracy").metrics["mean"]
    assert mean.value == pytest.approx((truth == 0).mean())


def test_several_judges_are_a_panel(tmp_path):
    judges = [saying(f"<verdict>A: {p}%\nB: {100 - p}%</verdict>") for p in (20, 60)]
    played = evaluated(oversight_task("blind", CASES, asked=range(1)), tmp_path, {"judge": judges})
    row = played.samples[0].metadata[RECORD]
    assert row["belief"] == pytest.approx([0.4, 0.6])
    assert row["calls"] == 2


def test_a_role_without_a_model_is_one_line(tmp_path):
    with pytest.raises(Exception, match="role 'debater' has no model; add --debater "):
        evaluated(
            "truing/debate",
            tmp_path,
            {"judge": "truing/judge"},
            task_args={"task": "cases,count=2"},
        )
    played = evaluated(
        oversight_task("debate", CASES, asked=range(1)), tmp_path, {"judge": "truing/judge"}
    )
    assert played.status == "error"
    assert "role 'debater' has no model" in played.error.message


def test_private_reasoning_of_a_provider_is_not_shown(tmp_path):
    from inspect_ai.model import ContentReasoning, ContentText

    seen = []

    def reply(messages, *_):
        seen.extend(message.text for message in messages)
        output = ModelOutput.from_content(
            "mockllm/model",
            [
                ContentReasoning(reasoning="SECRET"),
                ContentText(text="<thinking>SECRET</thinking>open<verdict>A: 60%</verdict>"),
            ],
        )
        output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
        return output

    model = get_model("mockllm/model", custom_outputs=reply, memoize=False)
    both = {"debater": "truing/debater", "judge": model}
    played = evaluated(
        oversight_task("consultancy,rounds=2", CASES, asked=range(1)), tmp_path, both
    )
    assert played.status == "success"
    assert seen
    assert not any("SECRET" in text for text in seen)
    said = [turn["said"] for turn in played.samples[0].metadata[TRANSCRIPT]]
    assert "SECRET" not in "".join(said)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"task": "nowhere.jsonl"}, "no such file"),
        ({"task": "cases", "round": 2}, "no argument 'round'"),
        ({"task": "cases", "rounds": 0}, r"rounds must lie in \[1, 100\]"),
        ({"task": "case"}, "did you mean cases"),
    ],
)
def test_invalid_options_are_reported(options, why):
    with pytest.raises(Exception, match=why) as told:
        debate(**options)
    assert type(told.value).__name__ == "PrerequisiteError"


def test_options_reach_the_protocol():
    made = debate(task=["cases", "count=3"], rounds=1, assignment="none", asks=True, swap=True)
    assert made.metadata["protocol"] == "debate,rounds=1,asks=true"
    assert len(made.dataset) == 6


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("juge", "did you mean judge"),
        ("judge:skill=2", r"skill must be in \[0, 1\]"),
        ("judge:budget=few", "budget must be a whole number"),
        ("judge:honest=true", "unknown argument 'honest'; allowed: budget, skill"),
        ("debater:honest=maybe", "honest must be true or false"),
    ],
)
def test_an_unknown_embedded_agent_is_reported(name, why):
    with pytest.raises(Exception, match=why) as told:
        get_model(f"truing/{name}", memoize=False)
    assert "\n" not in told.value.message


def test_an_unknown_protocol_is_reported():
    with pytest.raises(UserError, match="did you mean debate"):
        oversight_task("debat", CASES)


@pytest.fixture
def inspect_command(warm, tmp_path):
    """`inspect eval`, as a user types it."""
    code = "from inspect_ai._cli.main import main; main()"

    def call(*words):
        command = [warm, "-c", code, "eval", *words, "--model", "none/none", "--display", "plain"]
        command += ["--log-dir", str(tmp_path / "logs")]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)

    return call


ROLES = ("--model-role", "judge=truing/judge", "--model-role", "debater=truing/debater")


def test_the_command_line_finds_the_tasks_and_the_agents(tmp_path, inspect_command):
    rows = [
        {"id": i, "question": f"Which is right, in case {i}?", "choices": ["x", "y"], "truth": "y"}
        for i in range(3)
    ]
    write_jsonl(tmp_path / "asked.jsonl", rows)
    done = inspect_command("truing/debate", "-T", "task=asked.jsonl", "-T", "rounds=1", *ROLES)
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = (tmp_path / "logs").glob("*.eval")
    found = read_eval_log(str(path))
    assert found.eval.metadata["protocol"] == "debate,rounds=1"
    assert [sample.metadata[RECORD]["calls"] for sample in found.samples] == [3, 3, 3]
    json.dumps([sample.metadata[RECORD] for sample in found.samples])


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("truing/debate", "-T", "task=nowhere.jsonl", *ROLES), "nowhere.jsonl: no such file"),
        (("truing/debate", "-T", "task=one.jsonl", *ROLES), "'choices' must be a list of two"),
        (("truing/debate", "-T", "task=cases", *ROLES[:2]), "role 'debater' has no model"),
    ],
    ids=["no file", "one choice", "no model"],
)
def test_a_user_mistake_is_reported_without_a_traceback(tmp_path, inspect_command, words, why):
    write_jsonl(tmp_path / "one.jsonl", [{"question": "?", "choices": ["x"], "truth": "x"}])
    done = inspect_command(*words)
    told = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    assert done.returncode != 0
    assert any(why in line for line in told)
    assert len(told) <= 2
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize(("on_mute", "scored"), [("exclude", False), ("count", True)])
def test_a_play_with_a_mute_speaker_has_a_score_only_on_request(tmp_path, on_mute, scored):
    from truing.oversight.evals import verdict

    task = oversight_task("consultancy,rounds=1,assignment=fixed", CASES, asked=range(1))
    task.scorer = [verdict(on_mute)]
    roles = {"judge": "truing/judge", "debater": saying("<thinking>only thought</thinking>")}
    (sample,) = evaluated(task, tmp_path, roles).samples
    score = sample.scores["verdict"]
    assert score.metadata[RECORD]["speeches"]["consultant"]["empty"] == 1
    assert score.metadata[RECORD]["mute"] == 1
    assert "accuracy" in score.value if scored else "cut off" in score.explanation
