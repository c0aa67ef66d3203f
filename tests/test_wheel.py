"""The built wheel contains all files, declares its dependencies, and works outside the checkout."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import tomllib
import venv
import zipfile
from collections.abc import Iterable
from email.parser import HeaderParser
from importlib.metadata import Distribution, distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "truing"
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
OPTIONAL = {"IPython", "array_api_strict", "huggingface_hub", "pandas", "pyarrow", "torchao"}
"""Packages that are used only if the user has installed them."""


def run(*words: object, cwd: Path) -> str:
    """Run a command without anything that leads back to the checkout, and return its output."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [str(word) for word in words]
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    (built,) = folder.iterdir()
    return built


def requirements(wheel: Path) -> list[Requirement]:
    """What the wheel's metadata requires, for extras too."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (one for one in archive.namelist() if one.endswith(".dist-info/METADATA"))
        stated = HeaderParser().parsestr(archive.read(name).decode())
    return [Requirement(one) for one in stated.get_all("Requires-Dist", [])]


def collect(one: Requirement, found: dict[str, Distribution], extras: Iterable[str] = ()) -> None:
    """Add the installed distribution that a requirement names, and those that it requires."""
    applies = one.marker is None or any(one.marker.evaluate({"extra": e}) for e in ("", *extras))
    key = str((canonicalize_name(one.name), sorted(one.extras)))
    if applies and key not in found:
        found[key] = distribution(one.name)
        for inner in found[key].requires or ():
            collect(Requirement(inner), found, one.extras)


def imported(path: Path) -> set[str]:
    """Names of the packages that a file imports, anywhere in it."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"truing"}


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """The `bin` folder of a new environment with the wheel and what it requires, and nothing else.

    The required packages are links to those of the running environment, so nothing is downloaded.
    A package that the wheel does not declare is missing.
    """
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    (site,) = (folder / "lib").glob("python*/site-packages")
    found: dict[str, Distribution] = {}
    for required in requirements(wheel):
        collect(required, found)
    for one in found.values():
        for name in {path.parts[0] for path in one.files or ()} - {"..", "__pycache__"}:
            if not (site / name).exists():  # packages share the folder of a namespace
                (site / name).symlink_to(one.locate_file(name))
    pip = [sys.executable, "-m", "pip", "--python", python]
    run(*pip, "install", "--no-deps", "--no-index", "--ignore-installed", wheel, cwd=folder)
    return python.parent


def test_the_wheel_contains_every_file_of_the_package(wheel):
    files = {
        str(path.relative_to(PACKAGE.parent))
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("truing/")}
    assert packed == files
    assert "truing/py.typed" in packed
    assert {Path(name).suffix for name in packed} >= {".html", ".css"}


def test_the_wheel_declares_every_package_that_it_imports(wheel):
    extras = [{"extra": name} for name in ("", "train", "ray", "scout")]
    declared = {
        canonicalize_name(one.name)
        for one in requirements(wheel)
        if one.marker is None or any(map(one.marker.evaluate, extras))
    }
    known = packages_distributions()
    missing = {
        f"{path.relative_to(PACKAGE)}: {name}"
        for path in PACKAGE.rglob("*.py")
        for name in imported(path) - OPTIONAL
        if not declared & {canonicalize_name(one) for one in known.get(name, [name])}
    }
    assert not missing


def test_a_study_runs_from_the_installed_wheel(installed, tmp_path):
    place = run(installed / "python", "-c", "import truing; print(truing.__file__)", cwd=tmp_path)
    assert Path(place.strip()).is_relative_to(installed.parent)
    study = ["--weak", "pca-1", "--strong", "pca-5", "--method", "naive", "--seeds", "1"]
    told = run(
        *(installed / "truing", "w2s", *study, "--workers", "1", "--out", "run", "--json"),
        cwd=tmp_path,
    )
    assert [row["method"] for row in json.loads(told)["rows"]] == ["naive"]
    assert json.loads((tmp_path / "run" / "environment.json").read_text())["truing"] == VERSION
    assert (tmp_path / "run" / "report.html").is_file()
