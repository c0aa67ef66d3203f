"""Quotes: check whether a quote occurs in the hidden text (Khan et al. 2024, section 3.2).

Texts are compared without case, punctuation and spacing, which models change, and without markup:
`_very_`, `<i>very</i>`, `caf&eacute;` and curly quotation marks match `very`, `café` and straight
quotation marks, in the quote and in the text. Attributes of tags and addresses of links are removed
from the hidden text only, because the judge would read them in a quote.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

NEAR = 0.75  # minimum similarity at which an unverified quote is a near miss
WORD = re.compile(r"[^\W_]+")  # an underscore is emphasis in Markdown
INLINE = "a|abbr|b|big|cite|code|del|em|font|i|ins|mark|q|s|small|span|strong|sub|sup|tt|u"
BLOCK = "blockquote|br|div|dd|dl|dt|h[1-6]|hr|li|ol|p|pre|section|table|tbody|td|th|thead|tr|ul"
ATTRIBUTE = r"""(?:\s+[\w:-]+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>]+))*"""
ENTITY = r"(?P<entity>&(?:#\d+|#x[\da-f]+|[a-z]\w+);)"
INVISIBLE = "[\u00ad\u200b-\u200d\u2060\ufeff]"  # soft hyphens, zero-width spaces and joiners
IN_QUOTE = re.compile(
    rf"</?(?:{INLINE})/?>|(?P<gap></?(?:{BLOCK})\s*/?>)|{ENTITY}|{INVISIBLE}", re.I
)
IN_TEXT = re.compile(
    rf"</?(?:{INLINE}){ATTRIBUTE}\s*/?>|(?P<gap></?(?:{BLOCK}){ATTRIBUTE}\s*/?>)"
    rf"|(?<=\])\([^()\s]*\)|{ENTITY}|{INVISIBLE}",
    re.I,
)


@dataclass(frozen=True)
class Quote:
    """A quote in a speech.

    Attributes:
        text: the quote as written.
        verified: whether it occurs in the hidden text.
        nearest: for an unverified quote, the most similar passage; empty if none is similar.
    """

    text: str
    verified: bool
    nearest: str = ""


class Quotable:
    """A hidden text, prepared for looking up quotes."""

    def __init__(self, text: str):
        self.text = _composed(text)
        found = list(_words(self.text, IN_TEXT))
        self.spans = [span for _, span in found]
        self.words = [word for word, _ in found]
        self.joined = f" {' '.join(self.words)} "
        self.verbatim = f" {' '.join(_plain_words(self.text))} "

    def check(self, quote: str) -> Quote:
        """Look up a quote: a sequence of whole words, as written or without markup."""
        composed = _composed(quote)
        words = [word for word, _ in _words(composed, IN_QUOTE)]
        if not words:
            return Quote(quote, False)
        if f" {' '.join(words)} " in self.joined or self._has_as_written(composed):
            return Quote(quote, True)
        return Quote(quote, False, self._nearest(words))

    def _has_as_written(self, quote: str) -> bool:
        """Whether a quote with markup occurs in the text with the same markup."""
        marked = IN_TEXT.search(quote) is not None
        return marked and f" {' '.join(_plain_words(quote))} " in self.verbatim

    def _nearest(self, words: list[str]) -> str:
        """The most similar passage with as many words as the quote; empty below `NEAR`.

        Among equally similar passages, the passage with more words in the same position: the others
        are shifted by a word.
        """
        width, found = len(words), ""
        best = NEAR, width
        matcher = SequenceMatcher(autojunk=False)
        matcher.set_seq2(words)
        for start in range(max(1, len(self.words) - width + 1)):
            window = self.words[start : start + width]
            matcher.set_seq1(window)
            if matcher.quick_ratio() < best[0]:
                continue
            placed = sum(a == b for a, b in zip(window, words, strict=False))
            if (score := (matcher.ratio(), placed)) > best:
                best = score
                first, last = self.spans[start][0], self.spans[start + len(window) - 1][1]
                found = self.text[first:last]
        return found


def _composed(text: str) -> str:
    """Text in which a letter and its accent are one character: a single accent would end a word."""
    return unicodedata.normalize("NFC", text)


def _plain_words(text: str) -> list[str]:
    return [_normal(word) for word in WORD.findall(text)]


def _words(text: str, markup: re.Pattern[str]) -> Iterator[tuple[str, tuple[int, int]]]:
    """Words of a text without its markup, each with its start and end in the original text."""
    shown, done = "", 0
    starts: list[int] = []
    ends: list[int] = []
    for found in [*markup.finditer(text), None]:
        first, last = found.span() if found else (len(text), len(text))
        shown += text[done:first]
        starts += range(done, first)
        ends += range(done + 1, first + 1)
        instead = _instead(found) if found else ""
        shown += instead
        starts += [first] * len(instead)
        ends += [last] * len(instead)
        done = last
    for word in WORD.finditer(shown):
        yield _normal(word[0]), (starts[word.start()], ends[word.end() - 1])


def _instead(found: re.Match[str]) -> str:
    """Replacement of markup: an entity's character, a space for a block tag, else nothing."""
    if found["entity"]:
        return html.unescape(found[0])
    return " " if found["gap"] else ""


def _normal(word: str) -> str:
    return unicodedata.normalize("NFKC", word).casefold()
