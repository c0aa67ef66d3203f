"""Judgement rows: run folders of 0.1.0 are read and written again as they are."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from truing.errors import DataError
from truing.oversight import read_judgement, read_judgements
from truing.oversight.questions import load_questions, make_questions
from truing.tasks import Item, load_task

FROZEN = Path(__file__).parents[1] / "frozen" / "0.1.0"


@pytest.mark.parametrize("kind", ["oversight", "judge"])
def test_rows_of_0_1_0_are_written_as_they_were_read(kind):
    path = FROZEN / kind / "judgements.jsonl"
    rows = [row for _, row in read_judgements(path)]
    assert "".join(json.dumps(row.to_json()) + "\n" for row in rows) == path.read_text()


def as_in_0_1_0(case: Item, truth: int) -> Item:
    """A generated case in the words of 0.1.0, with the correct choice first."""
    number, named, percent, clues = re.findall(
        r"Case (\d+)|names (\w+)|(\d+)%|(\d+) clues", case.text
    )
    text = (
        f"Case {number[0]}: who did it? Rumour names {named[1]}, and is right {percent[2]}% of the "
        f"time. The record holds {clues[3]} clues; the one whom more of them point to did it."
    )
    first = case.reordered((truth, 1 - truth))
    return replace(first, stem=text, cluster="")


def test_questions_and_tasks_have_the_fingerprints_of_0_1_0():
    stated = json.loads((FROZEN / "oversight" / "oversight.json").read_text())
    cases = load_questions(stated["questions"])
    assert cases.fingerprint != stated["fingerprint"]  # other words are other questions
    truth = cases.truth().tolist()
    old = [as_in_0_1_0(case, right) for case, right in zip(cases.questions, truth, strict=True)]
    assert make_questions("cases", old, [0] * len(old)).fingerprint == stated["fingerprint"]
    known = json.loads((FROZEN / "study" / "environment.json").read_text())["tasks"]["digits"]
    assert load_task("digits").task.fingerprint == known["fingerprint"]


def test_an_unusable_optional_field_takes_its_default():
    row = {"question": 7, "belief": None, "choices": 3, "usage": [1], "calls": "x", "speeches": {}}
    found = read_judgement("line 1", row)
    assert (found.question, found.choices, found.usage, found.calls) == ("7", (), {}, 0)
    assert (found.protocol, found.truth) == ("all", None)
    assert "truth" not in found.to_json()
    with pytest.raises(DataError, match="line 1: no 'belief'"):
        read_judgement("line 1", {"question": "q"})
