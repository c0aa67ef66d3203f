"""A real language model, all-MiniLM-L6-v2 with 22M parameters, offline: early layers supervise."""

from __future__ import annotations

import numpy as np
import pytest

from tests.conftest import write_jsonl
from tests.students.tiny import real_model
from truing.students.features import FEATURES, extract
from truing.students.transformer.checkpoints._checkpoint import find_checkpoint
from truing.studies import Study, make_plan, run_plan
from truing.tasks import load_task

ANIMALS = """
    cat dog horse cow sheep rabbit wolf fox bear lion tiger mouse goat duck eagle owl pig frog
    donkey deer camel monkey squirrel hen goose swan whale shark dolphin seal snake lizard turtle
    parrot pigeon sparrow
"""
TOOLS = """
    hammer saw knife spoon shovel drill axe wrench needle broom rake pen brush fork key chisel
    screwdriver ladder bucket rope scissors pliers nail screw bolt hook clamp file lever pulley
    stapler ruler razor kettle pan lantern
"""
FRAMES = (
    "I saw a {} this morning.",
    "There is a {} behind the house.",
    "The {} was old.",
    "They could not find the {} again.",
)


@pytest.fixture(scope="module")
def name():
    """The model's name in a study."""
    return f"hf/{real_model()}"


@pytest.fixture
def items(tmp_path):
    """288 sentences: is it about an animal, or about a tool? A cluster is a word."""
    rows = [
        {"text": frame.format(word), "truth": kind, "cluster": word}
        for kind, words in (("animal", ANIMALS), ("tool", TOOLS))
        for word in words.split()
        for frame in FRAMES
    ]
    return write_jsonl(tmp_path / "words.jsonl", rows)


def test_the_checkpoint_of_the_package_is_found_and_described():
    found = find_checkpoint(str(real_model()))
    assert (found.layers, found.context, found.causal) == (6, 512, False)


def test_activations_of_paraphrases_are_nearest_neighbors(name, tmp_path):
    pairs = [
        ("A man is eating food.", "A man eats something."),
        ("The girl carries a baby.", "A young woman is holding an infant."),
        ("Someone is riding a white horse.", "A person rides a pale stallion."),
    ]
    texts = [text for pair in pairs for text in pair] * 4
    rows = [{"text": text, "truth": i % 2} for i, text in enumerate(texts)]
    task = load_task(str(write_jsonl(tmp_path / "pairs.jsonl", rows))).task
    found = extract(FEATURES.build(f"{name}@layer-6,pool=mean").value, "real", task)[:6]
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    likeness = found @ found.T - 2 * np.eye(6)
    assert likeness.argmax(axis=1).tolist() == [1, 0, 3, 2, 5, 4]


def test_an_early_layer_supervises_a_late_layer_of_a_real_model(name, items, store, alone):
    study = Study(
        tasks=str(items),
        weak=[f"{name}@layer-2", "lsa-4"],
        strong=f"{name}@layer-6,pool=mean",
        methods=["naive", "confidence"],
        seeds=2,
    )
    plan = make_plan(study)
    first = run_plan(plan, engine=alone, store=store)
    assert first.work.extractions == 3
    for row in first.rows:
        assert row.regime == "heads on fixed features"
        assert row.ceiling_accuracy > 0.9
        assert row.ceiling_accuracy > row.weak_accuracy
    again = run_plan(make_plan(study), engine=alone, store=store)
    assert again.work.extractions == again.work.trainings == 0
    assert again.rows == first.rows
