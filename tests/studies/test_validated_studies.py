"""validation=SHARE and learning_rate=auto in a study: who chooses on which labels, and what rows,
files and reports say about it."""

from __future__ import annotations

import csv
import json
from collections import Counter

import numpy as np
import pytest

import truing
from tests.conftest import write_jsonl
from tests.students.tiny import make_tiny
from tests.studies.test_finetuned_studies import rows_of_reviews
from truing.methods import METHODS
from truing.report import write_report
from truing.runs import find_run
from truing.students import parse_student
from truing.students.transformer.training import _choose_learning_rate
from truing.studies import (
    ChainPlanner,
    LearningRate,
    LocalEngine,
    StepGraph,
    Store,
    Study,
    complete,
    make_plan,
    training_needs,
)
from truing.studies.work import ChoicePayload, FinetunePayload
from truing.supervisors import parse_supervisor
from truing.tasks import load_task
from truing.testing._watched import swap_truth

pytestmark = pytest.mark.usefixtures("one_thread")

QUICK = "adapter=head,num_epochs=3,batch_size=8,max_length=32"
AUTO = f"{QUICK},learning_rate=auto,validation=0.25"
METHODS_TRIED = ["naive", "confidence", "bootstrap", "co-teaching"]
TUNED = ("finetune supervisor", "finetune student", "finetune ceiling", "choose learning rate")


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Names of three tiny checkpoints."""
    folder = tmp_path_factory.mktemp("checkpoints")
    return [f"hf/{make_tiny('llama', folder, seed=seed)}" for seed in range(3)]


@pytest.fixture(scope="module")
def reviews(tmp_path_factory) -> str:
    """120 short reviews, 36 in the learn split, in clusters of two."""
    rows = [row | {"cluster": at // 2} for at, row in enumerate(rows_of_reviews(120))]
    return str(write_jsonl(tmp_path_factory.mktemp("task") / "reviews.jsonl", rows))


@pytest.fixture(scope="module")
def few_values():
    """Learning rates to choose from: a tenth of the default, the default, ten times the default."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_choose_learning_rate, "FACTORS", (0.1, 1.0, 10.0))
        yield


def trained(source, models, folder):
    """Arrays of every fine-tuning and choice of a study on a task, by kind and in a fixed order."""
    chain, store = ChainPlanner(source), Store(folder)
    weak, student = (parse_student(f"{name},{AUTO}") for name in models[:2])
    steps = []
    for name in METHODS_TRIED:
        method = METHODS.build(f"bootstrap,rungs={models[2]}" if name == "bootstrap" else name)
        steps += chain.students(parse_supervisor(weak.label), student, method, [0])
    steps += chain.ceilings(student, 1, [0])
    graph = StepGraph(tuple(steps))
    complete(graph, store, LocalEngine(1))
    found = {kind: [] for kind in TUNED}
    for key, step in graph.steps.items():
        if step.kind in TUNED:
            arrays = store.read(key)
            names = sorted(arrays.keys() - {"notes"})  # they contain the time
            found[step.kind].append([arrays[name].tobytes() for name in names])
    return found


@pytest.fixture(scope="module")
def by_truth(reviews, models, few_values, tmp_path_factory):
    """The trainings on a task, and on the same task with other right choices in some splits."""
    folder, source = tmp_path_factory.mktemp("truth"), load_task(reviews)
    splits = source.task.splits(0)
    kept = {
        "clean": np.arange(len(source.task)),
        "other test": np.concatenate([splits.supervise, splits.learn]),
        "other learn and test": splits.supervise,
    }
    return {
        name: trained(swap_truth(source, items), models, folder / name.replace(" ", "-"))
        for name, items in kept.items()
    }


def test_no_choice_of_a_student_reads_the_ground_truth_of_learn_or_test(by_truth):
    """Neither of its learning rate nor of the step at which it stops."""
    clean, poisoned = by_truth["clean"], by_truth["other learn and test"]
    # Naive trainings of the student, of the rung, and of the student on the rung's labels.
    assert len(clean["finetune student"]) == 3 * 3 + 3
    for kind in ("finetune supervisor", "finetune student"):
        assert clean[kind] == poisoned[kind]
    same = [one in poisoned["choose learning rate"] for one in clean["choose learning rate"]]
    assert same.count(False) == 1  # the ceiling's


def test_no_choice_reads_the_ground_truth_of_test(by_truth):
    assert by_truth["clean"] == by_truth["other test"]


def test_a_ceiling_learns_and_validates_on_the_ground_truth_of_learn(by_truth):
    clean, poisoned = by_truth["clean"], by_truth["other learn and test"]
    assert len(clean["finetune ceiling"]) == 3
    assert not [one for one in clean["finetune ceiling"] if one in poisoned["finetune ceiling"]]


@pytest.fixture(scope="module")
def studied(reviews, models, few_values, tmp_path_factory):
    """A finished study with a choice, its plan and its store."""
    folder = tmp_path_factory.mktemp("studied")
    study = Study(
        tasks=reviews,
        weak="lsa-4",
        strong=[f"{models[0]},{each}" for each in (AUTO, f"{QUICK},validation=0.25", QUICK)],
        methods=["naive", "confidence", "oracle"],
        seeds=2,
    )
    store = Store(folder / "store")
    result = truing.run(study, store=store, out=folder / "out", engine=LocalEngine(1))
    return result, make_plan(study), store


