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

Choices and pairs are shown in an order that does not depend on the truth; `truing items FILE`
prints it. A text may be a list of messages with `role` and `content`. Other fields are ignored. If
the fields of a file have other names, name them: `solutions.csv,text=solution,truth=correct`. With
`classes`, as in `classes=bad/good`, a classification accepts no other truth. `truth_is` (index,
name or letter) states how a truth names a choice. `drop=true` leaves out unusable rows.
"""  # noqa: E501

from __future__ import annotations

from pathlib import Path

from truing.arguments import FilePath
from truing.errors import DataError
from truing.tasks._fields import FileRows
from truing.tasks._items import read_items
from truing.tasks._load import task
from truing.tasks._notes import noted_source
from truing.tasks._read_rows import read_fields
from truing.tasks._source import Source
from truing.tasks._truth import TruthRule

TEXT = ("question", "prompt")  # other names of `text`


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
    classes: str | None = None,
    truth_is: str = "",
    drop: bool = False,
) -> Source:
    """Your own file (JSONL, JSON, CSV, TSV, Parquet): classification, multiple choice or pairs.

    Args:
        classes: names of the classes of a classification, separated by /; other truths are refused.
        truth_is: index, name or letter; by default determined from the truth and the choices.
        drop: leave out unusable rows, instead of stopping at the first.
    """
    named = {
        "id": id,
        "text": text,
        "vector": vector,
        "choices": choices,
        "truth": truth,
        "chosen": chosen,
        "rejected": rejected,
        "cluster": cluster,
    }
    rows = _read(path, named)
    name = Path(path).name
    items = read_items(name, rows, rule=TruthRule(truth_is), classes=classes, drop=drop)
    return noted_source(name, items, license="the file's own", origin=path)


def _read(path: str, named: dict[str, str]) -> FileRows:
    """Rows of a file, with `question` or `prompt` as `text` if a row has no `text`.

    Raises:
        DataError: a row has both of them, and neither is named.
    """
    is_free = named["text"] == "text"
    others = [name for name in TEXT if is_free and name not in named.values()]
    rows = read_fields(path, **named, **{name: name for name in others})
    for where, row in rows:
        found = [name for name in others if name in row]
        if len(found) > 1 and not {"text", "vector"} & set(row):
            raise DataError(
                f"{where}: no 'text', and both {' and '.join(map(repr, found))} can replace it; "
                f"name one of them after the file's name: text={found[0]}"
            )
        for name in found:
            value = row.pop(name)
            if "vector" not in row:
                row.setdefault("text", value)
    return rows
