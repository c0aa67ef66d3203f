"""Which items a research run uses for which tier: fresh in each run, and in one tier only."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import write_jsonl
from tests.research.planting import method
from truing.errors import DataError, UserError
from truing.research import (
    Gate,
    Ledger,
    OversightContest,
    Referee,
    ResearchConfig,
    WeakToStrong,
    count_items,
)
from truing.research.ledger._ledger_head import LedgerHead, write_ledger_head
from truing.research.problems import WeakToStrongProblem
from truing.research.problems._partition import draw_roles
from truing.studies import Store
from truing.tasks import load_task

DIGITS = ("digits-parity", "digits-large")


def make(climb, other_tasks=(), secret=b"k" * 32, **given) -> WeakToStrongProblem:
    asked = WeakToStrong(
        climb=climb, other_tasks=other_tasks, weak="pca-1", strong="pca-5", seeds=2
    )
    return WeakToStrongProblem(asked, None, Store(), secret=secret, **given)


def splits_of(problem: WeakToStrongProblem, name: str, seed: int = 0):
    return problem.sources[name].task.splits(seed)


def shown(problem: WeakToStrongProblem, name: str, items: np.ndarray) -> set[bytes]:
    """What items show, whatever they are called."""
    return {problem.sources[name].task.inputs[item].tobytes() for item in items}


def test_sealed_items_depend_on_the_secret_not_on_public_ids():
    first, again, other = (make(("digits",), secret=s * 32) for s in (b"a", b"a", b"b"))
    sealed = [set(splits_of(one, "digits").sealed.tolist()) for one in (first, again, other)]
    public = set(load_task("digits").task.splits(0).sealed.tolist())
    assert sealed[0] == sealed[1]
    for one in (sealed[2], public):  # 180 of 1797: a tenth is common by chance, 18 +- 4
        assert len(sealed[0] & one) < 45
    assert len(sealed[0]) == 180
    assert len(splits_of(first, "digits").test) == 539


def test_other_tasks_are_scored_on_images_that_no_climb_task_uses():
    problem = make(("digits",), DIGITS)
    climb = np.concatenate(
        [
            part
            for seed in (0, 5, 2**127)
            for part in splits_of(problem, "digits", seed).parts.values()
        ]
    )
    used = shown(problem, "digits", climb)
    held_back = shown(
        problem,
        "digits",
        np.concatenate([splits_of(problem, "digits").test, splits_of(problem, "digits").sealed]),
    )
    for name in DIGITS:
        for seed in (0, 5):
            found = splits_of(problem, name, seed)
            assert len(found.test) > 250
            assert not shown(problem, name, found.test) & used
            learned = np.concatenate([found.supervise, found.learn])
            assert not shown(problem, name, learned) & held_back
            assert len(found.sealed) == 0


def test_tasks_without_common_items_keep_all_items(tmp_path, tiny):
    problem = make((str(tiny),), ("digits",))
    sizes = {name: len(part) for name, part in splits_of(problem, str(tiny)).parts.items()}
    assert sizes == {"supervise": 48, "learn": 48, "test": 48, "sealed": 16}
    assert len(splits_of(problem, "digits").test) == 539


def count(roles: np.ndarray) -> dict[str, int]:
    return dict(Counter(roles.tolist()))


def task_of(folder: Path, name: str, texts: list[str], **more) -> str:
    rows = [
        {
            "id": f"{name}{i}",
            "text": text,
            "truth": "ab"[i % 2],
            **{key: values[i] for key, values in more.items()},
        }
        for i, text in enumerate(texts)
    ]
    return str(write_jsonl(folder / f"{name}.jsonl", rows))


def test_items_with_equal_content_are_one_item(tmp_path):
    """Other ids, another order, other white space and letter case are no other item."""
    texts = [f"item {i} of the kind {i % 7}" for i in range(200)]
    varied = [f"  {text.upper()}\n" for text in reversed(texts)]
    first, second = task_of(tmp_path, "first", texts), task_of(tmp_path, "second", varied)
    tasks = [load_task(one).task for one in (first, second)]
    roles = draw_roles(b"secret", {"first": tasks[0]}, {"second": tasks[1]})
    used = {texts[i] for i in np.flatnonzero(roles["first"] != "unused")}
    scored = {texts[199 - i] for i in np.flatnonzero(roles["second"] == "test")}
    assert len(scored) == 30
    assert not scored & used


def test_tasks_with_common_items_divide_them_and_split_the_others_as_usual(tmp_path):
    both = [f"in both tasks {i}" for i in range(100)]
    names = {
        "climb": both + [f"only climbed {i}" for i in range(100)],
        "other": [f"only in the other task {i}" for i in range(200)] + both,
    }
    tasks = {name: load_task(task_of(tmp_path, name, texts)).task for name, texts in names.items()}
    roles = draw_roles(b"secret", {"climb": tasks["climb"]}, {"other": tasks["other"]})
    assert count(roles["climb"][:100]) == {"test": 30, "sealed": 10, "unused": 15, "pool": 45}
    assert count(roles["climb"][100:]) == {"test": 30, "sealed": 10, "pool": 60}
    assert count(roles["other"][:200]) == {"test": 60, "pool": 140}
    assert count(roles["other"][200:]) == {"test": 15, "unused": 40, "pool": 45}
    scored = np.flatnonzero(roles["other"][200:] == "test")
    assert set(scored) == set(np.flatnonzero(roles["climb"][:100] == "unused"))


def test_equal_items_and_items_of_a_cluster_are_in_one_tier(tmp_path):
    texts = [f"text {i % 90}" for i in range(180)]  # each twice
    path = task_of(tmp_path, "twice", texts, cluster=[i // 3 % 30 for i in range(180)])
    (roles,) = draw_roles(b"secret", {"twice": load_task(path).task}, {}).values()
    for text in set(texts):
        assert len({roles[i] for i in range(180) if texts[i] == text}) == 1
    for cluster in range(30):
        assert len({roles[i] for i in range(180) if i // 3 % 30 == cluster}) == 1


def test_climb_tasks_with_equal_items_have_the_step_of_one_of_them(tmp_path):
    alone = make(("digits",)).items
    assert alone == count_items([539])
    assert make(("digits", "digits-parity")).items == pytest.approx(alone)
    assert make(("digits",), DIGITS).items == pytest.approx(make(("digits",), DIGITS[:1]).items)
    texts = [f"item {i} of the kind {i % 7}" for i in range(200)]
    varied = [f"  {text.upper()}\n" for text in reversed(texts)]
    first, second = task_of(tmp_path, "first", texts), task_of(tmp_path, "second", varied)
    assert make((first, second)).items == pytest.approx(60)
    assert make(("digits", first)).items == count_items([539, 60])
    twice = task_of(tmp_path, "twice", [f"text {i % 100}" for i in range(200)])
    assert make((twice,)).items == pytest.approx(30)


def test_a_climb_task_other_task_or_task_of_the_battery_is_named_once():
    twice = ("digits", "digits-parity", "digits")
    said = "'digits' is named 2 times; name it once"
    with pytest.raises(UserError, match=f"^climb: {said}"):
        make(twice)
    with pytest.raises(UserError, match=f"^other_tasks: {said}"):
        make(("digits-large",), twice)
    with pytest.raises(UserError, match=f"^battery: {said}"):
        Gate(battery=twice)
    with pytest.raises(UserError, match=r"^questions: 'cases,count=40' is named 2 times"):
        OversightContest(questions=("cases,count=40", "cases,count=40"))


def test_a_task_whose_items_cannot_be_divided_is_refused_with_the_reason(tmp_path, tiny):
    few = task_of(tmp_path, "few", [f"text {i}" for i in range(60)])
    same = task_of(tmp_path, "same", [f"text {i}" for i in range(60)])
    with pytest.raises(DataError, match=r"'test' would have 9 items, .*items with equal content"):
        make((few,), (same,))
    alike = task_of(tmp_path, "alike", ["the same text"] * 90)
    with pytest.raises(DataError, match="items with equal content"):
        make((alike,))
    with pytest.raises(UserError, match="other_tasks must not contain the climb task digits"):
        make(("digits",), ("digits",))


def test_unanswerable_items_are_refused(tmp_path, tiny):
    rows = [json.loads(line) for line in tiny.read_text().splitlines()]
    del rows[0]["truth"]
    path = write_jsonl(tmp_path / "open.jsonl", [rows[0] | {"group": "unanswerable"}, *rows[1:]])
    with pytest.raises(DataError, match=r"contains unanswerable items \(1\), which a research run"):
        make((str(path),))


def test_a_killed_run_resumes_with_the_same_items_and_result(tmp_path, tiny):
    copy = tmp_path / "copy.jsonl"
    rows = [json.loads(line) for line in tiny.read_text().splitlines()]
    copy.write_text("".join(json.dumps({**row, "id": f"c{row['id']}"}) + "\n" for row in rows))
    small = {"weak": "pca-1", "strong": "pca-5", "seeds": 2}
    asked = WeakToStrong(climb=(str(tiny),), other_tasks=(str(copy),), **small)
    config = ResearchConfig(problem=asked, min_step_se=0, step=0.001, files=False)
    heads = []
    for stops in (0, 2):
        folder = tmp_path / f"run {stops}"
        folder.mkdir()
        for name in ("secret", "signing_key"):
            (folder / name).write_bytes(b"k" * 32)
        referee = Referee(folder, config)
        for number, content in enumerate(("confidence", "knn-relabel", "composition,targets=gce")):
            referee.score(referee.submit("ada", method(content)).number)
            if number < stops:  # as after a kill: nothing but the folder is left
                referee.ledger.close()
                referee = Referee(folder)
        verdicts = referee.close()
        heads.append((referee.ledger.head, json.dumps([one.to_json() for one in verdicts])))
    assert heads[0] == heads[1]
    assert all(one.gains["other_tasks"] and one.gains["sealed"] for one in verdicts)


def test_a_run_of_an_earlier_version_is_not_continued(tmp_path, tiny):
    """Its seeds and items were others: one ledger would mix two drawings."""
    config = ResearchConfig(problem=make((str(tiny),)).config, files=False)
    referee = Referee(tmp_path / "run", config)
    (opened,) = referee.ledger.entries("opened")
    old = {name: value for name, value in opened.body.items() if name != "draws"}
    referee.ledger.close()
    before = tmp_path / "before"
    before.mkdir()
    (before / "secret").write_bytes((tmp_path / "run" / "secret").read_bytes())
    with Ledger(before / "ledger.sqlite") as ledger:
        ledger.append("opened", old, key="opened")
        write_ledger_head(before, LedgerHead(1, ledger.head))
    with pytest.raises(UserError, match="started by an earlier version"):
        Referee(before)