def row_of(result, kind, method="naive"):
    """The row of the student that chooses (`auto`), that validates (`given`), or of the other."""
    return next(row for row in result.rows if (kind_of(row), row.method) == (kind, method))


def kind_of(row):
    if "validation" not in row.strong:
        return "other"
    return "auto" if "learning_rate=auto" in row.strong else "given"


def test_methods_share_the_choice_that_naive_trainings_make(studied):
    """A training for each value of a choice, and one for each further method."""
    result, plan, _ = studied
    counts = Counter(step.kind for step in plan.steps.values())
    assert counts["choose learning rate"] == 2 * 2  # student and ceiling of two seeds
    # The student with validation alone has one of these learning rates: the default.
    assert counts["finetune student"] == 2 * (3 + 1 + 1 + 2)
    assert counts["finetune ceiling"] == 2 * (3 + 1)
    rates = [row_of(result, "auto", name).learning_rate.by_seed for name in ("naive", "confidence")]
    assert rates[0] == rates[1]


def test_the_chosen_learning_rate_has_the_lowest_validation_loss_of_trainings_by_hand(
    studied, reviews, models
):
    result, plan, store = studied
    line = plan.lines[0]
    for seed, choice in enumerate(line.score.parents["transfer"]):
        assert isinstance(choice.payload, ChoicePayload)
        losses = {}
        for value in choice.payload.values:
            strong = f"{models[0]},{QUICK},learning_rate={value},validation=0.25"
            study = Study(tasks=reviews, weak="lsa-4", strong=strong, methods="naive", seeds=2)
            by_hand = make_plan(study).lines[0].score.parents["transfer"][seed]
            curve = store.read(by_hand.key)["validation"]
            losses[value] = curve[:, 2].min(), by_hand.key
        best = min(losses, key=losses.__getitem__)
        row = row_of(result, "auto")
        assert row.learning_rate.by_seed["transfer"][seed] == best
        arrays, chosen = store.read(choice.key), store.read(losses[best][1])
        assert arrays["beliefs"].tobytes() == chosen["beliefs"].tobytes()
        assert arrays["validation_losses"].tolist() == [loss for loss, _ in losses.values()]


def test_student_and_ceiling_keep_the_same_whole_clusters_out(studied):
    _, plan, _ = studied
    kept_out = {}
    for step in plan.steps.values():
        payload = step.payload
        if isinstance(payload, FinetunePayload) and payload.kept_out.any():
            kept_out.setdefault(payload.seed, set()).add(tuple(payload.items[payload.kept_out]))
            assert not set(payload.clusters[payload.kept_out]) & set(
                payload.clusters[~payload.kept_out]
            )
    assert {seed: len(splits) for seed, splits in kept_out.items()} == {0: 1, 1: 1}
    assert kept_out[0] != kept_out[1]


def test_rows_contain_learning_rates_and_stops_of_every_role_and_seed(studied):
    result, *_ = studied
    auto, given = row_of(result, "auto"), row_of(result, "given")
    assert (auto.learning_rate.auto, auto.learning_rate.weak_auto) == (True, False)
    assert auto.learning_rate.weak is None
    assert auto.learning_rate.transfer == min(auto.learning_rate.by_seed["transfer"])
    default = [0.01, 0.01]
    assert given.learning_rate.by_seed == {"weak": None, "transfer": default, "ceiling": default}
    assert not given.learning_rate.auto
    for row in (auto, given):
        assert row.stopped_at.weak is None
        shares = [*row.stopped_at.by_seed["transfer"], *row.stopped_at.by_seed["ceiling"]]
        assert all(0 < share <= 1 for share in shares)


def test_the_students_of_oracle_have_the_choice_of_the_ceiling(studied):
    oracle, naive = (
        row_of(studied[0], "auto", name).learning_rate.by_seed for name in ("oracle", "naive")
    )
    assert oracle["transfer"] == naive["ceiling"]


def test_chosen_values_are_in_files_data_frame_table_and_report(studied):
    result, *_ = studied
    row = row_of(result, "auto")
    stored = json.loads((result.folder / "results.jsonl").read_text().splitlines()[0])
    assert stored["learning_rate"]["by_seed"] == row.learning_rate.by_seed
    assert stored["stopped_at"]["transfer"] == row.stopped_at.transfer
    assert find_run(result.folder).rows == list(result.rows)
    frame = result.to_pandas()
    assert frame["learning_rate_transfer"][0] == row.learning_rate.transfer
    assert frame["stopped_at_ceiling"][0] == row.stopped_at.ceiling
    words = " ".join(str(result).split())
    chosen = f"learning_rate=auto chose: student {row.learning_rate.text('transfer')}"
    stopped = "early stopping (share of the steps): student "
    assert chosen in words
    assert stopped in words
    assert "so it chooses its own learning rate" in words
    page = write_report(result.folder).read_text().replace("<wbr>", "")
    assert chosen in page
    assert stopped in page
    assert "so it chooses its own learning rate" in page


