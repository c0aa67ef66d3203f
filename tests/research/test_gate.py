"""The capability gate: whom it lets through, what it withholds, and whose truth it gives out."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.research.foldering import Running, write_kind
from tests.research.planting import Planted, config, method, number
from truing.errors import UserError
from truing.research import (
    Gate,
    MethodCard,
    Referee,
    ResearchConfig,
    Submission,
    WeakToStrong,
    make_report,
    read_config,
)
from truing.research._config import Folders
from truing.research.folders import FolderLimits, FolderRun, FrozenFolder, Usage
from truing.research.gate import judge
from truing.research.isolation import LEVELS, Isolation, probe
from truing.research.ledger._read_records import read_records
from truing.research.ledger._records import Gated, Scored
from truing.research.ledger._witness import check_receipt, read_receipt, signed_part
from truing.research.problems import Evaluation, Gain, WeakToStrongProblem
from truing.studies import Store
from truing.tasks import Vault

SEALABLE = all(getattr(probe(), need) for need in LEVELS["sealed"].needs)
SECRET = b"k" * 32


# How it decides


def differences(*found: tuple[float, float, float, float]) -> Evaluation:
    return Evaluation(tuple(Gain(*one, f"task {i}", 0.9) for i, one in enumerate(found)))


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        ([(0.0, -0.04, 0.04, 1.0)], "passed"),
        ([(0.0, -0.05, 0.04, 1.0)], "inconclusive"),  # the lower end must be above the margin
        ([(-0.02, -0.03, -0.01, 0.01)], "failed"),  # a loss that is shown is a loss
        ([(0.02, 0.01, 0.03, 0.01)], "passed"),
        ([(-0.2, -0.34, -0.06, 0.06)], "failed"),  # below -margin, though p is above 0.05
        ([(0.1, 0.05, 0.15, 1e-4), (-0.01, -0.06, 0.04, 0.7)], "inconclusive"),
        # Two tasks: 0.03 is no longer shown after Holm's correction.
        ([(-0.02, -0.04, -0.01, 0.03), (0.0, -0.01, 0.01, 0.9)], "passed"),
        ([(-0.02, -0.04, -0.01, 0.02), (0.0, -0.01, 0.01, 0.9)], "failed"),
        ([], "failed"),  # the method cannot be run on the battery
    ],
)
def test_outcomes(found, outcome):
    result = judge(differences(*found), 0.05)
    assert (result.outcome, result.passed) == (outcome, outcome == "passed")
    assert len(result.p_holm) == len(found)


# Which items it uses


@pytest.fixture(scope="module")
def problem(tmp_path_factory) -> WeakToStrongProblem:
    """A battery with the images of the other tiers, and one with the name of a climb task."""
    asked = WeakToStrong(other_tasks=("digits-large",), weak="pca-1", strong="pca-5", seeds=2)
    return WeakToStrongProblem(
        asked,
        None,
        Store(tmp_path_factory.mktemp("store")),
        secret=SECRET,
        runner=Answering(),
        battery=("digits-parity", "digits"),
    )


class Answering:
    """Runs no folder: it notes the inputs, and answers with the most frequent label."""

    level, limits = "limited", FolderLimits()

    def __init__(self):
        self.seen = []

    def run(self, folder, inputs, surroundings=None) -> FolderRun:
        self.seen.append(inputs)
        beliefs = np.tile(inputs.weak.mean(axis=0), (len(inputs.predict.ids), 1))
        return FolderRun(beliefs, "", Usage(), "limited")


def images(problem: WeakToStrongProblem, role: str, seeds=(0, 5, 2**127)) -> set[bytes]:
    """What the items of a split show, in all tasks of a problem."""
    found = set()
    for source in problem.sources.values():
        for seed in seeds:
            items = source.splits(seed).parts[role]
            found |= {source.task.inputs[item].tobytes() for item in items}
    return found


def test_the_truth_that_the_battery_teaches_is_that_of_no_item_of_another_tier(problem):
    tiers = {role: images(problem, role) for role in ("test", "sealed", "learn", "supervise")}
    battery = problem.battery
    taught = images(battery, "learn") | images(battery, "supervise")
    scored = images(battery, "test")
    assert len(taught) > 150
    assert len(scored) > 150
    assert not taught & scored
    for used in tiers.values():
        assert not used & (taught | scored)


def test_without_a_battery_the_tiers_are_those_of_earlier_versions(problem):
    again = WeakToStrongProblem(problem.config, None, problem.store, secret=SECRET)
    assert again.battery is None
    assert {len(images(again, role)) for role in ("test", "sealed")} == {539 + 269, 180}


def test_steps_of_the_battery_contain_the_truth_of_learning_items_only(problem, monkeypatch):
    battery = problem.battery
    source, trainings = battery.sources["digits"], battery.trainings["digits"]
    asked = []
    reveal = Vault.reveal
    monkeypatch.setattr(
        Vault,
        "reveal",
        lambda vault, items, purpose: (
            asked.append((purpose, set(items.tolist()))) or reveal(vault, items, purpose)
        ),
    )
    steps = trainings.steps(trainings.naive, (3, 4))
    trainings.complete(steps)
    learned = [set(source.splits(seed).learn.tolist()) for seed in (3, 4)]
    assert {purpose for purpose, _ in asked} <= {"ceiling"}
    assert all(items in learned for _, items in asked)
    for step, items in zip(steps, learned, strict=True):
        labels = trainings.store.read(step.parents["labels"][0].key)["beliefs"]
        rest = np.setdiff1d(np.arange(len(source.task)), list(items))
        assert (labels[rest] == 0.1).all()
        truth = reveal(source.vault, np.array(sorted(items)), "score")
        taught = labels[sorted(items)]
        assert (taught.argmax(axis=1) == truth).all()
        assert 0.98 < taught.max(axis=1).min() < taught.max(axis=1).max() <= 1
        assert taught.sum(axis=1) == pytest.approx(1)


def test_a_method_that_filters_by_confidence_can_be_taught(problem):
    found = problem.battery.evaluate(method("confident-filter,keep=0.5"), "climb", (3, 4))
    assert not found.failure


def folder() -> Submission:
    card = MethodCard(claim="c", mechanism="m", expected_effect=0)
    content = FrozenFolder({"run.py": "print()\n"}).to_json()
    return Submission(kind="folder", content=content, card=card)


def test_a_folder_reads_the_truth_of_the_learning_items_as_labels(problem):
    battery, runner = problem.battery, problem.runner
    runner.seen.clear()
    found = battery.evaluate(folder(), "climb", (3, 4))
    assert [gain.task for gain in found.gains] == ["digits-parity", "digits"]
    assert all(gain.high < 0 for gain in found.gains)  # one answer is worse than naive training
    elsewhere = images(problem, "test") | images(problem, "sealed") | images(battery, "test")
    for inputs in runner.seen:
        assert (inputs.weak.max(axis=1) > 0.98).all()
        learned = {one.tobytes() for one in inputs.learn.inputs}
        assert not learned & elsewhere
        assert {one.tobytes() for one in inputs.predict.inputs} == images(battery, "test")


def _bytes(one) -> tuple:
    """What a run reads besides names of files."""
    items = (one.learn, one.predict)
    arrays = [one.weak, one.clusters, *(i.inputs for i in items), *(i.features for i in items)]
    return one.choices, one.seed, *(i.ids for i in items), *(array.tobytes() for array in arrays)


def test_swapped_truth_of_the_scored_items_changes_no_input_of_the_gate(problem, monkeypatch):
    battery, runner, read, right = problem.battery, problem.runner, [], []
    for poisoned in (False, True):
        if poisoned:
            for name, source in battery.sources.items():
                truth = source.vault.reveal(np.arange(len(source.task)), "score").copy()
                items = source.splits(3).test
                truth[items] = (truth[items] + 1) % len(source.task.choices)
                swapped = replace(source, vault=Vault(truth))
                monkeypatch.setitem(battery.sources, name, swapped)
                monkeypatch.setattr(battery.trainings[name], "source", swapped)
        runner.seen.clear()
        found = battery.evaluate(folder(), "climb", (3, 4))
        right.append([gain.accuracy for gain in found.gains])
        read.append([_bytes(one) for one in runner.seen])
    assert read[0] == read[1]
    assert len(read[0]) == 4
    assert right[0] != right[1]  # it was poison


def test_a_composition_is_compared_with_naive_training_on_the_same_truth(problem):
    same = problem.battery.evaluate(method("naive"), "climb", (3, 4))
    assert [(one.value, one.p) for one in same.gains] == [(0.0, 1.0)] * 2
    assert all(one.accuracy > 0.5 for one in same.gains)
    lost = problem.battery.evaluate(method("shuffled"), "climb", (3, 4))
    assert [judge(lost, 0.05).outcome, lost.gains[1].high < -0.3] == ["failed", True]


FILE = """
from truing.methods import Method, method
@method("mine")
def mine() -> Method:
    def targets(weak, belief, progress):
        weak = weak.copy()
        weak[:, 2:] = 0  # no class but the first two
        weak[:, :2] += 1e-3
        return weak / weak.sum(1, keepdims=True), weak[:, 0] * 0 + 1
    return Method(targets=targets)
