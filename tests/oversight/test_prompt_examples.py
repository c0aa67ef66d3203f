"""Few-shot examples precede the requests of their role, and never contain a question of the run."""

from __future__ import annotations

import pytest

from tests.oversight.conftest import QUESTION, built
from tests.oversight.test_prompt_templates import calls
from truing.errors import DataError
from truing.oversight import PlayOptions, check_prompts, estimate
from truing.oversight.prompts import give_prompts, load_prompts
from truing.oversight.questions import load_questions
from truing.tasks import Item

EXAMPLE = {"role": "judge", "user": "Which is larger, 2 or 3?", "assistant": "A: 1%\nB: 99%"}


def test_examples_are_between_the_system_and_the_user_message():
    other = {**EXAMPLE, "role": "debater"}
    plain = calls("debate,rounds=1", {})
    shown = calls("debate,rounds=1", {"examples": [EXAMPLE, other, EXAMPLE]})
    for before, after in zip(plain, shown, strict=True):
        pair = (("user", EXAMPLE["user"]), ("assistant", EXAMPLE["assistant"]))
        count = 2 if after.role == "judge" else 1
        system, user = before.messages
        assert after.messages == (system, *pair * count, user)


def test_an_example_can_be_for_one_kind_of_request():
    found = calls("debate,asks=true,rounds=2", {"examples": [{**EXAMPLE, "request": "question"}]})
    assert {one.what for one in found if len(one.messages) > 2} == {"question"}


def test_examples_count_in_the_estimate():
    questions = load_questions("cases,count=3").questions
    models = {"judge": ["openai/a"], "debater": ["openai/b"]}
    name = give_prompts({"examples": [EXAMPLE]})
    costs = [
        {one.role: one for one in estimate("debate", questions, models, options=options)}
        for options in (PlayOptions(), PlayOptions(prompts=name))
    ]
    plain, shown = costs
    assert shown["debater"] == plain["debater"]
    assert shown["judge"].calls == plain["judge"].calls
    texts = (EXAMPLE["user"], EXAMPLE["assistant"])
    more = sum(-(-len(text) // 2) + 12 for text in texts)  # 12 tokens of the chat template
    assert shown["judge"].tokens.read - plain["judge"].tokens.read == more * shown["judge"].calls


def leaking(**change: str) -> str:
    text = f"Who  took it?\nA: {change.get('first', 'Oak')}\nB: Fir"
    return give_prompts({"examples": [{**EXAMPLE, "user": text}]})


def test_an_example_with_a_question_of_the_run_is_refused():
    with pytest.raises(DataError, match="example 1 contains the question 'q1' of this run"):
        check_prompts(leaking(), [built("blind")], [QUESTION])


def test_an_example_with_equal_words_but_other_answers_is_allowed():
    check_prompts(leaking(first="Elm"), [built("blind")], [QUESTION])


def test_equal_questions_about_other_texts_are_allowed():
    """A question such as `Is the summary good?` is asked about many texts."""
    questions = [
        Item(f"q{i}", QUESTION.text, QUESTION.choices, hidden=f"Text {i}.") for i in range(2)
    ]
    check_prompts(leaking(), [built("blind")], questions)
    told = give_prompts({"examples": [{**EXAMPLE, "user": "Text 1.\nWho took it? Fir or oak"}]})
    with pytest.raises(DataError, match="contains the question 'q1'"):
        check_prompts(told, [built("blind")], questions)


def test_an_example_for_a_role_that_no_protocol_has_is_noted(caplog):
    name = give_prompts({"examples": [{**EXAMPLE, "role": "jugde"}]})
    check_prompts(name, [built("debate")], [])
    assert "no protocol of this run has the role 'jugde'" in caplog.text


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"role": "judge"', r"examples\.jsonl, line 1: not a JSON object"),
        ("[]", r"examples\.jsonl, line 1: an example must be an object with role, user, assistant"),
        ('{"role": "judge", "usr": "x"}', "unknown field 'usr'; did you mean 'user'"),
        ('{"role": "judge", "user": "x"}', "assistant must be a text that is not empty, got None"),
        (
            '{"role": "judge", "user": "x", "assistant": "y", "request": "z"}',
            "request must be one of speech, .*, got 'z'",
        ),
    ],
)
def test_a_broken_line_is_named(tmp_path, line, message):
    (tmp_path / "examples.jsonl").write_text(line)
    with pytest.raises(DataError, match=message):
        give_prompts(tmp_path)


def test_examples_in_a_folder_are_read_in_order(tmp_path):
    rows = '{"role": "judge", "user": "a", "assistant": "b"}\n\n'
    rows += '{"role": "market", "user": "c", "assistant": "d\\u2028e", "request": "forecast"}\n'
    (tmp_path / "examples.jsonl").write_text(rows)
    found = load_prompts(give_prompts(tmp_path)).examples
    assert [(one.role, one.assistant, one.request) for one in found] == [
        ("judge", "b", ""),
        ("market", "d\u2028e", "forecast"),
    ]
