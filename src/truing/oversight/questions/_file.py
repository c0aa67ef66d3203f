"""Questions from a file of rows (JSONL, JSON, CSV, TSV or Parquet): one question a row.

| field | meaning |
|---|---|
| `id` | any text or number, unique; the row's number where it is left out |
| `question` | what is asked |
| `text` | more that everybody sees, a solution to be judged say; optional |
| `hidden` | a text that only those see whom the protocol lets (a story, a proof); optional |
| `choices` | the answers, 2 to 26; where a row has none, all truths that occur in the file |
| `truth` | the right choice, by its text, index from 0, or letter |
| `chosen`, `rejected` | in place of the two: the better and the worse answer |
| `cluster` | anything; questions of one cluster are one unit of the bootstrap; optional |
| `group` | what to report apart; optional |

A file with other names is read by naming them: `stories.jsonl,hidden=article,choices=options`.
Nobody is shown the answers in the file's order, but in one that a hash of their texts decides.
`truth_is` (index, name or letter) settles how a truth names a choice; `drop=true` leaves out rows
that cannot be used.
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
    announce_notes,
    announce_size,
    check_class_count,
    choice_range,
    class_name,
    count_repeated,
    keep_usable,
    merge_numbers,
    one_sided,
    read_fields,
    read_item,
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
    """A file of your own: question, choices, truth, and a hidden text where there is one.

    Args:
        truth_is: index, name or letter; by default the truth and the choices decide.
        drop: leave out rows that cannot be used, instead of stopping at the first.
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
    name = Path(path).name
    read = partial(_read, rule=TruthRule(truth_is), shared=_shared_choices(name, rows))
    kept, left_out = keep_usable(name, rows, read, drop)
    asked, answers = zip(*(one for _, one in kept), strict=True)
    made = make_questions(name, asked, answers)
    counts = choice_range([len(one.choices) for one in made.questions])
    announce_size(name, len(made), "questions", counts, left_out)
    announce_notes(name, _notes(asked, answers))
    return made


def _read(where: str, row: FileRow, rule: TruthRule, shared: Sequence[str]) -> tuple[Item, int]:
    pair = "chosen" in row or "rejected" in row
    return read_item(where, row, rule, pair=pair, shared=shared, needs="question")


def _shared_choices(name: str, rows: FileRows) -> tuple[str, ...]:
    """Every truth that rows without choices of their own name."""
    names = []
    for where, row in rows:
        if "truth" in row and "choices" not in row:
            with contextlib.suppress(DataError):  # the row is refused when it is read
                names.append(class_name(where, row["truth"]))
    shared = sorted(set(merge_numbers(names)))
    check_class_count(name, len(shared), len(names))
    return tuple(shared)


def _notes(asked: Sequence[Item], answers: Sequence[int]) -> list[str]:
    """Equal questions in several clusters, and a one-sided truth where all choices are alike."""
    options = [frozenset(one.choices) for one in asked]
    contents = [(one.text, one.hidden, own) for one, own in zip(asked, options, strict=True)]
    count = count_repeated(contents, [one.cluster or one.id for one in asked])
    notes = []
    if count:
        notes.append(
            f"{count} questions have the same content as a question of another cluster, so that "
            "intervals count them as independent; give equal questions the same cluster"
        )
    if len(set(options)) == 1 and len(asked) > 1:
        named = [one.choices[right] for one, right in zip(asked, answers, strict=True)]
        notes += one_sided(named, "questions")
    return notes