"""


@pytest.mark.skipif(not SEALABLE, reason="this machine cannot seal submitted code")
def test_a_file_that_forgets_classes_fails(problem):
    sealing = WeakToStrongProblem(
        problem.config,
        Isolation(),
        problem.store,
        secret=SECRET,
        battery=("digits-parity", "digits"),
    )
    card = MethodCard(claim="c", mechanism="m", expected_effect=0)
    file = Submission(kind="file", content=FILE, name="mine", card=card)
    found = sealing.battery.evaluate(file, "climb", (3, 4))
    assert not found.failure, found.detail
    parity, digits = found.gains
    assert parity.value == pytest.approx(0, abs=0.05)  # two classes are all it has
    assert digits.value < -0.3
    assert judge(found, 0.05).outcome == "failed"


@pytest.fixture
def fine_tuned(tmp_path) -> Referee:
    """A gate in a run whose students are fine-tuned; its folders find the word that decides."""
    pytest.importorskip("transformers")
    from tests.students.tiny import make_tiny

    def perfect(_, inputs):
        words = (("sad", "bad", "poor"), ("glad", "good", "rich"))
        texts = inputs.predict.inputs
        return np.array([[any(w in text for w in one) for one in words] for text in texts], float)

    battery = write_kind(tmp_path, "texts", 240, seed=1).rename(tmp_path / "battery.jsonl")
    climb = write_kind(tmp_path, "texts", 240)  # of 80 items the step would exceed some gains
    problem = WeakToStrong(
        climb=(str(climb),),
        other_tasks=(),
        weak="simulated-noise",
        strong=f"hf/{make_tiny('bert', tmp_path)},num_epochs=1",
        seeds=2,
    )
    gate = Gate(battery=(str(battery),), seeds=2)
    config = ResearchConfig(problem=problem, folders=Folders(), files=False, gate=gate)
    runs = WeakToStrongProblem(
        problem, None, Store(), secret=SECRET, runner=Running(perfect), battery=gate.battery
    )
    return Referee(tmp_path / "run", config, runs)


def test_students_of_the_battery_may_be_fine_tuned_transformers(fine_tuned):
    """They learn the truth of their battery's items, and the runs of folders read no features."""
    battery, runner = fine_tuned.problem.battery, fine_tuned.problem.runner
    filtered = battery.evaluate(method("confident-filter"), "climb", (3, 4))
    assert not filtered.failure
    receipt = fine_tuned.score(fine_tuned.submit("ada", folder()).number)
    assert (receipt.gate, receipt.improved) == ("passed", True)
    (scored,) = read_records(fine_tuned.ledger.entries(), Scored).values()
    (difference,) = scored.gate.differences
    assert difference.accuracy == 1.0
    assert difference.low > 0  # one epoch of a tiny model is not enough to learn the task
    taught = runner.read[-1]
    assert taught.learn.features is None
    assert (taught.weak.max(axis=1) > 0.98).all()


