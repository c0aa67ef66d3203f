"""Replies: all replies in the plays of one person, stored immediately.

A play is a function of its replies, so stored replies allow an interrupted sitting to continue, and
no model is asked twice.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from truing.errors import StorageError, unwritable
from truing.json_lines import parse_lines, whole_lines
from truing.oversight.plays import Call
from truing.oversight.replies import Reply
from truing.oversight.tools import ToolUse


@dataclass(frozen=True)
class KeptReply:
    """A reply and the call that it answers.

    Attributes:
        key: key of the play and the call, from `key_of`.
        play: id of the play, for readers of the file.
        what: kind of call, for readers of the file.
        reply: the reply.
        seconds: time that the reply took.
    """

    key: str
    play: str
    what: str
    reply: Reply
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """JSON form, a line of `replies.jsonl`."""
        row = {
            "key": self.key,
            "play": self.play,
            "what": self.what,
            "reply": self.reply.text,
            "seconds": self.seconds,
            "stop_reason": self.reply.stop_reason,
            "reasoning": self.reply.reasoning,
        }
        uses = [asdict(one) for one in self.reply.tool_uses]
        return row | {"tool_uses": uses, "calls": self.reply.calls} if uses else row

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> KeptReply:
        """Read a line of `replies.jsonl`; version 0.1.0 may contain only the text of a reply."""
        stop_reason, reasoning = row.get("stop_reason", "stop"), row.get("reasoning", "")
        uses = tuple(ToolUse(**one) for one in row.get("tool_uses", ()))
        reply = Reply(row["reply"], stop_reason, reasoning, uses, row.get("calls", 1))
        return cls(row["key"], row["play"], row["what"], reply, row["seconds"])


class Replies:
    """Replies by play and call, in an append-only file.

    Args:
        path: file with one JSON object per line; an incomplete last line is removed.

    Raises:
        StorageError: the file cannot be read.
    """

    def __init__(self, path: Path):
        self.path = path
        self.known: dict[str, Reply] = {}
        whole = _read(path)
        for line in parse_lines(whole.decode()):
            if line.error:
                raise StorageError(f"{path}, line {line.number} is not JSON; remove the line")
            kept = KeptReply.from_json(line.value)
            self.known[kept.key] = kept.reply

    def keep(self, kept: KeptReply, *, revised: bool = False) -> None:
        """Store a reply; later replies with the same key are ignored.

        Args:
            kept: the reply.
            revised: the reply replaces an earlier one, which stays in the file.

        Raises:
            StorageError: the disk is full, or the file cannot be written to.
        """
        if kept.key in self.known and not revised:
            return
        try:
            with self.path.open("ab") as file:
                file.write(json.dumps(kept.to_json()).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            advice = "make it writable, then give the same answer again"
            raise unwritable(str(self.path), error, advice) from error
        self.known[kept.key] = kept.reply


def key_of(play: str, call: Call) -> str:
    """SHA-256 of a play's id and of the whole call, prompts included."""
    said = [play, call.role, call.member, call.seat, call.what, call.messages, call.draw]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _read(path: Path) -> bytes:
    """Complete lines of a file; an incomplete last line is also removed from the disk."""
    try:
        content = path.read_bytes() if path.exists() else b""
        whole = whole_lines(content)
        if whole != content:
            os.truncate(path, len(whole))
    except OSError as error:
        raise StorageError(
            f"{path} cannot be read ({error.strerror}); ask its owner to make it readable"
        ) from error
    return whole
