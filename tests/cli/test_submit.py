"""`truing submit --file`: the only method of a file needs no name."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from truing.cli._only_method import only_method
from truing.errors import UserError
from truing.run_files import LEDGER

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


class _Recording:
    """A door that refuses every submission and stores it."""

    def __init__(self):
        self.submitted = []

    def submit_method(self, submission):
        self.submitted.append(submission)
        raise UserError("closed")


@pytest.fixture
def door(monkeypatch):
    made = _Recording()
    monkeypatch.setattr("truing.research.doors.open_door", lambda **where: made)
    return made


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "mine"
    place.mkdir()
    (place / "run.py").write_text("print(1)\n")
    (place / "card.json").write_text(json.dumps(CARD))
    return place


CARD = {"claim": "it gains", "mechanism": "less noise", "expected_effect": 0.02}


def test_a_folder_is_submitted_with_the_card_in_it(truing, door, folder):
    assert truing("submit", "--folder", folder) == (2, "", "truing: closed\n")
    assert truing("submit", "--folder", folder, "--expected", 0.5)[0] == 2
    first, second = door.submitted
    assert first.kind == "folder"
    assert json.loads(first.content) == {"run.py": "print(1)\n"}  # the card is not a file of it
    assert first.card.model_dump(exclude_unset=True) == CARD
    assert second.card.expected_effect == 0.5
    assert second.card.claim == CARD["claim"]


@pytest.mark.parametrize(
    ("card", "message"),
    [
        (None, "the method card has no claim; give --claim TEXT or write it into"),
        ("[1]", "card.json must be a JSON object"),
        ("{", "card.json is not valid JSON"),
        (json.dumps({**CARD, "luck": 1}), "unknown field 'luck'|luck"),
        (json.dumps({**CARD, "expected_effect": 3}), "expected_effect"),
    ],
)
def test_a_wrong_card_is_one_line(truing, door, folder, card, message):
    (folder / "card.json").unlink()
    if card is not None:
        (folder / "card.json").write_text(card)
    code, out, err = truing("submit", "--folder", folder)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert re.search(message, err)
    assert not door.submitted


@pytest.mark.parametrize("more", [(), ("--try",)])
def test_the_folder_of_a_referee_is_not_submitted_or_tried(truing, door, folder, more):
    (folder / LEDGER).touch()
    code, _, err = truing("submit", "--folder", folder, *more)
    assert code == 2
    assert "is the folder of a referee" in err
    assert f"--referee {folder}" in err


def test_the_former_name_of_the_option_is_explained(truing):
    code, _, err = truing("result", 3, "--folder", "runs/x")
    assert code == 2
    assert "no such option '--folder'; name the folder of a referee with --referee runs/x" in err
