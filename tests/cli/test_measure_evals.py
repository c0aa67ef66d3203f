"""`truing measure evals` and `truing compare` of logs that Inspect writes, against its metrics."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from scipy import stats

from truing.oversight.logs import compare_logs, read_log

RECORDED = Path(__file__).parents[1] / "frozen" / "0.1.0" / "oversight" / "logs"
UNFINISHED = ("header.json", "summaries.json", "reductions.json")  # written at the end of an eval


def make_task(name: str, right: str, *, epochs: int = 1, fails: int | None = None):
    """A task whose answers to sample i are right where `right` is 1, and that fails on a sample."""
    from inspect_ai import Task
    from inspect_ai.dataset import Sample
    from inspect_ai.model import ModelOutput
    from inspect_ai.scorer import Score, accuracy, mean, scorer, stderr
    from inspect_ai.solver import solver

    @solver
    def answer():
        async def solve(state, generate):
            if state.sample_id == fails:
                raise ValueError("no answer")
            at = int(state.sample_id) - 1 + (state.epoch - 1)
            state.output = ModelOutput.from_content("mockllm/model", right[at % len(right)])
            return state

        return solve

    @scorer(metrics=[accuracy(), stderr()])
    def letter():
        async def score(state, target):
            partial = "P" if state.sample_id == 3 else "I"
            return Score(value="C" if state.output.completion == "1" else partial)

        return score

    @scorer(metrics={"fine": [mean(), stderr()], "clear": [mean(), stderr(cluster="subject")]})
    def parts():
        async def score(state, target):
            return Score(
                value={"fine": int(state.sample_id) / 40, "clear": state.output.completion == "1"}
            )

        return score

    @scorer(metrics=[])
    def remark():
        async def score(state, target):
            return Score(value="fair")

        return score

    samples = [
        Sample(id=i, input=f"question {i}", target="1", metadata={"subject": "abcd"[i % 4]})
        for i in range(1, 17)
    ]
    return Task(
        name=name,
        dataset=samples,
        solver=answer(),
        scorer=[letter(), parts(), remark()],
        epochs=epochs,
        fail_on_error=False,
    )


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    """Logs: `weak.eval`, `strong.json` (two epochs, a sample fails) and `other.eval`."""
    from inspect_ai import eval as evaluate
    from inspect_ai.log import read_eval_log, write_eval_log

    folder = tmp_path_factory.mktemp("logs")
    tasks = {
        "weak.eval": make_task("letters", "1000110100100010"),
        "strong.json": make_task("letters", "1111101111110", epochs=2, fails=16),
        "other.eval": make_task("digits", "10"),
    }
    made = evaluate(
        list(tasks.values()), model="mockllm/model", log_dir=str(folder / "made"), display="none"
    )
    for name, log in zip(tasks, made, strict=True):
        write_eval_log(read_eval_log(log.location), str(folder / name))
    shutil.rmtree(folder / "made")
    return folder


def metrics_of(path) -> dict[str, dict[str, float]]:
    """Inspect's metrics in a log, by the name of the score."""
    from inspect_ai.log import read_eval_log

    results = read_eval_log(str(path), header_only=True).results
    assert results is not None
    return {
        one.name: {name: own.value for name, own in one.metrics.items()} for one in results.scores
    }


@pytest.mark.parametrize("name", ["weak.eval", "strong.json", "other.eval"])
def test_accuracy_and_error_are_those_of_inspect(logs, name):
    found = {one.scorer: one for one in compare_logs([logs / name]).accuracies}
    inspects = metrics_of(logs / name)
    letter, fine = found["letter"].score, found["parts/fine"].score
    assert letter.value == pytest.approx(inspects["letter"]["accuracy"])
    assert letter.stderr == pytest.approx(inspects["letter"]["stderr"])
    assert (fine.value, fine.stderr) == pytest.approx(tuple(inspects["fine"].values()))
    clustered = compare_logs([logs / name], cluster="subject").accuracies[2]
    assert (clustered.scorer, clustered.score.clusters) == ("parts/clear", 4)
    assert clustered.score.stderr == pytest.approx(inspects["clear"]["stderr"])


def test_a_log_whose_task_names_models_for_roles_names_them():
    (path,) = RECORDED.glob("*debate*.eval")
    assert read_log(path).model == "judge=truing/judge, debater=truing/debater"


