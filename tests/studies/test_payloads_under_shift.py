"""What a worker receives for a step that is no score depends on no truth that it must not see."""

from __future__ import annotations

import pickle
from collections import Counter

import pytest

from tests.students.tiny import make_tiny
from truing import load_task
from truing.studies import Study, make_plan
from truing.supervisors import combine

SCORING = ("score", "compare", "shift", "uncertainty")
SWAP = {"no": "yes", "yes": "no"}
OPEN = {"group": "unanswerable"}


def rows_of(seed):
    """Short texts of two classes with a distractor; every sixth is unanswerable."""
    return [
        {"id": f"{seed}-{n}", "text": f"word {n % 97} {n} {seed}", "liked": "ny"[n // 4 % 2]}
        | (OPEN if n % 6 == 0 else {"truth": ["no", "yes"][n // 2 % 2]})
        for n in range(180)
    ]


HOME, NEAR = rows_of(0), rows_of(1)
SPLITS, THERE = (load_task(rows, name="rows").task.splits(0) for rows in (HOME, NEAR))


def with_other_truth(rows, items):
    return [
        {**row, "truth": SWAP[row["truth"]]} if n in items and "truth" in row else row
        for n, row in enumerate(rows)
    ]


def with_other_marks(rows, items):
    """The items after the unanswerable items are unanswerable in their place."""
    found = []
    for n, row in enumerate(rows):
        row = dict(row)
        if n in items and n % 6 == 0:
            row = {name: row[name] for name in row if name != "group"} | {"truth": "no"}
        elif n in items and n % 6 == 1:
            row = {name: row[name] for name in row if name != "truth"} | OPEN
        found.append(row)
    return found


@pytest.fixture(scope="module")
def payloads(tmp_path_factory):
    """Function from the rows of home and of a domain to the pickled payloads of all kinds."""
    name = f"hf/{make_tiny('gpt2', tmp_path_factory.mktemp('checkpoints'))}"
    tuned = f"{name},num_epochs=1,max_length=16"
    probes = ["crc:lsa-3", combine("mean", ["lsa-2", "ccs:lsa-3"])]
    prompted = [f"zeroshot:{name}", f"fewshot:{name},shots=4", f"icm:{name},items=16"]

    def made(home=HOME, near=NEAR, **design):
        given = {"tasks": load_task(home, name="home"), "test_on": load_task(near, name="near")}
        weak, strong = [*probes, *prompted, "majority", tuned], ["lsa-4", tuned]
        plan = make_plan(
            Study(**given, weak=weak, strong=strong, methods="naive", seeds=1, **design)
        )
        steps = [step for step in plan.steps.values() if step.kind not in SCORING]
        return Counter((step.kind, pickle.dumps((step.payload, step.config))) for step in steps)

    return made


@pytest.mark.parametrize("design", [{}, {"distractor": {"liked:y": 0.7}}], ids=["home", "designed"])
def test_no_payload_depends_on_the_truth_of_test_items_or_on_which_are_unanswerable(
    payloads, design
):
    clean, tested = payloads(**design), {*SPLITS.test.tolist(), *SPLITS.sealed.tolist()}
    assert payloads(with_other_truth(HOME, tested), **design) == clean
    assert payloads(with_other_marks(HOME, set(SPLITS.test.tolist())), **design) == clean
    every = set(range(len(NEAR)))
    assert payloads(HOME, with_other_truth(NEAR, every), **design) == clean
    marked = with_other_marks(NEAR, set(THERE.test.tolist()))
    assert payloads(HOME, marked, **design) == clean


def test_the_truth_of_items_from_which_students_learn_reaches_ceilings_only(payloads):
    other = payloads(with_other_truth(HOME, set(SPLITS.learn.tolist())))
    clean = payloads()
    kinds = {kind for (kind, _) in (clean - other) + (other - clean)}
    assert kinds == {"train ceiling", "finetune ceiling"}
