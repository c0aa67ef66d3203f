"""Templates of prompts: files that replace the shipped wording, checked before any request."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import replace

import pytest

from tests.oversight.conftest import QUESTION, ScriptedHost, built, only
from truing.errors import UserError
from truing.lab import Oversight, read_oversight, run_oversight
from truing.oversight import PlayOptions, check_prompts, play
from truing.oversight.prompts import (
    SHIPPED,
    TEMPLATES,
    give_prompts,
    load_prompts,
    sample_requests,
    write_prompts,
)
from truing.oversight.questions import give_questions, load_questions

RULES = [
    built(one)
    for one in (
        *("blind", "expert", "debate,asks=true", "critique", "consultancy,assignment=open"),
        *("debate,refine=1,critiques=2", "prover-estimator"),
        "market-making",
    )
]
EVERYTHING = "".join(f"{{{{ {name} }}}}\n" for name in sorted(TEMPLATES["case"].variables))
"""A template that prints all variables of a scene."""


def reply(call):
    if call.what == "speech":
        return "<thinking>My plan.</thinking><argument>See <quote>no quote</quote></argument>"
    return "<verdict>\nA: 60%\nB: 40%\n</verdict>"


def calls(rules, prompts, question=QUESTION):
    """All requests of a play with some prompts."""
    host, setup = ScriptedHost(reply), only(rules, question)
    asyncio.run(play(built(rules), setup, host, PlayOptions(prompts=give_prompts(prompts))))
    return host.calls


def test_every_template_can_read_its_declared_variables():
    assert SHIPPED.templates.sources.keys() == TEMPLATES.keys()
    for name, declared in TEMPLATES.items():
        printed = "".join(f"{{{{ {one} }}}}" for one in declared.variables)
        prompts = load_prompts(give_prompts({name: printed}))
        requests = [one for rules in RULES for one in sample_requests(rules, prompts)]
        assert len(requests) > 20


def test_a_changed_template_changes_its_message_and_no_other():
    before = calls("debate,rounds=1", {})
    after = calls("debate,rounds=1", {"verdict.user": "Decide.\n{{ verdict_form }}\n"})
    assert [one for one in before if one.what != "verdict"] == after[:-1]
    system, user = after[-1].messages
    assert system == before[-1].messages[0]
    assert user[1].startswith("Decide.\nEnd your reply with a probability for each answer")


def test_a_changed_part_changes_every_message_that_contains_it():
    after = calls("debate,rounds=1", {"setting": "Be brief."})
    assert all("\nBe brief." in one.messages[0][1] for one in after)


def test_values_are_no_templates_and_are_not_escaped():
    asked = replace(QUESTION, stem="Is 1 < 2 & {{ rounds }}?")
    (call,) = calls("blind", {}, asked)
    assert "<question>\nIs 1 < 2 & {{ rounds }}?\n</question>" in call.messages[1][1]


def test_no_template_can_show_a_role_what_it_may_not_see():
    """A template with all variables: the judge gets neither the hidden text nor reasoning."""
    for call in calls("debate,rounds=2", {"setting": EVERYTHING}):
        text = "".join(text for _, text in call.messages)
        assert (QUESTION.hidden in text) == (call.role == "debater")
        other = {"Debater A": "Debater B", "Debater B": "Debater A"}.get(call.seat, "Debater")
        assert f"'name': '{other}', 'text': 'My plan.'" not in text


def test_no_template_can_show_the_truth():
    """The ground truth is swapped, and every byte of every request remains."""
    rows = {"question": "Who took it?", "choices": ["Fir", "Oak"], "hidden": "A glove."}
    prompts = dict.fromkeys(("speech.user", "verdict.user"), f"{EVERYTHING}{{{{ verdict_form }}}}")
    both = [load_questions(give_questions([{**rows, "truth": at}])) for at in (0, 1)]
    assert both[0].truth() != both[1].truth()
    first, second = (calls("debate,rounds=2", prompts, asked.questions[0]) for asked in both)
    assert [one.messages for one in first] == [one.messages for one in second]


@pytest.mark.parametrize(
    ("prompts", "message"),
    [
        ({"speech.system": "{{ nmae }}"}, "unknown variable 'nmae'; did you mean name"),
        ({"setting": "\n{% if rounds %}"}, r"setting\.md, line 2: Unexpected end of template"),
        ({"setting": "{{ rounds | foo }}"}, r"setting\.md, line 1: No filter named 'foo'"),
        ({"setting": "{% include 'case.md' %}"}, "cannot include another file"),
        ({"case": "{{ setting }}"}, r"case\.md: unknown variable 'setting'"),
        ({"seting": ""}, r"unknown prompt file 'seting\.md'; did you mean setting\.md"),
        ({"setting": 3}, r"prompts\['setting'\] must be a template's text, got 3"),
        ({"examples": "x"}, r"prompts\['examples'\] must be a list of dicts"),
        (3, "prompts must be a folder with template files"),
        ("no/folder", "no/folder is not a folder"),
    ],
)
def test_a_mistake_in_a_folder_is_one_line(prompts, message):
    with pytest.raises(UserError, match=message) as raised:
        give_prompts(prompts)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("{{ seats[0].nme }}", r"setting\.md cannot be rendered: UndefinedError: .*'nme'"),
        ("{{ rounds / 0 }}", "cannot be rendered: ZeroDivisionError"),
        ("{{ question.__class__.__mro__ }}", "cannot be rendered: SecurityError"),
    ],
)
def test_a_template_that_fails_is_noticed_before_any_request(setting, message):
    name = give_prompts({"setting": setting})
    with pytest.raises(UserError, match=message):
        check_prompts(name, [built("debate")], [])


def test_a_template_for_one_protocol_needs_to_fit_only_this_protocol():
    name = give_prompts({"speech.system": "Argue for {{ answer.text }}. <argument>{{ aim }}"})
    check_prompts(name, [built("debate")], [])
    with pytest.raises(UserError, match="None"):
        check_prompts(name, [built("critique")], [])


def test_a_template_without_the_form_of_replies_is_noted(caplog):
    with caplog.at_level(logging.WARNING):
        check_prompts(give_prompts({"verdict_form": "Decide."}), [built("blind")], [])
        check_prompts(give_prompts({"setting": "Be brief."}), [built("debate")], [])
    assert [one.getMessage().split(",")[0] for one in caplog.records] == [
        "prompts prompts: the reminder request does not contain <verdict>",
        "prompts prompts: the verdict request does not contain <verdict>",
    ]


def test_embedded_agents_need_the_shipped_sentences(tmp_path):
    asked = {"protocols": "debate", "questions": "cases,count=1", "debater": "truing/debater"}
    changed = {"setting": "There are {{ rounds }} rounds."}
    with pytest.raises(UserError, match=r"embedded agents .* they read rounds as 0 instead of 3"):
        Oversight(judge="truing/judge", prompts=changed, **asked)
    Oversight(judge="openai/a", prompts=changed, **{**asked, "debater": "openai/b"})
    write_prompts(tmp_path)
    Oversight(judge="truing/judge", prompts=tmp_path, **asked)


def test_a_run_with_a_folder_is_identified_by_its_content_and_repeated(tmp_path):
    folder = tmp_path / "brief"
    folder.mkdir()
    (folder / "verdict.user.md").write_text("{{ case }}\n\n{{ verdict_form }}\n")
    (folder / "README.md").write_text("For people.")
    asked = {"protocols": "blind", "questions": "cases,count=2", "judge": "truing/judge"}
    run = Oversight(prompts=folder, **asked)
    run_oversight(run, out=tmp_path / "run")
    (folder / "verdict.user.md").write_text("{{ case }}\n\nDecide.\n{{ verdict_form }}\n")
    assert Oversight(prompts=folder, **asked).text != run.text
    copied = [path.name for path in (tmp_path / "run" / "objects").iterdir()]
    assert copied == [f"{run.options.prompts}.verdict.user.md"]
    again = read_oversight(tmp_path / "run")
    assert again.text == run.text
    assert load_prompts(again.options.prompts).templates.changed["verdict.user"].count("\n") == 3


def test_the_command_writes_templates_and_uses_them(truing, tmp_path):
    folder = tmp_path / "mine"
    code, out, _ = truing("list", "prompts", "--out", folder)
    assert (code, {path.stem for path in folder.iterdir()}) == (0, TEMPLATES.keys())
    assert f"{len(TEMPLATES)} templates" in " ".join(out.split())
    found = json.loads(truing("list", "prompts", "setting", "--json")[1])
    assert found["text"] == (folder / "setting.md").read_text()
    assert found["variables"].keys() == TEMPLATES["setting"].variables.keys()
    oversee = ("oversee", "--task", "cases,count=2", "--protocol", "blind", "--judge", "openai/a")
    assert truing(*oversee, "--prompts", folder, "--estimate")[0] == 0
    (folder / "setting.md").write_text("{{ ruonds }}")
    code, _, error = truing(*oversee, "--prompts", folder, "--estimate")
    assert (code, error.count("\n")) == (2, 1)
    assert "did you mean rounds" in error
