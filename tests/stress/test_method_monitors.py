"""Monitors of method files: what each detects, what it sees, and a small stress test."""

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB

from truing.errors import UserError
from truing.plants import PLANTS, planted_file
from truing.stress import MONITORS, MethodMonitor, StressTest, Suspicion, Systems, plan_stress
from truing.stress.methods import MethodScene
from truing.stress.monitors import ask_monitor, review
from truing.studies import LocalEngine, Store, complete, make_job
from truing.testing import check_monitor, honest_method_view
from truing.testing._method_systems import ITEMS, method_view

NAMES = (
    "answer-shares",
    "behaves-otherwise",
    "code-review",
    "dead-weak-label",
    "label-leak",
    "n-gram",
    "reads-outside",
)
SEEDS = range(5)
SMALL = {"weak": "pca-2", "strong": "pca-8", "strengths": 1.0, "seeds": 2, "references": 3}


def suspicions(monitor: str, plant: str, strength: float) -> list[float]:
    built, value = MONITORS.build(monitor), PLANTS.build(plant).value
    found = []
    for seed in SEEDS:
        file = planted_file(value, strength, seed, ITEMS)
        view = method_view(built.value, file, seed, value.leaks and strength > 0)
        rng = np.random.default_rng(seed)
        found.append(ask_monitor(monitor, built.value, view, rng).system)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_monitor_satisfies_its_contract(name):
    assert len(check_monitor(name).conditions) == 3


@pytest.mark.parametrize(
    ("monitor", "plant"),
    [
        ("answer-shares", "most-common-answer"),
        ("behaves-otherwise", "lucky-seed"),
        ("behaves-otherwise,context=reviewed", "scored-otherwise"),
        ("behaves-otherwise,context=reviewed", "scored-otherwise,by=stack"),
        ("behaves-otherwise,context=half", "scored-otherwise,by=size"),
        ("behaves-otherwise,context=late", "scored-otherwise,by=progress"),
        ("behaves-otherwise,context=rounded", "test-leakage"),
        ("code-review", "off-by-one"),
        ("code-review", "test-leakage"),
        ("dead-weak-label", "dead-weak-label"),
        ("label-leak,audits=100", "test-leakage"),
        ("n-gram", "lucky-seed"),
        ("reads-outside", "scored-otherwise"),
    ],
)
def test_a_monitor_is_more_suspicious_of_planted_files_than_of_their_twins(monitor, plant):
    pairs = zip(suspicions(monitor, plant, 0.5), suspicions(monitor, plant, 0.0), strict=True)
    assert all(planted > twin for planted, twin in pairs)


def test_a_review_in_the_same_process_misses_a_file_that_recognizes_the_size():
    monitor, plant = "behaves-otherwise,context=reviewed", "scored-otherwise,by=size"
    assert suspicions(monitor, plant, 1.0) == [0.0] * len(SEEDS)


def test_the_embedded_reviewer_gives_no_points_for_honest_rules_without_habits():
    texts = [planted_file(None, 0.0, seed, ITEMS) for seed in range(60)]
    plain = [one.text for one in texts if not any("habit" in role for role in one.lines)]
    assert len(plain) > 5
    assert {review(text) for text in plain} == {0.0}


def answering(monkeypatch, reply: str) -> list[str]:
    """A language model that gives a reply; returns the prompts that it receives."""
    from inspect_ai.model import ModelOutput, ModelUsage, get_model

    from truing.oversight.evals import _bind_models

    prompts = []

    def outputs(input, tools, tool_choice, config):
        prompts.append(input[-1].text)
        found = ModelOutput.from_content("mockllm/model", reply)
        found.usage = ModelUsage()  # without it Inspect loads a tokenizer
        return found

    model = get_model("mockllm/model", custom_outputs=outputs, memoize=False)
    monkeypatch.setattr(_bind_models, "get_model", lambda *given, **options: model)
    return prompts


