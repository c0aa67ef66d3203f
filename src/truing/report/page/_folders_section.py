"""Folders of the finalists: digest, file names, and the code, which is text of researchers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from truing.given import shown
from truing.report.page._page import Code, Section
from truing.report.page._research_drawings import Reports
from truing.research import ReportedFinalist
from truing.research.folders import ENTRY, FrozenFolder
from truing.wording import counted, listed

MOST_TEXT = 20_000  # characters of a folder that are shown
NOTE = (
    "The digest is the SHA-256 of all paths and texts. The files are as they were submitted; "
    "no run can change them."
)
Found = tuple[str, int, ReportedFinalist]


def folders(reports: Reports) -> tuple[Found, ...]:
    """Researcher, place and finalist of each submitted folder."""
    return tuple(
        (shown(one.researcher, report.researchers), place, one)
        for report in reports.values()
        for place, one in enumerate(report.finalists, 1)
        if one.files
    )


def folders_section(found: Sequence[Found]) -> Section:
    """The section of the folders."""
    return Section(
        "folders", "Folders of the finalists", (NOTE,), codes=tuple(_code(*one) for one in found)
    )


def _code(researcher: str, place: int, one: ReportedFinalist) -> Code:
    digest = FrozenFolder(one.files).digest
    names = _ordered(one)
    few = names if len(names) <= 4 else [*names[:3], f"{len(names) - 3} more files"]
    heading = f"{place}. {researcher}: {listed(few)} (digest {digest[:12]})"
    texts = tuple(_shown(one))
    hidden = max(0, sum(map(len, one.files.values())) - MOST_TEXT)
    note = f"Not shown: {hidden:,} characters; the ledger contains all files." if hidden else ""
    return Code(heading, texts, f"{counted(len(names), 'file')}. {note}".strip())


def _shown(one: ReportedFinalist) -> Iterator[tuple[str, str]]:
    """Paths and texts, as far as there is room."""
    left = MOST_TEXT
    for path in _ordered(one):
        if left > 0:
            text = one.files[path][:left]
            left -= len(text)
            yield path, _visible(text)


def _ordered(one: ReportedFinalist) -> list[str]:
    return sorted(one.files, key=lambda path: (path != ENTRY, path))


def _visible(text: str) -> str:
    """Code in which no character can hide or reorder other characters."""
    return "".join(
        letter if letter.isprintable() or letter in "\n\t" else f"\\u{ord(letter):04x}"
        for letter in text
    )
