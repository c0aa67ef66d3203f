"""Speech: the public part and the private part of a speaker's reply.

A speaker may reason in `<thinking>` and writes its speech in `<argument>`. Tags that only `truing`
may write, such as the mark of a verified quote, are removed from the reply, so that no speaker can
verify its own quotes.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from truing.oversight.replies._quotes import Quotable, Quote
from truing.oversight.replies._reply import Reply
from truing.oversight.replies._thinking import divide_thinking
from truing.oversight.rules import Limits

TAG = re.compile(r"[<＜]([^<>＜＞]*)[>＞]")
NAME = re.compile(r"\W*([a-z_]+)")
OURS = frozenset(
    [
        *("question", "answers", "text", "hidden_text", "transcript", "turn", "task", "verdict"),
        *("forecast", "notes", "v_quote", "u_quote", "argument", "thinking", "think"),
        *("draft", "critique", "claim", "claims"),
    ]
)
ARGUMENT = re.compile(r"<\s*argument\b[^<>]*>(.*?)(?:<\s*/\s*argument\b[^<>]*>|$)", re.S | re.I)
CLOSED = re.compile(r"<\s*/\s*argument\b", re.I)
QUOTE = re.compile(r"<\s*quote\s*>(.*?)<\s*/\s*quote\s*>", re.S | re.I)


@dataclass(frozen=True)
class Speech:
    """A reply, divided into its parts.

    Attributes:
        said: public text, with quotes marked `<v_quote>` (verified) or `<u_quote>` (unverified).
        reasoning: private text.
        quotes: quotes in the public text.
        cut: number of words beyond the limit that were removed.
        silence: reason why the reply is not a speech: `refused`, `tool_calls`, `truncated` or
            `empty`; the empty string for a speech.
    """

    said: str
    reasoning: str
    quotes: tuple[Quote, ...]
    cut: int
    silence: str = ""


def hear(reply: Reply, limits: Limits, hidden: Quotable | None) -> Speech:
    """Divide a reply into speech and private reasoning, and apply the limits.

    Args:
        hidden: the text in which quotes are looked up; None without a hidden text.
    """
    spoken, reasoning, _ = divide_thinking(reply.text)
    arguments = ARGUMENT.findall(spoken)
    if arguments:
        reasoning = "\n".join(filter(None, [reasoning, ARGUMENT.sub("", spoken).strip()]))
        spoken = "\n".join(arguments)
    ours = OURS if hidden else OURS | {"quote"}  # no quotes without a hidden text
    kept, cut = _shortened(_without_marks(spoken, ours).strip(), limits.words)
    said, quotes = _with_quotes(kept, limits, hidden)
    silence = _silence(reply, said, complete=cut > 0 or CLOSED.search(reply.text) is not None)
    return Speech(said, _bare(reasoning), quotes, cut, silence)


def _silence(reply: Reply, said: str, complete: bool) -> str:
    """Reason why a reply is not a speech. A reply cut off after its argument is a speech."""
    if reply.stop_reason == "content_filter":
        return "refused"
    if reply.stop_reason == "tool_calls" and not said:
        return "tool_calls"
    if reply.truncated and not (said and complete):
        return "truncated"
    return "" if said else "empty"


def _bare(text: str) -> str:
    return TAG.sub("", text).strip()


def _without_marks(text: str, ours: frozenset[str]) -> str:
    """Remove our tags, repeatedly: a removal can create another tag."""
    while True:
        cleaned = TAG.sub(lambda tag: "" if _name(tag[1]) in ours else tag[0], text)
        if cleaned == text:
            return text
        text = cleaned


def _name(inside: str) -> str:
    """Name of a tag as a reader sees it, without invisible or disguising characters."""
    plain = unicodedata.normalize("NFKC", inside).casefold()
    seen = "".join(one for one in plain if unicodedata.category(one) != "Cf")
    found = NAME.match(seen)
    return found[1] if found else ""


def _shortened(text: str, most: int) -> tuple[str, int]:
    """The first words of a text with their spacing, and the number of words cut."""
    ends = [word.end() for word in re.finditer(r"\S+", text)]
    if len(ends) <= most:
        return text, 0
    kept = text[: ends[most - 1]]
    opened = len(re.findall(r"<\s*quote\s*>", kept, re.I))
    closed = len(re.findall(r"<\s*/\s*quote\s*>", kept, re.I))
    return kept + ("</quote>" if opened > closed else ""), len(ends) - most


def _with_quotes(
    text: str, limits: Limits, hidden: Quotable | None
) -> tuple[str, tuple[Quote, ...]]:
    """Mark every quote as verified or unverified, and remove quotes beyond the limit."""
    if hidden is None:
        return text, ()
    quotes: list[Quote] = []

    def mark(found: re.Match[str]) -> str:
        if len(quotes) == limits.quotes:
            return "[quote beyond the limit]"
        words, cut = _shortened(found[1].strip(), limits.quote_words)
        quotes.append(hidden.check(words))
        tag = "v_quote" if quotes[-1].verified else "u_quote"
        return f"<{tag}>{words}{' [cut]' if cut else ''}</{tag}>"

    return QUOTE.sub(mark, text), tuple(quotes)