# What it withholds

PASS, FAIL, OPEN = (0.0, 0.01), (-0.2, 0.01), (0.0, 0.1)


class Examined(Planted):
    """A planted problem with a planted battery: difference and half of the interval's width."""

    def __init__(self, worth, capable):
        super().__init__(worth)
        self.capable = capable
        self.battery = Battery(self)


class Battery(Planted):
    def __init__(self, of: Examined):
        super().__init__(of.worth)
        self.of = of

    def evaluate(self, submission, tier, seeds) -> Evaluation:
        self.looks.append((submission.content, tier, tuple(seeds)))
        found = self.of.capable(submission.content)
        if isinstance(found, str):
            return Evaluation(failure=found, detail="in full")
        value, half = found
        p = 1e-9 if half < abs(value) else 1.0
        return Evaluation((Gain(value, value - half, value + half, p, "battery", 0.9),))


def gated(
    folder: Path, worth: dict[float, float], capable: dict[float, object], **given
) -> Referee:
    """A referee with a gate over planted gains and planted capabilities, by number."""

    def read(content: str) -> float:
        return float(content.rpartition("number=")[2])

    problem = Examined(
        lambda content, tier: worth[read(content)], lambda content: capable[read(content)]
    )
    asked = config(gate=Gate(battery="digits", seeds=3), **given)
    return Referee(folder, asked, problem)


