"""The study of small language models: a weak one supervises a stronger one, on several data sets.

`truing demo --models` runs it; `examples/language_models.py` is the same study as a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truing.errors import UserError
from truing.json_lines import parse_lines
from truing.studies import Study

METHODS = ("naive", "confidence", "bootstrap,rungs=hf/small@layer-18", "oracle", "shuffled")
WEAK = ("hf/small@layer-3", "hf/small@layer-6")
STRONG = ("hf/small@layer-18", "hf/large@layer-6", "hf/large@layer-12", "hf/large@layer-18")
HUB = ("amazon_polarity", "sst2", "twitter-sentiment", "cola", "boolq")  # without files
HUB_LIMIT = 1_000  # items of each


@dataclass(frozen=True)
class DataSet:
    """A data set in a JSONL file, as texts that end where a language model would answer.

    Attributes:
        file: name of the file.
        text: the text, with fields of a row in braces.
        truth: field of the ground truth.
        cluster: field that related items share.
        only: field and value of the rows that count; empty for all.
        every: 2 uses every second cluster, which saves time.
    """

    file: str
    text: str
    truth: str
    cluster: str
    only: tuple[str, str] = ("", "")
    every: int = 1


def _reviews(domain: str) -> DataSet:
    file, text = "sentiment_sentences.jsonl", "Review: {text}\nSentiment:"
    return DataSet(file, text, "sentiment", "text", ("domain", domain))


def _statements(file: str, answer: str, truth: str, every: int) -> DataSet:
    text = f"Q: {{question}}\nA: {{{answer}}}\nTrue:"
    return DataSet(file, text, truth, "question", every=every)


DATA_SETS = {
    "amazon": _reviews("amazon"),
    "imdb": _reviews("imdb"),
    "yelp": _reviews("yelp"),
    "truthfulqa": _statements("truthfulqa_judged.jsonl", "answer", "truthful", 2),
    "gsm8k": _statements("elicitation/gsm8k_statements.jsonl", "statement", "correct", 2),
    "numbers": _statements("elicitation/larger_than_train.jsonl", "statement", "correct", 1),
}
"""Sentiment in three domains (Kotzias et al. 2015), truthfulness of answers (Lin et al. 2022),
solutions of grade-school problems and comparisons of numbers (Canavan et al. 2026)."""


def language_model_study(data: Path | None, small: str, large: str, *, seeds: int = 10) -> Study:
    """The study: layers of a small and a large model, naive, confidence, bootstrap and controls.

    Args:
        data: folder with the files of `DATA_SETS`; None for data sets of the Hub.
        small, large: folder, GGUF file or hub id of the models.
        seeds: number of seeds.

    Raises:
        UserError: a file is missing or damaged.

    Examples:
        >>> from truing.lab import language_model_study
        >>> study = language_model_study(None, "./small.gguf", "./large.gguf")
        >>> study.weak, study.aliases["small"]
        (('hf/small@layer-3', 'hf/small@layer-6'), './small.gguf')
    """
    tasks: Any = [f"hf:{name},limit={HUB_LIMIT}" for name in HUB]
    if data is not None:
        tasks = {name: read_items(data, one) for name, one in DATA_SETS.items()}
    return Study(
        tasks=tasks,
        weak=WEAK,
        strong=STRONG,
        methods=METHODS,
        seeds=seeds,
        aliases={"small": small, "large": large},
    )


def read_items(folder: Path, data: DataSet) -> list[dict[str, Any]]:
    """Items of a data set: text, truth and cluster.

    Raises:
        UserError: the file is missing or damaged.
    """
    file = folder / data.file
    if not file.is_file():
        raise UserError(f"{file} does not exist; name a folder that contains {data.file}")
    field, value = data.only
    try:
        rows = [line.value for line in parse_lines(file.read_text("utf-8"))]
        rows = [row for row in rows if not field or row[field] == value]
        used = set(list(dict.fromkeys(row[data.cluster] for row in rows))[:: data.every])
        return [
            {
                "text": data.text.format_map(row),
                "truth": row[data.truth],
                "cluster": row[data.cluster],
            }
            for row in rows
            if row[data.cluster] in used
        ]
    except (KeyError, TypeError, UnicodeDecodeError) as error:
        raise UserError(f"{file} is not the file that this study reads ({error!r})") from None
