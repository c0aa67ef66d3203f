"""`truing submit --file`: the only method of a file needs no name."""

from __future__ import annotations

from pathlib import Path

import pytest

from truing.cli._only_method import only_method
from truing.errors import UserError

ONE = '''
import truing
from truing.methods import Method, method

def _helper(): ...

@method("own")
def make() -> Method:
    """Learn the weak labels."""
    return Method(targets=lambda weak, belief, progress: (weak, weak[:, 0] * 0 + 1))
'''


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (ONE, "own"),
        ("@truing.method('sharpen')\ndef f(): ...\ndef helper(): ...", "sharpen"),
        ("@method('top-{size:K}')\ndef f(size: int): ...", "top"),
        ("def smooth(): ...\ndef _other(): ...", "smooth"),
    ],
)
def test_the_only_method_is_found_without_running_the_file(text, name):
    assert only_method(Path("m.py"), f"{text}\nraise SystemExit\n") == name


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ONE + ONE.replace("own", "second"), "m.py contains 2 methods: own, second; name one with"),
        ("def a(): ...\ndef b(): ...", "m.py contains 2 methods: a, b; name one with --name"),
        ("x = 1", r"m.py contains no method; decorate a function with @method\(NAME\)"),
        ("def (:", "m.py is not Python: "),
        ("\0", "m.py is not Python: "),
    ],
)
def test_a_file_without_an_only_method_is_one_line(text, message):
    with pytest.raises(UserError, match=message):
        only_method(Path("m.py"), text)


def test_a_file_is_submitted_under_the_name_of_its_only_method(truing, tmp_path, monkeypatch):
    submitted = []

    class Refusing:
        def submit_method(self, submission):
            submitted.append(submission)
            raise UserError("closed")

    monkeypatch.setattr("truing.research.doors.open_door", lambda **where: Refusing())
    (tmp_path / "m.py").write_text(ONE)
    words = ["submit", "--file", "m.py", "--claim", "a", "--mechanism", "b", "--expected", 0.1]
    assert truing(*words) == (2, "", "truing: closed\n")
    assert truing(*words, "--name", "own,by=2") == (2, "", "truing: closed\n")
    assert [one.name for one in submitted] == ["own", "own,by=2"]
    assert [one.kind for one in submitted] == ["file", "file"]
    assert submitted[0].content == ONE