@pytest.mark.parametrize("path", sorted(RECORDED.glob("*.eval")), ids=lambda path: path.name[26:34])
def test_a_log_of_an_earlier_version_has_the_accuracy_and_error_of_inspect(path):
    inspects = metrics_of(path)
    for one in compare_logs([path], cluster="cluster").accuracies:
        metrics = inspects[one.scorer.removeprefix("verdict/")]
        assert (one.score.value, one.score.stderr) == pytest.approx(tuple(metrics.values()))
    note = "1: the task clusters its standard error by 'cluster'; use --cluster cluster"
    assert compare_logs([path]).notes() == [note]


def test_json_has_a_row_for_each_scorer_with_a_number(truing, logs):
    code, out, err = truing("measure", "evals", logs / "strong.json", "--json")
    assert (code, err) == (0, "")
    letter, fine, clear, remark = json.loads(out)["logs"]
    assert letter["log"] == str(logs / "strong.json")
    assert (letter["task"], letter["model"]) == ("letters", "mockllm/model")
    assert (letter["scorer"], letter["n"], letter["method"]) == ("letter", 15, "t")
    assert letter["low"] < letter["accuracy"] == letter["recorded"] < letter["high"]
    assert (letter["samples"], letter["epochs"], letter["errors"]) == (32, 2, 2)
    assert [fine["scorer"], clear["scorer"]] == ["parts/fine", "parts/clear"]
    assert (remark["scorer"], remark["n"], remark["accuracy"]) == ("remark", 0, None)
    assert remark["left_out"] == 30
    assert json.loads(out)["pairs"] == []


def test_pairs_are_compared_on_the_samples_that_both_logs_score(truing, logs):
    names = [logs / "weak.eval", logs / "strong.json"]
    _, out, _ = truing("compare", *names, "--json", "--detect", "0.02")
    letter, fine, clear = json.loads(out)["pairs"]
    assert (letter["a"], letter["b"], letter["n"]) == (*map(str, names), 15)
    weak, strong = (read_log(name).scores["letter"] for name in names)
    expected = stats.ttest_rel([weak[id_] for id_ in strong], list(strong.values()))
    assert letter["p"] == pytest.approx(expected.pvalue)
    assert letter["low"] == pytest.approx(expected.confidence_interval().low)
    assert letter["p_holm"] == pytest.approx(min(1.0, letter["p"] * 3), rel=0.5)
    assert letter["n_to_detect"] > 1000
    assert (fine["difference"], fine["p"], fine["n_to_detect"]) == (0.0, 1.0, None)
    assert clear["verdict"] in ("lower", "inconclusive")


def test_the_table_names_logs_differences_and_required_samples(truing, logs):
    code, out, err = truing(
        "measure", "evals", logs / "*.eval", logs / "strong.json", "--scorer", "letter",
        "--detect", "0.02",
    )  # fmt: skip
    assert (code, err) == (0, "")
    words = " ".join(out.split())
    assert "digits, mockllm/model, 16 samples" in words
    assert "32 samples in 2 epochs, 2 errors" in words
    assert "letter: differences on the same samples, first minus second" in words
    assert "2 - 3" in words
    assert "1 - 2" not in words
    assert "n for 0.02" in words
    assert "logs of different tasks are not paired: digits (1); letters (2, 3)" in words
    assert "remark" not in words


def test_an_unfinished_log_is_marked_and_counts_with_its_samples(truing, logs, tmp_path):
    path = tmp_path / "part.eval"
    with zipfile.ZipFile(logs / "weak.eval") as whole, zipfile.ZipFile(path, "w") as part:
        for name in set(whole.namelist()) - set(UNFINISHED):
            content = whole.read(name)
            if "/summaries/" in name:  # of each part that Inspect wrote, its first three samples
                content = json.dumps(json.loads(content)[:3]).encode()
            part.writestr(name, content)
    code, out, _ = truing("measure", "evals", path)
    assert code == 0
    one = read_log(path)
    assert 0 < one.samples < one.planned == 16
    assert f"{one.samples} of 16 samples, UNFINISHED" in out


