"""Fine-tuning: a transformer learns from a method's targets, exactly, and goes on after a crash."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from truing.errors import DataError, MethodError, UserError
from truing.methods import METHODS, follow
from truing.students import Head, fit_heads, make_design
from truing.students._solver import Problems
from truing.students.features import FEATURES, extract
from truing.students.transformer import FineTuning, Settings, finetune, parse_transformer
from truing.students.transformer.checkpoints._checkpoint import find_checkpoint
from truing.students.transformer.checkpoints._device import exact_arithmetic
from truing.students.transformer.checkpoints._encoding import batches_in_order
from truing.students.transformer.checkpoints._load import load_model, load_tokenizer
from truing.students.transformer.reading._texts import divided
from truing.students.transformer.training._items import encode_prompts, encode_texts
from truing.students.transformer.training._model import Classifier, LabelReader
from truing.tasks import make_source

pytestmark = pytest.mark.usefixtures("one_thread")

GOOD, BAD = ("good", "great", "happy"), ("bad", "poor", "sad")
OTHERS = ("the", "a", "cat", "dog", "bird", "fish", "is", "was", "and", "very", "not", "in", "on")
SETTINGS = Settings(num_epochs=6, learning_rate=0.01, batch_size=8, max_length=48)


def reviews(count=48, seed=0):
    """Texts of which some words tell the truth, and that truth."""
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.arange(count) % 2)
    texts = []
    for one in truth:
        words = [
            *rng.choice(OTHERS, size=rng.integers(1, 4)),
            *rng.choice((BAD, GOOD)[one], size=rng.integers(2, 5)),
        ]
        texts.append(" ".join(rng.permutation(words)))
    ids = [f"i{number}" for number in range(count)]
    inputs = np.array(texts, dtype=object)
    return make_source("reviews", "classification", ids, inputs, ["no", "yes"], truth).task, truth


def pairs(count=48, seed=0):
    """A question with two answers, the good one of which is right."""
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.arange(count) % 2)
    inputs = np.empty((count, 2), dtype=object)
    for row, one in enumerate(truth):
        stem = " ".join(rng.choice(OTHERS, size=3)) + "\n"
        inputs[row, one] = stem + f"it is {rng.choice(GOOD)}"
        inputs[row, 1 - one] = stem + f"it is very {rng.choice(BAD)}"
    ids = [f"p{number}" for number in range(count)]
    return make_source("pairs", "preference", ids, inputs, ["0", "1"], truth).task, truth


def with_inputs(task, inputs):
    """The same items with other texts or vectors."""
    choices, truth = list(task.choices), np.arange(len(task)) % len(task.choices)
    return make_source(task.name, task.kind, list(task.ids), inputs, choices, truth).task


def flipped(task):
    """The same items, their choices in the other order."""
    return with_inputs(task, task.inputs[:, ::-1].copy())


class Kept:
    """A place for a training's state; it may end the training at some step."""

    def __init__(self, stop=None):
        self.arrays, self.stop, self.saves = None, stop, 0

    def load(self):
        return self.arrays

    def due(self):
        return True

    def save(self, arrays):
        self.arrays = {name: one.copy() for name, one in arrays.items()}
        self.saves += 1
        if self.saves == self.stop:
            raise KeyboardInterrupt


def quiet(step, steps, items):
    """Nobody listens."""