def hand_in(referee: Referee, value: float, researcher: str = "ada"):
    return referee.score(referee.submit(researcher, number(value)).number)


def told(receipt) -> tuple:
    return receipt.status, receipt.released, receipt.improved, receipt.gate


def test_only_a_method_that_passes_is_released(tmp_path):
    capable = {0.1: FAIL, 0.2: OPEN, 0.3: "it cannot", 0.4: PASS, 0.5: FAIL}
    worth = {0.1: 0.3, 0.2: 0.4, 0.3: 0.5, 0.4: 0.6, 0.5: 0.01}
    referee = gated(tmp_path, worth, capable)
    assert told(hand_in(referee, 0.1)) == ("scored", 0.0, False, "failed")
    assert told(hand_in(referee, 0.2)) == ("scored", 0.0, False, "inconclusive")
    broken = hand_in(referee, 0.3)
    assert told(broken) == ("scored", 0.0, False, "failed")
    assert "it cannot" not in json.dumps(vars(broken))  # why is the owner's
    assert told(hand_in(referee, 0.4)) == ("scored", 0.6, True, "passed")
    assert told(hand_in(referee, 0.5)) == ("scored", 0.6, False, "")  # nothing would be released
    assert [row.released for row in referee.leaderboard()] == [0.6]
    battery = referee.problem.battery
    assert len(battery.looks) == 4
    assert {len(seeds) for *_, seeds in battery.looks} == {3}
    assert not set(battery.looks[0][2]) & set(referee.problem.looks[0][2])  # its own seeds
    assert "capability gate" in referee.describe()["rules"]


def test_only_methods_that_pass_are_finalists(tmp_path):
    capable = {0.1: FAIL, 0.2: OPEN, 0.3: PASS, 0.4: PASS, 0.5: FAIL}
    worth = {0.1: 0.3, 0.2: 0.4, 0.3: 0.5, 0.4: 0.05, 0.5: 0.06}
    referee = gated(tmp_path, worth, capable)
    numbers = {value: hand_in(referee, value).number for value in worth}
    assert not read_records(referee.ledger.entries(), Gated)
    found = [one.submission for one in referee.close()]
    assert found == [numbers[0.3], numbers[0.4]]
    # 0.4 and 0.5 would not have been released, so they were gated as candidates for finalists.
    later = read_records(referee.ledger.entries(), Gated).values()
    assert [(one.submission, one.result.outcome) for one in later] == [
        (numbers[0.5], "failed"),
        (numbers[0.4], "passed"),
    ]
    assert referee.close() == Referee(tmp_path, problem=referee.problem).close()


