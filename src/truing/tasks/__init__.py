"""Tasks: items, splits, and the vault that stores their ground truth."""

from truing.tasks import _digits, _file, _hub, _published  # noqa: F401  (registers the built-in tasks)
from truing.tasks._apart import apart_from
from truing.tasks._copied import Copied, with_copies
from truing.tasks._dialogue import Dialogue
from truing.tasks._fields import (
    Fields,
    FileRow,
    FileRows,
    Origin,
    list_of,
    name_of,
    need,
    number_of,
)
from truing.tasks._given import TaskLike, TaskObject, Tasks, give_tasks
from truing.tasks._item import LETTERS, Item
from truing.tasks._item_fields import fields_of
from truing.tasks._items import keep_usable
from truing.tasks._joined import join_tasks
from truing.tasks._load import TASKS, load_task, task
from truing.tasks._notes import announce, count_repeated, one_sided
from truing.tasks._order import hidden_order
from truing.tasks._read_item import read_item
from truing.tasks._read_rows import as_file, read_fields, read_rows
from truing.tasks._source import Source, check_ids, make_source, make_task
from truing.tasks._splits import SEALED_SHARE, TEST_SHARE, Division, Splits
from truing.tasks._task import Kind, Task, choice_range
from truing.tasks._truth import TruthRule, check_class_count, class_name, find_choice, merge_numbers
from truing.tasks._vault import (
    UNANSWERABLE,
    Access,
    JointTruth,
    Purpose,
    Truth,
    Vault,
    withhold_truth,
)

__all__ = [
    "LETTERS",
    "SEALED_SHARE",
    "TASKS",
    "TEST_SHARE",
    "UNANSWERABLE",
    "Access",
    "Copied",
    "Dialogue",
    "Division",
    "Fields",
    "FileRow",
    "FileRows",
    "Item",
    "JointTruth",
    "Kind",
    "Origin",
    "Purpose",
    "Source",
    "Splits",
    "Task",
    "TaskLike",
    "TaskObject",
    "Tasks",
    "Truth",
    "TruthRule",
    "Vault",
    "announce",
    "apart_from",
    "as_file",
    "check_class_count",
    "check_ids",
    "choice_range",
    "class_name",
    "count_repeated",
    "fields_of",
    "find_choice",
    "give_tasks",
    "hidden_order",
    "join_tasks",
    "keep_usable",
    "list_of",
    "load_task",
    "make_source",
    "make_task",
    "merge_numbers",
    "name_of",
    "need",
    "number_of",
    "one_sided",
    "read_fields",
    "read_item",
    "read_rows",
    "task",
    "with_copies",
    "withhold_truth",
]
