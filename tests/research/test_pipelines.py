"""Pipelines: compositions that also choose layers, the penalty, and weights under shift."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.research.planting import method
from truing.errors import UserError
from truing.research import Budget, Referee, ResearchConfig, WeakToStrong, spend_budget
from truing.research.problems import WeakToStrongProblem, pipeline_space
from truing.research.researchers import RESEARCHERS
from truing.studies import Store
from truing.tasks import Vault

SEEDS, COUNT, NOISE = (5, 6), 600, 40
RNG = np.random.default_rng(0)
INPUTS = RNG.normal(size=(COUNT, 1 + NOISE))
TRUTH = (INPUTS[:, 0] > 0).astype(int)
WRONG = RNG.random(COUNT) < 0.3
SURE = RNG.uniform(0.6, 0.9, COUNT)[:, None]  # of a label
WEAK = np.eye(2)[np.where(WRONG, 1 - TRUTH, TRUTH)] * (2 * SURE - 1) + (1 - SURE)


def signal(task):
    """The column that decides the truth."""
    return task.inputs[:, :1]


def noise(task):
    """Columns without information."""
    return task.inputs[:, 1:]


def everything(task):
    """Both, so that a student with a weak penalty learns the supervisor's errors."""
    return task.inputs


LAYERS = {"signal": signal, "noise": noise, "all": everything}


def asked(**given) -> WeakToStrong:
    given = {"weak": WEAK, "strong": noise, "layers": LAYERS, "seeds": 2, **given}
    return WeakToStrong(climb={"planted": (INPUTS, TRUTH)}, other_tasks=(), **given)


def make(store, secret: bytes = b"k" * 32, **given) -> WeakToStrongProblem:
    return WeakToStrongProblem(asked(**given), None, store, secret=secret)


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    return Store(tmp_path_factory.mktemp("store"))


@pytest.fixture
def problem(store) -> WeakToStrongProblem:
    return make(store)


def gain(problem: WeakToStrongProblem, content: str, tier: str = "climb") -> float:
    evaluation = problem.evaluate(problem.check(method(content)), tier, SEEDS)
    assert not evaluation.failure, evaluation.failure
    return evaluation.gains[0].value


def beliefs(problem: WeakToStrongProblem, content: str) -> np.ndarray:
    (found,) = problem.look(content, SEEDS)
    return found


def beliefs_of_baseline(problem: WeakToStrongProblem) -> np.ndarray:
    (trainings,) = problem.trainings.values()
    return trainings.trained(trainings.naive, SEEDS)[:, splits(problem).test]


def splits(problem: WeakToStrongProblem, seed: int = 0):
    (source,) = problem.sources.values()
    return source.task.splits(seed)


def test_the_best_layer_and_penalty_are_found_by_their_gains(problem):
    """The informative column gains most; a strong penalty helps where noise is among it."""
    worth = {
        content: gain(problem, f"pipeline{content}")
        for content in ("", ",l2=100", ",layer=noise", ",layer=signal")
    }
    assert worth[",layer=noise"] == pytest.approx(0, abs=0.15)
    assert worth[""] > worth[",layer=noise"] + 0.1
    assert worth[",l2=100"] > worth[""]
    assert worth[",layer=signal"] == max(worth.values())


def test_a_pipeline_at_its_defaults_is_naive_training_of_the_first_layer(store):
    problem = make(store, strong="pixels,l2=1", layers={"first": "pixels", "second": "pca-2"})
    assert beliefs(problem, "pipeline") == pytest.approx(beliefs_of_baseline(problem), abs=1e-6)
    assert gain(problem, "pipeline") == 0


def test_layers_of_a_pipeline_are_averaged(problem):
    alone = [beliefs(problem, f"pipeline,l2=30,layer={name}") for name in ("all", "signal")]
    both = beliefs(problem, "pipeline,l2=30,layer=all,layers=2,layer2=signal")
    assert both == pytest.approx(np.mean(alone, axis=0))


def test_all_parts_of_a_composition_act_on_the_chosen_layer(problem):
    plain = beliefs(problem, "pipeline,layer=signal")
    for part in ("relabel=knn", "select=confident", "targets=confidence", "transform=smooth"):
        assert np.abs(beliefs(problem, f"pipeline,layer=signal,{part}") - plain).max() > 0.01


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("pipeline,l2=1,layer=all", "pipeline"),
        ("pipeline,layers=2,layer=signal,layer2=all", "pipeline,layers=2,layer2=signal"),
        ("pipeline,layers=3,layer=noise,layer2=noise,layer3=noise", "pipeline,layer=noise"),
        ("pipeline,q=0.3,power=0.2", "pipeline"),
    ],
)
def test_equal_pipelines_have_one_specification(problem, typed, canonical):
    assert problem.check(method(typed)).content == canonical


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("pipeline,layer=nope", "layer must be one of all, noise, signal"),
        ("pipeline,l2=0", "l2 must be"),
        ("pipeline,layers=4", "layers must be one of 1, 2, 3"),
        ("pipeline,pool=mean", "no argument 'pool'"),
        ("pipeline,members=2", "no argument 'members'"),
    ],
)
def test_a_mistake_in_a_pipeline_names_what_is_allowed(problem, content, said):
    with pytest.raises(UserError, match=said):
        problem.check(method(content))


