"""The built wheel contains every file of the package, and works outside the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "truing"
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


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


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """The `bin` folder of a new environment with the wheel, and with our dependencies by path.

    A `.pth` file adds the running environment's packages to the module path. The `.pth` files in
    those folders are not read, so the editable installation of the checkout is not found.
    """
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    ours = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    (site,) = (folder / "lib").glob("python*/site-packages")
    (site / "dependencies.pth").write_text("\n".join(ours) + "\n")
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
