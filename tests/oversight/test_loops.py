"""Oversight called from asyncio code, and from a notebook without ipywidgets."""

from __future__ import annotations

import asyncio
import sys
from types import ModuleType, SimpleNamespace

import pytest

from truing.errors import UserError
from truing.lab import Oversight, run_oversight
from truing.oversight.evals import _notebook
from truing.testing import check_protocol

EMBEDDED = {"judge": ("truing/judge",), "debater": ("truing/debater",)}


def asked() -> Oversight:
    return Oversight(protocols=["blind"], questions="cases,count=2", **EMBEDDED)


def test_a_run_inside_asyncio_is_refused_and_works_in_a_thread(tmp_path):
    async def directly():
        run_oversight(asked(), out=tmp_path / "run")

    async def in_a_thread():
        return await asyncio.to_thread(run_oversight, asked(), out=tmp_path / "run")

    with pytest.raises(UserError, match=r"await asyncio\.to_thread\(run_oversight"):
        asyncio.run(directly())
    assert len(asyncio.run(in_a_thread()).overseen.records) == 2


def test_a_protocol_is_checked_inside_an_event_loop():
    async def check():
        check_protocol("blind")

    asyncio.run(check())


def test_a_study_runs_inside_an_event_loop(tiny_study, tmp_path, alone):
    import truing

    async def study():
        return truing.run(tiny_study, out=tmp_path / "run", engine=alone)

    assert len(asyncio.run(study()).rows) == 2


@pytest.mark.parametrize("installed", [True, False])
def test_a_notebook_needs_no_ipywidgets(tmp_path, monkeypatch, installed):
    fake = ModuleType("IPython")
    fake.get_ipython = lambda: SimpleNamespace(config={"IPKernelApp": {}})
    monkeypatch.setitem(sys.modules, "IPython", fake)
    find = _notebook.importlib.util.find_spec
    there = SimpleNamespace(name="ipywidgets") if installed else None
    monkeypatch.setattr(
        "importlib.util.find_spec",
        lambda name, *more: there if name == "ipywidgets" else find(name, *more),
    )
    monkeypatch.setattr("inspect_ai._util.platform.init_nest_asyncio", lambda: None)
    monkeypatch.setattr("inspect_ai._util._async.init_nest_asyncio", lambda: None)
    found = run_oversight(asked(), out=tmp_path / "run")
    assert len(found.overseen.records) == 2


def test_a_run_works_with_an_unwritable_home(tmp_path, monkeypatch):
    """Root may write everywhere: a file where a folder must be refuses root as well."""
    (tmp_path / "home").write_text("")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home" / "share"))
    found = run_oversight(asked(), out=tmp_path / "run")
    assert len(found.overseen.records) == 2
