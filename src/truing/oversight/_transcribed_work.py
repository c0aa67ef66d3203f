"""Transcribed work: drafts, critiques and tool uses behind a speech, as stored in transcripts.

Only readers of the run folder see them; no role of the protocol does. Beliefs are in the order of
the question set. A file may be damaged, so a missing or unusable field takes its default.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from truing.oversight._judgement_row import Belief
from truing.oversight.prompts import Draft
from truing.oversight.rules import Setup
from truing.oversight.tools import ToolUse


@dataclass(frozen=True)
class TranscribedDraft:
    """A draft of a speech, or a critique of the draft that was chosen before.

    Attributes:
        kind: `draft` or `critique`.
        revision: number of times that the draft was rewritten; for a critique, the number of the
            draft that it criticizes.
        said: text without private reasoning.
        reasoning, native_reasoning: private text of the author, and reasoning that the provider
            returned separately.
        belief: a reader's probability of each answer after the draft; None if there is none.
        rating: a reader's probability that a critique is helpful; None if there is none.
        chosen: whether it was chosen.
    """

    kind: str
    revision: int
    said: str
    reasoning: str
    native_reasoning: str
    belief: Belief | None
    rating: float | None
    chosen: bool


def transcribe_draft(setup: Setup, draft: Draft) -> TranscribedDraft:
    """The entry of a draft or critique."""
    return TranscribedDraft(
        draft.kind,
        draft.revision,
        draft.speech.said,
        draft.speech.reasoning,
        draft.native,
        None if draft.belief is None else setup.restored(draft.belief),
        draft.rating,
        draft.chosen,
    )


def work_to_json(
    drafts: tuple[TranscribedDraft, ...], uses: tuple[ToolUse, ...]
) -> dict[str, list[dict[str, Any]]]:
    """Fields `drafts` and `tool_uses` of a turn; a field without entries is left out."""
    found = {"drafts": [asdict(one) for one in drafts], "tool_uses": [asdict(one) for one in uses]}
    return {name: entries for name, entries in found.items() if entries}


def describe_work(drafts: tuple[TranscribedDraft, ...], uses: tuple[ToolUse, ...]) -> str:
    """Tool uses, drafts and critiques as text for a person, one paragraph each."""
    lines = [f"[{one.name}] {one.input}\n{one.output.strip()}" for one in uses]
    for one in drafts:
        notes = [f"rewrite {one.revision}"] if one.revision else []
        if one.belief is not None:
            notes.append("reader: " + ", ".join(f"{p:.2f}" for p in one.belief))
        if one.rating is not None:
            notes.append(f"helpful: {one.rating:.2f}")
        notes += ["chosen"] if one.chosen else []
        lines.append(f"[{'; '.join([one.kind, *notes])}] {one.said}")
    return "\n\n".join(lines)


def read_drafts(row: Mapping[str, Any]) -> tuple[TranscribedDraft, ...]:
    """The drafts of a turn."""
    return tuple(
        TranscribedDraft(
            as_text(one, "kind"),
            as_index(one.get("revision")) or 0,
            as_text(one, "said"),
            as_text(one, "reasoning"),
            as_text(one, "native_reasoning"),
            as_belief(one.get("belief")),
            float(one["rating"]) if type(one.get("rating")) in (int, float) else None,
            one.get("chosen") is True,
        )
        for one in as_objects(row, "drafts")
    )


def read_tool_uses(row: Mapping[str, Any]) -> tuple[ToolUse, ...]:
    """The tool uses of a turn."""
    return tuple(
        ToolUse(as_text(one, "name"), as_text(one, "input"), as_text(one, "output"))
        for one in as_objects(row, "tool_uses")
    )


def as_text(row: Mapping[str, Any], name: str) -> str:
    """A text of a row; empty if it is not a text."""
    value = row.get(name)
    return value if isinstance(value, str) else ""


def as_index(value: Any) -> int | None:
    """A number from 0; None if it is not."""
    return value if type(value) is int and value >= 0 else None


def as_belief(value: Any) -> Belief | None:
    """A list of probabilities; None if it could not be read."""
    known = isinstance(value, list | tuple) and all(type(p) in (int, float) for p in value)
    return tuple(value) if known else None


def as_objects(row: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    """The objects of a list in a row."""
    value = row.get(name)
    return (one for one in (value if isinstance(value, list) else ()) if isinstance(one, Mapping))
