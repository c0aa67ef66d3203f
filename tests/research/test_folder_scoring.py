"""Runs of submitted folders: what they read, how their predictions are scored, what fails."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

import numpy as np
import pytest

from tests.research.foldering import SECRET, STRONG, Running, folder, make_problem, write_kind
from truing.research import Referee, ResearchConfig
from truing.research._config import Folders
from truing.research.folders import FolderLimits, FrozenFolder, Labeled, Usage, assign, read_beliefs
from truing.research.ledger._read_records import read_records
from truing.research.ledger._records import Scored
from truing.research.ledger._secret import draw_seeds
from truing.tasks import Vault, load_task

SEEDS = draw_seeds(SECRET, "climb", 2)
KINDS = tuple(STRONG)


def uniform(_, inputs):
    return np.full((len(inputs.predict.ids), len(inputs.choices)), 1 / len(inputs.choices))


def largest(_, inputs):
    return inputs.predict.inputs[:, :3].argmax(axis=1)


def written(inputs, place) -> dict[str, bytes]:
    """The files of a run."""
    place.mkdir()
    inputs.write(place)
    return {path.name: path.read_bytes() for path in sorted(place.iterdir())}


# Every kind of task and of student


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_is_scored_on_every_kind_of_task(tmp_path, kind):
    runner = Running(uniform)
    problem = make_problem(runner, write_kind(tmp_path, kind), strong=STRONG[kind])
    found = problem.evaluate(folder(), "climb", SEEDS)
    (gain,) = found.gains
    assert not found.failure
    (source,) = problem.sources.values()
    items = source.task.splits(0).test
    assert gain.accuracy == pytest.approx(1 / len(source.task.choices))
    for run, seed in zip(runner.read, SEEDS, strict=True):
        assert len(run.predict.ids) == len(items)
        assert len(run.learn.ids) == len(source.task.splits(seed).learn)
        assert run.learn.features is not None
        assert len(run.learn.features) == len(run.learn.ids)
        np.testing.assert_allclose(run.weak.sum(axis=1), 1)
        files = written(run, tmp_path / f"run-{seed}")
        assert not any(b"secret-id" in content for content in files.values())
        lines = [json.loads(line) for line in files["learn.jsonl"].splitlines()]
        texts = {"texts": "text", "multiple choice": "choices", "preference": "choices"}
        assert set(lines[0]) == {"id", texts[kind]} if kind in texts else {"id"}


@pytest.mark.parametrize("kind", KINDS)
def test_perfect_predictions_have_accuracy_1(tmp_path, kind):
    """Predictions return to the order of the items, in whichever order a run shows them."""
    problem = make_problem(Running(uniform), write_kind(tmp_path, kind), strong=STRONG[kind])
    (source,) = problem.sources.values()
    truth = source.vault.reveal(np.arange(len(source.task)), "score")
    known = {_content(one): answer for one, answer in zip(source.task.inputs, truth, strict=True)}

    def look_up(_, inputs):
        return [known[_content(one)] for one in inputs.predict.inputs]

    problem.folders.runner.program = look_up
    assert problem.evaluate(folder(), "climb", SEEDS).gains[0].accuracy == 1


def _content(one) -> str:
    return str(one) if isinstance(one, str) else str(np.asarray(one).tolist())


@pytest.mark.parametrize("strong", ["sklearn/GaussianNB,features=pca-3", "sklearn/GaussianNB"])
def test_the_baseline_may_be_an_estimator(tmp_path, strong):
    runner = Running(uniform)
    problem = make_problem(runner, write_kind(tmp_path, "vectors"), strong=strong)
    assert not problem.evaluate(folder(), "climb", SEEDS).failure
    assert runner.read[0].learn.features.shape[1] == (3 if "pca" in strong else 5)


def test_the_baseline_may_be_a_fine_tuned_transformer(tmp_path):
    """It has no features, so the runs read texts only."""
    pytest.importorskip("transformers")
    from tests.students.tiny import make_tiny

    runner = Running(uniform)
    student = f"hf/{make_tiny('bert', tmp_path)},num_epochs=1"
    problem = make_problem(runner, write_kind(tmp_path, "texts", 80), strong=student)
    found = problem.evaluate(folder(), "climb", SEEDS)
    assert not found.failure
    assert found.gains[0].accuracy > 0
    assert runner.read[0].learn.features is None
    assert "learn_features.npy" not in written(runner.read[0], tmp_path / "run")


# What is drawn when


def assigned(folder_: FrozenFolder, task, seed: int = 1, tier: str = "climb"):
    labeled = Labeled(np.arange(60), np.tile([0.2, 0.3, 0.5], (60, 1)))
    draw = (folder_.digest, tier, task.name, seed)
    return assign(task, labeled, np.arange(60, 100), secret=SECRET, draw=draw)


def test_names_order_clusters_and_seed_differ_between_folders_seeds_and_tiers(tmp_path):
    task = load_task(str(write_kind(tmp_path, "vectors"))).task
    one, other = FrozenFolder({"run.py": "1"}), FrozenFolder({"run.py": "2"})
    runs = [assigned(one, task), assigned(other, task), assigned(one, task, 2)]
    runs.append(assigned(one, task, tier="sealed"))
    assert len({run.inputs.seed for run in runs}) == 4
    assert len({tuple(run.learn) for run in runs}) == 4
    assert len({tuple(run.predict) for run in runs}) == 4
    assert len({tuple(run.inputs.clusters[np.argsort(run.learn)]) for run in runs}) == 4
    named = [dict(zip(run.learn, run.inputs.learn.ids, strict=True)) for run in runs]
    assert len({tuple(names[item] for item in range(60)) for names in named}) == 4
    again = assigned(FrozenFolder({"run.py": "1"}), task)
    assert again.inputs.seed == runs[0].inputs.seed  # the same folder has the same run


def test_ids_say_nothing_about_the_item_or_whether_it_is_predicted(tmp_path):
    """Over 300 folders, no item, split or place has other ids than chance gives it."""
    task = load_task(str(write_kind(tmp_path, "vectors"))).task
    first, ids = [], []
    for number in range(300):
        run = assigned(FrozenFolder({"run.py": str(number)}), task)
        names = dict(
            zip(
                [*run.learn, *run.predict],
                [*run.inputs.learn.ids, *run.inputs.predict.ids],
                strict=True,
            )
        )
        ids.append([int(names[item].removeprefix("item-")) for item in range(100)])
        first.append(run.learn[0])
    ranks = np.array(ids)
    assert {tuple(sorted(row)) for row in ranks} == {tuple(range(100))}
    error = ranks.std() / np.sqrt(300)
    assert np.abs(ranks.mean(axis=0) - 49.5).max() < 4.5 * error  # 100 items
    assert abs(ranks[:, :60].mean() - ranks[:, 60:].mean()) < 4.5 * error
    assert np.bincount(first, minlength=60).max() < 18  # 5 expected


def test_weak_labels_are_the_same_for_all_submissions(tmp_path):
    """Submitting again draws no other labels."""
    runner = Running(uniform)
    problem = make_problem(runner, write_kind(tmp_path, "vectors"))
    for text in ("1", "2"):
        problem.evaluate(folder(text), "climb", SEEDS)
    shown = [
        sorted((_content(item), *row) for item, row in zip(run.learn.inputs, run.weak, strict=True))
        for run in runner.read
    ]
    assert shown[0] == shown[2]
    assert shown[1] == shown[3]
    assert shown[0] != shown[1]  # each seed has its own


# Ground truth


def test_swapped_truth_of_scored_items_changes_no_input_of_any_run(tmp_path):
    """All files of the runs on all tiers are equal, byte by byte."""
    other = write_kind(tmp_path, "vectors").rename(tmp_path / "other.jsonl")
    read = []
    for poisoned in (False, True):
        runner = Running(largest)
        climb = write_kind(tmp_path, "vectors", seed=1)
        problem = make_problem(runner, climb, other, weak="pca-2")
        if poisoned:
            for name in list(problem.sources):
                _poison(problem, name)
        found = [
            problem.evaluate(folder(), tier, SEEDS) for tier in ("climb", "sealed", "other_tasks")
        ]
        files = [written(run, tmp_path / f"{poisoned}-{i}") for i, run in enumerate(runner.read)]
        read.append((files, [one.gains[0].accuracy for one in found]))
    assert len(read[0][0]) == 6
    assert read[0][0] == read[1][0]
    assert read[0][1] != read[1][1]  # it was poison


def _poison(problem, name: str) -> None:
    """Exchange the truth of all scored items."""
    source = problem.sources[name]
    splits = source.task.splits(0)
    truth = source.vault.reveal(np.arange(len(source.task)), "score").copy()
    items = np.concatenate([splits.test, splits.sealed])
    truth[items] = (truth[items] + 1) % len(source.task.choices)
    problem.sources[name] = replace(source, vault=Vault(truth))
    problem.trainings[name].source = problem.sources[name]


# Failures and usage


@pytest.mark.parametrize(
    "found",
    [
        np.full((2, 2), 1.7e308),  # the sum overflows
        np.full((2, 2), np.longdouble("1e4000")),
        np.full((2, 2), 0x7FA00000, np.uint32).view(np.float32),  # a signaling NaN
        np.full((2, 2), 0x7FF4000000000000, np.uint64).view(np.float64),
        np.full((2, 2), -np.inf),
    ],
)
def test_numbers_that_overflow_are_refused_without_a_warning(found):
    assert read_beliefs(found, 2, 2) is None


def test_the_usage_of_all_runs_is_summed(tmp_path):
    problem = make_problem(Running(uniform), write_kind(tmp_path, "vectors"))
    assert problem.evaluate(folder(), "climb", SEEDS).usage == Usage(3.0, 4.0, 100.0)


def test_a_failed_run_fails_the_submission_with_the_reason_of_the_first_failed_seed(tmp_path):
    """Whichever run ends first; the usage of failed runs counts."""
    started = threading.Barrier(2)

    def fail(_, inputs):
        number = numbers[inputs.seed]
        if number < 2:
            started.wait()
        if number == 0:
            threading.Event().wait(0.2)  # it ends last
        raise ValueError(f"reason {number}")

    runner = Running(fail)
    problem = make_problem(runner, write_kind(tmp_path, "vectors"), seeds=4)
    problem.folders = replace(problem.folders, parallel=2)
    seeds = draw_seeds(SECRET, "climb", 4)
    trainings = next(iter(problem.trainings.values()))
    frozen = FrozenFolder.from_json(folder().content)
    items = trainings.source.task.splits(0).test
    runs = problem.folders.assign(frozen, trainings, "climb", items, seeds)
    numbers = {run.inputs.seed: number for number, run in enumerate(runs)}
    found = problem.evaluate(folder(), "climb", seeds)
    assert (found.failure, found.detail, found.gains) == ("reason 0", "detail of reason 0", ())
    assert found.usage == Usage(3.0, 4.0, 100.0)
    assert len(runner.read) == 2  # the other runs did not start


def test_an_unexpected_error_after_the_runs_is_charged_what_they_used(tmp_path, monkeypatch):
    def broken(*_):
        raise KeyError("a defect of the referee")

    problem = make_problem(Running(uniform), write_kind(tmp_path, "vectors"))
    config = ResearchConfig(problem=problem.config, files=False, folders=Folders(), audit=False)
    referee = Referee(tmp_path / "run", config, problem)
    number = referee.submit("ada", folder()).number
    monkeypatch.setattr("truing.research.problems._weak_to_strong.gain_over_naive", broken)
    assert referee.score(number).reason == "scoring failed (KeyError)"
    (scored,) = read_records(referee.ledger.entries(), Scored).values()
    assert scored.evaluation.usage == Usage(3.0, 4.0, 100.0)
    assert "a defect of the referee" in scored.evaluation.detail
    found = referee.budget("ada")
    assert (found.cpu_spent, found.cpu_reserved) == (3, 0)


def test_a_run_that_breaks_the_referee_is_charged_its_limit(tmp_path):
    """No one knows what it used. A lost machine is another matter: the run costs nothing."""
    numbers = iter(range(2))

    def second_breaks(_, inputs):
        if next(numbers):
            raise broken.pop()
        return uniform(_, inputs)

    broken = [TypeError("a defect of the runner"), OSError("the machine stops")]
    problem = make_problem(Running(second_breaks), write_kind(tmp_path, "vectors"))
    problem.folders = replace(problem.folders, parallel=1)
    with pytest.raises(OSError, match="the machine stops"):
        problem.evaluate(folder(), "climb", SEEDS)
    numbers = iter(range(2))
    found = problem.evaluate(folder(), "climb", SEEDS)
    assert found.failure == "scoring failed (TypeError)"
    assert found.usage.cpu == 1.5 + FolderLimits().cpu


# Tiers


def test_finalists_run_again_on_other_items_and_the_verdict_has_no_code(tmp_path):
    other = write_kind(tmp_path, "vectors").rename(tmp_path / "other.jsonl")
    runner = Running(lambda _, inputs: inputs.predict.inputs[:, :3] - inputs.predict.inputs.min())
    problem = make_problem(runner, write_kind(tmp_path, "vectors", seed=1), other, weak="majority")
    config = ResearchConfig(problem=problem.config, files=False, folders=Folders(), audit=False)
    referee = Referee(tmp_path / "run", config, problem)
    submission = folder("print('<b>mine</b>')")
    receipt = referee.score(referee.submit("ada", submission).number)
    assert receipt.status == "scored"
    assert receipt.released > 0.2  # the baseline knows the most frequent class only
    (verdict,) = referee.close()
    assert (verdict.kind, verdict.content, verdict.family) == ("folder", "", "folder")
    assert verdict.scores["sealed"] > 0.2
    assert verdict.scores["other_tasks"] > 0.2
    groups = [{_content(one) for one in run.predict.inputs} for run in runner.read]
    assert groups[0] == groups[1]
    assert sum(not one & groups[0] for one in groups) >= 4  # sealed and other tasks, two seeds
    (scored,) = read_records(referee.ledger.entries(), Scored).values()
    assert scored.evaluation.usage == Usage(3.0, 4.0, 100.0)


def test_at_most_as_many_runs_as_cores_are_under_way(monkeypatch, tmp_path):
    monkeypatch.setattr("os.cpu_count", lambda: 6)
    runner = Running(uniform)
    runner.limits = FolderLimits(threads=2)
    assert make_problem(runner, write_kind(tmp_path, "vectors")).folders.parallel == 3
