"""Verdict: a probability for each answer, read from the final answer of a judge's reply.

The grammar, which docs/verdicts.md shows with examples:

    reply    = { thinking } answer        only the answer is read; unclosed thinking has no answer
    answer   = text "<verdict>" stated "</verdict>" text     the last block counts, or
               text stated                statements at the end; earlier statements must agree
    stated   = line { line } | row { row } | object | chosen
    line     = ["Answer"] LETTER [name] (":" | "=" | "is") NUMBER ["%" | "percent"] [remark]
    row      = "|" LETTER "|" [name "|"] NUMBER ["%"] "|"
    object   = JSON: {"A": 70, "B": 30}, alone or as the value of a single key
    chosen   = ("Answer" | "Verdict" | "Choice") (":" | "is") LETTER [name] NUMBER "%"

Every answer is stated once, and the probabilities sum to 1. With two answers a single line is
enough inside a block, and so is `chosen` with at least 50%. A name is the text of the answer, or a
part of it in parentheses. First, quoted text (quotation marks, lines that begin with `>`) is
removed, including quoted blocks. Then statements and blocks that the previous line attributes to a
speaker are removed; `_attribution` has the rules.

All other replies are unread, and the verdict is requested once more: a range, a fraction, a decimal
comma, two numbers for one answer, and `Answer: B` alone, because a choice without a probability
states no confidence and would be scored as certainty.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from truing.oversight.replies._attribution import NO_TEXT, QUOTED, is_quotation
from truing.oversight.replies._thinking import divide_thinking

Statement = tuple[str, str, str, str]
"""Letter, number, percent sign, and a suffix that makes the number something else (a range)."""

BLOCK = re.compile(r"<\s*verdict\s*>(.*?)(?:<\s*/\s*verdict\s*>|$)", re.S | re.I)
PERCENT = r"(?:%|per ?cent\b)"
NUMBER = rf"(\d+(?:\.\d*)?|\.\d+)[ \t]*({PERCENT})?"
ODD = r"((?<![%t])[a-z]|[ \t]*(?:[-–—/^×|][ \t]*\d|[.,]\d|(?:to|or|in|out of)\b))?"
LINE = re.compile(
    r"(?:^|[,;|])[\s*_\-•(]*(?:answer\s+)?([A-Z])[\s*_)]*(?:[:=|]|\bis\b)[\s*_]*" + NUMBER + ODD,
    re.M | re.I,
)
CHOSEN = re.compile(
    r"^[\s*_#\-•]*(?:(?:my|the|final|best)\s+)*(?:answer|verdict|choice)[\s*_]*(?:[:=]|is)[\s*_(]*"
    rf"([A-Z])\b[\s*_)]*(?:[:=,]?[\s*_]*(?:with[ \t]+)?{NUMBER}{ODD})?",
    re.M | re.I,
)
IN_PARENTHESES = re.compile(rf"\(([ \t]*[\d.]+[ \t]*{PERCENT}[ \t]*)\)", re.I)
NAMED = re.compile(r"\b([A-Z])[ \t*_]*\(([^()\n]*)\)")
SLACK = 0.021  # allowed deviation of the sum from 1: rounded percentages
ROUNDING = 0.005  # rounding error of each percentage


def read_verdict(reply: str, letters: str, choices: Sequence[str] = ()) -> tuple[float, ...] | None:
    """Probability of each answer, or None if they cannot be read.

    Args:
        letters: letters of the answers in order, such as `AB`.
        choices: texts of the answers in the same order; empty to accept any name in parentheses.
    """
    answer, _, closed = divide_thinking(reply)
    if not closed:
        return None
    answer, block = _own_answer(answer)
    text = _without_quotations(_plain(answer, letters, choices), block)
    lines = LINE.findall(text) if block else _final_lines(text, letters)
    chosen = CHOSEN.findall(text)
    alone = block
    if not lines and len(chosen) == 1 and (block or _is_last(text)):
        lines, alone = _confident(chosen), True
    belief = _distribution(lines, letters, alone)
    if belief and any(belief[letters.find(one[0].upper())] < max(belief) for one in chosen):
        return None  # the chosen answer is not the most likely answer
    return belief


def _own_answer(answer: str) -> tuple[str, bool]:
    """Content of the judge's last block and True, or the text without blocks and False.

    Quoted text is removed before blocks are searched; JSON in blocks contains quotation marks too.
    """
    answer = BLOCK.sub(lambda block: f"<verdict>{_json_as_lines(block[1])}</verdict>", answer)
    answer = QUOTED.sub("…", _json_as_lines(answer))
    own = [
        block[1]
        for block in BLOCK.finditer(answer)
        if not is_quotation(answer[: block.start()], block=True)
    ]
    return (own[-1], True) if own else (BLOCK.sub("…", answer), False)


def _without_quotations(text: str, block: bool) -> str:
    """Lines of a text with content, without statements that are attributed to a speaker."""
    kept: list[str] = []
    quoted = False
    for line in text.splitlines():
        if NO_TEXT.fullmatch(line):
            continue
        statement = LINE.match(line) or CHOSEN.match(line)
        if not statement:
            quoted = is_quotation(line, block)
        if not (statement and quoted):
            kept.append(line)
    return "\n".join(kept)


def _plain(text: str, letters: str, choices: Sequence[str]) -> str:
    """Text in which names of answers are reduced to their letters."""
    text = IN_PARENTHESES.sub(r" : \1", text)
    text = NAMED.sub(lambda found: _letter_if_own(found, letters, choices), text)
    for letter, choice in zip(letters, choices, strict=False):
        name = rf"[*_]*{re.escape(choice)}[*_]*"
        separator = r"[ \t]*(?:[:=|–—-]|is\b)"
        text = re.sub(
            rf"\b{letter}[*_)]*[ \t]*[:.|–—-]?[ \t]*{name}{separator}", f"{letter}:", text
        )
    return text


def _json_as_lines(text: str) -> str:
    """Text in which a JSON object at the end is replaced by a line for each of its keys."""
    ended = text.rstrip().removesuffix("```").rstrip()
    for start in (found.start() for found in re.finditer("{", ended) if ended.endswith("}")):
        try:
            pairs = json.loads(ended[start:], object_pairs_hook=list)
        except (ValueError, RecursionError):
            continue
        if len(pairs) == 1 and isinstance(pairs[0][1], list):
            pairs = pairs[0][1]
        if all(isinstance(one, list | tuple) and len(one) == 2 for one in pairs):
            return "\n".join([ended[:start], *(f"{key}: {_number(value)}" for key, value in pairs)])
    return text


def _number(value: object) -> object:
    return f"{value:.12f}" if isinstance(value, float) else value


def _letter_if_own(found: re.Match[str], letters: str, choices: Sequence[str]) -> str:
    """A letter without its name in parentheses, if the name matches only this answer."""
    letter, name = found[1], found[2].strip(" *_").casefold()
    place = letters.find(letter)
    own = [name in choice.casefold() for choice in choices]
    if not name or (choices and not (0 <= place < len(own) and own[place] and sum(own) == 1)):
        return found[0]
    return letter


def _final_lines(text: str, letters: str) -> list[Statement]:
    """Statements at the end of a text, and earlier statements, which must not contradict them."""
    lines = text.splitlines()
    end = len(lines)
    while end and (LINE.match(lines[end - 1]) or CHOSEN.match(lines[end - 1])):
        end -= 1
    final = [one for line in lines[end:] for one in LINE.findall(line)]
    earlier = [one for line in lines[:end] if LINE.match(line) for one in LINE.findall(line)]
    whole = {letter.upper() for letter, *_ in final} == set(letters)
    return [*final, *earlier] if whole else []


def _is_last(text: str) -> bool:
    """Whether the chosen answer is the last line."""
    lines = text.splitlines()
    return bool(lines) and CHOSEN.match(lines[-1]) is not None


def _confident(chosen: Sequence[Statement]) -> list[Statement]:
    """The chosen answer with its percentage; empty if there is none, or if it is below 50%."""
    return [one for one in chosen if one[2] and float(one[1]) >= 50]


def _distribution(
    lines: Sequence[Statement], letters: str, alone: bool
) -> tuple[float, ...] | None:
    """Probabilities of all answers; if `alone`, one of two answers is enough."""
    stated: dict[str, float] = {}
    percent = any(mark or float(number) > 1 for _, number, mark, _ in lines)
    for letter, number, _, odd in lines:
        value = float(number) / (100 if percent else 1)
        if odd or letter.upper() not in letters or stated.get(letter.upper(), value) != value:
            return None  # not a plain number, an unknown answer, or two numbers for one answer
        stated[letter.upper()] = value
    if len(letters) == 2 and len(stated) == 1:
        ((only, value),) = stated.items()
        if not alone or (lines[0][1] == "1" and not lines[0][2]):
            return None  # a side remark, or a bare 1, which may be 1% or 100%
        stated[letters.replace(only, "")] = 1 - value
    if set(stated) != set(letters) or not all(0 <= value <= 1 for value in stated.values()):
        return None
    total = sum(stated.values())
    if abs(total - 1) > max(SLACK, ROUNDING * len(letters) + 0.001):
        return None
    return tuple(stated[letter] / total for letter in letters)