def test_a_method_that_fails_leaves_its_slot_to_one_with_identical_results(tmp_path):
    referee = gated(tmp_path, {0.1: 0.1, 0.2: 0.1}, {0.1: FAIL, 0.2: PASS})
    numbers = [hand_in(referee, value, name).number for value, name in ((0.1, "ada"), (0.2, "bob"))]
    assert [one.submission for one in referee.close()] == numbers[1:]


@pytest.mark.parametrize("workers", [1, 3])
def test_the_candidates_are_those_that_are_examined_one_after_the_other(tmp_path, workers):
    rng = np.random.default_rng(5)
    for trial in range(6):
        values = [round(0.1 + place / 100, 2) for place in range(8)]
        worth = {one: float(rng.choice([0.003, 0.006, 0.009, 0.012])) for one in values}
        capable = {one: PASS if rng.random() < 0.4 else FAIL for one in values}
        referee = gated(tmp_path / str(trial), worth, capable, each=8)
        numbers = {one: hand_in(referee, one).number for one in values}
        wanted, examined = {}, []
        for one in sorted(values, key=lambda one: (-worth[one], one)):  # best first
            if len(wanted) < 3 and worth[one] not in wanted:
                examined.append(numbers[one])
                if capable[one] == PASS:
                    wanted[worth[one]] = numbers[one]
        assert [one.submission for one in referee.close(workers)] == list(wanted.values())
        later = read_records(referee.ledger.entries(), Gated).values()
        assert sorted(one.submission for one in later) == sorted(examined)


def test_folders_are_examined_beside_each_other_when_the_run_is_closed(tmp_path):
    both = threading.Barrier(2)

    def capable(content):
        both.wait()  # it ends only if both folders are examined at a time
        return PASS

    problem = Examined(lambda content, tier: len(content) / 10_000, capable)
    problem.check, problem.family = lambda one: one, lambda one: "folder"
    asked = config(gate=Gate(battery="digits", seeds=3), audit=False)
    referee = Referee(tmp_path, asked, problem)
    for text in ("a", "bb"):
        content = FrozenFolder({"run.py": text}).to_json()
        card = MethodCard(claim="it helps", mechanism="a reason", expected_effect=0.02)
        referee.submit("ada", Submission(kind="folder", content=content, card=card))
    assert len(referee.close(workers=2)) == 2
    assert len(problem.battery.looks) == 2


def test_the_same_method_of_another_researcher_is_examined_once(tmp_path):
    referee = gated(tmp_path, {0.1: 0.1}, {0.1: FAIL})
    assert [hand_in(referee, 0.1, one).gate for one in ("ada", "bob")] == ["failed"] * 2
    assert len(referee.problem.battery.looks) == 1


def test_a_withheld_score_cannot_be_compared_with_the_same_step_again(tmp_path):
    """Else each submission would show whether its score reaches the step: the labels one by one."""
    rng = np.random.default_rng(3)
    scores = {round(i / 100, 2): float(rng.uniform(0, 0.2)) for i in range(1, 60)}
    referee = gated(tmp_path, scores, dict.fromkeys(scores, FAIL), each=60)
    receipts = [hand_in(referee, value) for value in scores]
    events = [one for one in receipts if one.gate]
    assert len(events) <= 0.2 / referee.step  # as many as the ladder has steps
    raised, bar = [], 0.0
    for value, one in zip(scores.values(), receipts, strict=True):
        assert bool(one.gate) == (value >= bar + referee.step - 1e-9)
        bar = referee.rule.release(bar, value, 1000.0).score
        raised.append(one.released)
    assert set(raised) == {0.0}


