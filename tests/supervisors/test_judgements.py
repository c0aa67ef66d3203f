"""A judge's recorded verdicts, under a protocol, are weak labels like any other."""

from __future__ import annotations

import json

import numpy as np
import pytest

from truing.errors import DataError, UserError
from truing.studies import Study, make_plan, make_rows, run_plan
from truing.supervisors import SUPERVISORS
from truing.tasks import load_task

RNG = np.random.default_rng(0)


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def row(question, belief, choices=("no", "yes"), protocol="debate", **more):
    told = {"question": question, "choices": list(choices), "belief": belief, "protocol": protocol}
    return told | more


@pytest.fixture
def asked(tmp_path):
    """Forty questions of two answers, with a word that tells."""
    rows = [
        {"id": f"q{i}", "text": f"{'sun' if i % 2 else 'rain'} in week {i}", "truth": i % 2 == 1}
        for i in range(60)
    ]
    for one in rows:
        one["truth"] = "yes" if one["truth"] else "no"
    return write(tmp_path / "asked.jsonl", rows)


def labels(path, task, specification=None):
    built = SUPERVISORS.build(specification or f"judgements:{path}")
    return built.value.label(load_task(str(task)).task, None, RNG)


def test_a_label_is_the_mean_of_all_plays_of_an_item(tmp_path, asked):
    rows = [row(f"q{i}", [0.2, 0.8]) for i in range(60)]
    rows += [row("q0", [0.6, 0.4]), row("q1", None)]
    found = labels(write(tmp_path / "j.jsonl", rows), asked)
    assert found[0] == pytest.approx([0.4, 0.6])
    assert found[1] == pytest.approx([0.2, 0.8])


def test_a_verdict_after_a_mute_speaker_is_not_a_label(tmp_path, asked):
    rows = [row(f"q{i}", [0.2, 0.8]) for i in range(60)]
    rows += [row("q0", [0.9, 0.1], mute=True)]
    found = labels(write(tmp_path / "j.jsonl", rows), asked)
    assert found[0] == pytest.approx([0.2, 0.8])


def test_choices_are_matched_by_text_not_by_position(tmp_path, asked):
    rows = [row(f"q{i}", [0.9, 0.1], choices=("yes", "no")) for i in range(60)]
    found = labels(write(tmp_path / "j.jsonl", rows), asked)
    assert found[5] == pytest.approx([0.1, 0.9])  # the task's choices are no, yes


def test_an_unread_verdict_is_a_uniform_label(tmp_path, asked):
    rows = [row(f"q{i}", None if i == 3 else [0.2, 0.8]) for i in range(60)]
    assert labels(write(tmp_path / "j.jsonl", rows), asked)[3] == pytest.approx([0.5, 0.5])


def test_own_answers_are_matched_to_the_texts_of_the_item(tmp_path):
    items = [
        {"id": f"q{i}", "text": f"Case {i}?", "choices": [f"fir {i}", f"oak {i}"], "truth": i % 2}
        for i in range(60)
    ]
    task = write(tmp_path / "own.jsonl", items)
    rows = [row(f"q{i}", [0.7, 0.3], choices=(f"oak {i}", f"fir {i}")) for i in range(60)]
    assert labels(write(tmp_path / "j.jsonl", rows), task)[7] == pytest.approx([0.3, 0.7])


@pytest.mark.parametrize("stem", ["", "Case? "])
def test_answers_with_equal_endings_are_distinguished(tmp_path, stem):
    own = ("5", "15", "not 15")
    items = [
        {"id": f"q{i}", "text": "Case? ", "choices": list(own), "truth": own[i % 3]}
        for i in range(60)
    ]
    source = write(tmp_path / "own.jsonl", items)
    judged = tuple(f"{stem}\n{one}" if stem else one for one in own)
    rows = [row(f"q{i}", [0.5, 0.3, 0.2], choices=judged) for i in range(60)]
    task = load_task(str(source)).task
    expected = [[0.5, 0.3, 0.2][own.index(one)] for one in task.items[4].choices]
    assert labels(write(tmp_path / "j.jsonl", rows), source)[4] == pytest.approx(expected)


