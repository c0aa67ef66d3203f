"""QuALITY: questions about long stories and articles (Pang et al. 2022, arXiv 2112.08608).

Fields of the published files (`QuALITY.v1.0.1.htmlstripped.train` and `.dev`, JSON lines with the
questions of one writer about one article): `article_id`, `set_unique_id`, `article`, and
`questions` with `question`, `options`, `gold_label` (from 1), `difficult` and `validation`, whose
entries contain `untimed_best_distractor` (from 1; the data set's README calls the field
`untimed_eval3_distractor`). The test file has no labels. The copy on the Hub has one question per
row with `article`, `question`, `options`, `answer` (from 0) and `hard`, and no annotation of
distractors.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from typing import Any

from truing.arguments import FilePath
from truing.errors import DataError
from truing.tasks._fields import FileRow
from truing.tasks.hub import HubSet
from truing.tasks.published._published import (
    Answers,
    PublishedSet,
    Question,
    Seed,
    choice_at,
    publish,
    published_rows,
    text_field,
    texts_field,
)

LICENSE = "CC BY 4.0; each article has its own license"
HUB = HubSet("emozilla/quality", LICENSE, splits=("train", "validation"))
DISTRACTORS = ("untimed_best_distractor", "untimed_eval3_distractor")
BREAKS = {"p", "br", "div", "tr", "li", "h1", "h2", "h3", "h4", "hr"}


def quality(
    path: FilePath = "", hard: bool = False, answers: Answers = 0, seed: Seed = 0
) -> PublishedSet:
    """QuALITY: questions about a hidden article, 4 answers; CC BY 4.0 (Pang et al. 2022).

    Args:
        path: the published file (JSON lines); empty for the copy on the Hub.
        hard: keep only the questions that fewer than half of the readers in a hurry answered
            correctly.
        answers: number of answers: 2 keeps the correct answer and the best distractor (Khan et al.
            2024), 0 all answers.
        seed: random seed that chooses distractors without annotation.
    """
    rows = published_rows(path, HUB)
    found = [one for n, (where, row) in enumerate(rows, 1) for one in _questions(where, row, n)]
    kept = [(where, one) for where, one in found if one.others["difficult"] or not hard]
    origin = path or f"{HUB.repository} on the Hugging Face Hub"
    return publish("quality", kept, license=LICENSE, origin=origin, answers=answers, seed=seed)


def _questions(where: str, row: FileRow, number: int) -> Iterator[tuple[str, Question]]:
    """Place and content of each question in a row."""
    article = _plain(text_field(where, row, "article"))
    if "questions" not in row:
        yield where, _from_hub(where, row, article, number)
        return
    cluster, own = (text_field(where, row, name) for name in ("article_id", "set_unique_id"))
    if not isinstance(row["questions"], list):
        raise DataError(f"{where}: questions must be a list of questions")
    for at, asked in enumerate(row["questions"], 1):
        place = f"{where}, question {at}"
        if not isinstance(asked, dict):
            raise DataError(f"{place}: a question must be an object with question and options")
        if "gold_label" not in asked:
            raise DataError(
                f"{place}: no gold_label; the labels of QuALITY's test set are not published; name "
                "the file of the train or dev set"
            )
        options = texts_field(place, asked, "options")
        right = choice_at(place, "gold_label", asked["gold_label"], options, 1)
        best = _best(asked.get("validation"), right, options)
        hard = bool(asked.get("difficult"))
        text = text_field(place, asked, "question")
        key = f"{own}_{at}"
        yield place, _question(key, text, options, right, article, cluster, hard, best)


def _from_hub(where: str, row: FileRow, article: str, number: int) -> Question:
    options = texts_field(where, row, "options")
    right = choice_at(where, "answer", row.get("answer"), options, 0)
    cluster = hashlib.sha256(article.encode()).hexdigest()[:12]
    text, own = text_field(where, row, "question"), f"{cluster}_{number}"
    return _question(own, text, options, right, article, cluster, bool(row.get("hard")), "")


def _question(
    own: str,
    text: str,
    options: Sequence[str],
    right: int,
    article: str,
    cluster: str,
    hard: bool,
    best: str,
) -> Question:
    wrong = tuple(one for i, one in enumerate(options) if i != right)
    others = {"difficult": int(hard)}
    return Question(own, text, options[right], wrong, article, cluster, "", best, others)


def _best(validation: Any, right: int, options: Sequence[str]) -> str:
    """The wrong answer that most validators name the best distractor; empty without a vote.

    With equal votes it is the first of them in the file, whose order is that of the writer.
    """
    votes: Counter[int] = Counter()
    for one in validation if isinstance(validation, list) else ():
        named = next((one[name] for name in DISTRACTORS if isinstance(one.get(name), int)), 0)
        if 1 <= named <= len(options) and named - 1 != right:
            votes[named - 1] += 1
    if not votes:
        return ""
    most = max(votes.values())
    return options[min(place for place, count in votes.items() if count == most)]


def _plain(article: str) -> str:
    """An article without HTML tags; the published files have a version with and without them."""
    if not article.lstrip().startswith("<"):
        return article
    reader = _Text()
    reader.feed(article)
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return "\n".join(line for line in lines if line)


class _Text(HTMLParser):
    """The text of HTML, with a line break for each block."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag in BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(" ".join(data.split("\n")))