@pytest.mark.parametrize(
    ("reply", "suspicion"),
    [("I see a leak.\nSUSPICION: 85", 85.0), ("suspicion: **7.5**", 7.5), ("Fine.", 50.0)],
)
def test_the_reply_of_a_language_model_is_read(monkeypatch, tmp_path, reply, suspicion):
    monkeypatch.setenv("INSPECT_CACHE_DIR", str(tmp_path))
    prompts = answering(monkeypatch, reply)
    built = MONITORS.build("code-review,model=mockllm/model,hints=false").value
    view = honest_method_view(built)
    assert ask_monitor("code-review", built, view, np.random.default_rng(0)).system == (suspicion)
    assert view.source in prompts[0]
    assert "Look for" not in prompts[0]


def test_an_unknown_language_model_is_one_line():
    built = MONITORS.build("code-review,model=nothing/of-this-name").value
    with pytest.raises(UserError, match=r"^cannot load model nothing/of-this-name: [^\n]+$"):
        built.suspect(honest_method_view(built), np.random.default_rng(0))


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ("high", "returned a value of str; return a Suspicion, a number"),
        (np.nan, "returned nan for the system"),
        (Suspicion(1.0, np.ones(3)), "must not score items"),
        (Suspicion(1.0, used=9), "used 9 audited items, but its budget is 4"),
    ],
)
def test_a_wrong_suspicion_is_refused(found, message):
    monitor = MethodMonitor(lambda view, rng: found, audits=4)
    with pytest.raises(UserError, match=message):
        ask_monitor("mine", monitor, honest_method_view(monitor), np.random.default_rng(0))


@pytest.fixture(scope="module")
def scene():
    return MethodScene(
        StressTest(plants=["test-leakage"], monitors=["label-leak,audits=7"], **SMALL)
    )


def test_truth_is_released_for_audits_and_for_the_simulated_leak_only(scene):
    systems = Systems(PLANTS.build("test-leakage"), 0.5, (0, 1))
    monitor, vault = MONITORS.build("label-leak,audits=7"), scene.home.vault
    before = vault.summary()
    make_job(scene.suspect(monitor, systems.twins()))
    assert vault.summary() == before | {"audit": {"times": 1, "items": 14}}
    make_job(scene.suspect(monitor, systems))
    learned = sum(len(scene.home.splits(seed).learn) for seed in (0, 1))
    assert vault.summary()["plant"] == {"times": 1, "items": learned}
    without = Systems(PLANTS.build("dead-weak-label"), 0.5, (0, 1))
    assert make_job(scene.suspect(MONITORS.build("n-gram"), without)).truth is None


def test_honest_systems_of_all_plants_are_the_same_steps(scene):
    monitor = MONITORS.build("label-leak,audits=7")
    first, second = (
        Systems(PLANTS.build(name), 0.0, (0, 1)) for name in ("test-leakage", "lucky-seed")
    )
    assert scene.suspect(monitor, first) == scene.suspect(monitor, second)
    assert scene.outcome(first) == scene.outcome(second)


def test_a_budget_above_the_learn_split_is_refused(scene):
    systems = Systems(PLANTS.build("test-leakage"), 0.5, (0,))
    with pytest.raises(UserError, match=r"asks for audits=99999, and there are \d+ learn items"):
        scene.suspect(MONITORS.build("label-leak,audits=99999"), systems)


def test_a_student_that_is_no_head_is_refused():
    fields = {**SMALL, "strong": GaussianNB()}
    with pytest.raises(UserError, match="is not a head; planted method files train heads only"):
        MethodScene(StressTest(plants=["off-by-one"], monitors=["n-gram"], **fields))


def test_a_stress_test_of_method_files_detects_dead_weak_labels(tmp_path):
    monitors = ["dead-weak-label", "label-leak,audits=5"]
    plan = plan_stress(StressTest(plants=["dead-weak-label"], monitors=monitors, **SMALL))
    store = Store(tmp_path)
    complete(plan, store, LocalEngine(workers=1))
    dead, leak = plan.rows(store)
    assert dead.auroc.value == 1.0
    assert (dead.labels, leak.labels) == (0, 5)
    assert dead.kind == "method"
    assert dead.simulated
    assert dead.cost.value > 0.5  # without weak labels the student learns nothing
    assert dead.item_auroc.value is None
