"""Verdicts: read when they are plain; otherwise not at all, and never wrongly."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from truing.oversight.replies import read_verdict

READ = [
    "<verdict>\nA: 70%\nB: 30%\n</verdict>",
    "I think so.\n<verdict>A: 70%\nB: 30%</verdict>",
    "< Verdict >\nA: 0.7\nB: 0.3\n</ VERDICT >",
    "<verdict>\nA: 70%\nB: 30%",
    "A: 70%\nB: 30%",
    "B: 30%\nA: 70%",
    "A = 70\nB = 30",
    "A: .7\nB: .3",
    "**A: 70%**\n**B: 30%**",
    "**A**: 70%\n**B**: 30%",
    "- **A:** 70%\n- **B:** 30%",
    "Answer A: 70%\nAnswer B: 30%",
    "(A): 70 percent\n(B): 30 per cent",
    "A is 70%, B is 30%",
    "a: 70%\nb: 30%",
    "<verdict>A: 70%</verdict>",
    "<verdict>B: 0.3</verdict>",
    "A: 70.0% (the quotes are verified)\nB: 30.0%, not more",
    "A: 70% - three clues\nB: 30%",
    "A: 70%\nB: 31%",
    "\n".join(["a remark"] * 60 + ["A: 70%", "B: 30%"]),
]


@pytest.mark.parametrize("reply", READ)
def test_equivalent_forms_of_a_verdict_are_read(reply):
    assert read_verdict(reply, "AB") == pytest.approx((0.7, 0.3), abs=0.01)


UNREAD = [
    "",
    "A is right.",
    "I am 70% sure that it is A.",
    "A: 70%",
    "A: 3 clues point to it.",
    "A is 100 years old",
    "<verdict>A: 3 clues</verdict>",
    "<verdict>A: 1</verdict>",
    "<verdict>A: 1/3</verdict>",
    "<verdict>A: 0,7</verdict>",
    "<verdict>A: 7e-1</verdict>",
    "<verdict>A: 70-80%</verdict>",
    "<verdict>A: 70 to 80%\nB: 25%</verdict>",
    "<verdict>A: 2 in 3</verdict>",
    "<verdict>A: 2 out of 3</verdict>",
    "<verdict>A: ..%\nB: ..%</verdict>",
    "<verdict>A: 150%\nB: -50%</verdict>",
    "<verdict>A: 70%\nB: 70%</verdict>",
    "<verdict>A: 30%\nB: 30%</verdict>",
    "<verdict>A: 70%\nB: 0.3</verdict>",
    "<verdict>A: 70%\nA: 60%\nB: 30%</verdict>",
    "<verdict>A: 50%\nB: 30%\nC: 20%</verdict>",
    "<verdict>A</verdict>",
    "A: 70%\nB: 30%\n\nNo, rather:\nA: 20%\nB: 80%",
    "A: 70%\nB: 30%\n<verdict>none</verdict>",
]


@pytest.mark.parametrize("reply", UNREAD)
def test_replies_without_a_valid_verdict_are_unread(reply):
    assert read_verdict(reply, "AB") is None


def test_all_of_three_answers_must_be_stated():
    assert read_verdict("<verdict>A: 70%\nB: 30%</verdict>", "ABC") is None
    stated = "<verdict>A: 70%\nB: 30%\nC: 0%</verdict>"
    assert read_verdict(stated, "ABC") == pytest.approx((0.7, 0.3, 0.0))


def test_a_verdict_block_takes_precedence_over_other_text():
    reply = "At first:\nA: 90%\nB: 10%\n<verdict>\nA: 20%\nB: 80%\n</verdict>\nC: 5%"
    assert read_verdict(reply, "AB") == pytest.approx((0.2, 0.8))


def test_the_last_block_counts():
    reply = "<verdict>A: 90%\nB: 10%</verdict> no: <verdict>A: 20%\nB: 80%</verdict>"
    assert read_verdict(reply, "AB") == pytest.approx((0.2, 0.8))


DOCUMENT = Path(__file__).parents[2] / "docs" / "verdicts.md"
ROW = re.compile(r"^\| `(.*)` \| (unread|[\d.]+, [\d.]+)", re.M)
DOCUMENTED = [
    (reply.replace("\\|", "|").replace("⏎", "\n"), read)
    for reply, read in ROW.findall(
        DOCUMENT.read_text().partition("## How verdicts are read")[2].partition("\n## ")[0]
    )
]


@pytest.mark.parametrize(("reply", "read"), DOCUMENTED)
def test_every_documented_form_is_read_as_documented(reply, read):
    found = read_verdict(reply, "AB", ("Oak", "Fir"))
    assert found == (
        None if read == "unread" else pytest.approx(tuple(map(float, read.split(", "))))
    )


def test_the_document_has_cases_of_both_kinds():
    assert len([read for _, read in DOCUMENTED if read == "unread"]) >= 10
    assert len(DOCUMENTED) >= 20


OWN = [
    "<think>A: 10%\nB: 90%</think>\n<verdict>A: 70%\nB: 30%</verdict>",
    "A: 10%\nB: 90%</think>A: 70%\nB: 30%",
    "Debater A said 90% and Debater B 20%.\n<verdict>A: 70%\nB: 30%</verdict>",
    "Debater A said 90%, but I disagree.\nA: 70%\nB: 30%",
    "The passage says that the lamp was blue.\nA: 70%\nB: 30%",
    "Bob said that he saw it.\nA: 70%\nB: 30%",
    "Debater B says nothing about this.\n<verdict>A: 70%\nB: 30%</verdict>",
    "So I say:\nA: 70%\nB: 30%",
    "This gives:\nA: 70%\nB: 30%",
    "I doubt it. Debater B gives no evidence.\nA: 70%\nB: 30%",
    "Based on the arguments of both debaters:\n<verdict>A: 70%\nB: 30%</verdict>",
    "Debater B said:\n<verdict>A: 5%\nB: 95%</verdict>\nI say:\n<verdict>A: 70%\nB: 30%</verdict>",
    "<verdict>A: 70%\nB: 30%</verdict>\nDebater B said:\n<verdict>A: 5%\nB: 95%</verdict>",
    "Debater B said:\nAnswer: B (95%)\nI disagree:\nA: 70%\nB: 30%",
    'The 5" lamp fits. <verdict>{"A": 0.7, "B": 0.3}</verdict>',
    'Debater A said "A: 90%, B: 10%". I disagree.\n\n**A: 70%**\n\n**B: 30%**',
    "| answer | probability |\n|---|---|\n| A | 70% |\n| B | 30% |",
    "| **A** | Oak | 70 % |\n| **B** | Fir | 30 % |\n",
    '```json\n{\n  "A": "70%",\n  "B": "30%"\n}\n```',
    '<verdict>{"A": 0.7, "B": 3e-1}</verdict>',
    "A - Oak: 70%\nB - Fir: 30%",
    "A. Oak: 70%\nB. Fir: 30%",
    "**A** (*oak*): 70%\n**B** (*fir*): 30%",
    "• A (70%)\n• B (30%)",
    "My answer is A (Oak), 70%",
    "**Answer: A** with 70 percent",
]


@pytest.mark.parametrize("reply", OWN)
def test_common_forms_of_a_final_answer_are_read(reply):
    assert read_verdict(reply, "AB", ("Oak", "Fir")) == pytest.approx((0.7, 0.3))


NOT_OWN = [
    "<think>I lean to A.\n<verdict>A: 70%\nB: 30%</verdict>",
    "<verdict>A: 70%\nB: 30%</verdict><think>or rather",
    "As Debater B put it,\nA: 70%\nB: 30%",
    "According to the consultant\n\nA: 70%\nB: 30%",
    "“A: 70%\nB: 30%”",
    '"<verdict>A: 70%\nB: 30%</verdict>" is what it wants me to write.',
    "Debater A said 90% and Debater B 20%.\nA: 70%\nB: 30%",
    'Debater A said "A: 90%, B: 10%".\n\n**A: 70%**\n\n**B: 30%**',
    "Debater A's final probabilities:\nA: 70%\nB: 30%",
    "Final probabilities of Debater A:\nA: 70%\nB: 30%",
    "It claims:\nA: 70%\nB: 30%",
    "Debater A wants me to write:\nA: 70%\nB: 30%",
    "Debater A: I am sure, my probabilities are:\nA: 70%\nB: 30%",
    "I find it hard. Debater A's estimate:\nA: 70%\nB: 30%",
    "I note that Debater A claims:\nA: 70%\nB: 30%",
    "According to Debater A, my probabilities should be:\nA: 70%\nB: 30%",
    "A: 70%\nB: 30%\nDebater B said:\nA: 5%\nB: 95%",
    "Debater A said this.\n<verdict>A: 70%\nB: 30%</verdict>",
    "Debater A:\n<verdict>A: 70%\nB: 30%</verdict>",
    "**Bob’s estimate:**\nA: 70%\nB: 30%",
    "<verdict>Debater A said:\nA: 70%\nB: 30%</verdict>",
    "<quote>A: 70%\nB: 30%</quote>",
    '<turn round="1" speaker="Debater A">\nA: 70%\nB: 30%\n</turn>',
    "Debater B says; A: 70%, B: 30%",
    'The debater wrote:\n{"A": 70, "B": 30}',
    '{"A": 70, "B": 30} is what I think',
    '{"A": 70, "A": 60, "B": 30}',
    '{"A": true, "B": false}',
    '{"A": [70], "B": [30]}',
    "{" * 5000 + "}",
    "A: 70%, as I said.\nOf the other,\nB: 30%",
    "Answer: A\n<verdict>Answer: A</verdict>",
    "Answer: A (three clues)",
    "Answer: A (0.7)",
    "Answer: A (70%)\nAnswer: B (70%)",
    "A (Oak): 70%\nB (Oak): 30%",
    "| A | 70% | 60% |\n| B | 30% | 40% |",
    "A (1)\nB (0)",
]


@pytest.mark.parametrize("reply", NOT_OWN)
def test_an_ambiguous_final_answer_is_unread(reply):
    assert read_verdict(reply, "AB", ("Oak", "Fir")) is None


def test_one_percentage_for_three_answers_is_unread():
    assert read_verdict("Answer: B (80%)", "ABC") is None


def test_numeric_answers_are_not_read_as_probabilities():
    assert read_verdict("A: 70: 60%\nB: 30: 40%", "AB", ("70", "30")) == pytest.approx((0.6, 0.4))
    assert read_verdict("A: 60%\nB: 40%", "AB", ("60", "40")) == pytest.approx((0.6, 0.4))
    assert read_verdict("A: 70\nB: 30", "AB", ("30", "70")) == pytest.approx((0.7, 0.3))


def test_a_part_of_a_long_answer_names_it_in_parentheses():
    choices = ("Oak took the lamp", "Fir took the lamp")
    assert read_verdict("A (Oak): 70%\nB (Fir): 30%", "AB", choices) == pytest.approx((0.7, 0.3))
    assert read_verdict("A (the lamp): 70%\nB (the lamp): 30%", "AB", choices) is None


shares = st.integers(2, 6).flatmap(
    lambda k: st.lists(st.floats(0.001, 1), min_size=k, max_size=k).map(
        lambda drawn: [one / sum(drawn) for one in drawn]
    )
)
FORMS = {
    "whole percent": (lambda p: f"{100 * p:.0f}%", 0.03),
    "percent": (lambda p: f"{100 * p:.1f}%", 0.002),
    "percent, without the sign": (lambda p: f"{100 * p:.2f}", 0.001),
    "shares": (lambda p: f"{p:.3f}", 0.002),
}


@settings(suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no failure
@given(
    shares,
    st.sampled_from(list(FORMS)),
    st.sampled_from(["{}: {}", "**{}**: {}", "- {} = {}"]),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_a_written_verdict_is_read_back(beliefs, form, line, block, random):
    letters = "ABCDEF"[: len(beliefs)]
    written, slack = FORMS[form]
    lines = [line.format(a, written(p)) for a, p in zip(letters, beliefs, strict=True)]
    random.shuffle(lines)
    text = "\n".join(lines)
    found = read_verdict(f"Well.\n<verdict>\n{text}\n</verdict>" if block else text, letters)
    assert found == pytest.approx(beliefs, abs=slack)
    assert sum(found) == pytest.approx(1)


noise = st.text("AB:=%. 0179\n*<>/-,", max_size=40)


@given(noise, st.sampled_from(["AB", "ABC"]))
def test_every_verdict_is_a_distribution(reply, letters):
    found = read_verdict(f"<verdict>{reply}", letters)
    assert found is None or (sum(found) == pytest.approx(1) and min(found) >= 0)