def test_one_of_several_protocols_must_be_named(tmp_path, asked):
    rows = [row(f"q{i}", [0.2, 0.8], protocol=p) for i in range(60) for p in ("blind", "debate")]
    path = write(tmp_path / "j.jsonl", rows)
    with pytest.raises(
        DataError, match="protocols blind and debate; choose a protocol: judgements"
    ):
        SUPERVISORS.build(f"judgements:{path}")
    with pytest.raises(DataError, match="contains the protocols"):
        SUPERVISORS.build(f"judgements:{path},protocol=consultancy")
    assert labels(path, asked, f"judgements:{path},protocol=debate").shape == (60, 2)


def test_a_suggested_protocol_name_with_arguments_works(tmp_path, asked):
    beliefs = {"debate,rounds=1": 0.9, "debate,rounds=2": 0.6, "consultancy,rounds=1": 0.5}
    rows = [row(f"q{i}", [1 - p, p], protocol=n) for i in range(60) for n, p in beliefs.items()]
    path = write(tmp_path / "j.jsonl", rows)
    with pytest.raises(DataError) as told:
        SUPERVISORS.build(f"judgements:{path},protocol=debate")  # either may be meant
    suggested = str(told.value).partition("choose a protocol: ")[2]
    assert labels(path, asked, suggested)[0] == pytest.approx([0.1, 0.9])
    other = labels(path, asked, f"judgements:{path},protocol=debate+rounds=2")
    assert other[0] == pytest.approx([0.4, 0.6])
    assert labels(path, asked, f"judgements:{path},protocol=consultancy")[0] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda rows: rows[:-1], "1 items of asked.jsonl have no judgement; the first is 'q59'"),
        (lambda rows: [*rows[:-1], row("q59", [0.5, 0.5], choices=("a", "b"))], "other choices"),
        (lambda rows: [{"id": "q0"}], "line 1: no field 'question'"),
        (
            lambda rows: [rows[0] | {"choices": None}],
            "line 1: 'choices' is missing; use the judgements",
        ),
        (
            lambda rows: [*rows[:-1], row("q59", [0.5, "x"])],
            "line 60: belief must contain only probabilities, got [0.5, 'x']",
        ),
    ],
)
def test_unusable_judgements_are_reported_in_one_line(tmp_path, asked, change, told):
    path = write(tmp_path / "j.jsonl", change([row(f"q{i}", [0.2, 0.8]) for i in range(60)]))
    with pytest.raises(UserError) as error:
        labels(path, asked)
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_a_study_measures_the_effect_of_a_protocol(tmp_path, asked, store, alone):
    truth = [i % 2 for i in range(60)]
    rows = []
    for i, right in enumerate(truth):
        helped = [0.1, 0.9] if right else [0.9, 0.1]
        wrong = i % 3 == 0
        rows.append(row(f"q{i}", helped, simulated=True))
        rows.append(row(f"q{i}", helped[::-1] if wrong else helped, protocol="blind"))
    path = write(tmp_path / "j.jsonl", rows)
    weak = [f"judgements:{path},protocol={name}" for name in ("blind", "debate")]
    study = Study(tasks=str(asked), weak=weak, strong="lsa-2", methods="naive", seeds=2)
    plan = make_plan(study)
    run_plan(plan, engine=alone, store=store)
    unhelped, helped = make_rows(plan, store)
    assert helped.weak_accuracy == 1
    assert unhelped.weak_accuracy < 0.9
    assert helped.help.unaided == weak[0]
    assert helped.help.supervisor.value == pytest.approx(1 - unhelped.weak_accuracy)
    assert helped.simulated
