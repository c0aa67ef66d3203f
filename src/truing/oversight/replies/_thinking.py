"""Thinking: private reasoning between `<think>` or `<thinking>` tags of a reply."""

from __future__ import annotations

import re

THINKING = re.compile(r"<\s*(/?)\s*think(?:ing)?\b[^<>]*>", re.I)


def divide_thinking(reply: str) -> tuple[str, str, bool]:
    """Text outside thinking, text inside thinking, and whether every opening tag was closed.

    Ambiguous text counts as thinking. Unclosed thinking extends to the end. All text before a
    closing tag without an opening tag is thinking, because some chat templates write the opening
    tag themselves.
    """
    outside: list[str] = []
    inside: list[str] = []
    depth = end = 0
    for tag in THINKING.finditer(reply):
        (inside if depth else outside).append(reply[end : tag.start()])
        end = tag.end()
        if not tag[1]:
            depth += 1
        elif depth:
            depth -= 1
        else:
            inside, outside = [*outside, *inside], []
    (inside if depth else outside).append(reply[end:])
    return "".join(outside), "\n".join(filter(None, map(str.strip, inside))), depth == 0
