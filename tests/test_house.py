"""The structure: packages import only downwards; heavy libraries are imported when used."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

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


def imports(path: Path) -> set[str]:
    """Packages and modules of truing that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "truing":
                found.add(parts[1] if len(parts) > 1 else "truing")
    return found


def files() -> list[tuple[Path, str]]:
    return [
        (path, path.relative_to(PACKAGE).parts[0]) for path in sorted(PACKAGE.glob("*/**/*.py"))
    ]


@pytest.mark.parametrize(
    ("path", "package"), files(), ids=lambda value: str(value).split("truing/")[-1]
)
def test_packages_import_only_from_below(path, package):
    below = set(LAYERS[: LAYERS.index(package) + 1]) | MODULES
    assert imports(path) & (set(LAYERS) | {"truing"}) <= below


def test_packages_import_no_private_module_of_another_package():
    """The modules of research are left out: several of them load late, or only in a sandbox."""
    found = {
        f"{path.relative_to(PACKAGE)} imports {node.module}"
        for path, package in files()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("truing.")
        if {package, node.module.split(".")[1]}.isdisjoint({"research"})
        if package != node.module.split(".")[1] and "._" in node.module
    }
    assert not found


def test_measures_import_no_other_package_of_truing():
    assert all(imports(path) <= {"measures"} for path, package in files() if package == "measures")


def test_every_package_has_a_level():
    folders = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()}
    assert folders == {*LAYERS}


PACKAGES = sorted(
    {
        f".{'.'.join(path.relative_to(PACKAGE).parent.parts)}".rstrip(".")
        for path in PACKAGE.rglob("__init__.py")
    }
)


def test_only_one_module_states_the_names_of_files_in_run_folders():
    names = {value for value in vars(run_files).values() if isinstance(value, str) and "." in value}
    names &= {name for name in names if name.endswith((".json", ".jsonl", ".csv", ".sqlite"))}
    assert len(names) > 8
    found = {
        f"{path.relative_to(PACKAGE)}:{node.lineno} {node.value}"
        for path in PACKAGE.rglob("*.py")
        if path.name != "run_files.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and node.value in names
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


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.name)
def test_no_module_imports_an_extra_at_its_top(path):
    """All modules can be imported without the extras."""
    top = ast.parse(path.read_text()).body
    names = [alias.name for node in top if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in top if isinstance(node, ast.ImportFrom)]
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
    assert not extras & {name.partition(".")[0] for name in names}


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


def test_randomness_is_never_global():
    for path in PACKAGE.rglob("*.py"):
        calls = re.findall(r"\bnp\.random\.(\w+)", path.read_text())
        assert set(calls) <= {"Generator", "default_rng"}, path
