"""Tasks from a file of rows (JSONL, JSON, CSV, TSV or Parquet), with one item per row.

| field | meaning |
|---|---|
| `id` | any text or number, unique; by default the number of the row |
| `text` | the question, or the text to classify; optional if the item has its own choices |
| `question`, `prompt` | other names of `text`, used if a row has no `text` |
| `vector` | numbers, equally many in each row, instead of `text` (classification) |
| `choices` | multiple choice: two or more answers |
| `truth` | the right choice, by name, index from 0, or letter; for classification any name, number or true/false |
| `chosen`, `rejected` | preference pairs: the better and the worse text, instead of `choices` and `truth` |
| `cluster` | any value; items of one cluster are in one split and in one unit of the bootstrap |
| `group` | `unanswerable`: an item of a classification without truth, whose right belief is uncertainty |

Choices and pairs are shown in an order that does not depend on the truth; `truing items FILE`
prints it. A text may be a list of messages with `role` and `content`. Other fields are no part of
an item; the shifts of a study refer to them (`--learn "hardness<=0.5"`). If
the fields of a file have other names, name them: `solutions.csv,text=solution,truth=correct`. With
`classes`, as in `classes=bad/good`, a classification accepts no other truth. `truth_is` (index,
name or letter) states how a truth names a choice. `drop=true` leaves out unusable rows.
`form` and `balance` change the items, see `_forms`.
"""  # noqa: E501

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from truing.arguments import FilePath, OneOf
from truing.tasks._columns import name_columns, other_columns
from truing.tasks._forms import FORMS, reshaped
from truing.tasks._items import read_items
from truing.tasks._load import task
from truing.tasks._notes import noted_source
from truing.tasks._read_rows import read_rows
from truing.tasks._source import Source
from truing.tasks._truth import TruthRule


@task("file:{path:PATH}")
def file(
    path: FilePath,
    id: str = "id",
    text: str = "text",
    vector: str = "vector",
    choices: str = "choices",
    truth: str = "truth",
    chosen: str = "chosen",
    rejected: str = "rejected",
    cluster: str = "cluster",
    classes: str | list[str] | None = None,
    truth_is: str = "",
    drop: bool = False,
    form: Annotated[str, OneOf(FORMS)] = "given",
    balance: bool = False,
) -> Source:
    """Your file (JSONL, JSON, CSV, TSV, Parquet, .gz); in Python also DataFrame, Dataset, (X, y).

    Args:
        classes: names of the classes of a classification, separated by / or as a JSON list; other
            truths are refused.
        truth_is: index, name or letter; by default determined from the truth and the choices.
        drop: leave out unusable rows, instead of stopping at the first.
        form: truefalse makes an item of each question and choice, truefalse-one an item of each
            question and one choice, which is right in half of the items; true or false.
        balance: keep equally many items of each class.
    """
    columns = {
        "id": id,
        "text": text,
        "vector": vector,
        "choices": choices,
        "truth": truth,
        "chosen": chosen,
        "rejected": rejected,
        "cluster": cluster,
    }
    rows = name_columns(path, list(read_rows(Path(path))), columns)
    name = Path(path).name
    items = read_items(name, rows, rule=TruthRule(truth_is), classes=classes, drop=drop)
    items = reshaped(name, items, form, balance)
    others = other_columns(rows)
    return noted_source(name, items, others, license="the file's own", origin=path)