@pytest.mark.parametrize(("status", "mark"), [("error", "FAILED"), ("cancelled", "CANCELLED")])
def test_failed_and_cancelled_logs_are_marked(truing, logs, tmp_path, status, mark):
    content = json.loads((logs / "strong.json").read_text()) | {"status": status}
    path = tmp_path / "log.json"
    path.write_text(json.dumps(content))
    _, out, _ = truing("measure", "evals", path)
    assert mark in out


def test_samples_with_other_inputs_and_other_accuracies_are_noted(logs, tmp_path):
    content = json.loads((logs / "strong.json").read_text())
    for sample in content["samples"]:
        sample["input"] += " now" if sample["id"] == 1 else ""
    content["results"]["scores"][0]["metrics"]["accuracy"]["value"] = 0.25
    path = tmp_path / "log.json"
    path.write_text(json.dumps(content))
    notes = " ".join(compare_logs([logs / "strong.json", path]).notes())
    assert "1 of 15 samples with equal ids have different inputs" in notes
    assert "2, letter: the log states 0.2500" in notes


def test_a_file_that_is_no_log_is_a_line(truing, logs, tmp_path):
    bad = [tmp_path / "broken.eval", tmp_path / "foreign.json"]
    bad[0].write_bytes((logs / "weak.eval").read_bytes()[:900])
    bad[1].write_text('{"a": 1}')
    code, out, err = truing("measure", "evals", logs / "weak.eval", *bad, "--json")
    assert (code, err) == (0, "")
    lines = json.loads(out)["unreadable"]
    assert [line.split(" cannot be read")[0] for line in lines] == list(map(str, bad))
    code, out, err = truing("measure", "evals", *bad)
    assert (code, out, len(err.splitlines())) == (2, "", 1)


def test_a_folder_is_searched_for_logs(truing, logs):
    _, out, _ = truing("measure", "evals", logs, logs / "weak.eval", "--json", "--scorer", "letter")
    names = [one["log"] for one in json.loads(out)["logs"]]
    assert names == [str(logs / "other.eval"), str(logs / "weak.eval")]  # as Inspect lists them


def test_the_page_shows_the_finding_the_marks_and_the_tables(truing, logs):
    words = ["compare", logs / "weak.eval", logs / "strong.json", "--cluster", "subject"]
    code, out, _ = truing(*words, "--out", "page")
    assert code == 0
    assert "page: comparison.html, comparison.json, charts/" in out
    page = Path("page/comparison.html").read_text()
    assert "Differences on the same samples: " in page
    assert "Standard errors are clustered by subject." in page
    content = json.loads(Path("page/comparison.json").read_text())
    assert {one["clusters"] for one in content["logs"] if one["n"]} == {4}
    drawn = {path.name for path in Path("page/charts").iterdir()}
    assert {"differences.csv", "accuracies.svg"} <= drawn


@pytest.mark.parametrize("value", ["C", "P", "I", "N", True, 0, 0.25, "Yes", "false", "0.5", "3"])
def test_values_count_as_in_inspect(value):
    from inspect_ai.scorer import value_to_float

    from truing.oversight.logs._read import _number

    assert _number(value) == value_to_float()(value)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["evals"], "no log is named"),
        (["evals", "nothing"], "no log at 'nothing'"),
        (["evals", "."], "'.' contains no Inspect log"),
        (["evals", "LOG", "--cluster", "topic"], "unknown cluster field 'topic': sample 1"),
        (["evals", "LOG", "--scorer", "leter"], "unknown scorer 'leter'; did you mean letter?"),
        (["evals", "LOG", "--detect", "0"], "--detect must be above 0, such as 0.02, got 0"),
    ],
)
def test_a_wrong_argument_is_one_line(truing, logs, words, message):
    words = [str(logs / "weak.eval") if word == "LOG" else word for word in words]
    code, out, err = truing("measure", *words)
    assert (code, out) == (2, "")
    assert message in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["a.eval", "runs/b"],
            "runs/b is not a log of Inspect (.eval, .json) or a folder of logs, but another "
            "argument is; compare runs with runs, or logs with logs",
        ),
        (["runs/a", "runs/b", "--detect", "0.1"], "apply to logs of Inspect, not to runs"),
    ],
)
def test_options_of_runs_and_logs_do_not_mix(truing, words, message):
    code, _, err = truing("compare", *words)
    assert code == 2
    assert message in err
