"""A weak-to-strong reward model on GSM8K solutions, and the best of n solutions that it chooses.

    python examples/reward_model.py gsm8k_solutions.jsonl --weak lsa-8 --strong lsa-64
    python examples/reward_model.py gsm8k_solutions.jsonl --weak hf/WEAK@layer-6 \
      --strong hf/STRONG@layer-18 [--questions 300] [--seeds 10] [--out reward_model]

The file has one line per solution: `question`, `solution`, `correct` and `cluster`, the number of
the question. It is `example_model_solutions.jsonl` of openai/grade-school-math (MIT; Cobbe et al.
2021), flattened: solutions of four models for each question. Every right solution of a question is
paired with every wrong one. The student learns a scalar reward (Bradley-Terry) from the pairs as
the weak supervisor labels them. Questions whose solutions are all right or all wrong have no pairs,
so the curve is about the other questions.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping
from itertools import islice, product
from pathlib import Path
from typing import Any

import truing


def make_pairs(lines: Iterable[str], questions: int | None = None) -> list[dict[str, Any]]:
    """Preference pairs of a right and a wrong solution, of the first questions that have both."""
    by_question: dict[Any, dict[bool, list[Mapping[str, Any]]]] = {}
    for line in lines:
        row = json.loads(line)
        own = by_question.setdefault(row["cluster"], {True: [], False: []})
        own[row["correct"]].append(row)
    mixed = (one for one in by_question.items() if one[1][True] and one[1][False])
    return [
        {
            "id": f"{right['id']} {wrong['id']}",
            "prompt": right["question"],
            "chosen": right["solution"],
            "rejected": wrong["solution"],
            "cluster": cluster,
        }
        for cluster, own in islice(mixed, questions)
        for right, wrong in product(own[True], own[False])
    ]


def make_study(
    path: Path, weak: str, strong: str, seeds: int, questions: int | None = None
) -> truing.Study:
    """The study of the reward model, with best-of-n on the questions of the test split."""
    pairs = make_pairs(path.read_text().splitlines(), questions)
    return truing.Study(
        tasks={"gsm8k-pairs": pairs},
        weak=weak,
        strong=strong,
        methods=["naive", "confidence", "shuffled"],
        seeds=seeds,
        best_of_n=True,
    )


def main() -> None:
    """Run the study; print its table and the curves."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("data", type=Path)
    options.add_argument("--weak", required=True)
    options.add_argument("--strong", required=True)
    options.add_argument("--questions", type=int, help="number of questions; default: all")
    options.add_argument("--seeds", type=int, default=10)
    options.add_argument("--out", type=Path, default=Path("reward_model"))
    given = options.parse_args()
    study = make_study(given.data, given.weak, given.strong, given.seeds, given.questions)
    result = truing.run(study, out=given.out)
    print(result)
    print(f"{given.out}: report.html, results.jsonl, charts/best-of-n.svg")


if __name__ == "__main__":
    main()
