"""Thinking: what of a reply is private reasoning between `<think>` or `<thinking>` tags."""

from __future__ import annotations

import re

THINKING = re.compile(r"<\s*(/?)\s*think(?:ing)?\b[^<>]*>", re.I)


def divide_thinking(reply: str) -> tuple[str, str, bool]:
    """The text outside thinking, the text inside, and whether all thinking was closed.

    In doubt text is inside. Thinking that is not closed goes on to the end, and before a closing
    tag that nothing opened all is thinking: some models' templates open it for them.
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
