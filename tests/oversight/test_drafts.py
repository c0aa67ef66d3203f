"""Drafts: a reader of its own, critique-and-refine, and what the transcript keeps of them."""

from __future__ import annotations

import json
import re
from functools import partial

import pytest

from tests.oversight.conftest import QUESTION, EmbeddedHost, ScriptedHost, built, run
from truing.errors import UserError
from truing.oversight import PlayTranscript, estimate, transcribe
from truing.oversight.agents import answer, speak
from truing.oversight.protocols import Protocol, Speaker, fill_roles, setups
from truing.oversight.questions import load_questions

EVEN = "<verdict>A: 50%\nB: 50%</verdict>"


def verdict(share):
    return f"<verdict>A: {share}%\nB: {100 - share}%</verdict>"


def refining(call):
    """Drafts are numbered by draw and by the critique that they answer."""
    if call.what == "speech":
        advice = re.search(r"<critique>\nadvice (\d)", call.messages[-1][1])
        return f"<thinking>secret plan</thinking>draft {call.draw}{advice[1] if advice else ''}"
    if call.what == "critique":
        return f"<thinking>secret doubt</thinking>advice {call.draw}"
    if call.what == "rating":
        liked = int(re.search(r"advice (\d)", call.messages[1][1])[1])
        return f"<verdict>\nY: {[20, 90, 40][liked]}%\nN: {[80, 10, 60][liked]}%\n</verdict>"
    if call.seat.startswith("reader of"):
        return verdict(80 if "draft 1" in call.messages[1][1] else 60)
    return EVEN


def test_the_speaker_rewrites_its_best_draft_with_the_most_helpful_critique():
    host = ScriptedHost(refining)
    came = run("consultancy,assignment=fixed,rounds=1,best_of=2,refine=1,critiques=3", host)
    (turn,) = came.turns
    assert turn.speech.said in ("draft 01", "draft 11")  # by the answer that is argued for
    roles = [(call.role, call.what) for call in host.calls]
    assert roles == [
        *[("consultant", "speech")] * 2,
        *[("reader", "verdict")] * 2,
        *[("critic", "critique")] * 3,
        *[("reader", "rating")] * 3,
        *[("consultant", "speech")] * 2,
        *[("reader", "verdict")] * 2,
        ("judge", "verdict"),
    ]
    assert [who for who, _ in host.calls[10].messages] == ["system", "user", "assistant", "user"]
    assert came.calls == len(host.calls)


def test_critic_and_reader_read_the_draft_and_no_private_reasoning():
    host = ScriptedHost(refining)
    run("debate,rounds=2,best_of=2,refine=2,critiques=2", host)
    for call in host.calls:
        text = "\n".join(text for _, text in call.messages)
        if call.what == "critique":
            assert "<draft>\ndraft" in text
            assert QUESTION.hidden in text
        if call.what in ("critique", "rating", "verdict"):
            assert "secret" not in text
        if call.what in ("rating", "verdict"):
            assert QUESTION.hidden not in text
        if call.what == "speech":
            assert "secret doubt" not in text
            assert call.role == "debater"


@pytest.mark.parametrize("silent", ["critique", "rewritten"])
def test_a_draft_stays_if_its_critique_or_the_rewritten_draft_is_empty(silent):
    def reply(call):
        if call.what == "critique":
            return "" if silent == "critique" else "advice 1"
        if call.what == "speech":
            return "<argument></argument>" if len(call.messages) > 2 else "It was Fir."
        return EVEN

    host = ScriptedHost(reply)
    came = run("debate,rounds=1,refine=1", host)
    assert [turn.speech.said for turn in came.turns] == ["It was Fir."] * 2
    rewritten = [call for call in host.calls if call.what == "speech" and len(call.messages) > 2]
    assert len(rewritten) == (0 if silent == "critique" else 2)


def test_an_unread_rating_is_requested_once_more_and_never_wins():
    def reply(call):
        if call.what == "rating":
            return "Very good." if "advice 0" in call.messages[1][1] else "Y: 1%\nN: 99%"
        return f"advice {call.draw}" if call.what == "critique" else refining(call)

    host = ScriptedHost(reply)
    came = run("consultancy,assignment=fixed,rounds=1,refine=1,critiques=2", host)
    assert came.turns[0].speech.said == "draft 01"
    asked = [call for call in host.calls if call.what == "rating"]
    assert [len(call.messages) for call in asked] in ([2, 2, 4], [2, 4, 2])