def test_without_layers_there_are_no_pipelines(store):
    problem = make(store, layers={})
    assert problem.space.name == "composition"
    with pytest.raises(UserError, match="unknown method 'pipeline'"):
        problem.check(method("pipeline"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"layers": {"a,b": "pca-4"}}, "the name of a layer is 'a,b'; use letters"),
        ({"layers": ["pca-4"]}, "layers must be a mapping"),
        ({"layers": {}, "pools": ("mean",)}, "add layers"),
        ({"pools": ("mean", "mean")}, "pools must differ, got mean twice"),
    ],
)
def test_a_mistake_in_the_configuration_says_what_to_do(given, said):
    with pytest.raises(UserError, match=said):
        asked(**given)


@pytest.mark.parametrize(
    ("layer", "said"), [("pca-4,l2=3", "no argument 'l2'"), ("nope", "unknown features 'nope'")]
)
def test_a_layer_is_features(store, layer, said):
    with pytest.raises(UserError, match=said):
        make(store, layers={"mine": layer})


def test_the_order_of_layers_does_not_depend_on_that_of_the_configuration():
    layers = {"12": "pca-8", "2": "pca-4", "10-late": "pca-5", "pixels": "pixels"}
    assert list(asked(layers=layers).layers) == ["2", "10-late", "12", "pixels"]


def test_a_pool_is_an_argument_of_every_layer():
    space = pipeline_space(["early", "late"], ["last", "mean"])
    assert space.defaults()["pool"] == "last"
    assert "pool" not in pipeline_space(["early", "late"]).defaults()
    assert "layer2" not in pipeline_space(["early"]).defaults()


# Withheld: what pipelines may not know


def test_the_truth_of_scored_items_reaches_no_student(problem, store):
    contents = ["pipeline,layer=all,shift=importance,relabel=student,targets=confidence"]
    before = [beliefs(problem, one) for one in contents]
    other = make(store)
    (source,) = other.sources.values()
    truth = source.vault.reveal(np.arange(COUNT), "score").copy()
    held = np.concatenate([splits(other).test, splits(other).sealed])
    truth[held] = 1 - truth[held]
    poisoned = replace(source, vault=Vault(truth))
    (name,) = other.sources
    other.sources[name] = other.trainings[name].source = poisoned
    for seen, one in zip(before, contents, strict=True):
        assert (beliefs(other, one) == seen).all()
        assert gain(other, one) != gain(problem, one)  # only the score changes


def test_students_learn_from_the_pool_and_see_no_inputs_of_other_tiers(problem, monkeypatch):
    seen = []

    def weights(learned, predicted, clusters, rng):
        seen.append((learned, predicted))
        return np.ones(len(learned))

    monkeypatch.setattr("truing.research.problems._pipelines.importance_weights", weights)
    gain(problem, "pipeline,layer=signal,shift=importance", "sealed")
    for seed, (learned, predicted) in zip(SEEDS, seen, strict=True):
        own = splits(problem, seed)
        assert (len(learned), len(predicted)) == (len(own.learn), len(own.sealed))
        assert not set(own.learn) & {*own.test, *own.sealed}


def test_weights_under_shift_follow_the_predicted_items(problem, monkeypatch):
    """Heavy weights on the items whose labels are wrong lower the gain."""
    plain = gain(problem, "pipeline,layer=signal")
    assert gain(problem, "pipeline,layer=signal,shift=importance") == pytest.approx(plain, abs=0.1)

    def misled(learned, predicted, clusters, rng):
        wrong = (learned[:, 0] > 0) == (learned[:, 0] > 0)[0]
        return np.where(wrong, 1.0, 0.01)

    monkeypatch.setattr("truing.research.problems._pipelines.importance_weights", misled)
    problem.pipelines._ratios.clear()
    problem.pipelines.forget()
    assert gain(problem, "pipeline,layer=signal,shift=importance,power=1") < plain - 0.05


# Costs and researchers


def test_features_and_designs_are_made_once(problem, monkeypatch):
    gain(problem, "pipeline,layer=all")
    monkeypatch.setattr("truing.research.problems._pipelines.make_design", None)
    monkeypatch.setattr("truing.research.problems._trainings.read_features", None)
    gain(problem, "pipeline,layer=all,l2=10")


def test_students_are_counted_and_latest_beliefs_are_remembered(problem):
    beliefs(problem, "pipeline,layers=2")
    beliefs(problem, "pipeline,layers=2")
    assert problem.pipelines.students == 2 * len(SEEDS)
    problem.pipelines.forget()
    beliefs(problem, "pipeline,layers=2")
    assert problem.pipelines.students == 4 * len(SEEDS)


def test_researchers_search_the_space_of_pipelines(problem, tmp_path):
    config = ResearchConfig(
        problem=problem.config, budget=Budget(each=4), min_step_se=0, files=False, finalists=1
    )
    name = "search,startup=1,candidates=2"
    referee = Referee(tmp_path, config, problem)
    spend_budget(referee, name, RESEARCHERS.build(name).value)
    (first,) = referee.close()
    assert first.content.startswith("pipeline")


def test_researchers_read_what_the_layers_are(problem):
    told = problem.describe()
    assert list(told["layers"]) == ["all", "noise", "signal"]
    (layer,) = [one for one in told["compositions"] if one["name"] == "layer"]
    assert layer["options"] == ("all", "noise", "signal")
    assert problem.family(method("pipeline,layer=all,targets=gce")) == "layer=all + targets=gce"
