"""Studies that fine-tune: the same methods, each training once, and a crash that loses nothing."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import types
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import write_jsonl
from tests.students.tiny import make_tiny
from truing.errors import UserError
from truing.lab import run
from truing.methods import METHODS
from truing.studies import Measuring, Store, Study, complete, make_plan
from truing.studies._complete import _batches, _ready
from truing.studies._curves import make_curves
from truing.studies.work import read_progress

pytestmark = pytest.mark.usefixtures("one_thread")

QUICK = "num_epochs=1,batch_size=16,learning_rate=0.01,max_length=32"
GOOD, BAD = ("good", "great", "happy"), ("bad", "poor", "sad")
OTHERS = ("the", "a", "cat", "dog", "bird", "is", "was", "very")
CHEAP = "lsa-4"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where this module's checkpoints lie."""
    return tmp_path_factory.mktemp("checkpoints")


@pytest.fixture(scope="module")
def named(folder):
    """The name of a tiny checkpoint: `named("llama")`, `named("llama", 1)`."""
    return cache(lambda architecture, seed=0: f"hf/{make_tiny(architecture, folder, seed=seed)}")


def rows_of_reviews(count=80, seed=0):
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        good = bool(rng.random() < 0.5)
        words = [
            *rng.choice(OTHERS, size=rng.integers(1, 6)),
            *rng.choice(GOOD if good else BAD, size=2),
        ]
        text = " ".join(rng.permutation(words))
        rows.append({"id": f"r{number}", "text": text, "truth": "yes" if good else "no"})
    return rows


@pytest.fixture
def reviews(tmp_path) -> str:
    """80 short reviews."""
    return str(write_jsonl(tmp_path / "reviews.jsonl", rows_of_reviews()))


def kinds(steps):
    found = {}
    for step in steps:
        found[step.kind] = found.get(step.kind, 0) + 1
    return found


# The plan


def test_a_grid_contains_every_training_once(reviews, named):
    study = Study(
        tasks=reviews,
        weak=[f"{named('bert')},{QUICK}", f"{named('bert', 1)},{QUICK}"],
        strong=[f"{named('llama')},{QUICK}", f"{named('llama', 1)},{QUICK}"],
        methods=["naive", "confidence", "oracle"],
        seeds=2,
    )
    plan = make_plan(study)
    assert kinds(plan.steps.values()) == {
        "finetune supervisor": 2 * 2,
        "finetune ceiling": 2 * 2,
        "finetune student": 2 * 2 * 2 * 2,
        "score": 12,
        "compare": 8,
    }
    assert plan.count(plan.steps.values()) == {"trainings": 24, "extractions": 0}


def test_an_ensemble_is_compared_with_an_ensemble_of_ceilings(reviews, named):
    strong = f"{named('llama')},{QUICK}"
    study = Study(
        tasks=reviews, weak=CHEAP, strong=strong, methods=["naive", "ensemble,members=3"], seeds=1
    )
    plan = make_plan(study)
    assert kinds(plan.steps.values())["finetune ceiling"] == 2
    ceilings = [step for step in plan.steps.values() if step.kind == "finetune ceiling"]
    assert {step.payload.method for step in ceilings} == {"naive", "ensemble,members=3"}


def test_activations_are_extracted_for_methods_that_prepare_and_once(reviews, named):
    strong = f"{named('llama')},{QUICK}"
    more = {"tasks": reviews, "weak": "random-labels", "strong": strong, "seeds": 2}
    more["weak"] = f"{named('bert')},{QUICK}"
    plain = make_plan(Study(methods=["naive", "confidence"], **more))
    assert plan_count(plain)["extractions"] == 0
    preparing = make_plan(Study(methods=["naive", "knn-relabel", "overlap-density"], **more))
    assert plan_count(preparing)["extractions"] == 1


def plan_count(plan):
    return plan.count(plan.steps.values())


