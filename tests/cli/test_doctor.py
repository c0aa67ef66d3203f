"""`truing doctor`: what the machine offers, quickly and without heavy imports."""

from __future__ import annotations

import json
import subprocess
import sys

from truing.cli import _machine


def test_every_part_has_a_line_and_the_exit_code_is_0(truing):
    code, out, err = truing("doctor")
    assert (code, err) == (0, "")
    parts = ["truing", "machine", "train", "ray", "PyTorch", "GPU", "store", "isolation", "browser"]
    starts = [line.split()[0] for line in out.splitlines()]
    assert [one for one in starts if one in parts] == sorted(parts, key=starts.index)
    assert set(parts) <= set(starts)
    assert out.splitlines()[-1] == "usable     yes"


def test_the_json_has_every_fact(truing, own_store):
    own_store.mkdir()
    (own_store / "entry").write_bytes(b"12345")
    found = json.loads(truing("doctor", "--json")[1])
    assert found["usable"] is True
    assert found["missing"] == []
    assert found["cores"] >= 1
    assert found["store"] == {
        "location": str(own_store),
        "entries": 1,
        "bytes": 5,
        "complete": True,
        "writable": True,
    }


def test_a_missing_package_of_an_extra_has_its_pip_line(truing, monkeypatch):
    here = _machine._installed
    monkeypatch.setattr(_machine, "_installed", lambda name: name != "peft" and here(name))
    code, out, _ = truing("doctor")
    assert code == 0
    assert "missing: peft; pip install 'truing[train]'" in out


def test_a_missing_required_package_makes_truing_unusable(truing, monkeypatch):
    here = _machine._installed
    monkeypatch.setattr(_machine, "_installed", lambda name: name != "optuna" and here(name))
    code, out, _ = truing("doctor")
    assert code == 1
    assert "missing: optuna; pip install truing" in out
    assert out.splitlines()[-1] == "usable     no"


def test_a_store_that_cannot_be_written_to_makes_truing_unusable(truing, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TRUING_STORE", str(tmp_path / "file" / "store"))
    code, out, _ = truing("doctor")
    assert code == 1
    assert "not writable; set TRUING_STORE" in " ".join(out.split())


def test_a_store_at_a_url_is_not_contacted(truing, monkeypatch):
    monkeypatch.setenv("TRUING_STORE", "s3://bucket/truing")
    code, out, _ = truing("doctor")
    assert code == 0
    assert "s3://bucket/truing (not contacted)" in out


def test_the_gpus_are_listed(truing, monkeypatch, tmp_path):
    program = tmp_path / "bin" / "nvidia-smi"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'NVIDIA H200, 143771 MiB'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setattr(_machine, "NVIDIA_SECONDS", 250.0)
    assert "GPU        NVIDIA H200, 143771 MiB" in truing("doctor")[1]


def test_no_heavy_package_is_imported():
    code = (
        "import sys; from truing.cli._machine import inspect_machine; inspect_machine();"
        "print([m for m in ('torch', 'transformers', 'sklearn', 'inspect_ai') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr
