"""`truing stress`: table, JSON, power card, and one line for bad input."""

import json

import pytest

SMALL = (
    *("--weak", "pca-1", "--strong", "pca-5", "--seeds", 2, "--references", 3, "--fpr", 0.25),
    *("--strength", 0.5, "--workers", 1),
)


def test_a_stress_test_prints_its_table_and_the_power_card(truing, tiny):
    words = ("stress", "--plant", "liar", "--monitor", "spot-check,audits=10", "--task", tiny)
    code, out, err = truing(*words, *SMALL, "--out", "run")
    assert code == 0, err
    shown = " ".join(out.split())
    assert "liar (planted)" in shown
    assert "Power card: 80% power at 5% false alarms" in shown
    assert "model organisms" in shown
    assert max(map(len, out.splitlines())) <= 80
    found = json.loads(truing(*words, *SMALL, "--out", "run", "--json")[1])
    assert [row["plant"] for row in found["rows"]] == ["liar"]
    assert [row["monitor"] for row in found["card"]] == ["spot-check,audits=10"]
    assert found["work"]["trainings"] == 0, "all steps are in the store"
    _, command, _ = truing("show", "run")
    assert "command: truing stress --plant liar" in command


FILE = """
import truing
from truing.plants import Planted

def flips(planting, strength, rng):
    changed = rng.random(len(planting.labels)) < strength
    labels = planting.labels.copy()
    labels[changed] = labels[changed, ::-1]
    return Planted(labels, changed)

def stress_test():
    return truing.StressTest(
        plants=flips, monitors="spot-check,audits=10", task={task!r}, weak="pca-1", strong="pca-5",
        seeds=2, references=3, fprs=0.25, strengths=0.5)
"""


def test_a_stress_test_in_a_file_runs_and_its_folder_runs_again(truing, tiny, tmp_path):
    (tmp_path / "mine.py").write_text(FILE.format(task=str(tiny)))
    _, out, _ = truing("run", "mine.py", "--dry-run")
    code, ran, err = truing("run", "mine.py", "--out", "run", "--workers", 1, "--json")
    assert code == 0, err
    assert f"of which {json.loads(ran)['work']['trainings']} trainings" in out
    first = (tmp_path / "run" / "detections.jsonl").read_bytes()
    found = json.loads(truing("run", "run", "--workers", 1, "--json")[1])
    assert found["folder"] == "run"
    assert found["work"]["trainings"] == 0, "all steps are in the store"
    truing("run", "run/stress.json", "--workers", 1, "--out", "second")
    assert (tmp_path / "second" / "detections.jsonl").read_bytes() == first


REAL = ("--questions", "cases,count=40", "--references", 2, "--seeds", 2, "--protocol", "blind")
JUDGE = ("--judge", "openai/gpt-5-mini")
CHECK = ("--monitor", "verdict-check,audits=5")


def test_an_estimate_bounds_requests_tokens_and_dollars_before_a_run(truing, tmp_path):
    words = ("stress", "--plant", "biased-judge", *CHECK, *REAL, *JUDGE, "--strength", 1.0)
    words += ("--estimate", "--price", "judge=1/2")
    code, out, err = truing(*words, "--json")
    assert code == 0, err
    (one,) = json.loads(out)["estimate"]
    systems, verdicts = 2 + 2 + 2, 2 * 40  # planted, twins and references; two requests a verdict
    assert (one["part"], one["role"], one["calls"]) == ("blind", "judge", systems * verdicts)
    spent = one["input_tokens"] + 2 * one["output_tokens"]
    assert one["dollars"] == pytest.approx(spent / 1e6)
    assert "Upper bound: 2048 tokens in every reply" in truing(*words)[1]
    short = [f"{one},max_tokens=50" if one == JUDGE[1] else one for one in words]
    assert "Upper bound: 50 tokens in every reply (max_tokens of" in truing(*short)[1]
    (one,) = json.loads(truing(*short, "--json")[1])["estimate"]
    assert one["output_tokens"] == 50 * one["calls"]
    assert not (tmp_path / "runs").exists()


def test_an_estimate_counts_equal_requests_of_several_strengths_once(truing):
    words = ("stress", "--plant", "biased-judge", *CHECK, *REAL, *JUDGE, "--estimate", "--json")
    (once,) = json.loads(truing(*words, "--strength", 1.0)[1])["estimate"]
    (both,) = json.loads(truing(*words, "--strength", 1.0, "--strength", 0.5)[1])["estimate"]
    assert both["calls"] == once["calls"]


def test_an_estimate_of_embedded_agents_counts_no_requests_but_those_of_a_reviewer(truing):
    words = ("stress", "--plant", "biased-judge", *REAL, "--strength", 1.0, "--estimate", "--json")
    assert json.loads(truing(*words, *CHECK)[1])["estimate"] == []
    reviewer = ("--monitor", "trusted-judge,model=openai/gpt-5-mini")
    (one,) = json.loads(truing(*words, *reviewer)[1])["estimate"]
    assert (one["part"], one["role"]) == ("reviews of blind", "reviewer")
    assert one["calls"] == 30 * (2 + 2 + 2)


def test_an_estimate_of_reviews_of_method_files_has_a_request_per_file(truing):
    words = ("stress", "--plant", "off-by-one", "--monitor", "code-review,model=openai/gpt-5-mini")
    (one,) = json.loads(truing(*words, *SMALL, "--estimate", "--json")[1])["estimate"]
    assert (one["role"], one["calls"]) == ("reviewer", 2 + 2 + 3)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--monitor", "probe"], "the stress test has no plant; name one or more with --plant"),
        (["--plant", "liar"], "the stress test has no monitor; name one or more with --monitor"),
        (["--plant", "lair", "--monitor", "probe"], "unknown plant 'lair'; did you mean liar?"),
        (
            ["--plant", "liar", "--monitor", "probe", "--strength", "1.5"],
            "strengths must be above 0 and at most 1, got 1.5",
        ),
        (
            ["--plant", "liar", "--monitor", "probe", "--trusted", "ids.txt"],
            "no item with the id 'ids.txt', and no file has this name",
        ),
        (
            ["--plant", "biased-judge", "--monitor", "position", "--price", "judge=1/2"],
            "--price is for an estimate; add --estimate, or leave out --price",
        ),
        (
            ["--plant", "liar", "--monitor", "quotes"],
            "`truing list monitors` shows the kind of each monitor",
        ),
        (["--card", "nowhere"], "nowhere does not exist or is not a folder"),
        (["--plant", "liar", "--monitor", "probe", "--task", ""], "--task must not be empty"),
        (
            ["--plant", "backdoor", "--monitor", "probe", "--strong", "spectral-64"],
            "spectral-64 describes the items of digits only",
        ),
    ],
)
def test_a_mistake_is_one_line(truing, words, message):
    code, out, err = truing("stress", *words)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1 + err.count("digits: ")


def test_a_line_before_a_run_bounds_its_requests(capsys, store):
    from truing.cli._stress_estimate import announce_requests
    from truing.stress import StressTest

    asked = {"plants": "biased-judge", "monitors": "verdict-check,audits=5", "protocol": "blind"}
    asked |= {"questions": "cases,count=40", "seeds": 1, "references": 2, "strengths": 1.0}
    announce_requests(StressTest(**asked), store)
    assert capsys.readouterr().err == ""
    announce_requests(StressTest(**asked, models={"judge": "openai/gpt-5-mini"}), store)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("requests to openai/gpt-5-mini: at most 320, with ")
