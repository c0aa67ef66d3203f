"""Speech: what of a model's reply everybody hears, and what stays its own.

A speaker may reason in `<thinking>`; what it says goes into `<argument>`. Marks that are ours, such
as that of a verified quote, are taken out of whatever a speaker writes: nobody verifies himself.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from truing.oversight._protocol import Limits
from truing.oversight._quotes import Quotable, Quote
from truing.oversight._reply import Reply
from truing.oversight._thinking import divide_thinking

TAG = re.compile(r"[<＜]([^<>＜＞]*)[>＞]")
NAME = re.compile(r"\W*([a-z_]+)")
OURS = frozenset(
    [
        *("question", "answers", "text", "transcript", "turn", "task", "verdict", "forecast"),
        *("notes", "v_quote", "u_quote", "argument", "thinking", "think"),
    ]
)
ARGUMENT = re.compile(r"<\s*argument\b[^<>]*>(.*?)(?:<\s*/\s*argument\b[^<>]*>|$)", re.S | re.I)
CLOSED = re.compile(r"<\s*/\s*argument\b", re.I)
QUOTE = re.compile(r"<\s*quote\s*>(.*?)<\s*/\s*quote\s*>", re.S | re.I)


@dataclass(frozen=True)
class Speech:
    """A reply, divided.

    Attributes:
        said: what the others hear, quotes marked `<v_quote>` (verified) or `<u_quote>` (not).
        reasoning: what they do not.
        quotes: those in what was said.
        cut: words beyond the limit that were left out.
        silence: why it counts as no speech: `refused`, `tool_calls`, `truncated` or `empty`; the
            empty string for a speech.
    """

    said: str
    reasoning: str
    quotes: tuple[Quote, ...]
    cut: int
    silence: str = ""


def hear(reply: Reply, limits: Limits, hidden: Quotable | None) -> Speech:
    """Divide a reply into what is said and what is reasoned, and hold it to the limits.

    Args:
        hidden: the text that quotes are looked up in; None where there is none.
    """
    spoken, reasoning, _ = divide_thinking(reply.text)
    arguments = ARGUMENT.findall(spoken)
    if arguments:
        reasoning = "\n".join(filter(None, [reasoning, ARGUMENT.sub("", spoken).strip()]))
        spoken = "\n".join(arguments)
    ours = OURS if hidden else OURS | {"quote"}  # with nothing to quote, that is no mark either
    kept, cut = _shortened(_without_marks(spoken, ours).strip(), limits.words)
    said, quotes = _with_quotes(kept, limits, hidden)
    silence = _silence(reply, said, complete=cut > 0 or CLOSED.search(reply.text) is not None)
    return Speech(said, _bare(reasoning), quotes, cut, silence)


def _silence(reply: Reply, said: str, complete: bool) -> str:
    """Why a reply counts as no speech. Cut off after its argument it is complete all the same."""
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
    """Take out our tags, again where taking one out made another."""
    while True:
        cleaned = TAG.sub(lambda tag: "" if _name(tag[1]) in ours else tag[0], text)
        if cleaned == text:
            return text
        text = cleaned


def _name(inside: str) -> str:
    """What a reader would take for the name of a tag, whatever it is disguised by."""
    plain = unicodedata.normalize("NFKC", inside).casefold()
    seen = "".join(one for one in plain if unicodedata.category(one) != "Cf")
    found = NAME.match(seen)
    return found[1] if found else ""


def _shortened(text: str, most: int) -> tuple[str, int]:
    """The first words of a text, spacing kept, and how many words were cut."""
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
    """Mark every quote as verified or not; quotes beyond the limit are left out."""
    if hidden is None:
        return text, ()
    quotes: list[Quote] = []

    def mark(found: re.Match[str]) -> str:
        if len(quotes) == limits.quotes:
            return "[a quote too many]"
        words, cut = _shortened(found[1].strip(), limits.quote_words)
        quotes.append(hidden.check(words))
        tag = "v_quote" if quotes[-1].verified else "u_quote"
        return f"<{tag}>{words}{' [cut]' if cut else ''}</{tag}>"

    return QUOTE.sub(mark, text), tuple(quotes)