def test_the_transcript_contains_all_drafts_in_the_order_of_the_question_set():
    swapped = list(setups(Protocol(), QUESTION, swap=True))[1]
    rules = built("debate,rounds=1,best_of=2,refine=1,critiques=2")
    turns = transcribe(run(rules, ScriptedHost(refining), swapped))
    kept = json.loads(json.dumps(PlayTranscript("p", "q", "?", turns).to_json()))
    assert PlayTranscript.from_json(kept).entries == turns
    drafts = turns[0].drafts
    assert [(one.kind, one.revision, one.chosen) for one in drafts] == [
        ("draft", 0, False),
        ("draft", 0, True),
        ("critique", 0, False),
        ("critique", 0, True),
        ("draft", 1, False),
        ("draft", 1, True),
    ]
    assert drafts[1].belief == pytest.approx((0.2, 0.8))  # A is the second answer of the set
    assert drafts[3].rating == pytest.approx(0.9)
    assert drafts[0].reasoning == "secret plan"


def test_a_person_can_read_the_drafts_as_text():
    (turn, *_) = transcribe(run("debate,rounds=1,best_of=2,refine=1", ScriptedHost(refining)))
    assert "[draft; reader: 0.80, 0.20; chosen] draft 1" in turn.work
    assert "[critique; chosen] advice 0" in turn.work
    assert "[draft; rewrite 1; reader: 0.80, 0.20; chosen] draft 10" in turn.work


def test_a_speech_without_alternatives_has_no_drafts_in_the_transcript():
    (first, *_) = transcribe(run("debate,rounds=1", ScriptedHost(refining)))
    assert first.drafts == ()
    assert "drafts" not in first.to_json()


def test_the_judge_reads_for_a_reader_without_a_model_and_the_speaker_criticizes_itself():
    rules = built("consultancy,best_of=2,refine=1")
    assert rules.roles == ("consultant", "critic", "reader", "judge")
    filled = fill_roles(rules, {"judge": "j", "debater": "d"})
    assert {role: name for role, (name, _) in filled.items()} == {
        "consultant": "debater",
        "critic": "debater",
        "reader": "judge",
        "judge": "judge",
    }
    bound = {"judge": "j", "consultant": "c", "reader": "r", "critic": "k"}
    assert {role: name for role, (name, _) in fill_roles(rules, bound).items()} == {
        role: role for role in rules.roles
    }


def test_roles_that_a_protocol_does_not_need_are_not_its_roles():
    assert built("debate").roles == ("debater", "judge")
    assert built("debate,refine=1").roles == ("debater", "critic", "judge")


def test_the_estimate_counts_readers_and_critics_in_their_own_roles():
    questions = load_questions("cases,count=2").questions
    models = {"judge": ["j"], "debater": ["d"], "reader": ["r"], "critic": ["k"]}
    costs = estimate(
        "debate,rounds=1,best_of=2,refine=1,critiques=3", questions, models, typical=True
    )
    assert {one.role: one.calls for one in costs} == {
        "debater": 2 * 2 * 4,
        "reader": 2 * 2 * (4 + 3),
        "critic": 2 * 2 * 3,
        "judge": 2,
    }


def test_the_full_speech_of_an_embedded_speaker_cannot_be_improved():
    questions = load_questions("cases,count=30").questions
    verified = []
    for specification in ("propaganda", "debate,rounds=1", "debate,rounds=1,refine=1,critiques=2"):
        host, count = EmbeddedHost(honest=True), 0
        for question in questions:
            came = run(specification, host, next(setups(built(specification), question)))
            assert came.verdict is not None
            count += sum(quote.verified for turn in came.turns for quote in turn.speech.quotes)
        verified.append(count)
    assert verified[0] == verified[1] == verified[2]
    ratings = [reply.text for reply in host.replies if reply.text.startswith("<verdict>\nY:")]
    assert len(ratings) == 30 * 2 * 2


def test_a_critic_names_clues_that_an_embedded_speaker_did_not_find():
    questions = load_questions("cases,count=20").questions
    counts = []
    for specification in ("debate,rounds=1", "debate,rounds=1,refine=2"):
        rules, host = built(specification), ForgetfulHost(seed=1)
        plays = [run(rules, host, next(setups(rules, question))) for question in questions]
        counts.append(
            sum(quote.verified for p in plays for turn in p.turns for quote in turn.speech.quotes)
        )
    assert counts[1] > 1.5 * counts[0]


class ForgetfulHost(EmbeddedHost):
    """Embedded agents whose speakers find each clue with probability 0.3."""

    async def ask(self, call):
        if call.role in ("debater", "critic"):
            return answer(partial(speak, skill=0.3), call, self.rng)
        return await super().ask(call)


@pytest.mark.parametrize(
    ("speaker", "why"),
    [
        ({"refine": -1}, "refine must be 0 or more, got -1"),
        ({"refine": 1, "critiques": 0}, "critiques must be 1 or more, got 0"),
        ({"critiques": 2}, "critiques=2 requires refine, .* add refine=1"),
        ({"tools": "search"}, r"tools must be a tuple of names, .* write tools=\('search',\)"),
        ({"tools": ("calc",)}, "tools must be among calculator, python, search, got 'calc'"),
    ],
)
def test_contradictory_drafts_are_refused(speaker, why):
    with pytest.raises(UserError, match=why):
        Protocol((Speaker("Debater", "debater", each=True, **speaker),))
