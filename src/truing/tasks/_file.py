"""Tasks from a file of rows (JSONL, JSON, CSV, TSV or Parquet): one item a row.

| field | meaning |
|---|---|
| `id` | any text or number, unique; the row's number where it is left out |
| `text` | the question, or the text to be classified; optional where choices speak for themselves |
| `question`, `prompt` | other names of `text`, read where a row has no `text` |
| `vector` | numbers, the same count in every row, in place of `text` (classification) |
| `choices` | multiple choice: the answers to choose from, as many in every row |
| `truth` | the right choice, by name, index from 0, or letter; for classification any name, number or true/false |
| `chosen`, `rejected` | preference pairs: the better and the worse text, in place of the two |
| `cluster` | anything; items of one cluster stay in one split and in one unit of the bootstrap |

Choices and pairs are shown in an order that does not tell the truth; `truing items FILE` prints it.
A text may be a list of messages with `role` and `content`. Other fields are ignored. A file with
other names is read by naming them: `solutions.csv,text=solution,truth=correct`. With `classes`, as
in `classes=bad/good`, a classification takes no other truth. `truth_is` (index, name or letter)
settles how a truth names a choice; `drop=true` leaves out rows that cannot be used.
"""  # noqa: E501

from __future__ import annotations

from pathlib import Path

from truing.arguments import FilePath
from truing.errors import DataError
from truing.tasks._items import read_items
from truing.tasks._notes import announced
from truing.tasks._read_rows import FileRows, read_fields
from truing.tasks._task import Source, make_task, task
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
    """A file of your own (JSONL, JSON, CSV, TSV): classification, multiple choice or pairs.

    Args:
        classes: of a classification, with / between them: no other truth is taken then.
        truth_is: index, name or letter; by default the truth and the choices decide.
        drop: leave out rows that cannot be used, instead of stopping at the first.
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
    left_out = f", {items.left_out} rows left out that cannot be used" if items.left_out else ""
    made = make_task(
        name,
        items.kind,
        items.items,
        items.choices,
        items.truth,
        licence="the file's own",
        origin=f"{path}{left_out}",
    )
    return announced(made, items.truth, items.left_out)


def _read(path: str, named: dict[str, str]) -> FileRows:
    """Rows of a file, with `question` or `prompt` as `text` where a row has no `text`.

    Raises:
        DataError: a row with both of them, and none is named.
    """
    is_free = named["text"] == "text"
    others = [name for name in TEXT if is_free and name not in named.values()]
    rows = read_fields(path, **named, **{name: name for name in others})
    for where, row in rows:
        found = [name for name in others if name in row]
        if len(found) > 1 and not {"text", "vector"} & set(row):
            raise DataError(
                f"{where}: no 'text', and {' and '.join(map(repr, found))} can stand for it; "
                f"name one after the file's name: text={found[0]}"
            )
        for name in found:
            value = row.pop(name)
            if "vector" not in row:
                row.setdefault("text", value)
    return rows
