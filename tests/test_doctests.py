"""Examples in docstrings run, each in an empty folder of its own, and public names have one."""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path

import pytest

import truing
from truing.methods import METHODS
from truing.oversight.games import GAMES
from truing.oversight.protocols import PROTOCOLS
from truing.oversight.questions import QUESTIONS
from truing.research.researchers import RESEARCHERS
from truing.students.features import FEATURES
from truing.supervisors import SUPERVISORS
from truing.tasks import TASKS

REGISTRIES = (METHODS, GAMES, PROTOCOLS, QUESTIONS, RESEARCHERS, FEATURES, SUPERVISORS, TASKS)
HOUSE = Path(truing.__file__).parent


def examples() -> list[doctest.DocTest]:
    """The examples of each docstring. They start with no names, as in a new interpreter."""
    found = []
    for path in sorted(HOUSE.rglob("*.py")):
        if ">>> " in path.read_text():
            parts = path.relative_to(HOUSE.parent).with_suffix("").parts
            module = importlib.import_module(".".join(parts).removesuffix(".__init__"))
            found += doctest.DocTestFinder().find(module, globs={"__name__": "examples"})
    return [pytest.param(one, id=one.name, marks=marks(one.name)) for one in found if one.examples]


def marks(name: str) -> list[pytest.MarkDecorator]:
    return [pytest.mark.slow] if name.endswith(".OversightResult") else []  # imports Inspect


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder of all examples, so that examples with the same study run it once."""
    return tmp_path_factory.mktemp("examples")


@pytest.mark.parametrize("example", examples())
def test_an_example_runs(example, folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    monkeypatch.setenv("TRUING_STORE", str(folder / "store"))
    for registry in REGISTRIES:
        registry.describe()
        monkeypatch.setattr(registry, "factories", dict(registry.factories))
    failed = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example).failed
    assert not failed, capsys.readouterr().out


@pytest.mark.parametrize("name", sorted({*truing.__all__} - {"__version__"}))
def test_a_public_name_has_an_example(name):
    assert ">>> " in getattr(truing, name).__doc__


def test_examples_are_a_section_that_the_reference_shows():
    """mkdocstrings knows `Examples:`; `Example:` would be a remark, with `>>>` as quotations."""
    wrong = [
        path for path in HOUSE.rglob("*.py") if re.search(r"^ *Example:$", path.read_text(), re.M)
    ]
    assert not wrong