def test_a_changed_setting_changes_only_affected_keys(reviews, named):
    def keys(name):
        study = Study(tasks=reviews, weak=CHEAP, strong=name, methods="naive", seeds=1)
        return {step.kind: step.key for step in make_plan(study).steps.values()}

    name = named("llama")
    one, other = keys(f"{name},{QUICK}"), keys(f"{name},{QUICK},adapter=lora")
    assert one["train supervisor"] == other["train supervisor"]
    assert one["finetune student"] != other["finetune student"]
    assert keys(f"{name},{QUICK},learning_rate=0.01") == one
    assert keys(f"{named('llama', 1)},{QUICK}")["finetune ceiling"] != one["finetune ceiling"]


def test_transformers_measure_hardness_and_have_beliefs_about_the_items_of_each_domain(
    tmp_path, named, store, alone
):
    path = write_jsonl(tmp_path / "reviews.jsonl", rows_of_reviews(160))
    strong = f"{named('llama')},{QUICK}"
    study = Study(
        tasks=str(path),
        weak=CHEAP,
        strong=strong,
        methods="naive",
        seeds=1,
        learn="hardness<=0.5",
        hardness=strong,
    )
    plan = make_plan(study, measure := Measuring(alone, store))
    complete(plan, store, alone)
    assert kinds(measure.ran) == {"finetune supervisor": 5}
    (source,) = plan.sources.values()
    (shifted,) = source.splits(0).shifted.values()
    (step,) = plan.lines[0].score.parents["transfer"]
    assert np.isfinite(store.read(step.key)["beliefs"][shifted]).all()
    assert not set(shifted) & set(source.splits(0).test)
    assert {curve.role for curve in make_curves(plan, store)} == {"student", "ceiling"}


# The methods


def test_every_method_drives_both_regimes_from_the_same_file(reviews, named, store, alone):
    student = f"{named('llama')},{QUICK}"
    names = [name for name in METHODS.describe() if name != "bootstrap"]
    methods = [*names, "bootstrap,rungs=lsa-4"]
    study = Study(tasks=reviews, weak=CHEAP, strong=[student, "lsa-8"], methods=methods, seeds=1)
    plan = make_plan(study)
    complete(plan, store, alone)
    regimes = {line.strong: line.regime for line in plan.lines}
    assert sorted(regimes.values()) == ["fine-tuned (full)", "heads on fixed features"]
    (source,) = plan.sources.values()
    test = source.task.splits(0).test
    found = {}
    for line in plan.lines:
        (step,) = line.score.parents["transfer"]
        beliefs = store.read(step.key)["beliefs"]
        assert beliefs.shape == (80, 2)
        assert np.isfinite(beliefs[test]).all()
        assert beliefs[test].sum(axis=1) == pytest.approx(np.ones(len(test)), abs=1e-4)
        found[line.strong, line.method] = beliefs[test].tobytes()
    assert len(found) == 2 * (len(names) + 1)
    tuned = [beliefs for (strong, _), beliefs in found.items() if strong == next(iter(regimes))]
    assert len(set(tuned)) > len(names) / 2  # they do differ


def test_an_own_method_file_drives_both_regimes(tmp_path, reviews, named, alone):
    (tmp_path / "mine.py").write_text(
        "from array_api_compat import array_namespace\n"
        "from truing.methods import Method, method, uniform\n"
        "@method('mine')\n"
        "def mine() -> Method:\n"
        "    'Half of the weak label, half of the own belief.'\n"
        "    def targets(weak, belief, progress):\n"
        "        xp = array_namespace(weak)\n"
        "        return xp.clip((weak + belief) / 2, 0.0, 1.0), uniform(weak)\n"
        "    return Method(targets=targets)\n"
    )
    study = Study(
        tasks=reviews,
        weak=CHEAP,
        strong=[f"{named('gpt2')},{QUICK}", "lsa-8"],
        methods=f"{tmp_path / 'mine.py'}:mine",
        seeds=1,
    )
    found = run(study, out=tmp_path / "out", engine=alone)
    assert [row.regime for row in found.rows] == ["fine-tuned (full)", "heads on fixed features"]


# Truth, and what is asked of a student