def tuned(checkpoint, task, truth, settings=SETTINGS, keep=None, **changes):
    """Train on the first two thirds of the items, and ask about all of them."""
    learn = np.arange(len(task) * 2 // 3)
    work = FineTuning(
        checkpoint=checkpoint,
        settings=settings,
        task=task,
        learn=learn,
        labels=np.eye(2)[truth[learn]],
        masses=np.ones((1, len(learn))),
        targets=follow,
        static=True,
        asked=np.arange(len(task)),
        chance="key",
        name="naive",
    )
    return finetune(replace(work, **changes), keep or Kept(), quiet)


# What can be trained


@pytest.mark.parametrize(
    ("architecture", "chosen"),
    [
        ("bert", {"num_epochs": 60, "learning_rate": 0.003}),
        ("bert", {"adapter": "head", "num_epochs": 30}),
        ("llama", {}),
        ("llama", {"adapter": "lora", "output": "generate"}),
        ("qwen2", {"adapter": "lora"}),
        ("gpt2", {"output": "generate", "num_epochs": 25}),
    ],
)
@pytest.mark.parametrize("items", [reviews, pairs])
def test_every_architecture_head_and_adapter_learns_the_labels(
    checkpoints, architecture, chosen, items
):
    task, truth = items()
    settings = replace(SETTINGS, **{"num_epochs": 12} | chosen)
    found = tuned(checkpoints(architecture), task, truth, settings)
    assert found.beliefs.shape == (1, len(task), 2)
    assert found.beliefs.sum(axis=2) == pytest.approx(np.ones((1, len(task))), abs=1e-5)
    learned = (found.beliefs[0, :32].argmax(axis=1) == truth[:32]).mean()
    assert learned >= 0.8
    assert found.losses[-4:].mean() < 0.8 * found.losses[:4].mean()


def test_adapters_of_an_encoder_learn_too(checkpoints):
    task, truth = pairs()
    settings = replace(SETTINGS, num_epochs=15, adapter="lora", pool="cls")
    found = tuned(checkpoints("bert"), task, truth, settings)
    assert (found.beliefs[0].argmax(axis=1) == truth).mean() >= 0.9


def test_an_untrained_classifier_gives_all_choices_equal_probability(checkpoints):
    task, truth = reviews()
    settings = replace(SETTINGS, num_epochs=1, learning_rate=1e-12)
    beliefs = tuned(checkpoints("bert"), task, truth, settings).beliefs
    assert beliefs == pytest.approx(np.full(beliefs.shape, 0.5), abs=1e-6)


def test_low_rank_adapters_are_on_all_linear_layers_and_train_nothing_else(checkpoints):
    from truing.students.transformer.training._adapted import adapted

    model = load_model(checkpoints("llama"), "AutoModel", device="cpu", dtype=torch.float32)
    linear = [name for name, one in model.named_modules() if isinstance(one, torch.nn.Linear)]
    tuned_model = adapted(model, Settings(adapter="lora", lora_rank=4))
    trained = [name for name, one in tuned_model.named_parameters() if one.requires_grad]
    assert len(trained) == 2 * len(linear)
    assert all("lora_" in name for name in trained)


@pytest.mark.parametrize("output", ["classify", "generate"])
def test_in_bfloat16_adapters_stay_in_single_precision_and_learn_the_same(
    checkpoints, monkeypatch, output
):
    """As on a GPU, by the same code on a CPU."""
    task, truth = reviews()
    settings = replace(SETTINGS, num_epochs=3, adapter="lora", output=output)
    single = tuned(checkpoints("llama"), task, truth, settings)
    for module in ("_finetune", "_model"):
        place = f"truing.students.transformer.training.{module}.pick_dtype"
        monkeypatch.setattr(place, lambda device: torch.bfloat16)
    keep = Kept()
    half = tuned(checkpoints("llama"), task, truth, settings, keep=keep)
    trained = [one for name, one in keep.arrays.items() if name.endswith("parameter")]
    assert {one.dtype for one in trained} == {np.dtype(np.float32)}
    assert not np.array_equal(half.beliefs, single.beliefs)
    assert half.beliefs == pytest.approx(single.beliefs, abs=0.05)


# Neither place nor padding nor company matters


@pytest.mark.parametrize(
    ("architecture", "chosen"),
    [("bert", {}), ("llama", {"output": "generate"}), ("gpt2", {"output": "generate"})],
)
def test_the_order_of_choices_does_not_change_the_beliefs(checkpoints, architecture, chosen):
    task, truth = pairs()
    settings = replace(SETTINGS, num_epochs=2, **chosen)
    deterministic = {"settings": settings, "targets": follow}
    one = tuned(checkpoints(architecture), task, truth, **deterministic).beliefs
    other = tuned(checkpoints(architecture), flipped(task), 1 - truth, **deterministic).beliefs
    assert other[:, :, ::-1] == pytest.approx(one, abs=2e-3)


def test_a_prompt_shows_each_choice_once_in_every_place_and_hides_the_order_given(checkpoints):
    tokenizer = load_tokenizer(checkpoints("llama"))
    task, _ = pairs(4)
    every = np.arange(len(task))
    for item in range(4):
        rows = encode_prompts(task, every, tokenizer, 64).sequences[item]
        shown = {tokenizer.decode(row.ids) for row in rows}
        turned = encode_prompts(flipped(task), every, tokenizer, 64).sequences[item]
        assert shown == {tokenizer.decode(row.ids) for row in turned}
        assert len(shown) == 2
        good, bad = (text.split("\n")[1] for text in sorted(task.inputs[item], key=len))
        places = [(text.index(f"A) {good}") if f"A) {good}" in text else -1) for text in shown]
        assert sorted(place >= 0 for place in places) == [False, True]
        assert all(text.count(good) == text.count(bad) == 1 for text in shown)
        assert all(text.endswith("Answer:") for text in shown)


def test_a_prompt_lists_the_classes_of_the_task(checkpoints):
    tokenizer = load_tokenizer(checkpoints("gpt2"))
    task, _ = reviews(4)
    rows = encode_prompts(task, np.arange(4), tokenizer, 64).sequences
    assert all("one of: no, yes" in tokenizer.decode(one[0].ids) for one in rows)
    assert [len(one) for one in rows] == [1, 1, 1, 1]  # labels of one token share their prompt


@pytest.mark.parametrize("names", [["no", "yes"], ["not very good", "happy birds sing"]])
def test_beliefs_are_the_probabilities_of_the_labels_tokens(checkpoints, names):
    """Against the model called plainly: one text at a time, no padding, all logits."""
    checkpoint = checkpoints("llama")
    task, _ = reviews(5)
    task = replace(task, choices=tuple(names))
    tokenizer = load_tokenizer(checkpoint)
    model = load_model(checkpoint, "AutoModelForCausalLM", device="cpu", dtype=torch.float32)
    rows = encode_prompts(task, np.arange(5), tokenizer, 60)
    with torch.no_grad():
        found = LabelReader(model, rows, 2).logits(np.arange(5))
        for item in range(5):
            prompt = f"{task.inputs[item]}\n\nAnswer with one of: {', '.join(names)}\nAnswer:"
            for choice, name in enumerate(names):
                head, label = (
                    tokenizer(one, add_special_tokens=False)["input_ids"]
                    for one in (prompt, f" {name}")
                )
                said = model(torch.tensor([head + label])).logits[0].log_softmax(dim=-1)
                expected = sum(
                    float(said[len(head) - 1 + at, token]) for at, token in enumerate(label)
                )
                assert float(found[item, choice]) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("architecture", ["bert", "llama", "gpt2"])
@pytest.mark.parametrize("pool", ["last", "mean", "cls"])
def test_padding_changes_no_classification(checkpoints, architecture, pool):
    checkpoint = checkpoints(architecture)
    task, _ = reviews(12)
    tokenizer = load_tokenizer(checkpoint)
    model = load_model(checkpoint, "AutoModel", device="cpu", dtype=torch.float32)
    rows = encode_texts(task, np.arange(12), tokenizer, 48)
    assert len(set(rows.lengths)) > 2
    classifier = Classifier(model, rows, 2, pool)
    with torch.no_grad():
        together = classifier.states(np.arange(12))
        alone = torch.cat([classifier.states(np.array([item])) for item in range(12)])
    assert together.numpy() == pytest.approx(alone.numpy(), abs=1e-5)


def test_the_common_beginning_of_choices_is_shown_once():
    assert divided(["who\nis it\nyou", "who\nis it\nme"]) == ("who\nis it", ["you", "me"])
    assert divided(["yes", "no"]) == ("", ["yes", "no"])
    assert divided(["q\n", "q\nx"]) == ("q", ["", "x"])


# The rule of a method


def watching(seen):
    """The plainest rule, which notes what it is shown."""

    def rule(weak, belief, progress):
        seen.append((weak.numpy().copy(), belief.numpy().copy(), progress))
        return follow(weak, belief, progress)

    return rule


def test_a_rule_sees_the_batch_with_the_current_beliefs_of_the_student(checkpoints, monkeypatch):
    task, truth = reviews()
    seen, said = [], []
    logits = Classifier.logits

    def noted(self, items):
        found = logits(self, items)
        said.append(found.detach().double().softmax(dim=1).numpy())
        return found

    monkeypatch.setattr(Classifier, "logits", noted)
    labels = np.stack([np.arange(32), 32 - np.arange(32)], axis=1) / 32  # each item has its own
    settings = replace(SETTINGS, num_epochs=2)
    tuned(
        checkpoints("llama"),
        task,
        truth,
        settings,
        targets=watching(seen),
        static=False,
        labels=labels,
    )
    for epoch in (seen[:4], seen[4:]):
        shown = np.concatenate([weak for weak, _, _ in epoch])
        assert sorted(shown[:, 0]) == labels[:, 0].tolist()  # all items, none twice
    assert all(np.array_equal(shown, now) for (_, shown, _), now in zip(seen, said, strict=False))
    assert [progress for _, _, progress in seen] == pytest.approx(np.arange(8) / 7)


def test_a_rule_without_beliefs_sees_all_learning_items_once(checkpoints):
    task, truth = reviews()
    seen = []
    tuned(checkpoints("llama"), task, truth, targets=watching(seen), static=True)
    assert [weak.shape for weak, _, _ in seen] == [(32, 2)]


@pytest.mark.parametrize("key", ["a", "b"])
def test_confidence_does_not_collapse_to_one_choice(checkpoints, key):
    """The weak labels say little, and are balanced; so must the student's own choices be (Burns et
    al. 2023, appendix A.4). Ranked among beliefs of earlier steps, a student that has moved a
    little finds its whole batch on one side, and is told to move on.
    """
    task, truth = reviews()
    rule = METHODS.build("confidence").value
    found = tuned(
        checkpoints("qwen2"),
        task,
        truth,
        replace(SETTINGS, num_epochs=12, learning_rate=0.003),
        chance=key,
        labels=0.45 + 0.1 * np.eye(2)[truth[:32]],
        targets=rule.targets,
        static=rule.static,
    )
    assert 0.3 < (found.beliefs[0, :32, 1] > 0.5).mean() < 0.7


@pytest.mark.parametrize("key", ["a", "h"])
def test_em_starts_from_the_weak_labels_and_does_not_permute_the_classes(checkpoints, key):
    """Students of these keys do, where the channel is asked for from the second step on."""
    task, truth = reviews(90)
    wrong = np.random.default_rng(1).random(60) < 0.2
    rule = METHODS.build("noisy-channel").value
    found = tuned(
        checkpoints("qwen2"),
        task,
        truth,
        replace(SETTINGS, num_epochs=12, learning_rate=0.003),
        chance=key,
        labels=0.2 + 0.6 * np.eye(2)[truth[:60] ^ wrong],
        targets=rule.targets,
        static=rule.static,
    )
    assert (found.beliefs[0, 60:].argmax(axis=1) == truth[60:]).mean() > 0.8


def test_each_peer_sees_the_beliefs_of_the_other_peer(checkpoints):
    """Where one peer learns the labels and the other their opposite, each sees the opposite."""
    task, truth = reviews()
    seen = []
    masses = np.stack([np.ones(32), np.zeros(32)])  # the second peer learns nothing
    found = tuned(
        checkpoints("llama"),
        task,
        truth,
        replace(SETTINGS, num_epochs=3),
        targets=watching(seen),
        static=False,
        masses=masses,
    )
    assert found.beliefs.shape == (2, 48, 2)
    shown = [belief for _, belief, _ in seen]
    to_first, to_second = np.array(shown[0::2]), np.array(shown[1::2])
    assert np.abs(to_first - 0.5).max() < 1e-6
    assert np.abs(to_second - 0.5).max() > 0.1


def test_items_of_weight_zero_are_not_learned(checkpoints):
    task, truth = reviews()
    half = (np.arange(32) < 16).astype(float)[None]
    wrong = np.eye(2)[np.where(np.arange(32) < 16, truth[:32], 1 - truth[:32])]
    right = np.eye(2)[truth[:32]]
    found = [
        tuned(checkpoints("llama"), task, truth, masses=half, labels=labels).beliefs
        for labels in (wrong, right)
    ]
    assert found[0].tobytes() == found[1].tobytes()


def test_a_rule_that_breaks_its_contract_is_named(checkpoints):
    task, truth = reviews()
    with pytest.raises(MethodError, match="'mine' returned targets"):
        tuned(
            checkpoints("bert"),
            task,
            truth,
            name="mine",
            static=False,
            targets=lambda weak, belief, progress: (weak[:3], weak[:, 0]),
        )


@pytest.mark.parametrize("items", [reviews, pairs])
@pytest.mark.parametrize("method", ["naive", "gce"])
def test_a_linear_student_is_equal_by_gradient_and_by_the_solver(
    checkpoints, items, method, monkeypatch
):
    """Both regimes have one optimum: the heads on the same activations, solved in batches."""
    monkeypatch.setattr("truing.students._heads.ROUNDS", 100)  # gce comes to rest slowly
    exact = partial(Problems, tolerance=1e-7)
    monkeypatch.setattr("truing.students._heads.Problems", exact)
    task, truth = items(120)
    checkpoint, learn = checkpoints("bert"), np.arange(80)
    name = f"hf/{checkpoint.name}@layer-{checkpoint.layers},pool=mean,max_length=48"
    rng = np.random.default_rng(3)
    noisy = np.where(rng.random(80) < 0.2, 1 - truth[:80], truth[:80])
    labels = 0.1 + 0.8 * np.eye(2)[noisy]
    rule = METHODS.build(method).value
    design = make_design(extract(FEATURES.build(name).value, name, task), learn, 2)
    head = Head(0, labels, np.ones(80), 1.0, rule.targets, rule.static)
    (weights,) = fit_heads([design], [head])
    solved = design.beliefs(weights[None])[0]
    settings = replace(
        SETTINGS,
        adapter="head",
        pool="mean",
        num_epochs=400,
        batch_size=80,
        learning_rate=0.05,
        l2=1.0,
    )
    found = tuned(
        checkpoint, task, truth, settings, labels=labels, targets=rule.targets, static=rule.static
    )
    assert found.beliefs[0] == pytest.approx(solved, abs=0.005)
    assert np.ptp(solved[:, 0]) > 0.3  # they do say something


# Exactness


def test_two_runs_are_the_same_bits_and_another_key_is_not(checkpoints):
    task, truth = reviews()
    settings = replace(SETTINGS, num_epochs=2)
    runs = [
        tuned(checkpoints("bert"), task, truth, settings, chance=key).beliefs.tobytes()
        for key in ("one", "one", "other")
    ]
    assert runs[0] == runs[1] != runs[2]


def test_global_state_of_pytorch_is_unchanged(checkpoints):
    task, truth = reviews()
    torch.set_num_threads(2)
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    try:
        tuned(checkpoints("bert"), task, truth, replace(SETTINGS, num_epochs=1))
        assert torch.get_num_threads() == 2
        assert torch.get_default_dtype() == torch.float64
        assert not torch.are_deterministic_algorithms_enabled()
        assert torch.equal(torch.random.get_rng_state(), before)
    finally:
        torch.set_default_dtype(torch.float32)


def test_global_state_is_unchanged_after_a_failure():
    torch.set_num_threads(2)

    def fail():
        with exact_arithmetic():
            assert torch.get_num_threads() == 1
            assert torch.are_deterministic_algorithms_enabled()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert torch.get_num_threads() == 2
    assert not torch.are_deterministic_algorithms_enabled()


@pytest.mark.parametrize(
    ("architecture", "chosen"),
    [("bert", {}), ("llama", {"adapter": "lora"}), ("bert", {"adapter": "head"})],
)
@pytest.mark.parametrize("stop", [1, 3, 8])
def test_a_resumed_training_has_the_same_bits(checkpoints, architecture, chosen, stop):
    """Dropout, order, optimiser, schedule, and the beliefs that the rule is shown."""
    task, truth = reviews()
    rule = METHODS.build("confidence").value
    given = {
        "settings": replace(SETTINGS, num_epochs=2, **chosen),
        "targets": rule.targets,
        "static": rule.static,
    }
    whole = tuned(checkpoints(architecture), task, truth, **given)
    keep = Kept(stop)
    with pytest.raises(KeyboardInterrupt):
        tuned(checkpoints(architecture), task, truth, keep=keep, **given)
    found = tuned(checkpoints(architecture), task, truth, keep=keep, **given)
    assert keep.saves == 8
    assert found.beliefs.tobytes() == whole.beliefs.tobytes()
    assert found.losses.tobytes() == whole.losses.tobytes()


def test_resumed_peers_have_the_same_bits(checkpoints):
    task, truth = reviews()
    rule = METHODS.build("co-teaching").value
    masses = np.random.default_rng(0).integers(3, size=(2, 32)).astype(float)
    given = {
        "settings": replace(SETTINGS, num_epochs=2),
        "targets": rule.targets,
        "static": rule.static,
        "masses": masses,
    }
    whole, keep = tuned(checkpoints("bert"), task, truth, **given), Kept(5)
    with pytest.raises(KeyboardInterrupt):
        tuned(checkpoints("bert"), task, truth, keep=keep, **given)
    assert tuned(checkpoints("bert"), task, truth, keep=keep, **given).beliefs.tobytes() == (
        whole.beliefs.tobytes()
    )


def test_every_epoch_shows_every_item_once_in_batches_of_like_length():
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 100, size=500)
    steps = batches_in_order(lengths, 16, 2, np.random.default_rng(1))
    assert sorted(np.concatenate(steps[: len(steps) // 2])) == list(range(500))
    assert sorted(np.concatenate(steps)) == sorted([*range(500), *range(500)])
    assert max(map(len, steps)) == 16
    padded = sum(lengths[step].max() * len(step) for step in steps)
    assert padded < 1.25 * 2 * lengths.sum()
    means = [lengths[step].mean() for step in steps]
    assert abs(np.corrcoef(means, np.arange(len(means)))[0, 1]) < 0.4


# What goes wrong


def short_of_memory(monkeypatch, fits):
    """Pretend that a device holds so many items at a time."""
    states = Classifier.states

    def limited(self, items):
        if len(items) > fits:
            raise torch.OutOfMemoryError("out of memory")
        return states(self, items)

    monkeypatch.setattr(Classifier, "states", limited)


@pytest.mark.parametrize("method", ["naive", "confidence"])
def test_out_of_memory_halves_the_batch_and_keeps_the_gradient(checkpoints, monkeypatch, method):
    task, truth = reviews()
    rule = METHODS.build(method).value
    given = {
        "settings": replace(SETTINGS, num_epochs=2),
        "targets": rule.targets,
        "static": rule.static,
    }
    whole = tuned(checkpoints("llama"), task, truth, **given)  # no dropout
    short_of_memory(monkeypatch, fits=3)
    found = tuned(checkpoints("llama"), task, truth, **given)
    assert whole.halved == 0
    assert found.halved == 2 + 4  # in training from 8 to 2, at the end from 32
    assert found.losses == pytest.approx(whole.losses, abs=1e-3)
    assert found.beliefs == pytest.approx(whole.beliefs, abs=5e-3)


def test_out_of_memory_in_the_optimizer_is_reported(checkpoints, monkeypatch):
    """No halving helps there: the batch is already forgotten."""

    def short(self, *given):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(torch.optim.AdamW, "step", short)
    task, truth = reviews()
    with pytest.raises(UserError, match=r"out of memory for the model and its optimizer"):
        tuned(checkpoints("llama"), task, truth)


def test_one_item_that_does_not_fit_is_reported(checkpoints, monkeypatch):
    short_of_memory(monkeypatch, fits=0)
    task, truth = reviews()
    with pytest.raises(UserError, match=r"out of memory with one item at a time; lower max_length"):
        tuned(checkpoints("llama"), task, truth)


def test_a_loss_that_is_not_finite_stops_with_its_step_and_items(checkpoints, monkeypatch):
    task, truth = reviews()
    states, asked = Classifier.states, []

    def broken(self, items):
        asked.append(items)
        return states(self, items) * (float("nan") if len(asked) == 3 else 1)

    monkeypatch.setattr(Classifier, "states", broken)
    with pytest.raises(
        UserError, match="not a finite number at step 3 of 24; lower learning_rate"
    ) as told:
        tuned(checkpoints("llama"), task, truth)
    assert str(told.value).endswith(": " + ", ".join(task.ids[item] for item in asked[2]))


def test_a_gradient_that_is_not_finite_stops_at_its_own_step(checkpoints, monkeypatch):
    """Its loss is a number still; left alone, it would spoil the weights and blame the next one."""
    task, truth = reviews()
    states, asked = Classifier.states, []

    def steep(self, items):
        asked.append(items)
        found = states(self, items)
        if len(asked) == 3:
            found.register_hook(lambda gradient: gradient * float("inf"))
        return found

    monkeypatch.setattr(Classifier, "states", steep)
    with pytest.raises(UserError, match="not a finite number at step 3 of 24") as told:
        tuned(checkpoints("llama"), task, truth)
    assert str(told.value).endswith(": " + ", ".join(task.ids[item] for item in asked[2]))


def test_beliefs_that_are_not_finite_stop_after_the_last_step(checkpoints, monkeypatch):
    task, truth = reviews()
    step, taken = torch.optim.AdamW.step, []

    def wild(self, *given):
        step(self, *given)
        taken.append(self)
        if len(taken) == 24:
            for parameter in self.param_groups[0]["params"]:
                parameter.data.fill_(float("nan"))

    monkeypatch.setattr(torch.optim.AdamW, "step", wild)
    with pytest.raises(UserError, match="not a finite number at step 24 of 24"):
        tuned(checkpoints("llama"), task, truth)


def test_texts_longer_than_the_context_are_counted(checkpoints):
    task, truth = reviews()
    inputs = task.inputs.copy()
    inputs[[3, 40]] = "cat " * 200 + "good"
    long = with_inputs(task, inputs)
    for chosen in ({}, {"output": "generate"}):
        settings = replace(SETTINGS, num_epochs=1, max_length=1024, **chosen)
        found = tuned(checkpoints("llama"), long, truth, settings)
        assert found.cut == 2
        assert np.isfinite(found.beliefs).all()


def test_an_empty_choice_is_reported_with_its_item(checkpoints):
    task, truth = pairs()
    inputs = task.inputs.copy()
    inputs[47] = ["why\n", "why\nnot"]
    broken = with_inputs(task, inputs)
    with pytest.raises(DataError, match="choice 0 of item 'p47' is empty"):
        tuned(checkpoints("bert"), broken, truth, asked=np.arange(3))  # though it is not read
    with pytest.raises(DataError, match="choice 0 of item 'p47' is empty"):
        extract(FEATURES.build(f"hf/{checkpoints('bert').name}@layer-1").value, "it", broken)
    named, truth = reviews()
    with pytest.raises(DataError, match="a choice is empty"):
        tuned(checkpoints("bert"), replace(named, choices=("", "yes")), truth)


def test_items_that_are_not_texts_are_reported(checkpoints):
    task, truth = reviews()
    with pytest.raises(DataError, match="a transformer reads texts, but reviews contains vectors"):
        tuned(checkpoints("bert"), with_inputs(task, np.zeros((48, 3))), truth)


def test_a_checkpoint_without_the_requested_head_is_reported(checkpoints, tmp_path):
    task, truth = reviews()
    settings = replace(SETTINGS, output="generate")
    with pytest.raises(UserError, match="is not a causal language model"):
        tuned(checkpoints("bert"), task, truth, settings)
    whole = checkpoints("llama")
    bare = load_model(whole, "AutoModel", device="cpu", dtype=torch.float32)
    bare.save_pretrained(tmp_path / "bare")
    load_tokenizer(whole).save_pretrained(tmp_path / "bare")
    with pytest.raises(UserError, match=r"lacks 1 weights of its model; the first is lm_head"):
        tuned(find_checkpoint(str(tmp_path / "bare")), task, truth, settings)


def test_choices_that_leave_no_room_for_the_text_are_reported(checkpoints):
    task, truth = reviews()
    named = replace(task, choices=("cat " * 40, "dog"))
    with pytest.raises(UserError, match="raise max_length, or use output=classify"):
        tuned(checkpoints("gpt2"), named, truth, replace(SETTINGS, output="generate"))


# How a transformer is named


def test_a_name_is_the_shortest_equivalent_specification(checkpoints):
    name = checkpoints("bert").name
    made = parse_transformer(
        f"hf/{name}, num_epochs=2, adapter=lora ,learning_rate=0.0001,batch_size=16"
    )
    assert made.label == f"hf/{name},adapter=lora,batch_size=16"
    assert made.settings == Settings(adapter="lora", batch_size=16, learning_rate=1e-4)
    assert made.settings.identity == Settings(adapter="lora", batch_size=16).identity
    assert parse_transformer(made.label).label == made.label


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("adapter=qlora", "adapter must be one of full, lora, head, got 'qlora'"),
        ("num_epochs=0", "num_epochs must be 1 or more, got 0"),
        ("num_epochs=few", "num_epochs must be an integer, got 'few'"),
        ("rate=1", "no argument 'rate'; allowed: adapter, output, pool, num_epochs, learning_rate"),
        ("epochs=1", "no argument 'epochs'; allowed"),
        ("batch=1", "no argument 'batch'; allowed"),
        ("rank=1", "no argument 'rank'; allowed"),
        ("decay=1", "no argument 'decay'; allowed"),
        ("penalty=1", "no argument 'penalty'; allowed"),
        ("lr=1", "no argument 'lr'; allowed: adapter, output, pool, num_epochs, learning_rate"),
        ("num_epochs", "'num_epochs' must have the form argument=value"),
        ("learning_rate=-1", r"learning_rate must lie in \[0, 1\], got -1"),
        ("adapter=head,output=generate", "adapter=head trains a linear head"),
    ],
)
def test_mistakes_in_a_name_are_reported(checkpoints, given, told):
    with pytest.raises(UserError, match=told):
        parse_transformer(f"hf/{checkpoints('bert').name},{given}")


def test_a_student_of_pairs_gives_each_text_one_reward(checkpoints):
    """Bradley-Terry: the logits of a pair are the rewards of its texts, without a bias."""
    task, _ = pairs(6)
    checkpoint = checkpoints("llama")
    tokenizer = load_tokenizer(checkpoint)

    def logits(inputs):
        items = encode_texts(with_inputs(task, inputs), np.arange(6), tokenizer, 48)
        model = Classifier(
            load_model(checkpoint, "AutoModel", device="cpu", dtype=torch.float32), items, 2, "last"
        )
        torch.nn.init.constant_(model.linear.weight, 0.3)
        assert (model.linear.out_features, model.linear.bias) == (1, None)
        with torch.no_grad():
            return model.logits(np.arange(6)).numpy()

    found = logits(task.inputs)
    assert logits(task.inputs[:, ::-1].copy()) == pytest.approx(found[:, ::-1], abs=1e-5)
    mixed = np.stack([task.inputs[:, 0], np.roll(task.inputs[:, 1], 1)], axis=1)
    assert logits(mixed)[:, 0] == pytest.approx(found[:, 0], abs=1e-5)  # whatever it is beside
    assert np.ptp(found) > 0.1
