"""Counts of speeches: summed by protocol and role, and absent from older rows."""

from __future__ import annotations

import json

from truing.oversight import read_judgement, read_judgements
from truing.runs import SpeechCount, count_speeches, measure_judgements, parse_judgement

OLD = {"question": "q", "truth": 0, "belief": [0.7, 0.3], "protocol": "debate"}
NONE = {"total": 2, "refused": 0, "tool_calls": 0, "truncated": 0, "empty": 0}


def test_counts_are_summed_and_rows_of_version_0_1_0_have_none():
    rows = [
        OLD,
        OLD | {"speeches": {"debater": NONE | {"refused": 1}}},
        OLD | {"speeches": {"debater": NONE | {"empty": 2}}},
        OLD | {"speeches": {"critic": {"total": "x"}, "other": 3}},
        OLD | {"speeches": []},
    ]
    counted = count_speeches(read_judgement("a row", row) for row in rows)
    assert counted == [
        SpeechCount("debate", "debater", total=4, refused=1, empty=2),
        SpeechCount("debate", "critic"),
    ]
    assert counted[0].mute == 3


def test_rows_of_version_0_1_0_are_measured_as_before(tmp_path):
    path = tmp_path / "judgements.jsonl"
    path.write_text("".join(json.dumps(OLD | {"question": str(i)}) + "\n" for i in range(4)))
    (found,) = measure_judgements(path).protocols
    assert (found.n, found.mute) == (4, 0)
    assert count_speeches(row for _, row in read_judgements(path)) == []


def test_on_mute_count_ignores_mute_speeches():
    row = OLD | {"mute": 2}
    assert parse_judgement("line 1", row).mute
    assert not parse_judgement("line 1", row, "count").mute
