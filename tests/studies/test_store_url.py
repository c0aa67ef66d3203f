"""A store may lie at any URL that fsspec opens, and holds there what it holds in a folder."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid

import fsspec
import numpy as np
import pytest
from fsspec.implementations.local import LocalFileSystem

from truing.errors import CorruptEntryError, StoreError, UserError
from truing.lab import run
from truing.studies import LocalEngine, Store, complete, make_plan

KEY = "ab" + "0" * 62
ENTRY = {"beliefs": np.linspace(0, 1, 6).reshape(2, 3), "count": np.array(3)}


class Failing(LocalFileSystem):
    """A driver that loses its line in the middle of a file."""

    protocol = "failing"

    def pipe_file(self, path, value, **_):
        with open(path, "wb") as file:
            file.write(value[: len(value) // 2])
        raise TimeoutError("the line\nwas lost")


@pytest.fixture
def failing():
    fsspec.register_implementation("failing", Failing, clobber=True)


@pytest.fixture(params=["memory", "local", "file"])
def url(request, tmp_path) -> str:
    """In this process, in a folder by a driver, and in a folder as such."""
    place = f"/{uuid.uuid4().hex}/store" if request.param == "memory" else f"{tmp_path}/at a url"
    return f"{request.param}://{place}"


def stored(path) -> list[str]:
    return [one.name for one in path.rglob("*") if one.is_file()]


def test_written_entries_are_read_by_location(url):
    store = Store(url)
    assert KEY not in store
    store.write(KEY, ENTRY)
    again = Store(store.location)
    assert KEY in again
    found = again.read(KEY)
    assert all(found[name].tobytes() == array.tobytes() for name, array in ENTRY.items())
    again.write_json(KEY, {"step": 2})
    assert store.read_json(KEY) == {"step": 2}


def test_a_removed_entry_is_missing_and_may_be_removed_again(url):
    store = Store(url)
    store.write(KEY, ENTRY)
    store.remove(KEY)
    store.remove(KEY)
    assert KEY not in store
    with pytest.raises(CorruptEntryError, match="is missing"):
        store.read(KEY)


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty"])
def test_a_damaged_entry_is_removed(url, damage):
    store = Store(url)
    store.write(KEY, ENTRY)
    files, root = fsspec.url_to_fs(url)
    path = f"{root}/{KEY[:2]}/{KEY}"
    content = bytearray(files.cat_file(path))
    content[len(content) // 2] ^= 1
    files.pipe_file(
        path, {"cut": bytes(content[:40]), "flipped": bytes(content), "empty": b""}[damage]
    )
    assert not store.intact(KEY)
    assert KEY not in store


def test_a_study_has_the_same_bytes_in_any_store(tmp_path, tiny_study, url, warm):
    results = []
    for name, place in (("folder", tmp_path / "store"), ("url", url)):
        run(tiny_study, out=tmp_path / name, engine=LocalEngine(2), store=Store(place))
        results.append((tmp_path / name / "results.jsonl").read_bytes())
    assert results[0] == results[1]
    assert complete(make_plan(tiny_study), Store(url), LocalEngine(1)) == []


WORK = """
import sys
from truing.studies import LocalEngine, Store, Study, complete, make_plan

study = Study(tasks=sys.argv[1], weak="pca-1", strong="pca-5", methods="naive", seeds=12)
print(len(complete(make_plan(study), Store(sys.argv[2]), LocalEngine(1))))
"""


def test_several_processes_may_share_it(tmp_path, tiny, warm):
    command = [warm, "-c", WORK, str(tiny), f"local://{tmp_path}/shared"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
    made = [int(process.communicate()[0]) for process in both]
    held = stored(tmp_path / "shared")
    assert all(len(name) == 64 for name in held)  # nothing half is left
    assert max(made) <= len(held) <= sum(made)
    store = Store(f"local://{tmp_path}/shared")
    assert all(store.intact(key) for key in held)


def test_a_lost_connection_leaves_no_partial_entry(failing, tmp_path):
    store = Store(f"failing://{tmp_path}/store")
    with pytest.raises(StoreError) as caught:
        store.write(KEY, ENTRY)
    assert str(caught.value) == (
        f"the store failing://{tmp_path}/store cannot be written to "
        "(TimeoutError: the line was lost)"
    )
    assert KEY not in store
    assert stored(tmp_path) == []


def test_a_failed_replacement_keeps_the_old_entry(failing, tmp_path):
    Store(f"local://{tmp_path}/store").write(KEY, ENTRY)
    store = Store(f"failing://{tmp_path}/store")
    with pytest.raises(StoreError):
        store.write(KEY, {"other": np.zeros(100)})
    assert set(store.read(KEY)) == set(ENTRY)


@pytest.mark.parametrize("work", ["read", "remove", "write"])
def test_a_failed_file_operation_is_reported_in_one_line(tmp_path, work):
    (tmp_path / KEY[:2] / KEY).mkdir(parents=True)  # stands where a file belongs
    with pytest.raises(StoreError, match=r"cannot be (read|removed|written to) \(.+\)") as caught:
        getattr(Store(tmp_path), work)(*([KEY, ENTRY] if work == "write" else [KEY]))
    assert "\n" not in str(caught.value)


def test_a_url_without_its_driver_names_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "adlfs", None)
    with pytest.raises(UserError, match=r"az://box/truing cannot be opened .*Install adlfs"):
        Store("az://box/truing")


def test_an_unknown_url_is_reported_in_one_line():
    with pytest.raises(UserError) as caught:
        Store("floppy://a/truing")
    assert "floppy" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_password_in_a_url_is_not_printed(failing, tmp_path, monkeypatch):
    monkeypatch.setattr(Failing, "_strip_protocol", classmethod(lambda cls, path: str(tmp_path)))
    with pytest.raises(StoreError) as caught:
        Store("failing://me:secret@host/folder").write(KEY, ENTRY)
    assert "secret" not in str(caught.value)
    assert "failing://host/folder" in str(caught.value)


def test_the_environment_variable_may_be_a_url(tmp_path, monkeypatch):
    monkeypatch.setenv("TRUING_STORE", f"local://{tmp_path}/by variable")
    Store().write(KEY, ENTRY)
    assert stored(tmp_path / "by variable") == [KEY]


def test_a_plain_folder_needs_no_fsspec(tmp_path):
    code = (
        "import sys; from truing.studies._store import Store\n"
        f"Store({str(tmp_path)!r}).write_json({KEY!r}, 1)\n"
        "print([name for name in ('fsspec', 'ray', 'torch') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ}
    )
    assert done.stdout.strip() == "[]", done.stderr
