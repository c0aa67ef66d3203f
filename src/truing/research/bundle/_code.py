"""Code: the submitted files as text files of a bundle.

Each file gets the suffix `.txt`, so that a browser shows it as text: a submitted `index.html` must
not run in the browser of a reader of the board.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from truing.research._submission import Submission
from truing.research.bundle._layout import CODE, CODE_SUFFIX
from truing.research.folders import FrozenFolder

NAMES = {"composition": "composition", "file": "method.py", "predictions": "predictions.json"}
"""Name of the only file of a submission, by kind; a folder has several."""
WHOLE = "folder.json"  # a folder with names that some file systems cannot store, as one file
PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
DEEPEST = 8


def code_files(submission: Submission) -> dict[str, bytes]:
    """The files of a submission, by path in the bundle."""
    files = {NAMES.get(submission.kind, WHOLE): submission.content}
    if submission.kind == "folder":
        own = FrozenFolder.from_json(submission.content).files
        files = dict(own) if _can_be_stored(own) else files
    return {
        f"{CODE}/{submission.digest}/{name}{CODE_SUFFIX}": text.encode("utf-8", "surrogatepass")
        for name, text in files.items()
    }


def _can_be_stored(names: Iterable[str]) -> bool:
    """Whether every file system can store files of these names side by side."""
    seen: set[str] = set()
    for name in names:
        *folders, last = name.split("/")
        plain = all(PART.fullmatch(part) for part in (*folders, last))
        if not plain or len(folders) > DEEPEST or name.casefold() in seen:
            return False
        if any(part.casefold().endswith(CODE_SUFFIX) for part in folders):  # is it a file, too?
            return False
        seen.add(name.casefold())
    return True
