"""Does the gain generalize? Students learn in one domain of reviews and are tested in three.

TRUING_DATA=./data SMALL=./models/smollm2.gguf LARGE=./models/gemma3.gguf \
  truing run examples/shift.py

`sentiment_sentences.jsonl` (Kotzias et al. 2015) has sentences of reviews of three domains: amazon,
imdb and yelp. Each domain is home once, and the models are scored in the other two.
The penalty `l2` is a choice that home cannot make for the other domains: a strong penalty often
recovers more of the gap at home.
"""

import json
import os
from pathlib import Path

import truing

DATA = Path(os.environ.get("TRUING_DATA", "data"))
SMALL = os.environ.get("SMALL", "HuggingFaceTB/SmolLM2-135M-Instruct")
LARGE = os.environ.get("LARGE", "google/gemma-3-270m")
DOMAINS = ("amazon", "imdb", "yelp")


def reviews(domain: str) -> list[dict]:
    """Sentences of reviews of one domain. Equal sentences are one cluster."""
    lines = (DATA / "sentiment_sentences.jsonl").read_text("utf-8").splitlines()
    return [
        {
            "text": f"Review: {row['text']}\nSentiment:",
            "truth": row["sentiment"],
            "cluster": row["text"],
        }
        for row in map(json.loads, lines)
        if row["domain"] == domain
    ]


def study() -> truing.Study:
    """A student with a weak and with a strong penalty, three methods, at home and elsewhere."""
    tasks = {domain: reviews(domain) for domain in DOMAINS}
    return truing.Study(
        tasks=tasks,
        test_on=tasks,
        weak="hf/small@layer-3",
        strong=["hf/large@layer-12,l2=100", "hf/large@layer-12,l2=3000"],
        methods=["naive", "confidence", "bootstrap,rungs=hf/small@layer-18"],
        seeds=10,
        aliases={"small": SMALL, "large": LARGE},
    )
