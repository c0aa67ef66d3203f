"""The example notebooks run from the first cell to the last, with and without ipywidgets."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

EXAMPLES = Path(__file__).parents[1] / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))
FEWER = ("range(60)", "range(8)")  # questions in the notebook about oversight
HIDDEN = 'import sys; sys.modules["ipywidgets"] = None'  # `import ipywidgets` fails

pytestmark = [  # the kernel's and its client's own
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture
def warm_kernel(tmp_path, monkeypatch, warm):
    """Jupyter starts its kernels warm."""
    kernel = tmp_path / "jupyter" / "kernels" / "python3" / "kernel.json"
    kernel.parent.mkdir(parents=True)
    words = [str(warm), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    kernel.write_text(json.dumps({"argv": words, "display_name": "warm", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))


@pytest.mark.timeout(900)
@pytest.mark.parametrize("widgets", [True, False], ids=["ipywidgets", "no ipywidgets"])
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path, widgets, tmp_path, readers_store, warm_kernel):
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.source = cell.source.replace(*FEWER)
    if not widgets:
        notebook.cells.insert(0, new_code_cell(HIDDEN))
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=600, resources=resources).execute()
    outputs = [one for cell in notebook.cells for one in cell.get("outputs", ())]
    assert not [one for one in outputs if one.get("name") == "stderr"]
    pages = [one["data"]["text/html"] for one in outputs if "text/html" in one.get("data", {})]
    assert any("<table>" in page and "<img" in page for page in pages)  # a result
    assert any(page.startswith("<img") for page in pages)  # a chart


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_has_no_outputs_and_is_stored_as_jupyter_writes_it(path):
    text = path.read_text()
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not [cell for cell in code if cell.outputs or cell.execution_count]
    assert text == json.dumps(json.loads(text), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
