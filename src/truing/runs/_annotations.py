"""Annotations: the tags and the note that a person writes about a run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from truing.errors import DataError, UserError, unwritable
from truing.run_files import NOTES
from truing.runs._claim import as_json
from truing.runs._files import read_object
from truing.runs._values import as_text, as_texts
from truing.studies import write_whole

MOST_TAGS, LONGEST_TAG, LONGEST_NOTE = 20, 40, 4000  # tags, and characters


@dataclass(frozen=True)
class Annotations:
    """What a person wrote about a run. It is no part of the run and of its results.

    Attributes:
        tags: short labels, without duplicates.
        note: any text.

    Raises:
        UserError: there are too many tags, or a text is too long.
    """

    tags: tuple[str, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        if len(self.tags) > MOST_TAGS:
            raise UserError(f"a run can have at most {MOST_TAGS} tags, got {len(self.tags)}")
        for tag in self.tags:
            if len(tag) > LONGEST_TAG:
                raise UserError(
                    f"a tag can have at most {LONGEST_TAG} characters, got {len(tag)}: {tag[:60]}; "
                    "separate tags by commas"
                )
        if len(self.note) > LONGEST_NOTE:
            raise UserError(
                f"a note can have at most {LONGEST_NOTE:,} characters, got {len(self.note):,}"
            )

    @classmethod
    def written(cls, tags: str, note: str) -> Annotations:
        """Annotations as a person types them: tags separated by commas, and any text.

        Raises:
            UserError: there are too many tags, or a text is too long.

        Examples:
            >>> from truing.runs import Annotations
            >>> Annotations.written("baseline, to publish, baseline", " Seed 3 is odd. ")
            Annotations(tags=('baseline', 'to publish'), note='Seed 3 is odd.')
        """
        return cls(_distinct(tags.split(",")), note.replace("\r\n", "\n").strip())


def read_annotations(folder: Path) -> Annotations:
    """The annotations of a run folder; empty without a readable file."""
    try:
        stated = read_object(folder, NOTES)
    except DataError:
        return Annotations()
    tags = (tag[:LONGEST_TAG] for tag in as_texts(stated.get("tags", ()))[:MOST_TAGS])
    note = stated.get("note", "")
    return Annotations(_distinct(tags), as_text(note)[:LONGEST_NOTE] if note else "")


def write_annotations(folder: Path, written: Annotations) -> None:
    """Store annotations in a run folder; other files stay as they are.

    Raises:
        StorageError: the folder is not writable.

    Examples:
        >>> import truing
        >>> from truing.runs import Annotations, read_annotations, write_annotations
        >>> folder = truing.run(truing.Game("prover-verifier")).folder
        >>> write_annotations(folder, Annotations(("to publish",)))
        >>> read_annotations(folder).tags
        ('to publish',)
    """
    content = as_json({"tags": list(written.tags), "note": written.note})
    try:
        write_whole(folder / NOTES, content.encode(errors="replace"))
    except OSError as error:
        raise unwritable(str(folder), error, "make the folder writable") from error


def _distinct(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags without duplicates, spaces at their ends, line breaks and empty tags."""
    return tuple(dict.fromkeys(filter(None, (" ".join(tag.split()) for tag in tags))))
