"""Language models that are asked for labels: beliefs, examples, searches, and the truth."""

from __future__ import annotations

import numpy as np
import pytest

from tests.students.tiny import make_tiny, texts
from truing.errors import DataError, UserError
from truing.students.transformer import Question, read_answers
from truing.studies import ChainPlanner, LocalEngine, Reading, StepGraph, Store, complete, make_job
from truing.studies.work import _examples, read_notices
from truing.supervisors import beliefs_of_answers, draw_shots, parse_supervisor
from truing.tasks import Source, Vault, load_task, make_source

CLASSES = ["bad", "very good"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return f"hf/{make_tiny('llama', tmp_path_factory.mktemp('checkpoint'))}"


@pytest.fixture(scope="module")
def source():
    truth = np.random.default_rng(0).integers(2, size=60)
    inputs = np.array(texts(60), dtype=object)
    ids = [str(at) for at in range(60)]
    return make_source("opinions", "classification", ids, inputs, CLASSES, truth)


@pytest.fixture
def store():
    return Store("memory://prompted")


def step_of(name, source, seed=0):
    (step,) = ChainPlanner(source).labels(parse_supervisor(name), [seed])
    return step


def beliefs(name, source, store, seed=0):
    step = step_of(name, source, seed)
    complete(StepGraph((step,)), store, LocalEngine(1))
    return store.read(step.key)["beliefs"]


def poisoned(source, items):
    """The source with another truth of some items."""
    truth = source.vault.reveal(np.arange(len(source.task)), "score")
    truth[items] = 1 - truth[items]
    return Source(source.task, Vault(truth))


def softmax(log_p):
    exponents = np.exp(log_p - log_p.max(axis=-1, keepdims=True))
    return exponents / exponents.sum(axis=-1, keepdims=True)


def test_zero_shot_beliefs_are_answers_divided_by_those_without_content(model, source, store):
    supervisor = parse_supervisor(f"zeroshot:{model},prompt={{text}} is")
    checkpoint = supervisor.prompted.value.checkpoint

    def answers(inputs):
        questions = [Question(f"{one} is", tuple(CLASSES)) for one in inputs]
        return softmax(read_answers(checkpoint, questions).log_p)

    raw = answers([item.stem for item in source.task.items])
    prior = answers(["N/A", "[MASK]", ""]).mean(axis=0)
    expected = raw / prior / (raw / prior).sum(axis=1, keepdims=True)
    found = beliefs(supervisor.label, source, store)
    assert np.allclose(found, expected, atol=1e-4)
    plain = beliefs(f"{supervisor.label},calibrated=false", source, store)
    assert np.allclose(plain, raw, atol=1e-4)


def test_a_prompt_without_text_follows_the_text_on_a_new_line(model):
    prompts = [r"prompt={text}\nis:", "prompt=is:"]
    built = [parse_supervisor(f"zeroshot:{model},{one}").prompted.value for one in prompts]
    assert built[0] == built[1]
    assert built[0].prompt == "{text}\nis:"


def test_normalized_beliefs_use_the_mean_over_the_tokens_of_a_choice(model, source, store):
    name = f"zeroshot:{model},calibrated=false"
    log_odds = [
        np.log(one[:, 1] / one[:, 0])
        for one in (beliefs(name, source, store), beliefs(f"{name},normalized=true", source, store))
    ]
    assert not np.allclose(*log_odds, atol=0.01)


def test_items_with_choices_are_calibrated_by_their_own_choices(model, store):
    rows = [
        {"question": stem, "choices": ["the cat", "a dog runs", "no"][: 2 + at % 2], "truth": 0}
        for at, stem in enumerate(texts(50))
    ]
    source = load_task(rows)
    name = f"zeroshot:{model}"
    found = beliefs(name, source, store)
    assert np.allclose(found.sum(axis=1), 1, atol=1e-6)
    assert (found[source.task.absent] == 0).all()
    checkpoint = parse_supervisor(name).prompted.value.checkpoint
    item = source.task.items[3]
    both = [Question(one, item.choices) for one in (item.stem, "N/A")]
    log_p = read_answers(checkpoint, both).log_p
    assert np.allclose(found[3, : len(item.choices)], softmax(log_p[0] - log_p[1]), atol=1e-4)


def test_only_examples_depend_on_the_seed(model, source):
    seeds = (0, 1)
    assert len({step_of(f"zeroshot:{model}", source, seed).key for seed in seeds}) == 1
    several = [step_of(f"fewshot:{model},shots=2", source, seed) for seed in seeds]
    assert several[0].key != several[1].key
    calibrated = step_of(f"fewshot:{model},shots=2,normalized=true", source)
    assert calibrated.key != several[0].key


def test_examples_are_balanced_over_the_classes():
    truth = np.array([0] * 40 + [1] * 6)
    task = make_source(
        "t", "classification", list("abc"), np.array(["x"] * 3, object), CLASSES, [0, 1, 1]
    ).task
    chosen = draw_shots(task, np.arange(46), truth, 8, np.random.default_rng(0))
    assert np.bincount(truth[chosen]).tolist() == [4, 4]
    assert len(set(chosen.tolist())) == 8
    more = draw_shots(task, np.arange(46), truth, 20, np.random.default_rng(0))
    assert np.bincount(truth[more]).tolist() == [14, 6]


def test_few_shot_prompts_contain_examples_of_the_supervise_split_with_their_truth(
    model, source, store
):
    step = step_of(f"fewshot:{model},shots=4", source)
    complete(StepGraph((step,)), store, LocalEngine(1))
    (examples,) = step.parents["examples"]
    stored = store.read(examples.key)
    truth = source.vault.reveal(np.arange(60), "score")
    assert set(stored["items"]) <= set(source.splits(0).supervise)
    assert (truth[stored["items"]] == stored["labels"]).all()
    lines = stored["text"].tobytes().decode().removesuffix("\n\n").split("\n\n")
    own = source.task.items
    pairs = zip(stored["items"], stored["labels"], strict=True)
    assert lines == [f"{own[item].stem} {CLASSES[label]}" for item, label in pairs]


@pytest.mark.parametrize("name", ["zeroshot:{}", "icm:{},items=16,context=2,steps=12"])
def test_poisoned_truth_changes_neither_labels_nor_keys_without_ground_truth(
    model, source, store, name
):
    name = name.format(model)
    other = poisoned(source, np.arange(60))
    assert step_of(name, source).key == step_of(name, other).key
    clean = beliefs(name, source, store)
    assert clean.tobytes() == beliefs(name, other, Store("memory://other")).tobytes()
    assert other.vault.summary() == {}
    steps = StepGraph((step_of(name, source),)).steps.values()
    assert all(make_job(step).truth is None for step in steps)


def test_few_shot_labels_depend_on_the_truth_of_the_supervise_split_only(model, source):
    name, supervise = f"fewshot:{model},shots=4", source.splits(0).supervise
    others = np.setdiff1d(np.arange(60), supervise)
    key = step_of(name, source).key
    assert step_of(name, poisoned(source, others)).key == key
    assert step_of(name, poisoned(source, supervise)).key != key
    steps = StepGraph((step_of(name, source),)).steps.values()
    assert {step.kind for step in steps if make_job(step).truth is not None} == {"examples"}


def test_items_of_a_search_keep_their_labels(model, source, store):
    step = step_of(f"icm:{model},items=16,context=2,steps=12", source)
    complete(StepGraph((step,)), store, LocalEngine(1))
    stored = store.read(step.parents["examples"][0].key)
    assert set(stored["items"]) <= set(source.splits(0).supervise)
    found = store.read(step.key)["beliefs"]
    assert np.array_equal(found[stored["items"]], np.eye(2)[stored["labels"]])
    assert len(np.unique(found[:, 1])) > 20  # the other items have graded beliefs


def test_a_search_that_was_interrupted_continues_with_its_stored_answers(
    model, source, monkeypatch
):
    name = f"icm:{model},items=16,context=3,steps=12"
    step = step_of(name, source).parents["examples"][0]
    whole, cut = Store("memory://whole"), Store("memory://cut")
    asked = []

    def read(*given):
        asked.append(given)
        if len(asked) == interrupted:
            raise KeyboardInterrupt
        return read_answers(*given)

    monkeypatch.setattr(_examples, "read_answers", read)
    interrupted = 0
    complete(StepGraph((step,)), whole, LocalEngine(1))
    calls, interrupted = len(asked), len(asked) + 6
    with pytest.raises(KeyboardInterrupt):
        complete(StepGraph((step,)), cut, LocalEngine(1))
    complete(StepGraph((step,)), cut, LocalEngine(1))
    assert len(asked) == 2 * calls + 1
    assert whole.read(step.key)["labels"].tobytes() == cut.read(step.key)["labels"].tobytes()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("fewshot:{},shots=40", "shots=40: the supervise split of opinions has only 18 items; use"),
        ("icm:{},items=32", "items=32: the supervise split of opinions has only 18 items; use at"),
        ("icm:{},items=16,exclusive=nice", "exclusive=nice is not a class of opinions; its cl"),
        ("zeroshot:{},prompt={{text}}{{text}}", "prompt must contain {text} at most once"),
        ("fewshot:{},shots=0", "shots must be 1 or more, got 0"),
        ("icm:{},items=4", "items must be 16 or more, got 4"),
    ],
)
def test_invalid_arguments_are_refused_when_a_study_is_planned(model, source, name, message):
    with pytest.raises(UserError, match=message.replace("{", r"\{")):
        step_of(name.format(model), source)


