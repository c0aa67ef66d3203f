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
from truing.report import find_run, make_page, page_html, table
from truing.studies import ClassBalance, RoleBalance


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
    study = Study(tasks=str(path), weak="lsa-1", strong="lsa-8",
                  methods=["naive", "confidence", "shuffled"], seeds=3)  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRUING_STORE", str(folder / "store"))
        return run(study, out=folder / "run")


def printed(rows, width=60):
    console = Console(width=width, file=io.StringIO())
    console.print(table(rows))
    return console.file.getvalue()


def test_the_supervisor_is_no_better_than_the_majority_and_that_is_said_once(spam):
    row = spam.rows[0]
    balance = row.class_balance
    assert balance.majority_rate == pytest.approx(5 / 6, abs=0.05)
    assert row.weak_accuracy == pytest.approx(balance.majority_rate, abs=0.02)
    assert balance.weak.balanced_accuracy == pytest.approx(0.5, abs=0.05)
    assert 0 <= balance.weak.auroc <= 1
    assert balance.weak.low <= 0
    text = " ".join(printed(spam.rows).split())
    assert text.count("the supervisor lsa-1") == 1
    assert f"is not better than the majority rate {balance.majority_rate:.3f}" in text
    assert text.count("Control shuffled") == 1


def test_rows_and_page_have_the_numbers(spam):
    held = [json.loads(line) for line in (spam.folder / "results.jsonl").open()]
    assert held[0]["class_balance"]["weak"]["balanced_accuracy"] < 0.6
    assert held[0]["class_balance"]["ceiling"]["auroc"] is not None
    html = page_html(make_page(find_run(spam.folder)))
    assert "Beside the majority rate" in html
    assert html.count("Warning: on spam.jsonl the supervisor lsa-1") == 1


def balance(low: float) -> ClassBalance:
    good = RoleBalance(0.8, None, 0.3, 0.2, 0.4)
    return ClassBalance(0.5, good, replace(good, low=low), good)


def test_a_shuffled_control_above_the_majority_is_a_warning():
    row = folders.row(method="shuffled", class_balance=balance(0.2))
    assert "Warning: shuffled labels should not be." in " ".join(printed([row]).split())
    row = replace(row, class_balance=balance(-0.2))
    assert "Warning" not in printed([row])
    assert "is not better than the majority rate" in " ".join(printed([row]).split())


def test_a_good_supervisor_and_an_older_row_have_no_warning():
    assert "Warning" not in printed([folders.row(class_balance=balance(0.2))])
    assert "ajority" not in printed([folders.row()])
