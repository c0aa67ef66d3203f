"""Dialogue: a text that consists of messages, each with a role and a content."""

from __future__ import annotations

from typing import Any


class Dialogue(str):
    """Messages as one text: `role: content` of each message, separated by empty lines.

    Attributes:
        messages: ((role, content), ...), for a tokenizer with a chat template.

    Examples:
        >>> from truing.tasks import Dialogue
        >>> print(Dialogue((("user", "Hello"), ("assistant", "Hi"))))
        user: Hello
        <BLANKLINE>
        assistant: Hi
    """

    messages: tuple[tuple[str, str], ...]

    def __new__(cls, messages: tuple[tuple[str, str], ...]) -> Dialogue:
        made = super().__new__(cls, "\n\n".join(f"{role}: {said}" for role, said in messages))
        made.messages = messages
        return made

    def __reduce__(self) -> tuple[type[Dialogue], tuple[tuple[tuple[str, str], ...]]]:
        return Dialogue, (self.messages,)

    def after(self, prompt: str) -> Dialogue:
        """The dialogue with a prompt as its first message, unless it begins with the prompt."""
        if self.messages[0][1].strip() == prompt.strip():
            return self
        return Dialogue((("user", prompt), *self.messages))


def as_dialogue(value: Any) -> Dialogue | None:
    """Convert a list of `{"role": ..., "content": ...}` to a dialogue; None for other values."""
    if not isinstance(value, list) or not value:
        return None
    found = []
    for message in value:
        if not isinstance(message, dict):
            return None
        role, content = message.get("role"), message.get("content")
        if not isinstance(role, str) or not isinstance(content, str):
            return None
        found.append((role, content))
    return Dialogue(tuple(found))
