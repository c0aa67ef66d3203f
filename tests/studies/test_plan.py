"""A plan holds each distinct step once, and a change reruns exactly what descends from it."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import write_jsonl
from truing.errors import UserError
from truing.studies import LocalEngine, Store, Study, complete, make_plan

METHOD = '''
from truing.methods import Method, method, follow

@method("mine")
def mine(share: float = 0.5) -> Method:
    """A method of one's own."""
    return Method(targets=lambda w, b, p: (w * 1.0, w[:, 0] * 0 + 1), static=True)
'''


def kinds(steps):
    found = {}
    for step in steps:
        found[step.kind] = found.get(step.kind, 0) + 1
    return found


@pytest.fixture
def grid(tiny):
    """Two weak and three strong models, two methods, three seeds."""
    return Study(
        tasks=str(tiny),
        weak=["pca-1", "pca-2"],
        strong=["pca-4", "pca-5", "pixels"],
        methods=["naive", "confidence"],
        seeds=3,
    )


def test_only_distinct_trainings_are_planned(grid):
    plan = make_plan(grid)
    assert plan.count(plan.steps.values()) == {
        "trainings": 2 * 3 + 3 * 3 + 2 * 3 * 2 * 3,  # supervisors, ceilings, students
        "extractions": 5,
    }
    assert len(plan.lines) == 12


def test_a_second_run_does_nothing(grid, store, alone):
    plan = make_plan(grid)
    first = complete(plan, store, alone)
    assert plan.count(first) == {"trainings": 51, "extractions": 5}
    assert len(first) == len(plan.steps)
    assert complete(make_plan(grid), store, alone) == []


def test_a_larger_study_does_only_new_steps(grid, store, alone):
    complete(make_plan(grid), store, alone)
    larger = grid.model_copy(update={"methods": (*grid.methods, "gce")})
    assert kinds(complete(make_plan(larger), store, alone)) == {
        "train student": 2 * 3 * 3,
        "score": 6,
        "compare": 6,
    }


def test_the_oracle_is_the_ceiling_and_costs_nothing(grid):
    base = make_plan(grid)
    more = make_plan(grid.model_copy(update={"methods": (*grid.methods, "oracle")}))
    assert more.count(more.steps.values()) == base.count(base.steps.values())


def test_the_rung_of_a_chain_is_the_naive_student_of_that_size(tiny):
    one = Study(
        tasks=str(tiny), weak="pca-1", strong=["pca-2", "pca-4", "pca-8"], methods="naive", seeds=1
    )
    chained = one.model_copy(update={"methods": ("naive", "bootstrap,rungs=pca-2+pca-4")})
    new = set(make_plan(chained).steps) - set(make_plan(one).steps)
    steps = [make_plan(chained).steps[key] for key in new]
    # pca-2 is the naive student that stands in the grid; pca-4 on its labels is new, once for all.
    assert kinds(steps)["train student"] == 1 + 3


def test_an_ensemble_is_compared_with_an_ensembled_ceiling(tiny):
    study = Study(tasks=str(tiny), weak="pca-1", strong="pca-4", methods="ensemble", seeds=2)
    plan = make_plan(study)
    (ceiling, *_) = plan.lines[0].score.parents["ceiling"]
    assert ceiling.config["method"]["arguments"] == {"members": 5}


CHANGES = {
    "data": {"extract", "train supervisor", "train ceiling", "train student"},
    "truth of supervise": {"train supervisor", "train student"},
    "truth of learn": {"train ceiling"},
    "truth of test": set(),
    "weak features": {"extract", "train supervisor", "train student"},
    "weak l2": {"train supervisor", "train student"},
    "strong features": {"extract", "train ceiling", "train student"},
    "strong l2": {"train ceiling", "train student"},
    "method's arguments": {"train student"},
    "method's source": {"train student"},
    "baseline": set(),
}
ALWAYS = {"score"}


def _study(folder, change: str | None, item: int = 0, sizes: tuple[int, int] = (1, 4)) -> Study:
    """A study in a folder, with one thing changed: the item of a split, or an argument."""
    rows = [json.loads(line) for line in (folder / "tiny.jsonl").read_text().splitlines()]
    splits = make_plan_splits(folder / "tiny.jsonl")
    if change == "data":
        rows[item]["vector"][item % 8] += 1
    if change and change.startswith("truth of"):
        part = getattr(splits, change.split()[-1])
        row = rows[part[item % len(part)]]
        row["truth"] = "b" if row["truth"] == "a" else "a"
    path = write_jsonl(folder / "changed.jsonl", rows)
    source = METHOD + ("# another line\n" if change == "method's source" else "")
    (folder / "mine.py").write_text(source)
    weak, strong = (
        f"pca-{size + (change == which)}"
        for size, which in zip(sizes, ("weak features", "strong features"), strict=True)
    )
    weak += ",l2=2" if change == "weak l2" else ""
    strong += ",l2=2" if change == "strong l2" else ""
    method = f"{folder / 'mine.py'}:mine"
    method += ",share=0.7" if change == "method's arguments" else ""
    return Study(
        tasks=str(path),
        weak=weak,
        strong=strong,
        methods=method,
        seeds=1,
        baseline="paired" if change == "baseline" else "pinned",
    )


def make_plan_splits(path):
    from truing.tasks import load_task

    return load_task(str(path)).task.splits(0)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_reruns_exactly_its_descendants(tmp_path, tiny, store, alone, change):
    complete(make_plan(_study(tmp_path, None)), store, alone)
    ran = complete(make_plan(_study(tmp_path, change)), store, alone)
    assert set(kinds(ran)) == CHANGES[change] | ALWAYS


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from(sorted(CHANGES)),
    st.integers(0, 159),
    st.tuples(st.integers(1, 2), st.integers(4, 6)),
)
def test_any_change_gives_new_keys_exactly_to_its_descendants(tmp_path, tiny, change, item, sizes):
    before = make_plan(_study(tmp_path, None, item, sizes)).steps
    after = make_plan(_study(tmp_path, change, item, sizes)).steps
    new = {key: step for key, step in after.items() if key not in before}
    assert set(kinds(new.values())) == CHANGES[change] | ALWAYS
    for step in new.values():  # what is new descends from what is new, or was itself changed
        parents = [one.key for several in step.parents.values() for one in several]
        twins = [one for one in before.values() if one.kind == step.kind]
        changed_itself = all(one.config != step.config for one in twins)
        assert changed_itself or any(parent in new for parent in parents)
    for key in set(after) - set(new):
        parents = [one.key for several in after[key].parents.values() for one in several]
        assert not any(parent in new for parent in parents)


def test_a_new_seed_reruns_only_its_own_lines(tmp_path, tiny, store, alone):
    study = _study(tmp_path, None)
    complete(make_plan(study), store, alone)
    ran = complete(make_plan(study.model_copy(update={"seeds": 2})), store, alone)
    assert kinds(ran) == {"train supervisor": 1, "train ceiling": 1, "train student": 1, "score": 1}


NAMES = st.lists(st.sampled_from(["pca-1", "pca-2", "pca-4", "pixels"]), min_size=1, max_size=3)
METHODS = st.lists(
    st.sampled_from(["naive", "confidence", "gce", "oracle", "shuffled", "co-teaching"]),
    min_size=1,
    max_size=4,
)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(NAMES, NAMES, METHODS, st.integers(1, 3), NAMES, METHODS)
def test_two_studies_share_exactly_their_common_steps(
    tiny, weak, strong, methods, seeds, strong_more, methods_more
):
    one = Study(tasks=str(tiny), weak=weak, strong=strong, methods=methods, seeds=seeds)
    both = Study(
        tasks=str(tiny),
        weak=weak,
        strong=strong + strong_more,
        methods=methods + methods_more,
        seeds=seeds,
    )
    first, second = make_plan(one), make_plan(both)
    trainings = {k for k, step in first.steps.items() if step.kind.startswith("train")}
    assert trainings <= set(second.steps)
    students = {
        (w, s, m)
        for w in set(weak)
        for s in set(strong + strong_more)
        for m in set(methods + methods_more) - {"oracle"}
    }
    found = kinds(second.steps.values())
    assert found.get("train student", 0) == seeds * len(students)
    assert found["train supervisor"] == seeds * len(set(weak))
    pairs = "co-teaching" in methods + methods_more  # two members: another ceiling
    others = set(methods + methods_more) - {"co-teaching"}
    ceilings = len(set(strong + strong_more)) * (bool(others) + pairs)
    assert found["train ceiling"] == seeds * ceilings


def test_parents_come_before_children(grid):
    seen = set()
    for key, step in make_plan(grid).steps.items():
        assert all(parent.key in seen for parents in step.parents.values() for parent in parents)
        seen.add(key)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"methods": []}, "the study has no method"),
        ({"weak": ()}, "the study has no weak supervisor"),
        (
            {"weak": (), "methods": []},
            "the study has no weak supervisor, no method; name one or more",
        ),
        ({"seeds": 0}, "seeds must be integers"),
        ({"baseline": "moving"}, "baseline must be"),
        ({"colour": "red"}, "unknown field of a study 'colour'; known: tasks, weak"),
        ({"tasks": "digit"}, "unknown task 'digit'; did you mean digits"),
        ({"methods": "naiv"}, "unknown method 'naiv'; did you mean naive"),
    ],
)
def test_a_wrong_study_is_reported_in_one_line(wrong, message):
    given = {"tasks": "digits", "weak": "pca-8", "strong": "pca-16", "methods": "naive", "seeds": 1}
    with pytest.raises(UserError) as caught:
        make_plan(Study(**{**given, **wrong}))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_engine_takes_at_least_one_worker():
    with pytest.raises(UserError, match="workers must be 1 or more"):
        LocalEngine(0)


def test_a_store_path_that_is_a_file_is_a_user_mistake(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"cannot be written to .*; set TRUING_STORE"):
        Store(tmp_path / "file")


def students(plan):
    """Labels of the students that a plan trains on weak labels, by their features and l2."""
    steps = plan.steps.values()
    return {
        (step.parents["features"][0].config["features"]["arguments"].get("size"), step.config["l2"])
        for step in steps
        if step.kind == "train student"
    }


def test_the_rungs_of_a_chain_lie_between_supervisor_and_student_and_have_its_settings(tiny):
    study = Study(
        tasks=str(tiny), weak="pca-2", strong="pca-8,l2=0.3", methods="bootstrap", seeds=1
    )
    assert students(make_plan(study)) == {(3, 0.3), (5, 0.3), (8, 0.3)}
    above = study.model_copy(update={"weak": ("pca-8",), "strong": ("pca-4",)})
    with pytest.raises(UserError, match="needs two sizes between the supervisor 'pca-8'"):
        make_plan(above)