@pytest.fixture
def small(reviews, named) -> Study:
    """A weak transformer, a strong one, two methods, one seed."""
    return Study(
        tasks=reviews,
        weak=f"{named('bert')},{QUICK}",
        strong=f"{named('llama')},{QUICK}",
        methods=["naive", "confidence"],
        seeds=1,
    )


def test_only_needed_beliefs_are_computed_after_training(small, store, alone):
    """The sealed items are never read; a student that labels for nobody is asked the test items."""
    plan = make_plan(small)
    complete(plan, store, alone)
    (source,) = plan.sources.values()
    splits = source.task.splits(0)
    for key, step in plan.steps.items():
        if not step.kind.startswith("finetune"):
            continue
        known = np.flatnonzero(np.isfinite(store.read(key)["beliefs"]).all(axis=1))
        labels = step.kind == "finetune supervisor" or (
            step.kind == "finetune student" and step.payload.method == "naive"
        )
        wanted = [splits.learn, splits.test] if labels else [splits.test]
        assert set(known) == set(np.concatenate(wanted))
        assert not set(known) & set(splits.sealed)


def test_no_test_item_is_read_before_training_is_over(small, store, alone, monkeypatch):
    """A step reads learning items alone; at the end every item asked is read once."""
    from truing.students.transformer.training import _model, _training

    reads, within, ends = [], [], []
    states, step = _model.Classifier.states, _training.TrainingLoop.step
    finish = _training.TrainingLoop.finish

    def read(self, items):
        reads.extend(items.tolist())
        return states(self, items)

    def stepping(self):
        reads.clear()
        step(self)
        within.append(set(reads) <= set(self.learn.tolist()))

    def ending(self):
        reads.clear()
        found = finish(self)
        ends.append(sorted(reads) == sorted(self.asked.tolist()))
        return found

    monkeypatch.setattr(_model.Classifier, "states", read)
    monkeypatch.setattr(_training.TrainingLoop, "step", stepping)
    monkeypatch.setattr(_training.TrainingLoop, "finish", ending)
    complete(make_plan(small), store, alone)
    assert within == [True] * len(within)
    assert ends == [True] * 4  # supervisor, ceiling, two students


def test_students_get_no_truth_and_share_no_batch(small, store, alone):
    plan, seen = make_plan(small), {}
    while missing := plan.missing(store):
        batches = _batches(_ready(missing), 1)
        for batch in batches:
            if batch.kind.startswith("finetune"):
                assert len(batch.jobs) == 1
                seen.setdefault(batch.kind, []).append(batch.jobs[0].truth is not None)
        list(alone.run(batches, store.location))
    assert seen == {
        "finetune supervisor": [True],
        "finetune ceiling": [True],
        "finetune student": [False, False],
    }


def test_poisoning_the_learn_split_leaves_supervisors_and_students_the_same_bits(
    tmp_path, small, alone
):
    rows = rows_of_reviews()
    learn = set(make_plan(small).sources[small.tasks[0]].task.splits(0).learn.tolist())
    poisoned = [
        row | {"truth": {"yes": "no", "no": "yes"}[row["truth"]]} if number in learn else row
        for number, row in enumerate(rows)
    ]
    path = write_jsonl(tmp_path / "poisoned.jsonl", poisoned)
    beliefs = []
    for name, tasks in (("clean", small.tasks), ("poisoned", (str(path),))):
        plan, own = make_plan(small.model_copy(update={"tasks": tasks})), Store(tmp_path / name)
        complete(plan, own, alone)
        found = {}
        for key, step in plan.steps.items():
            if step.kind.startswith("finetune"):
                found.setdefault(step.kind, set()).add(own.read(key)["beliefs"].tobytes())
        beliefs.append(found)
    clean, poisoned = beliefs
    assert clean["finetune supervisor"] == poisoned["finetune supervisor"]
    assert clean["finetune student"] == poisoned["finetune student"]
    assert not clean["finetune ceiling"] & poisoned["finetune ceiling"]


# Killed, shared, repeated

