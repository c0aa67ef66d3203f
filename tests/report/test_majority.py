"""A supervisor that always names one class is called so, once, in the table, page and rows."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from tests.report import folders
from truing import Study, run
from truing.report import make_page, page_html, table
from truing.report._majority import majority_notes
from truing.runs import find_run
from truing.studies import ClassBalance, RoleBalance
from truing.tasks import load_task


@pytest.fixture(scope="module")
def spam(tmp_path_factory):
    """83% of the items are of one class; a weak word tells the classes apart."""
    folder = tmp_path_factory.mktemp("spam")
    rng = np.random.default_rng(0)
    words = [f"word{i}" for i in range(40)]
    lines = []
    for number in range(400):
        is_spam = number % 6 == 0
        told = ["prize"] if is_spam else ["lunch"]
        text = " ".join([*rng.choice(words, 9), *told])
        lines.append(
            json.dumps({"text": f"{text} {number}", "truth": "spam" if is_spam else "ham"})
        )
    path = folder / "spam.jsonl"
    path.write_text("\n".join(lines))
    study = Study(
        tasks=str(path),
        weak="lsa-1",
        strong="lsa-8",
        methods=["naive", "confidence", "shuffled"],
        seeds=3,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRUING_STORE", str(folder / "store"))
        return run(study, out=folder / "run")


def printed(rows, width=60):
    console = Console(width=width, file=io.StringIO())
    console.print(table(rows))
    return console.file.getvalue()


def test_a_supervisor_no_better_than_the_majority_is_noted_once(spam):
    row = spam.rows[0]
    balance = row.class_balance
    assert balance.majority_rate == pytest.approx(5 / 6, abs=0.05)
    assert row.weak_accuracy == pytest.approx(balance.majority_rate, abs=0.02)
    assert balance.weak.balanced_accuracy == pytest.approx(0.5, abs=0.05)
    assert 0 <= balance.weak.auroc <= 1
    assert balance.weak.low <= 0
    text = " ".join(printed(spam.rows).split())
    assert text.count("the supervisor lsa-1") == 1
    assert f"compared with the majority rate {balance.majority_rate:.3f}, the supervisor" in text
    assert text.count("Control shuffled") == 1


def test_rows_and_page_have_the_numbers(spam):
    held = [json.loads(line) for line in (spam.folder / "results.jsonl").open()]
    assert held[0]["class_balance"]["weak"]["balanced_accuracy"] < 0.6
    assert held[0]["class_balance"]["ceiling"]["auroc"] is not None
    html = page_html(make_page(find_run(spam.folder)))
    assert "Comparison with the majority rate" in html
    assert html.count("Warning: on spam.jsonl, compared with the majority rate") == 1


def balance(low: float) -> ClassBalance:
    good = RoleBalance(0.3, 0.2, 0.4, 0.8, None)
    return ClassBalance(0.5, None, good, replace(good, low=low), good)


def test_a_shuffled_control_above_the_majority_is_a_warning():
    row = folders.row(method="shuffled", class_balance=balance(0.2))
    assert "Warning: a lower control must not be better." in " ".join(printed([row]).split())
    row = replace(row, class_balance=balance(-0.2))
    assert "Warning" not in printed([row])
    assert "is not clearly better than the majority rate" in " ".join(printed([row]).split())


def test_a_good_supervisor_and_an_older_row_have_no_warning():
    assert "Warning" not in printed([folders.row(class_balance=balance(0.2))])
    assert "ajority" not in printed([folders.row()])


@pytest.mark.parametrize(
    ("difference", "said"),
    [(0.01, "not clearly better"), (0.0, "not better"), (-0.01, "not better")],
)
def test_an_inconclusive_difference_is_not_called_no_better(difference, said):
    weak = RoleBalance(difference, -0.05, 0.05, 0.5, None)
    known = replace(balance(0.2), weak=weak)
    (_, warning) = majority_notes([folders.row(class_balance=known)])
    assert warning.count("better") == 1
    assert f"is {said} (" in warning


def test_supervisor_ceiling_and_methods_of_a_pair_share_one_line():
    poor = RoleBalance(-0.01, -0.05, 0.03, 0.5, None)
    known = ClassBalance(0.5, None, poor, poor, poor)
    rows = [folders.row(method=method, class_balance=known) for method in ("naive", "shuffled")]
    # A fine-tuned ceiling differs from the ceiling of a head.
    other = replace(known, ceiling=replace(poor, value=0.01))
    rows.append(folders.row(method="gce", class_balance=other, ceiling_accuracy=0.51))
    (_, line) = majority_notes(rows)
    assert line.count("the supervisor") == 1
    assert line.count("the ceiling of") == 2
    assert line.count("Warning") == line.count("Control shuffled") == 1
    _, *lines = majority_notes([*rows, replace(rows[0], strong="another student")])
    assert len(lines) == 2


@pytest.mark.parametrize("kind", ["multiple choice", "pairs"])
def test_items_with_their_own_choices_have_a_chance_accuracy_and_no_classes(tmp_path, kind):
    rng = np.random.default_rng(0)
    rows = {}
    for i in range(300):
        good, *bad = (
            f"{word} {rng.choice(['sun', 'sea', 'sky'])} {i}"
            for word in ("fine", "poor", "rude", "bad")
        )
        if kind == "pairs":
            rows[str(i)] = {"chosen": good, "rejected": bad[0]}
        else:
            count = 2 + i % 3
            choices = [good, *bad[: count - 1]]
            rows[str(i)] = {"text": f"q {i}", "choices": choices, "truth": 0}
    path = tmp_path / "items.jsonl"
    path.write_text("\n".join(json.dumps({"id": one} | row) for one, row in rows.items()))
    study = Study(tasks=str(path), weak="lsa-1", strong="lsa-8", methods="naive", seeds=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRUING_STORE", str(tmp_path / "store"))
        made = run(study, out=tmp_path / "run")
    task = load_task(str(path)).task
    chances = [1 / len(rows[task.ids[i]].get("choices", "ab")) for i in task.splits(0).test]
    (row,) = made.rows
    held = row.to_json()["class_balance"]
    assert held["majority_rate"] is None
    assert held["chance_accuracy"] == pytest.approx(np.mean(chances))
    for role in ("weak", "transfer", "ceiling"):
        assert held[role]["balanced_accuracy"] is held[role]["auroc"] is None
        above = getattr(row, f"{role}_accuracy") - np.mean(chances)
        assert held[role]["difference"] == pytest.approx(above)
    html = page_html(make_page(find_run(made.folder)))
    for text in (" ".join(printed(made.rows, 200).split()), html):
        assert f"{np.mean(chances):.3f}" in text
        assert "hance accuracy" in text
        for wrong in ("ajority rate", "alanced accuracy", "AUROC"):
            assert wrong not in text