def test_a_task_without_texts_is_refused(model):
    with pytest.raises(DataError, match="reads texts, but digits contains images; use a task"):
        step_of(f"zeroshot:{model}", load_task("digits"))


def test_an_encoder_is_refused(tmp_path):
    with pytest.raises(UserError, match="of type bert, which does not predict next tokens"):
        parse_supervisor(f"zeroshot:hf/{make_tiny('bert', tmp_path)}")


def test_another_task_is_labeled_after_the_examples_of_home(model, source, store):
    other_texts = np.array(texts(60, seed=1), dtype=object)
    truth = np.arange(60) % 2
    ids = [f"other {at}" for at in range(60)]
    other = make_source("others", "classification", ids, other_texts, CLASSES, truth)
    for name in ("fewshot:{},shots=4", "icm:{},items=16,context=2,steps=6", "zeroshot:{}"):
        chain = ChainPlanner(source, others=(other,))
        home = chain.labels(parse_supervisor(name.format(model)), [0])
        (step,) = chain.elsewhere(home, other)
        assert step.parents["examples"] == home[0].parents["examples"]
        complete(StepGraph((step,)), store, LocalEngine(1))
        found = store.read(step.key)["beliefs"]
        assert np.flatnonzero(~np.isnan(found[:, 0])).tolist() == sorted(other.splits(0).test)
    direct = beliefs(f"zeroshot:{model}", other, store)
    asked = other.splits(0).test
    assert np.allclose(found[asked], direct[asked], atol=1e-4)


def test_progress_counts_the_distinct_questions(model, source):
    reading = Reading.of_steps(StepGraph((step_of(f"zeroshot:{model}", source),)).steps.values(), 1)
    distinct = len({item.stem for item in source.task.items})
    assert (reading.content, reading.texts) == ("answers", distinct + 3)
    assert reading.work > 0


def test_truncated_prompts_are_a_notice(model, store):
    rows = [{"text": f"{one} " * 12, "truth": "good"} for one in texts(59)]
    source = load_task([*rows, {"text": "the cat", "truth": "bad"}])
    step = step_of(f"zeroshot:{model}", source)
    complete(StepGraph((step,)), store, LocalEngine(1))
    (notice,) = read_notices(store, step.key)
    assert "prompts of" in notice
    assert "longer than the model's context and were truncated at the beginning" in notice


def test_choices_of_very_different_lengths_have_beliefs():
    log_p = np.array([[-900.0, -10.0], [-10.0, -900.0]])
    ones = np.ones((2, 2))
    prior = beliefs_of_answers(log_p, ones, None, normalized=False)
    assert 0 in prior
    found = beliefs_of_answers(log_p, ones, prior, normalized=False)
    assert np.allclose(found.sum(axis=1), 1)
