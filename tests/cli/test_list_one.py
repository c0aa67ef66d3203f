"""`truing list KIND NAME`: one extension with arguments, defaults, ranges, source and file."""

from __future__ import annotations

import json
import re

import pytest

from truing.cli._kinds import KINDS, registry

RANGE = r"\b\d+ to \d|\b(above|below|at least|at most) \d"


def test_an_extension_is_described_with_its_arguments_and_source(truing):
    code, out, _ = truing("list", "methods", "confidence")
    assert code == 0
    assert out.startswith("confidence (method)\n\nMix the student's own hardened belief")
    assert "  alpha_max: number in (0, 1]; default 0.5\n    share of the student's own" in out
    assert "source: Burns et al. 2023, arXiv 2312.09390, section 4.3.2" in out
    assert "file: truing/methods/_confidence.py:" in out
    assert max(map(len, out.splitlines())) <= 80


def test_the_json_contains_every_argument(truing):
    found = json.loads(truing("list", "methods", "confidence", "--json")[1])
    assert [one["name"] for one in found["arguments"]] == ["alpha_max", "warmup"]
    assert found["arguments"][0] == {
        "name": "alpha_max",
        "type": "number",
        "range": "(0, 1]",
        "default": "0.5",
        "description": "share of the student's own belief after the warm-up.",
    }


@pytest.mark.parametrize("name", ["pca-K", "pca-8", "pca"])
def test_a_name_with_a_number_is_described_under_its_listed_name(truing, name):
    out = truing("list", "features", name)[1]
    assert out.startswith("pca-K (features)")
    assert "  size: integer in [1, inf); required" in out


def test_allowed_names_files_and_optional_texts_are_stated(truing):
    assert "order: one of simultaneous, sequential; default simultaneous" in " ".join(
        truing("list", "protocols", "debate")[1].split()
    )
    recorded = truing("list", "supervisors", "recorded:PATH")[1]
    assert "  path: path of a file; required" in recorded
    assert "  truth_is: text; optional" in recorded


def test_a_description_for_several_arguments_is_given_to_each(truing):
    found = json.loads(truing("list", "games", "nested-oversight", "--json")[1])
    about = {one["name"]: one["description"] for one in found["arguments"]}
    assert about["guard"] == about["houdini"] != ""


def test_an_extension_in_a_file_is_described(truing, tmp_path):
    (tmp_path / "own.py").write_text(
        "from truing.methods import Method\n"
        "def half(share: float = 0.5) -> Method:\n"
        '    """Learn half of each label (Doe 2024)."""\n'
    )
    out = truing("list", "methods", "own.py:half")[1]
    assert "Learn half of each label" in out
    assert "  share: number; default 0.5" in out
    assert "source: Doe 2024" in out
    assert "own.py:2" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["methods", "confidense"], "unknown method 'confidense'; did you mean confidence"),
        (["method", "confidence"], "unknown kind of extension 'method'; did you mean methods?"),
        (["students", "sklearn/GausianNB"], "unknown student 'sklearn/GausianNB'; did you mean"),
        (["features", "pcaa-8"], "unknown features 'pcaa-8'; did you mean pca-8"),
    ],
)
def test_an_unknown_name_is_one_line_with_a_suggestion(truing, words, message):
    code, out, err = truing("list", *words)
    assert (code, out) == (2, "")
    assert err.startswith(f"truing: {message}")
    assert len(err.splitlines()) == 1


def test_students_are_listed_and_described(truing):
    assert "sklearn/NAME  A classifier of scikit-learn" in truing("list", "students")[1]
    head = truing("list", "students", "pca-8")[1]
    assert "  l2: number in (0, inf); default 1.0" in head
    names = " ".join(truing("list", "students", "sklearn/NAME")[1].split())
    assert "NAME is one of AdaBoostClassifier, " in names
    forest = truing("list", "students", "sklearn/RandomForestClassifier,max_depth=3")[1]
    assert "  n_estimators: int; default 100\n    The number of trees in the forest." in forest
    tuned = truing("list", "students", "hf/NAME")[1]
    assert "  adapter: one of full, lora, head; default full" in tuned
    assert "  num_epochs: integer in [1, inf); default 2" in tuned


@pytest.mark.parametrize("kind", KINDS)
def test_every_registered_extension_can_be_described(kind):
    from truing.cli._extension import describe

    for factory in registry(kind).factories.values():
        found = describe(kind, factory)
        assert found.description
        for one in found.arguments:  # the range stands beside the type, and only there
            assert not re.search(RANGE, one.description), (found.name, one.name)
        assert [one.name for one in found.arguments] == list(factory.annotations)
        assert ":" in found.file


@pytest.mark.parametrize("kind", ["plants", "monitors"])
def test_plants_and_monitors_start_with_the_kind_of_system(truing, kind):
    found = json.loads(truing("list", kind, "--json")[1])[kind]
    systems = [line.partition(": ")[0] for line in found.values()]
    order = ["study", "protocol", "method", "any"]  # other tests register names with arguments
    assert {"study", "protocol", "method"} <= set(systems)
    assert systems == sorted(systems, key=order.index)


def test_one_plant_and_one_monitor_state_the_kind_of_system(truing):
    assert truing("list", "plants", "backdoor")[1].startswith("backdoor (study plant)")
    assert truing("list", "monitors", "quotes")[1].startswith("quotes (protocol monitor)")
