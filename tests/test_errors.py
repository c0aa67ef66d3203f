"""The tree of errors: complete, with an exit code for each kind, and one line for each error."""

from __future__ import annotations

import errno
import os
import pickle
import re
import tempfile
from pathlib import Path

import pytest

import truing as package
from truing import errors

ROOM = Path(package.__file__).parent
REFUSALS = [errno.EACCES, errno.EROFS, errno.ENOSPC]


def error_classes() -> list[type[Exception]]:
    """The classes of the tree, each after the class that it extends."""
    found = [errors.TruingError]
    for kind in found:
        found += [one for one in kind.__subclasses__() if one.__module__ == "truing.errors"]
    return found


def test_the_tree_in_the_header_has_every_public_error():
    shown = re.findall(r"^[ │├└─]*(\w+Error)\b", errors.__doc__, re.MULTILINE)
    assert sorted(shown) == sorted(kind.__name__ for kind in error_classes())
    for path in ROOM.rglob("*.py"):
        if path.name != "errors.py":
            public = re.findall(r"^class ([A-Z]\w*)\(\w*Error\b", path.read_text(), re.MULTILINE)
            assert not public, f"{path} defines {public}; public errors belong in errors.py"


def test_exit_codes_separate_user_mistakes_from_other_errors():
    for kind in error_classes():
        usual = 2 if issubclass(kind, errors.UserError) else 1
        assert kind.exit_code == (3 if kind is errors.CapError else usual)


def test_errors_survive_pickling():
    given = {
        errors.UnknownNameError: ("method", "naiv", ("naive", "gce")),
        errors.LedgerUnavailableError: ("the disk is full", "/a/path"),
    }
    for kind in error_classes():
        error = kind(*given.get(kind, ("what is wrong",)))
        sent = pickle.loads(pickle.dumps(error))
        assert (type(sent), str(sent)) == (type(error), str(error))
        assert isinstance(sent, errors.TruingError)


@pytest.fixture
def refuse(monkeypatch):
    """Have the disk refuse to make files in a folder, and in the folders in it."""
    make = tempfile.mkstemp

    def start(folder: Path, code: int) -> None:
        def refused(*given, **named):
            if Path(named["dir"]).resolve().is_relative_to(folder.resolve()):
                raise OSError(code, os.strerror(code), str(folder))
            return make(*given, **named)

        monkeypatch.setattr(tempfile, "mkstemp", refused)

    return start


@pytest.mark.parametrize("code", REFUSALS)
@pytest.mark.parametrize("place", ["run", "store"])
def test_an_unwritable_disk_is_not_a_user_mistake(
    truing, tiny, tmp_path, own_store, refuse, code, place
):
    folder = {"run": tmp_path / "out", "store": own_store}[place]
    refuse(folder, code)
    words = ["--weak", "pca-1", "--strong", "pca-4", "--method", "naive", "--seeds", "1"]
    exit_code, out, err = truing("w2s", "--task", tiny, *words, "--workers", 1, "--out", "out")
    line = err.splitlines()[-1]
    assert exit_code == 1
    assert out == ""
    assert f"({os.strerror(code)}); " in line
    assert {"run": "the run folder out", "store": f"the store {own_store}"}[place] in line
    assert ("free some space, or " in line) or code != errno.ENOSPC
    assert {"run": "with --out", "store": "TRUING_STORE"}[place] in line


@pytest.mark.parametrize("code", REFUSALS)
def test_an_unexpected_os_error_is_one_line(truing, monkeypatch, code):
    from truing.cli import _list

    def refused(**_):
        raise OSError(code, os.strerror(code), "/some/where")

    monkeypatch.setattr(_list.command, "callback", refused)
    exit_code, _, err = truing("list")
    assert exit_code == 1
    assert err.startswith(f"truing: /some/where: {os.strerror(code).lower()}; ")
    assert len(err.splitlines()) == 1


def test_a_wrong_path_is_a_user_mistake(tmp_path):
    error = OSError(errno.ENOTDIR, "Not a directory")
    assert isinstance(errors.unwritable("out", error, "name another"), errors.UserError)
