"""Replies: everything that was said to or by one person, kept as it comes.

A play is a function of its replies, so whoever has them plays it again up to where it stopped: a
sitting that was broken off goes on, and no model is asked twice.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from truing.errors import StorageError, unwritable
from truing.oversight._call import Call
from truing.oversight._reply import Reply


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
        self.seconds: dict[str, float] = {}
        whole = _read(path)
        for line in whole.decode().splitlines():
            entry = json.loads(line)
            self.known[entry["key"]] = _reply(entry)
            self.seconds[entry["key"]] = entry["seconds"]

    def keep(self, key: str, play: str, what: str, reply: Reply, seconds: float) -> None:
        """Put a reply on the disk; the first one of a key stands.

        Args:
            play: id of the play, for who reads the file.
            what: the kind of call, likewise.
            seconds: that the reply took.

        Raises:
            StorageError: the disk is full, or the file cannot be written to.
        """
        if key in self.known:
            return
        entry = {"key": key, "play": play, "what": what, "reply": reply.text, "seconds": seconds}
        entry |= {"stop_reason": reply.stop_reason, "reasoning": reply.reasoning}
        try:
            with self.path.open("ab") as file:
                file.write(json.dumps(entry).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            advice = "make it writable, and give the same answer again"
            raise unwritable(str(self.path), error, advice) from error
        self.known[key], self.seconds[key] = reply, seconds


def _reply(entry: dict[str, Any]) -> Reply:
    """A reply of an entry; entries of version 0.1.0 have the text alone."""
    return Reply(entry["reply"], entry.get("stop_reason", "stop"), entry.get("reasoning", ""))


def key_of(play: str, call: Call) -> str:
    """SHA-256 of a play's id and of all that a call says."""
    said = [play, call.role, call.member, call.seat, call.what, call.messages, call.draw]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _read(path: Path) -> bytes:
    """The file's whole lines; what a crash left of the last one is cut off, on the disk too."""
    try:
        content = path.read_bytes() if path.exists() else b""
        whole = content[: content.rfind(b"\n") + 1]
        if whole != content:
            os.truncate(path, len(whole))
    except OSError as error:
        raise StorageError(
            f"{path} cannot be read ({error.strerror}); have its owner make it readable"
        ) from error
    return whole
