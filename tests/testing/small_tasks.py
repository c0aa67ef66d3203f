"""Small tasks, so that checks of slow extensions stay fast."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from truing.tasks import Source, load_task, make_source, make_task, task


@task("few-digits")
def few_digits() -> Source:
    """The first 120 digits, with eight degrees of hardness."""
    source = load_task("digits-parity")
    few = source.task.items[:120]
    truth = source.vault.reveal(np.arange(120), "score")
    fields = {"hardness": np.arange(120) // 5 % 8 / 8}
    choices = source.task.choices
    return make_task("few digits", "classification", few, choices, truth, fields=fields)


@task("few-texts")
def few_texts() -> Source:
    """Texts of few words, and whether they name a cat."""
    rng = np.random.default_rng(0)
    words = ["cat", "dog", "sun", "moon", "red"]
    texts = np.array([" ".join(rng.choice(words, 4)) for _ in range(120)], dtype=object)
    truth = np.array(["cat" in text for text in texts]).astype(int)
    ids = [str(at) for at in range(120)]
    return make_source("few texts", "classification", ids, texts, ["no", "yes"], truth)


@task("pairs")
def pairs() -> Source:
    """80 preference pairs; the better answer is at either position."""
    source = few_digits()
    items = [
        replace(one, stem=f"question {one.id}", choices=("a", "b")) for one in source.task.items
    ]
    truth = source.vault.reveal(np.arange(120), "score")
    return make_task("pairs", "preference", items, ["0", "1"], truth)


@task("wordy-texts")
def wordy_texts() -> Source:
    """Texts of longer words, and whether they praise."""
    rng = np.random.default_rng(0)
    words = ["great", "awful", "phone", "screen", "battery", "really", "works"]
    texts = np.array([" ".join(rng.choice(words, 5)) for _ in range(120)], dtype=object)
    truth = np.array(["great" in text for text in texts]).astype(int)
    ids = [str(at) for at in range(120)]
    return make_source("wordy texts", "classification", ids, texts, ["no", "yes"], truth)


@task("many-moods")
def many_moods() -> Source:
    """200 texts in words of the tiny checkpoints, and whether their mood is good."""
    rng = np.random.default_rng(0)
    moods = (["bad", "poor", "sad"], ["good", "great", "happy"])
    truth = rng.integers(0, 2, size=200)
    texts = np.array(
        [f"the {rng.choice(['cat', 'dog', 'bird'])} is {rng.choice(moods[one])}" for one in truth],
        dtype=object,
    )
    clusters = [f"item {at}" for at in range(200)]
    ids = [str(at) for at in range(200)]
    return make_source(
        "many moods", "classification", ids, texts, ["bad", "good"], truth, clusters=clusters
    )