def test_validation_losses_are_in_losses_csv(studied):
    result, *_ = studied
    with (result.folder / "losses.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    evaluated = [line for line in lines if line["validation_loss"]]
    by_student = Counter("validation" in line["student"] for line in evaluated)
    assert set(by_student) == {True}
    assert 0 < len(evaluated) < len(lines)
    assert all(float(line["validation_loss"]) > 0 for line in evaluated)


def test_a_study_without_validation_has_no_trace_of_it(studied):
    result = studied[0].filter(strong=row_of(studied[0], "other").strong)
    for row in result.rows:
        assert row.learning_rate is row.stopped_at is None
        assert not {"learning_rate", "stopped_at"} & set(row.to_json())
    assert "validation" not in str(result)


def test_an_interrupted_ensemble_has_the_same_bits(reviews, models, tmp_path, monkeypatch):
    """The first member is finished, and the second is stopped after its first evaluations."""
    from truing.students.transformer.training import _training
    from truing.studies.work import _under_way

    monkeypatch.setattr(_under_way, "SAVE_SECONDS", 0.0)
    monkeypatch.setattr(_under_way, "SAVE_SHARE", 1e9)
    source = load_task(reviews)
    student = parse_student(f"{models[0]},{QUICK},validation=0.25")
    ensemble = METHODS.build("ensemble,members=2")
    steps = ChainPlanner(source).students(parse_supervisor("lsa-4"), student, ensemble, [0])
    whole, resumed = Store(tmp_path / "whole"), Store(tmp_path / "resumed")
    complete(StepGraph(tuple(steps)), whole, LocalEngine(1))
    taken, step = [], _training.TrainingLoop.step

    def interrupted(self):
        taken.append(self.at)
        if len(taken) == 18:
            raise KeyboardInterrupt
        step(self)

    monkeypatch.setattr(_training.TrainingLoop, "step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        complete(StepGraph(tuple(steps)), resumed, LocalEngine(1))
    assert taken[-1] > 0
    complete(StepGraph(tuple(steps)), resumed, LocalEngine(1))
    one, other = (store.read(steps[0].key) for store in (whole, resumed))
    assert one.keys() == other.keys() >= {"validation", "stopped_at", "learning_rate"}
    for name in one.keys() - {"notes"}:
        assert one[name].tobytes() == other[name].tobytes()


def test_a_choice_at_the_edge_has_a_note():
    by_seed = {"weak": None, "transfer": [0.1, 0.01], "ceiling": [0.001, 0.001]}
    values = (0.001, 0.003, 0.01, 0.03, 0.1)
    tried = {"weak": (), "transfer": values, "ceiling": values}
    assert list(LearningRate.of(by_seed, tried).notes(tried)) == [
        "learning_rate=auto chose its largest value, 0.1, for the student of 1 of 2 seeds, so a "
        "number beyond it may be better",
        "learning_rate=auto chose its smallest value, 0.001, for the ceiling of 2 of 2 seeds, so a "
        "number beyond it may be better",
    ]
    given = dict.fromkeys(tried, ())
    assert not list(LearningRate.of(by_seed, given).notes(given))


# What a user types


def w2s(task, strong, *more):
    words = ["w2s", "--task", task, "--weak", "lsa-4", "--strong", strong, "--seeds", "1"]
    return [*words, "--method", "naive", "--method", "confidence", *more]


def test_the_cost_of_a_choice_is_shown_before_the_study(truing, reviews, models, few_values):
    code, out, _ = truing(*w2s(reviews, f"{models[0]},{AUTO}", "--dry-run"))
    assert code == 0
    words = " ".join(out.split())
    assert "of which 8 trainings" in words  # a supervisor, 3 + 1 students, 3 ceilings
    assert "learning_rate=auto: 2 choices, each a training for each of 3 values" in words


def test_the_memory_of_a_choice_is_estimated_once(reviews, models):
    """The memory does not depend on the learning rate."""
    strong = f"{models[0]},{AUTO}"
    study = Study(tasks=reviews, weak="lsa-4", strong=strong, methods=["naive", "confidence"])
    (need,) = training_needs(make_plan(study).steps.values())
    assert need.student == f"{models[0]},{QUICK},validation=0.25"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("validation=0.9", "validation must lie in [0, 0.5], got 0.9"),
        ("learning_rate=fast", "learning_rate must be a number or auto, got 'fast'"),
        ("learning_rate=2", "learning_rate must lie in [0, 1], got 2"),
        ("validation=0.02", "validation=0.02 keeps 1 of 36 items out, fewer than the 2 of"),
    ],
)
def test_mistakes_are_one_line(truing, reviews, models, settings, told):
    code, _, err = truing(*w2s(reviews, f"{models[0]},{settings}"))
    assert code == 2
    assert told in err.splitlines()[-1]


def test_a_head_on_fixed_features_has_no_validation(truing, reviews):
    code, _, err = truing(*w2s(reviews, "lsa-8,validation=0.1"))
    assert code == 2
    assert "no argument 'validation'; allowed: " in err.splitlines()[-1]
