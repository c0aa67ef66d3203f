"""Replies: everything that was said to or by one person, kept as it comes.

A play is a function of its replies, so whoever has them plays it again up to where it stopped: a
sitting that was broken off goes on, and no model is asked twice.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truing.errors import StorageError, unwritable
from truing.json_lines import parse_lines, whole_lines
from truing.oversight._call import Call
from truing.oversight._reply import Reply


@dataclass(frozen=True)
class KeptReply:
    """A reply with the call that it answers.

    Attributes:
        key: of the play and the call, by `key_of`.
        play: id of the play, for who reads the file.
        what: the kind of call, likewise.
        reply: itself.
        seconds: that it took.
    """

    key: str
    play: str
    what: str
    reply: Reply
    seconds: float

    def to_json(self) -> dict[str, str | float]:
        """As a line of `replies.jsonl`."""
        return {
            "key": self.key,
            "play": self.play,
            "what": self.what,
            "reply": self.reply.text,
            "seconds": self.seconds,
            "stop_reason": self.reply.stop_reason,
            "reasoning": self.reply.reasoning,
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> KeptReply:
        """From a line of `replies.jsonl`; version 0.1.0 may have the text of a reply alone."""
        stop_reason, reasoning = row.get("stop_reason", "stop"), row.get("reasoning", "")
        reply = Reply(row["reply"], stop_reason, reasoning)
        return cls(row["key"], row["play"], row["what"], reply, row["seconds"])


class Replies:
    """Replies by play and call, in a file that only grows.

    Args:
        path: the file, one JSON object a line; a last line that was cut short is left out.

    Raises:
        StorageError: it cannot be read.
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

    def keep(self, kept: KeptReply) -> None:
        """Put a reply on the disk; the first one of a key stands.

        Raises:
            StorageError: the disk is full, or the file cannot be written to.
        """
        if kept.key in self.known:
            return
        try:
            with self.path.open("ab") as file:
                file.write(json.dumps(kept.to_json()).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            advice = "make it writable, and give the same answer again"
            raise unwritable(str(self.path), error, advice) from error
        self.known[kept.key] = kept.reply


def key_of(play: str, call: Call) -> str:
    """SHA-256 of a play's id and of all that a call says."""
    said = [play, call.role, call.member, call.seat, call.what, call.messages, call.draw]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _read(path: Path) -> bytes:
    """The file's whole lines; what a crash left of the last one is cut off, on the disk too."""
    try:
        content = path.read_bytes() if path.exists() else b""
        whole = whole_lines(content)
        if whole != content:
            os.truncate(path, len(whole))
    except OSError as error:
        raise StorageError(
            f"{path} cannot be read ({error.strerror}); have its owner make it readable"
        ) from error
    return whole
