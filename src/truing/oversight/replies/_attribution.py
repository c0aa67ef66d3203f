"""Attribution: whether a statement in a judge's reply is the judge's own or quotes a speaker.

The heading is the line before a statement or a verdict block. Three rules, in this order:

    own        the heading contains I, my, me or mine, or begins with "final probabilities", unless
               it introduces the words or the wish of a speaker ("Debater A wrote to me:")
    quotation  the heading introduces the statement, and reports speech or names a speaker
    quotation  the heading names a speaker, and the statement is not in a verdict block

A heading introduces a statement if it does not end a sentence ("Debater A said:"), or if it refers
to the following text ("Debater A's estimate was this."); then only its last sentence counts. Before
a block, which prompts request, a heading must report speech, because arguments often end with the
name of a speaker.
"""

from __future__ import annotations

import re

QUOTED = re.compile(
    r'^[ \t]*>[^\n]*$|"[^"]*"|“[^”]*”|«[^»]*»|'
    r"<(quote|v_quote|u_quote|turn|transcript)\b[^<>]*>.*?</\1>",
    re.M | re.S,
)
NO_TEXT = re.compile(r"[\s`*_|:-]*")  # code fences, separator lines of tables
ROLES = (
    r"(?:debater|consultant|advocate|proposer|critic|adversary|market|prover|estimator|challenger|"
    r"speaker|opponent)s?"
)
SPEECH = (
    r"(?:said|says?|claim(?:s|ed)?|argue[sd]?|state[sd]|told|tells?|wrote|writes?|ask(?:s|ed)?|"
    r"wants?|quot(?:ed|ing)|thinks?|believes?|estimated|asserts?|gives?|gave|puts?)"
)
BELIEF = r"(?:probabilit\w+|estimates?|verdict|answer|beliefs?|credences?|judge?ment)"
NAME = r"(?-i:(?!My\b|The\b)[A-Z][a-z]+)"
THING = r"(?:this|that|evidence|text|here|there|what|let)"
ROLE = re.compile(rf"\b{ROLES}\b", re.I)
REPORTED = re.compile(
    rf"(?<!['’])\b(?!{THING}\b)\w+[ \t]+{SPEECH}\b|^\W*{SPEECH}\b|\b(?:they|he|she|according)\b|"
    rf"\b(?!{THING}\b)\w+['’]s?[ \t]+(?:\w+[ \t]+){{0,2}}{BELIEF}\b|"  # Bob's final probabilities
    rf"^\W*(?:from[ \t]+)?(?:\w+[ \t]+)?{ROLES}(?:[ \t]+\w+)?\W*$|"  # Debater A:
    rf"\b{BELIEF}[ \t]+(?:of|from|by)[ \t]+(?:\w+[ \t]+)?{ROLES}\b",
    re.I,
)
OWN = re.compile(
    r"\bI\b|\b[Mm](?:e|y|ine)\b|"
    rf"^\W*(?:[Tt]he[ \t]+)?(?i:final[ \t]+{BELIEF})[ \t*_]*(?:[,:;.(]|are\b|is\b|$)"
)
SPEAKS_OF_ME = re.compile(  # first person within the words or the wish of a speaker
    rf"\b(?:{SPEECH}(?:[ \t]+that)?|which)[ \t]+(?:I|me|my)\b|\b(?:I|me)[ \t]+(?:quote|cite)\b|"
    rf"\b(?:{ROLES}(?:[ \t]+\w+)?|they|he|she|it|{NAME})[ \t]+(?:(?!I\b)\w+[ \t]+)?{SPEECH}"
    r"(?:[ \t]+(?:this|these|the following))?\W*$|"
    rf"^\W*according\b|\b{ROLES}(?:[ \t]+\w+)?:[*_]*[ \t]+\w",
    re.I,
)
SENTENCE = re.compile(r"(?<=[.!?])[ \t]+(?=\W*[A-Z])")
INTRODUCES = re.compile(
    rf"[^.!?]$|\b(?:was|were|is|are|{SPEECH})[ \t]+(?:this|these|here|below)\W*$|"
    r"\bfollow(?:s|ing)?\W*$",
    re.I,
)


def last_line(text: str) -> str:
    """Last line with text, without surrounding markup; empty if there is none."""
    lines = [line for line in text.splitlines() if not NO_TEXT.fullmatch(line)]
    return lines[-1].strip(" \t*_#`") if lines else ""


def is_quotation(text: str, block: bool) -> bool:
    """Whether the last line of a text attributes the statement after it to a speaker.

    Args:
        block: whether the statement is in a verdict block.
    """
    heading = last_line(text)
    introduces = INTRODUCES.search(heading) is not None
    part = SENTENCE.split(heading)[-1] if introduces else heading
    if OWN.search(part) and not (introduces and SPEAKS_OF_ME.search(part)):
        return False
    if introduces and REPORTED.search(part):
        return True
    return not block and ROLE.search(part) is not None
