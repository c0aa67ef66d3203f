"""Questions from a file (JSONL, JSON, CSV, TSV or Parquet) with one question per row.

| field | meaning |
|---|---|
| `id` | unique text or number; default: number of the row |
| `question` | text of the question |
| `text` | additional text that every role reads, such as a solution to judge; optional |
| `hidden` | text for the roles that the protocol allows, such as a story or a proof; optional |
| `choices` | 2 to 26 answers; default: all values of `truth` in the file |
| `truth` | the correct choice by its text, index from 0, or letter |
| `chosen`, `rejected` | in place of the two: the better and the worse answer |
| `cluster` | identifier; questions of one cluster are one unit of the bootstrap; optional |
| `group` | group for separate results; optional |

Other field names are stated after the file name: `stories.jsonl,hidden=article,choices=options`.
The answers are never shown in the file's order, but in an order that a hash of their texts decides.
`truth_is` (index, name or letter) states how `truth` refers to a choice; `drop=true` leaves out
unusable rows.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from truing.arguments import FilePath
from truing.errors import DataError
from truing.oversight.questions._question_set import QuestionSet, make_questions, question_set
from truing.tasks import (
    FileRow,
    FileRows,
    Item,
    TruthRule,
    announce,
    check_class_count,
    class_name,
    count_repeated,
    keep_usable,
    merge_numbers,
    one_sided,
    read_fields,
    read_item,
)

FIELDS = (
    *("id", "question", "text", "hidden", "choices", "truth", "chosen", "rejected"),
    *("cluster", "group"),
)


@question_set("file:{path:PATH}")
def file(
    path: FilePath,
    id: str = "id",
    question: str = "question",
    text: str = "text",
    hidden: str = "hidden",
    choices: str = "choices",
    truth: str = "truth",
    chosen: str = "chosen",
    rejected: str = "rejected",
    cluster: str = "cluster",
    group: str = "group",
    truth_is: str = "",
    drop: bool = False,
) -> QuestionSet:
    """Your file: question, choices, truth, and an optional hidden text.

    Args:
        truth_is: index, name or letter; by default inferred from the truth and the choices.
        drop: whether to leave out unusable rows instead of stopping at the first.
    """
    rows = read_fields(
        path,
        id=id,
        question=question,
        text=text,
        hidden=hidden,
        choices=choices,
        truth=truth,
        chosen=chosen,
        rejected=rejected,
        cluster=cluster,
        group=group,
    )
    return make_from_rows(Path(path).name, rows, truth_is, drop)


def make_from_rows(
    name: str, rows: FileRows, truth_is: str = "", drop: bool = False, *, typed: bool = False
) -> QuestionSet:
    """Questions from rows, after notes on what is unusual in them.

    Args:
        typed: whether the type of a truth says what it is, as in Python: a str that is one of the
            choices is a name, and an int is an index.

    Raises:
        DataError: a row is unusable.
    """
    shared = _shared_choices(name, rows)
    read = partial(_read, rule=TruthRule(truth_is), shared=shared, typed=typed)
    kept, left_out = keep_usable(name, rows, read, drop)
    asked, answers = zip(*(one for _, one in kept), strict=True)
    made = make_questions(name, asked, answers)
    announce(name, made.summary, _notes(made, asked, answers), left_out)
    return made


def _read(
    where: str, row: FileRow, rule: TruthRule, shared: Sequence[str], typed: bool
) -> tuple[Item, int]:
    pair = "chosen" in row or "rejected" in row
    rule = _rule_of_type(row, rule) if typed else rule
    return read_item(where, row, rule, pair=pair, shared=shared, needs="question")


def _rule_of_type(row: FileRow, rule: TruthRule) -> TruthRule:
    """The rule that the type of a truth implies, if the choices are a list of texts."""
    truth, choices = row.get("truth"), row.get("choices")
    if not isinstance(choices, list) or not all(isinstance(one, str) for one in choices):
        return rule
    if isinstance(truth, str) and truth in choices:
        return TruthRule("name")
    if type(truth) is int and truth in range(len(choices)):
        return TruthRule("index")
    return rule


def _shared_choices(name: str, rows: FileRows) -> tuple[str, ...]:
    """All values of `truth` in rows without choices."""
    names = []
    for where, row in rows:
        if "truth" in row and "choices" not in row:
            with contextlib.suppress(DataError):  # an unusable row is reported when it is read
                names.append(class_name(where, row["truth"]))
    shared = sorted(set(merge_numbers(names)))
    check_class_count(name, len(shared), len(names))
    return tuple(shared)


def _notes(made: QuestionSet, asked: Sequence[Item], answers: Sequence[int]) -> list[str]:
    """Notes on equal questions in several clusters, and on one-sided truth with equal choices."""
    options = [frozenset(one.choices) for one in asked]
    contents = [(one.text, one.hidden, own) for one, own in zip(asked, options, strict=True)]
    count = count_repeated(contents, [one.cluster or one.id for one in asked])
    notes = []
    if count:
        notes.append(
            f"{count} questions have the same content as a question of another cluster, so "
            "intervals count them as independent; give equal questions the same cluster"
        )
    if made.majority is not None and len(asked) > 1:
        named = [one.choices[right] for one, right in zip(asked, answers, strict=True)]
        notes += one_sided(named, "questions")
    return notes
