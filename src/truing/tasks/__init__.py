"""Tasks: items, splits, and the vault that holds their truth."""

from truing.tasks import _digits, _hub, _jsonl  # noqa: F401  (registers the built-in tasks)
from truing.tasks._fields import name_of, need, number_of
from truing.tasks._jsonl import read_fields, read_jsonl
from truing.tasks._order import hidden_order
from truing.tasks._task import TASKS, Kind, Source, Splits, Task, load_task, make_source, task
from truing.tasks._vault import Access, Purpose, Vault

__all__ = [
    "TASKS",
    "Access",
    "Kind",
    "Purpose",
    "Source",
    "Splits",
    "Task",
    "Vault",
    "hidden_order",
    "load_task",
    "make_source",
    "name_of",
    "need",
    "number_of",
    "read_fields",
    "read_jsonl",
    "task",
]