def test_a_withheld_score_delays_no_other_researcher(tmp_path):
    referee = gated(tmp_path, {0.1: 0.3, 0.2: 0.1, 0.3: 0.2}, {0.1: FAIL, 0.2: PASS, 0.3: PASS})
    hand_in(referee, 0.1)
    assert told(hand_in(referee, 0.2)) == ("scored", 0.0, False, "")  # below what was withheld
    assert told(hand_in(referee, 0.3, "bob")) == ("scored", 0.2, True, "passed")


def test_an_infrastructure_error_of_the_battery_costs_nothing(tmp_path):
    broken = [OSError("no space left")]

    def capable(content):
        if broken:
            raise broken.pop()
        return PASS

    referee = gated(tmp_path, {0.1: 0.1}, {})
    referee.problem.capable = capable
    number_ = referee.submit("ada", number(0.1)).number
    with pytest.raises(OSError, match="no space left"):
        referee.score(number_)
    assert told(referee.score(number_)) == ("scored", 0.1, True, "passed")


# The ledger and the receipts


def test_an_outcome_without_a_gate_has_the_json_of_earlier_versions(tmp_path):
    referee = Referee(tmp_path, config(), Planted(lambda content, tier: 0.1))
    hand_in(referee, 0.1)
    (entry,) = referee.ledger.entries("outcome")
    assert "gate" not in entry.body
    assert read_records([entry], Scored)[entry.number].gate is None


def test_the_signature_covers_the_gate(tmp_path):
    referee = gated(tmp_path / "run", {0.1: 0.3, 0.2: 0.1}, {0.1: FAIL, 0.2: PASS})
    receipt, early = hand_in(referee, 0.1), hand_in(referee, 0.2)
    assert check_receipt(referee.ledger, receipt) == ""
    for other in ("", "passed", "inconclusive"):
        assert "signature" in check_receipt(referee.ledger, replace(receipt, gate=other))
        lie = replace(receipt, gate=other)
        signed = replace(lie, signature=referee.signer.sign(signed_part(lie)))
        assert "differs from the receipt" in check_receipt(referee.ledger, signed)
    stored = {name: value for name, value in vars(early).items() if name != "gate"}
    (tmp_path / "old.json").write_text(json.dumps(stored))  # of a version without a gate
    assert check_receipt(referee.ledger, read_receipt(tmp_path / "old.json")) == ""


# Its configuration


def test_the_configuration_names_what_is_wrong():
    def refused(**given) -> str:
        with pytest.raises(UserError) as error:
            read_config(given)
        return str(error.value)

    gate = {"battery": ["digits-parity"]}
    assert "battery" in refused(gate={"margin": 0.1})
    assert "margin" in refused(gate={**gate, "margin": 0})
    assert "unknown field of gate 'marign'; did you mean margin?" in refused(
        gate={**gate, "marign": 0.1}
    )
    assert "with gate, predictions must be false" in refused(gate=gate, predictions=True)
    assert "gate is allowed for the problem weak-to-strong only" in refused(
        gate=gate, problem={"kind": "choose-protocol"}
    )
    assert ResearchConfig(gate=Gate(battery="digits-parity")).gate.seeds == 5
    assert read_config({}).gate is None


def test_a_problem_without_a_battery_is_refused(tmp_path):
    asked = config(gate=Gate(battery="digits"))
    with pytest.raises(UserError, match="no battery"):
        Referee(tmp_path, asked, Planted(lambda content, tier: 0.1))


def test_a_report_of_an_open_run_withholds_the_differences(tmp_path):
    referee = gated(tmp_path, {0.1: 0.3}, {0.1: FAIL})
    hand_in(referee, 0.1)
    assert "-0.2" not in json.dumps(make_report(referee.ledger).to_json())
