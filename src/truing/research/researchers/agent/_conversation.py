"""Conversation: the messages of an agent, written to disk before the next request is sent."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from truing.json_lines import parse_lines, whole_lines

if TYPE_CHECKING:
    from inspect_ai.model import ChatMessage


class Conversation:
    """The messages of an agent, in a file to which each message is appended.

    Each line is a message, the begin of a new conversation, or the end of the agent's work. A reply
    that was paid for is in the file before anything else happens, so that a killed agent continues
    after it.

    Args:
        path: the file.

    Attributes:
        messages: messages of the current conversation.
        replies: number of replies of the model, in all conversations.
        idle: number of the latest replies in this execution that call no tool.
        report: the agent's final report; None if the agent has not finished.
    """

    def __init__(self, path: Path):
        self.path = path
        self.messages: list[ChatMessage] = []
        self.replies = self.idle = 0
        self.report: str | None = None
        if path.is_file():
            self._read(path.read_bytes())

    @property
    def turns(self) -> int:
        """Number of replies in the current conversation."""
        return sum(one.role == "assistant" for one in self.messages)

    def add(self, messages: Iterable[ChatMessage]) -> None:
        """Append messages."""
        new = list(messages)
        self._append([{"message": one.model_dump(mode="json", exclude_none=True)} for one in new])
        self._take(new)

    def begin(self) -> None:
        """Begin a new conversation; the file keeps the earlier ones."""
        if self.messages or self.report is not None:
            self._append([{"begin": True}])
            self.messages, self.report = [], None

    def finish(self, report: str) -> None:
        """Write the end of the agent's work."""
        self._append([{"finish": report}])
        self.report = report

    def _take(self, messages: Sequence[ChatMessage]) -> None:
        self.messages += messages
        for one in messages:
            if one.role == "assistant":
                self.replies += 1
                calls = [call for call in one.tool_calls or () if not call.parse_error]
                self.idle = 0 if calls else self.idle + 1

    def _append(self, lines: Sequence[Any]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        content = "".join(f"{json.dumps(one)}\n" for one in lines).encode()
        file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, content)
        finally:
            os.close(file)

    def _read(self, content: bytes) -> None:
        from inspect_ai.model import ChatMessage
        from pydantic import TypeAdapter

        whole = whole_lines(content)
        if len(whole) < len(content):  # a crash cut the last line
            os.truncate(self.path, len(whole))
        adapter: TypeAdapter[ChatMessage] = TypeAdapter(ChatMessage)
        for line in parse_lines(whole.decode()):
            if "message" in line.value:
                self._take([adapter.validate_python(line.value["message"])])
            elif "finish" in line.value:
                self.report = line.value["finish"]
            else:
                self.messages, self.report = [], None
        self.idle = 0
