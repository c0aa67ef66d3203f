"""The words that the project does not use, in every text that a reader or a model sees.

The list finds relapses of the glossary. It does not replace reading.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob(".github/**/*.md")]
SOURCES = [
    path
    for folder in ("src", "benchmarks", "examples", "tools")
    for path in sorted((ROOT / folder).rglob("*.py"))
]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
WEB = sorted(
    path for ending in ("html", "js", "css") for path in (ROOT / "src").rglob(f"*.{ending}")
)

NOUNS = "item|line|row|seed|task|token|round|page|file|question|cluster|class|core"
BRITISH = (
    "colours?|behaviours?|neighbours?|neighbourhood|favours?|labell(ed|ing)|modell(ed|ing)|licences?|"
    "analys(e|es|ed)|recognis\\w+|normalis\\w+|penalis\\w+|regularis\\w+|generalis\\w+|optimis\\w+|"
    "initialis\\w+|summaris\\w+|minimis\\w+|maximis\\w+|organis(?!ms?\\b)\\w+|standardis\\w+|renormalis\\w+|"
    "parametris\\w+|randomis\\w+|serialis\\w+|centred?|grey|tumours?|rumours?"
)
# pattern of banned words: what to write instead
BANNED = {
    r"told|tells?": "release, show, print, state; instructions (given to a role)",
    r"held(?!.out)|holds?|holding": "store, contain, satisfy, remain",
    r"whoever|whatever|(no|some|any|every)body": "anyone, no one, everyone; name the person",
    r"anew": "again, from scratch",
    r"contrary order": "reverse order",
    r"hand(s|ed|ing)? (\w+ )?(in|over)": "submit, export",
    r"(a|each|every|new) research(?= (is|was|has|that|with|in|of)\b|[,.;:)]|$)": "research run",
    r"researches": "research runs",
    r"chances": "randomness, random seed",
    r"a guess has": "chance accuracy",
    r"fixed points": "controls",
    r"(of|on) (its|your|their|his|her|our|one's) own": "separate, your own X",
    r"locked (up|process|code)": "sandboxed",
    r"left behind": "run folder",
    r"dealt out": "random splits",
    r"faults? of the machine": "infrastructure error",
    r"less naive's": "minus",
    r"(is|are) to be": "must, should",
    r"shall": "must",
    rf"an? ({NOUNS}) a (line|row|step|page|process|second|round|core)": "per",
    BRITISH: "American spelling",
}
NOUN_CLAUSE = re.compile(r"(what|who|whoever|where)\b")  # a subject that is not a noun
# (file name, text that contains a banned word)
ALLOWED: set[tuple[str, str]] = {
    # stored in run folders
    ("_class_accuracy.py", "intervals hold one class at a time"),
    ("_diagnostics.py", "the student minimised KL"),
}

ANY = re.compile(rf"\b(?:{'|'.join(BANNED)})\b", flags=re.IGNORECASE)  # faster than one by one

FENCE = re.compile(r"^```.*?^```$", flags=re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`[^`\n]*`|\]\([^)]*\)|https?:\S+")
MARKUP = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|<(style|script)\b.*?</\1>|<[^>]*>", flags=re.DOTALL)


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Lines of a page, or of the strings and comments of a Python file, with their numbers.

    Of a template, the text outside tags and template expressions.
    """
    if path.suffix == ".html":
        text = MARKUP.sub(lambda m: " " + "\n" * m[0].count("\n"), path.read_text())
        yield from enumerate(text.split("\n"), 1)
        return
    if path.suffix != ".py":
        outside = re.sub(
            r"^```.*?^```$", lambda m: "\n" * m[0].count("\n"), path.read_text(), flags=re.S | re.M
        )
        yield from enumerate(
            re.sub(r"`[^`\n]*`|\]\([^)]*\)|https?:\S+", "", outside).split("\n"), 1
        )
        return
    source = path.read_text()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            for offset, line in enumerate(node.value.split("\n")):
                yield node.lineno + offset, CODE.sub("", line)


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def relapses(path: Path) -> list[str]:
    found = []
    for number, line in texts(path):
        if not ANY.search(line):
            continue
        for pattern, instead in BANNED.items():
            for match in re.finditer(rf"\b(?:{pattern})\b", line, flags=re.IGNORECASE):
                if not any(path.name == name and text in line for name, text in ALLOWED):
                    found.append(f"{shown(path)}:{number}: {match[0]!r}: write {instead}")
    return found


@pytest.mark.parametrize("paths", [PAGES, SOURCES, WEB], ids=["pages", "sources", "web"])
def test_texts_follow_the_glossary(paths):
    assert len(paths) > 10
    assert not [relapse for path in paths for relapse in relapses(path)]


def test_names_of_tests_follow_the_glossary():
    names = [
        f"{shown(path)}: {name.replace('_', ' ')}"
        for path in TESTS
        for name in re.findall(r"def test_(\w+)", path.read_text())
    ]
    assert len(names) > 1000
    assert not [
        name
        for name in names
        if ANY.search(name.partition(": ")[2]) or NOUN_CLAUSE.match(name.partition(": ")[2])
    ]