KILLER = """
import json, os, signal, sys
from pathlib import Path

import torch
from truing.studies import LocalEngine, Store, Study, make_plan, run_plan
from truing.studies.work import _under_way as work
from truing.students.transformer.training import _training as training

folder, study = Path(sys.argv[1]), Study(**json.loads(sys.argv[2]))
work.SAVE_SECONDS, work.SAVE_SHARE = 0.0, 1e9
torch.set_num_threads(1)


def study_in(name):
    found = run_plan(make_plan(study), engine=LocalEngine(1), store=Store(folder / name / "store"))
    rows = json.dumps([row.to_json() for row in found.rows])
    losses = json.dumps([curve.losses.tolist() for curve in found.curves])
    (folder / name / "results").write_text(rows + losses)


def attempt(name, prepare):
    # The study in a process of its own, which may be killed; how it ended.
    child = os.fork()
    if child == 0:
        prepare()
        study_in(name)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def dying(call, times):
    calls = []
    def counted(*given, **named):
        calls.append(given)
        if len(calls) == times:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*given, **named)
    return counted


def at_step(number):
    # Killed when so many steps were taken in all, and the last is not saved.
    def prepare():
        training.TrainingLoop.state = dying(training.TrainingLoop.state, number)
    return prepare


def while_saving(number):
    # Killed when something is written beside its place, before it is put there.
    def prepare():
        os.replace = dying(os.replace, number)
    return prepare


study_in("whole")
ended = {name: [attempt(name, prepare), attempt(name, lambda: None)]
         for name, prepare in {"first": at_step(1), "student": at_step(9), "member": at_step(13),
                               "saving": while_saving(6)}.items()}
print(json.dumps(ended))
"""


