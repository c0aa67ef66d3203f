"""A person judges: the models wait for them, and nothing that was said is lost or paid twice."""

from __future__ import annotations

import asyncio
import json

import numpy as np
import pytest

from tests.conftest import write_jsonl
from truing.errors import UserError
from truing.oversight.people import Asked, Done, People
from truing.oversight.questions import load_questions
from truing.supervisors import parse_supervisor
from truing.tasks import load_task

DEBATERS = {"debater": "truing/debater"}


@pytest.fixture
def session(tmp_path):
    """Opens the same session's folder, anew each time, as after a restart."""
    questions = load_questions("cases,count=4")

    def open_session(protocol="debate,rounds=2", models=DEBATERS, **options) -> People:
        return People(tmp_path / "session", protocol, questions, models, **options)

    return open_session


def moment(sitting) -> Asked | Done:
    return asyncio.run(sitting.moment())


def judge_all(sitting, percents=None, stop=None) -> int:
    """Answer everything, or as much; returns how many answers were given."""
    for count in range(stop or 1000):
        asked = moment(sitting)
        if isinstance(asked, Done):
            return count
        if asked.what == "question":
            sitting.ask(asked, "Which clue points to A?", 1.0)
        else:
            sitting.judge(asked, percents or {"A": 70, "B": 30}, "because", 2.0)
    return stop


def test_a_person_reads_the_speeches_and_gives_a_verdict(session):
    own = session()
    sitting = own.sitting("ada")
    asked = moment(sitting)
    assert (asked.number, asked.plays, asked.what) == (1, 4, "verdict")
    assert [said.name for said in asked.view.said] == ["Debater A", "Debater B"] * 2
    assert list(asked.view.answers) == ["A", "B"]
    sitting.judge(asked, {"A": 80, "B": 20}, "the quotes of Debater A: it said so:", 3.0)
    assert moment(sitting).number == 2
    (record,) = own.records()
    assert sorted(record.belief) == pytest.approx([0.2, 0.8])
    assert record.judge == "person:ada"
    assert record.simulated


def test_a_person_sees_no_truth_and_no_hidden_text(session):
    own = session()
    view = moment(own.sitting("ada")).view
    setup = own.sitting("ada").plays[0]
    shown = json.dumps(
        [view.question, view.answers, view.setting, view.instructions, view.text, view.notes]
    )
    assert setup.question.hidden
    assert setup.question.hidden not in shown
    assert view.text == ""
    assert view.notes == ()
    assert not own.questions.vault.accesses


def test_the_display_does_not_depend_on_the_truth(session, tmp_path):
    """The same questions with other answers held right give the same page, byte for byte."""
    rows = [
        {"id": f"q{i}", "question": f"Who took cup {i}?", "choices": ["Fir", "Oak"], "truth": i % 2}
        for i in range(4)
    ]
    shown = []
    for flip in (0, 1):
        flipped = [{**row, "truth": row["truth"] ^ flip} for row in rows]
        questions = load_questions(str(write_jsonl(tmp_path / f"f{flip}.jsonl", flipped)))
        sitting = People(tmp_path / f"p{flip}", "debate", questions, DEBATERS).sitting("ada")
        seen = []
        for _ in range(4):
            asked = moment(sitting)
            seen.append((asked.key, asked.view))
            sitting.judge(asked, {"A": 50, "B": 50}, "", 1.0)
        shown.append(seen)
    assert shown[0] == shown[1]


@pytest.mark.parametrize("after", [0, 1, 3, 5])
def test_an_interrupted_session_resumes(session, tmp_path, after):
    protocol = "debate,rounds=2,asks=true"
    whole = session(protocol)
    judge_all(whole.sitting("ada"))
    expected = whole.records()
    (tmp_path / "session").rename(tmp_path / "whole")
    judge_all(session(protocol).sitting("ada"), stop=after)
    resumed = session(protocol)
    judge_all(resumed.sitting("ada"))
    assert resumed.records() == expected
    said = [(tmp_path / one / "ada/replies.jsonl") for one in ("whole", "session")]
    keys = [[json.loads(line)["key"] for line in path.read_text().splitlines()] for path in said]
    assert keys[0] == keys[1]  # nobody was asked twice


def test_a_session_resumes_after_a_truncated_last_line(session, tmp_path):
    judge_all(session().sitting("ada"), stop=2)
    path = tmp_path / "session/ada/replies.jsonl"
    path.write_bytes(path.read_bytes()[:-7])
    assert isinstance(moment(session().sitting("ada")), Asked)
    assert path.read_bytes().endswith(b"\n")
    assert [json.loads(line) for line in path.read_text().splitlines()]


def test_judgements_of_two_people_are_separate(session):
    own = session()
    ada, ben = own.sitting("ada"), own.sitting("ben")
    judge_all(ada, {"A": 90, "B": 10})
    judge_all(ben, {"A": 10, "B": 90})
    assert own.names == ("ada", "ben")
    beliefs = {
        name: [row.belief for row in own.records() if row.judge == f"person:{name}"]
        for name in own.names
    }
    assert len(beliefs["ada"]) == len(beliefs["ben"]) == 4
    shown = {"ada": ada.plays, "ben": ben.plays}
    for name, first in (("ada", 0.9), ("ben", 0.1)):
        for setup, belief in zip(shown[name], beliefs[name], strict=True):
            assert belief[setup.order[0]] == pytest.approx(first)


