"""The structure: packages import only downwards; heavy libraries are imported when used."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from importlib import metadata
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from truing import run_files

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "truing"
# From the bottom to the top; every package may import the modules in MODULES.
LAYERS = [
    "measures",
    "tasks",
    "students",
    "methods",
    "pipeline",
    "oversight",
    "plants",
    "supervisors",
    "studies",
    "stress",
    "research",
    "testing",
    "runs",
    "report",
    "exports",
    "lab",
    "server",
    "cli",
]
MODULES = {
    "arguments",
    "calls",
    "closure",
    "data_notes",
    "errors",
    "factory",
    "failure",
    "function_identity",
    "function_source",
    "functions",
    "given",
    "given_extensions",
    "imports",
    "json_lines",
    "lazy",
    "listening",
    "loops",
    "places",
    "progress",
    "registry",
    "run_files",
    "seeding",
    "sources",
    "specification",
    "wording",
}


@dataclass(frozen=True)
class File:
    """What the tests read of a file, which is parsed once."""

    path: str
    names: set[str]  # full names of what is imported, anywhere in the file
    imported: set[str]  # packages and modules of truing, imported anywhere in the file
    at_the_top: set[str]  # packages and modules of anyone, imported as the file is imported
    strings: list[tuple[int, str]]  # line and value

    @property
    def package(self) -> str:
        return self.path.partition("/")[0]


def read(path: Path) -> File:
    tree = ast.parse(path.read_text())
    nodes = list(ast.walk(tree))
    names = {name for node in nodes for name in imports(node)}
    split = [name.split(".") for name in names]
    return File(
        path=str(path.relative_to(PACKAGE)),
        names=names,
        imported={parts[1] if parts[1:] else "truing" for parts in split if parts[0] == "truing"},
        at_the_top={name.partition(".")[0] for node in tree.body for name in imports(node)},
        strings=[
            (node.lineno, node.value)
            for node in nodes
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ],
    )


def imports(node: ast.AST) -> list[str]:
    """Full names of what a statement imports."""
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


@pytest.fixture(scope="module")
def files() -> list[File]:
    """Every file of truing."""
    found = [read(path) for path in sorted(PACKAGE.rglob("*.py"))]
    assert len(found) > 1000
    return found


@pytest.fixture(scope="module")
def packaged(files) -> list[File]:
    """Every file of a package of truing."""
    return [file for file in files if "/" in file.path]


def test_packages_import_only_from_below(packaged):
    above = {
        file.path: found
        for file in packaged
        if (
            found := file.imported
            & {*LAYERS, "truing"} - {*LAYERS[: LAYERS.index(file.package) + 1]} - MODULES
        )
    }
    assert not above


def test_packages_import_only_public_names_of_each_other(files):
    found = {
        f"{file.path} imports {name}"
        for file in files
        for name in file.names
        if name.startswith("truing.") and re.search(r"\._(?!_)", name)
        if file.package != name.split(".")[1]
    }
    assert not found


def test_measures_import_no_other_package_of_truing(packaged):
    measures = [file for file in packaged if file.package == "measures"]
    assert not [file.path for file in measures if not file.imported <= {"measures"}]
    assert len(measures) > 20


def test_every_package_has_a_level():
    folders = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()}
    assert folders == {*LAYERS}


PACKAGES = sorted(
    {
        f".{'.'.join(path.relative_to(PACKAGE).parent.parts)}".rstrip(".")
        for path in PACKAGE.rglob("__init__.py")
    }
)


def test_only_one_module_states_the_names_of_files_in_run_folders(files):
    names = {value for value in vars(run_files).values() if isinstance(value, str) and "." in value}
    names &= {name for name in names if name.endswith((".json", ".jsonl", ".csv", ".sqlite"))}
    assert len(names) > 8
    found = {
        f"{file.path}:{line} {value}"
        for file in files
        if file.path != "run_files.py"
        for line, value in file.strings
        if value in names
    }
    assert not found


@pytest.mark.parametrize("name", [*PACKAGES, "._inspect"])
def test_public_names_exist(name):
    module = importlib.import_module(f"truing{name}")
    assert len(set(module.__all__)) == len(module.__all__) > 0
    assert all(getattr(module, one) is not None for one in module.__all__)
    assert set(module.__all__) <= set(dir(module))


def test_public_names_include_runs_and_extensions():
    import truing

    assert dir(truing) == sorted(truing.__all__)
    assert set(truing.__all__) - {"__version__"} == set(truing._HOMES)
    lines_of_work = {"Study", "Oversight", "ResearchRun", "Game", "JudgeSession"}
    extensions = {"method", "protocol", "supervisor", "features", "game", "researcher"}
    assert lines_of_work | extensions | {"run", "load", "Task", "Item"} <= set(truing.__all__)
    assert truing.__version__ == version("truing")


@pytest.mark.parametrize(
    "command",
    [
        ["--help"],
        ["--version"],
        ["w2s", "--help"],
        ["list", "--help"],
        ["referee", "--help"],
        ["oversee", "--help"],
        ["game", "--help"],
        ["research", "--help"],
        ["ledger", "--help"],
        ["submit", "--help"],
        ["mcp", "--help"],
        ["judge", "--help"],
        ["view", "--help"],
        ["compare", "--help"],
        ["report", "--help"],
    ],
)
def test_help_loads_nothing_heavy(command):
    code = (
        "import sys; sys.argv = ['truing', *sys.argv[1:]]\n"
        "from truing.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([m for m in ('numpy', 'scipy', 'sklearn', 'pydantic', 'vl_convert', 'rich', 'torch',"
        " 'fastapi', 'mcp', 'optuna')"
        " if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True)
    assert done.stderr.strip() == "[]"
    assert "truing" in done.stdout


def test_imports_of_every_process_exclude_libraries_that_load_slowly():
    """Workers of pools and clusters, and sandboxed processes, import these packages first."""
    code = (
        "import sys, truing.lab, truing.studies.work, truing.research\n"
        "print([m for m in ('scipy.stats', 'scipy.optimize', 'sklearn', 'inspect_ai', 'torch')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_the_core_needs_no_pytorch():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    never = (
        "torch",
        "vllm",
        "unsloth",
        "sglang",
        "flash-attn",
        "deepspeed",
        "bitsandbytes",
        "langchain",
    )
    assert not [one for one in project["dependencies"] if one.lower().startswith(never)]


def test_no_module_imports_an_extra_at_its_top(files):
    """All modules can be imported without the extras."""
    extras = {
        "torch",
        "transformers",
        "peft",
        "accelerate",
        "datasets",
        "safetensors",
        "ray",
        "pandas",
        "playwright",
    }
    importing = {file.path: found for file in files if (found := extras & file.at_the_top)}
    assert not importing


def test_every_dependency_is_pinned_in_the_constraints():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pinned = {
        line.split("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text().split()
    }
    extras = [one for some in project["optional-dependencies"].values() for one in some]
    wanted = project["dependencies"] + [one for one in extras if not one.startswith("truing[")]
    assert {re.split(r"[\[>]", one)[0].lower() for one in wanted} <= pinned
    assert all(">=" in one for one in wanted)


def test_every_pinned_package_runs_on_the_oldest_python():
    """Debian 12 has Python 3.11.2, so no package may need a later bug fix of Python 3.11."""
    oldest = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert oldest == ">=3.11"
    pinned = [line.split("==") for line in (ROOT / "constraints.txt").read_text().split()]
    names = [name for name, number in pinned if _is_installed(name, number)]
    assert len(names) > 100  # the others are for other environments
    needs = {name: metadata.metadata(name)["Requires-Python"] or "" for name in names}
    assert [name for name, need in needs.items() if "3.11.0" not in SpecifierSet(need)] == []


def _is_installed(name: str, number: str) -> bool:
    try:
        return version(name) == number
    except metadata.PackageNotFoundError:
        return False


def test_randomness_is_never_global():
    for path in PACKAGE.rglob("*.py"):
        calls = re.findall(r"\bnp\.random\.(\w+)", path.read_text())
        assert set(calls) <= {"Generator", "default_rng"}, path