def test_a_killed_and_repeated_run_has_the_same_bytes(tmp_path, reviews, named):
    """A whole model with dropout and an ensemble of adapters; SIGKILL, in real processes."""
    study = {
        "tasks": reviews,
        "weak": f"{named('bert')},num_epochs=2,batch_size=16,learning_rate=0.01",
        "seeds": 1,
        "strong": f"{named('llama')},{QUICK},adapter=lora",
        "methods": "ensemble,members=3",
    }
    done = subprocess.run(
        [sys.executable, "-c", KILLER, str(tmp_path), json.dumps(study)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    ended = json.loads(done.stdout)
    assert set(ended) == {"first", "student", "member", "saving"}
    assert all(codes == [-9, 0] for codes in ended.values())
    for name in ended:
        for file in ("results", "store"):  # what is under way is removed at the end
            one, other = tmp_path / "whole" / file, tmp_path / name / file
            assert contents(one) == contents(other)


def contents(path):
    """A file's bytes, or the names of the entries of a store."""
    if path.is_file():
        return path.read_bytes()
    return {one.name for one in path.rglob("*") if one.is_file() and one.name[0] != "."}


def test_a_second_run_trains_nothing_and_has_the_same_results(tmp_path, small, alone):
    first = run(small, out=tmp_path / "one", engine=alone)
    second = run(small, out=tmp_path / "two", engine=alone)
    assert (first.work.trainings, second.work.trainings) == (4, 0)
    assert second.rows == first.rows
    results = [(tmp_path / name / "results.jsonl").read_bytes() for name in ("one", "two")]
    assert results[0] == results[1]


def test_unfinished_checkpoints_are_removed_after_a_failure(tmp_path, small, own_store, alone):
    (tmp_path / "mine.py").write_text(
        "from truing.methods import Method, follow, method\n"
        "@method('late')\n"
        "def late() -> Method:\n"
        "    'Fails towards the end.'\n"
        "    def targets(weak, belief, progress):\n"
        "        return follow(weak if progress < 1 else weak[:1], belief, progress)\n"
        "    return Method(targets=targets)\n"
    )
    study = small.model_copy(update={"methods": (f"{tmp_path / 'mine.py'}:late",)})
    plan = make_plan(study)
    with pytest.raises(UserError, match="returned targets"):
        complete(plan, Store(), alone)
    held = {path.name for path in own_store.rglob("*") if path.is_file()}
    assert held <= set(plan.steps)


# What a user sees


def w2s(task, weak, strong, *more):
    words = ["w2s", "--task", task, "--weak", weak, "--strong", strong, "--method", "naive"]
    return [*words, "--method", "confidence", "--seeds", "1", "--workers", "1", *more]


def test_one_command_fine_tunes_and_names_the_regime(truing, reviews, named, tmp_path):
    weak, strong = f"{named('bert')},{QUICK}", f"{named('llama')},{QUICK}"
    code, out, err = truing(*w2s(reviews, weak, strong, "--adapter", "lora", "--out", "here"))
    assert code == 0, err
    assert "fine-tuned (lora)" in out
    rows = [json.loads(line) for line in (tmp_path / "here" / "results.jsonl").open()]
    assert [row["regime"] for row in rows] == ["fine-tuned (lora)"] * 2
    assert all("adapter=lora" in row["weak"] and "adapter=lora" in row["strong"] for row in rows)
    with (tmp_path / "here" / "losses.csv").open(newline="") as file:
        losses = list(csv.DictReader(file))
    assert list(losses[0]) == [
        "task",
        "weak",
        "student",
        "method",
        "seed",
        "role",
        "member",
        "step",
        "loss",
        "rate",
    ]
    assert {(row["role"], row["method"]) for row in losses} == {
        ("supervisor", "naive"),
        ("ceiling", "naive"),
        ("student", "naive"),
        ("student", "confidence"),
    }
    environment = json.loads((tmp_path / "here" / "environment.json").read_text())
    assert len(environment["fine_tunings"]) == 4
    assert all(one["cut"] == 0 and one["halved"] == 0 for one in environment["fine_tunings"])


def test_the_adapter_option_applies_to_names_without_an_adapter(truing, reviews, named):
    weak, strong = f"{named('bert')},{QUICK},adapter=head", f"{named('llama')},{QUICK}"
    code, out, _ = truing(
        *w2s(reviews, weak, strong, "--strong", "lsa-8", "--adapter", "lora", "--json")
    )
    assert code == 0
    rows = json.loads(out)["rows"]
    assert {row["weak"].rpartition(",")[0] for row in rows} != set()
    assert all("adapter=head" in row["weak"] and "lora" not in row["weak"] for row in rows)
    assert {row["regime"] for row in rows} == {"fine-tuned (lora)", "heads on fixed features"}


def test_truncated_texts_are_in_the_note_of_the_row(truing, tmp_path, named):
    rows = rows_of_reviews()
    for row in rows[:7]:
        row["text"] += " very" * 100
    task = write_jsonl(tmp_path / "long.jsonl", rows)
    strong = f"{named('llama')},{QUICK}"
    code, out, _ = truing(*w2s(str(task), CHEAP, strong, "--json"))
    notes = {row["note"] for row in json.loads(out)["rows"]}
    assert code == 0
    assert all("texts were longer than the limit and cut" in note for note in notes)


@pytest.mark.parametrize(
    ("strong", "told"),
    [
        ("hf/./nowhere", "nowhere: no such folder"),
        ("{llama},num_epochs=0", "num_epochs must be 1 or more"),
        ("{bert},output=generate", "is not a causal language model"),
    ],
)
def test_mistakes_are_one_line_and_exit_code_2(truing, reviews, named, strong, told):
    name = strong.format(llama=named("llama"), bert=named("bert"))
    code, _, err = truing(*w2s(reviews, CHEAP, name))
    assert code == 2
    assert told in err.splitlines()[-1]
    assert "Traceback" not in err


def test_a_transformer_refuses_images(truing, named):
    code, _, err = truing(*w2s("digits", "pca-2", f"{named('bert')},{QUICK}"))
    assert code == 2
    assert "a transformer reads texts, but digits contains images" in err


@pytest.mark.parametrize("role", ["--weak", "--strong"])
def test_without_the_extra_the_message_says_how_to_install_it(
    truing, tmp_path, reviews, named, role, monkeypatch
):
    from truing.students.transformer.checkpoints import _device

    monkeypatch.setattr(_device, "find_spec", lambda name: None)
    other = {"--weak": "--strong", "--strong": "--weak"}[role]
    code, _, err = truing(
        "w2s", "--task", reviews, role, named("bert"), other, CHEAP, "--method", "naive"
    )
    assert code == 2
    assert "pip install 'truing[train]'" in err.splitlines()[-1]


BLOCKED = """
import sys

class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "transformers", "peft", "accelerate", "datasets"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Block())
from truing.cli import main
for words in (["demo", "--dry-run", "--seeds", "1"],
              ["w2s", "--task", "digits", "--weak", "pca-2", "--strong", "pca-8", "--method",
               "naive", "--seeds", "1", "--out", sys.argv[1], "--workers", "1"]):
    sys.argv = ["truing", *words]
    try:
        main()
    except SystemExit as left:
        assert not left.code, left.code
print("without", [name for name in ("torch", "transformers") if name in sys.modules])
"""


def test_the_demo_and_heads_work_without_pytorch(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED, str(tmp_path / "out")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "without []"


def test_progress_shows_steps_speed_and_remaining_time(small, store, alone, monkeypatch):
    from truing.studies import _follow
    from truing.studies.work import _under_way

    monkeypatch.setattr(_under_way, "REPORT_SECONDS", 0.0)
    monkeypatch.setattr(_follow, "SECONDS", 0.001)
    said = []
    longer = small.model_copy(
        update={"strong": (small.strong[0].replace("num_epochs=1", "num_epochs=9"),)}
    )
    complete(make_plan(longer), store, alone, watch=lambda *one: said.append(one))
    told = [kind for kind, *_ in said if "step" in kind]
    assert told
    assert all("examples per second" in one and one.endswith("left") for one in told)
    assert {kind.partition(":")[0] for kind, *_ in said} >= {
        "finetune supervisor",
        "finetune ceiling",
        "finetune student",
    }
    assert not any(read_progress(store, key) for key in make_plan(longer).steps)


@pytest.mark.parametrize("tracker", ["wandb", "trackio"])
def test_loss_curves_are_sent_to_an_installed_tracker(truing, reviews, named, tracker, monkeypatch):
    logged = []

    class Run:
        def log(self, values, step):
            logged.append((step, values))

        def finish(self):
            logged.append("finished")

    run = Run()
    fake = types.SimpleNamespace(
        init=lambda **given: logged.append(given["name"]) or run,
        log=run.log,
        finish=run.finish,
        __spec__=None,
    )
    monkeypatch.setitem(sys.modules, tracker, fake)
    monkeypatch.setattr("truing.lab._trackers.find_spec", lambda name: name == tracker)
    code, _, err = truing(*w2s(reviews, CHEAP, f"{named('llama')},{QUICK}", "--report-to", tracker))
    assert code == 0, err
    assert logged.count("finished") == 3  # a ceiling and two students
    assert f"3 loss curves exported to {tracker}" in err
    steps = [one for one in logged if isinstance(one, tuple)]
    assert all(set(values) == {"loss", "rate"} for _, values in steps)


def test_a_missing_tracker_is_reported_before_training(
    truing, reviews, named, own_store, monkeypatch
):
    monkeypatch.setattr("truing.lab._trackers.find_spec", lambda name: None)
    words = w2s(reviews, CHEAP, f"{named('llama')},{QUICK}", "--report-to", "tensorboard")
    code, _, err = truing(*words)
    assert code == 2
    assert "--report-to tensorboard: tensorboard is not installed; pip install tensorboard" in err
    assert not Path(own_store).exists()


def test_rungs_of_a_chain_have_the_settings_of_the_strong_student(reviews, named):
    """`--adapter` is among them: it is written into the strong student's name."""
    strong = f"{named('llama')},{QUICK},adapter=lora,lora_rank=2"
    method = f"bootstrap,rungs={named('llama', 1)}+{named('llama', 2)}:lora_rank=4"
    study = Study(tasks=reviews, weak=CHEAP, strong=strong, methods=method, seeds=1)
    steps = make_plan(study).steps.values()
    students = [step.payload.student for step in steps if step.kind == "finetune student"]
    assert all("adapter=lora" in one for one in students)
    assert [one.rpartition("lora_rank=")[2] for one in students] == ["2", "4", "2"]
    assert all("max_length=32" in one for one in students)