def test_a_person_sees_each_question_once(session):
    own = session("consultancy", {"consultant": "truing/consultant"}, swap=True)
    plays = own.sitting("ada").plays
    assert len(plays) == len({one.question.id for one in plays}) == 4
    assert own.sitting("ben").plays != plays


def test_a_question_of_a_person_is_in_the_transcript_without_quote_marks(session):
    sitting = session("debate,rounds=2,asks=true").sitting("ada")
    asked = moment(sitting)
    assert asked.what == "question"
    sitting.ask(asked, "Where was <v_quote>the glove</v_quote>?", 1.0)
    said = moment(sitting).view.said
    assert [one.name for one in said][2] == "Judge"
    assert "Where was" in said[2].text
    assert "the glove" in said[2].text
    assert "<v_quote>" not in said[2].text  # nobody verifies himself


def test_the_first_of_two_answers_counts(session):
    own = session()
    sitting = own.sitting("ada")
    asked = moment(sitting)
    sitting.judge(asked, {"A": 80, "B": 20}, "", 1.0)
    sitting.judge(asked, {"A": 1, "B": 99}, "", 1.0)  # a second window, a second click
    moment(sitting)
    belief, order = own.records()[0].belief, sitting.plays[0].order
    assert belief[order[0]] == pytest.approx(0.8)


@pytest.mark.parametrize(
    "percents", [{"A": 80}, {"A": 80, "B": 30}, {"A": -1, "B": 101}, {"A": float("nan"), "B": 50}]
)
def test_an_invalid_probability_is_refused(session, percents):
    sitting = session().sitting("ada")
    asked = moment(sitting)
    with pytest.raises(UserError, match="percentage"):
        sitting.judge(asked, percents, "", 1.0)
    assert moment(sitting) == asked


def test_the_truth_is_shown_only_at_the_end(session):
    own = session()
    sitting = own.sitting("ada")
    judge_all(sitting, stop=3)
    with pytest.raises(UserError, match="when all plays are judged"):
        own.solve(sitting)
    judge_all(sitting)
    truth = dict(zip([q.id for q in own.questions.questions], own.questions.truth(), strict=True))
    for solved, setup in zip(own.solve(sitting), sitting.plays, strict=True):
        assert setup.order[solved.right] == truth[setup.question.id]
        assert solved.belief == pytest.approx((0.7, 0.3))


def test_a_person_can_supervise_a_student(tmp_path):
    """Their judgements are weak labels like any other supervisor's."""
    rows = [
        {"id": f"i{i}", "question": f"Is {i} even?", "choices": ["yes", "no"], "truth": i % 2}
        for i in range(60)
    ]
    path = write_jsonl(tmp_path / "asked.jsonl", rows)
    own = People(tmp_path / "session", "blind", load_questions(str(path)), {})
    judge_all(own.sitting("ada"))
    labels = write_jsonl(tmp_path / "judgements.jsonl", [one.to_json() for one in own.records()])
    task = load_task(f"{path},text=question").task
    labeler = parse_supervisor(f"judgements:{labels}").labeler.value
    found = labeler.label(task, None, np.random.default_rng(0))
    assert found.shape == (60, 2)
    said = {row.question: row.belief[row.choices.index("yes")] for row in own.records()}
    for one, texts, label in zip(task.ids, task.inputs, found, strict=True):
        assert label[[text.endswith("yes") for text in texts]] == pytest.approx(said[one])
    assert set(np.round(list(said.values()), 2)) == {0.3, 0.7}


@pytest.mark.parametrize(
    ("protocol", "told"),
    [
        ("debate,panel=3", "one verdict"),
        ("debate,best_of=2", "best_of=1"),
        ("market-making", "--role market=MODEL"),
    ],
)
def test_a_protocol_that_people_cannot_judge_is_refused_at_once(session, protocol, told):
    with pytest.raises(UserError, match=told):
        session(protocol)


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "x" * 41, "a b", "<b>"])
def test_a_name_cannot_be_a_path(session, name):
    with pytest.raises(UserError, match="is not allowed"):
        session().sitting(name)


def test_judgements_before_a_restart_count_without_their_judge_returning(session):
    first = session()
    judge_all(first.sitting("ada"), stop=2)
    moment(first.sitting("ada"))
    reopened = session()
    moment(reopened.sitting("ben"))
    asyncio.run(reopened.recall())
    assert reopened.records() == first.records()
    assert len(reopened.records()) == 2


def test_an_unknown_model_is_reported_before_the_session_starts(session):
    with pytest.raises(UserError, match="nobody"):
        session(models={"debater": "truing/nobody"})


def test_replies_of_version_0_1_0_are_read_and_new_ones_keep_their_stop_reason(tmp_path):
    from truing.oversight import Reply
    from truing.oversight.people._replies import KeptReply, Replies

    path = tmp_path / "replies.jsonl"
    path.write_text('{"key": "k", "play": "p", "what": "speech", "reply": "Oak", "seconds": 1}\n')
    Replies(path).keep(KeptReply("l", "p", "speech", Reply("", "max_tokens", "hm"), 1.0))
    assert Replies(path).known == {"k": Reply("Oak"), "l": Reply("", "max_tokens", "hm")}
