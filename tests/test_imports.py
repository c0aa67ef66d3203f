"""The local modules that a named file imports are part of what identifies it."""

from __future__ import annotations

import json
import sys

import pytest

from truing import sources
from truing.closure import files_used
from truing.imports import local_modules
from truing.methods import METHODS
from truing.registry import Registry
from truing.sources import source_digest

METHOD = """
import sys, pathlib
sys.path.insert(0, str(pathlib.Path(__file__).parent))
{imports}
from truing.methods import Method, method, uniform

@method("powered")
def powered() -> Method:
    def targets(weak, belief, progress):
        raised = weak ** {power}
        return raised / raised.sum(axis=1)[:, None], uniform(weak)
    return Method(targets=targets)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder; what is imported from it is forgotten afterwards."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    known = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - known:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def write(folder, **files):
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / f"{next(iter(files)).replace('__', '/')}.py"


def names(folder, path) -> set[str]:
    return {str(one.relative_to(folder)) for one in local_modules(path)}


def test_imports_are_followed_through_helpers_functions_and_cycles(folder):
    path = write(
        folder,
        mine="import first\ndef f():\n    from second import value",
        first="import third",
        second="value = 1",
        third="import first",
        unrelated="",
    )
    assert names(folder, path) == {"first.py", "second.py", "third.py"}


def test_packages_and_relative_imports_are_followed(folder):
    path = write(
        folder,
        lab__methods__mine="from lab.parts import powers\nfrom . import near",
        lab__parts__powers="from ..deep import value",
        lab__deep="value = 1",
        lab__methods__near="",
        lab__parts__unrelated="",
    )
    for package in ("lab", "lab/parts", "lab/methods"):
        (folder / package / "__init__.py").write_text("")
    assert names(folder, path) == {
        "lab/__init__.py",
        "lab/parts/__init__.py",
        "lab/parts/powers.py",
        "lab/deep.py",
        "lab/methods/__init__.py",
        "lab/methods/near.py",
    }


def test_the_standard_library_installed_packages_and_truing_are_not_local(folder):
    path = write(folder, mine="import json, numpy as np, pytest\nfrom truing.methods import method")
    assert local_modules(path) == set()


def test_only_own_modules_of_an_installed_package_count(folder):
    site = folder / "site-packages"
    path = write(site, plug__mine="import plug.part, other", plug__part="", other="")
    (site / "plug" / "__init__.py").write_text("")
    assert names(site, path) == {"plug/__init__.py", "plug/part.py"}


def test_a_module_on_the_path_counts(folder, monkeypatch):
    write(folder / "lib", shared="")
    path = write(folder / "here", mine="import shared")
    monkeypatch.syspath_prepend(folder / "lib")
    assert names(folder, path) == {"lib/shared.py"}


def test_a_digest_depends_on_content_and_not_on_the_folder(folder):
    made = [write(folder / name, mine="import helper", helper="A = 1") for name in ("a", "b")]
    assert source_digest(made[0]) == source_digest(made[1])
    (folder / "b" / "helper.py").write_text("A = 2  # edited")
    assert source_digest(made[0]) != source_digest(made[1])


def test_a_user_file_counts_the_files_of_truing_that_it_uses(folder):
    path = write(
        folder,
        mine="import helper\nfrom truing.methods import harden, method",
        helper="from truing.measures import auroc",
    )
    used = {
        one.name for file in (path, *local_modules(path)) for one in files_used(file.read_bytes())
    }
    assert {"_method.py", "_class_balance.py"} <= used
    assert not {"__init__.py", "_naive.py", "_judge_score.py"} & used


@pytest.mark.parametrize(
    ("source", "methods"),
    [
        ("from truing.methods import _gce\n_gce.gce", {"_gce.py"}),
        ("from truing.methods._gce import gce as mine", {"_gce.py"}),
        ("import truing.methods._gce as mine\nmine.gce", {"_gce.py"}),
        ("import truing.methods._gce\ntruing.methods._gce.gce", {"_gce.py"}),
        ("def f():\n    from truing.methods import _gce\n    return _gce.gce", {"_gce.py"}),
        ("from truing.methods import *", {"_gce.py", "_naive.py"}),
        ("from truing.methods import uniform", set()),
        ("if TYPE_CHECKING:\n    from truing.methods._gce import gce", set()),
        ("from .methods._gce import gce", set()),
        ("import numpy", set()),
        ("no syntax", set()),
    ],
)
def test_every_way_to_import_from_truing_is_followed(source, methods):
    found = {one.name for one in files_used(source.encode())}
    assert found & {"_gce.py", "_naive.py"} == methods


def test_the_public_names_of_truing_are_found_behind_their_lazy_import():
    used = {one.name for one in files_used(b"from truing import Study")}
    assert "_study.py" in used
    assert "_finetune.py" not in used


def test_the_digest_of_a_user_method_covers_its_helper_and_truing(folder, monkeypatch):
    path = write(
        folder,
        mine=METHOD.format(imports="import helper", power="helper.POWER"),
        helper="POWER = 1.0",
    )
    found = [METHODS.build(f"{path}:powered").digest]
    (folder / "helper.py").write_text("POWER = 2.0")
    found.append(METHODS.build(f"{path}:powered").digest)
    digest = sources._own_digest
    edited = {"_method.py"}
    monkeypatch.setattr(
        sources, "_own_digest", lambda file: digest(file) + "edited" * (file.name in edited)
    )
    found.append(METHODS.build(f"{path}:powered").digest)
    edited.add("_naive.py")
    found.append(METHODS.build(f"{path}:powered").digest)
    assert len(set(found)) == 3
    assert found[2] == found[3]


def test_every_kind_of_extension_counts_its_local_modules(folder):
    path = write(folder, mine="from helper import A\ndef made():\n    return A", helper="A = 1")
    text = f"import sys\nsys.path.insert(0, {str(folder)!r})\n" + path.read_text()
    path.write_text(text)
    kinds = Registry("number", "truing.errors", lambda made: isinstance(made, int))
    first = kinds.build(f"{path}:made")
    (folder / "helper.py").write_text("A = 2  # edited")
    second = kinds.build(f"{path}:made")
    assert (first.value, second.value) == (1, 2)  # the same process runs the new helper
    assert first.identity != second.identity


@pytest.mark.parametrize("workers", [1, 2])
def test_editing_a_helper_computes_again(truing, tiny, folder, workers, warm):
    path = write(
        folder,
        mine=METHOD.format(imports="import helper", power="helper.POWER"),
        helper="from power import POWER",
        power="POWER = 1.0",
    )
    arguments = [
        "w2s",
        "--task",
        tiny,
        "--weak",
        "pca-1",
        "--strong",
        "pca-5",
        "--seeds",
        2,
        "--method",
        f"{path}:powered",
        "--workers",
        workers,
        "--json",
    ]

    def run():
        code, out, err = truing(*arguments)
        assert code == 0, err
        return json.loads(out)

    first, again = run(), run()
    (folder / "power.py").write_text("POWER = 9.0  # edited")
    edited = run()
    assert again["work"]["trainings"] == 0
    assert edited["work"]["trainings"] == 2
    assert edited["rows"][0]["transfer_accuracy"] != first["rows"][0]["transfer_accuracy"]
