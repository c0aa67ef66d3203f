"""Folders by every door: the same receipt, the same refusals, and the files that were submitted."""

from __future__ import annotations

import json
from contextlib import ExitStack

import numpy as np
import pytest
from visitors import CARD, ByCommand, ByDoor, ByInspect, ByMcp, RefusedError

from tests.research.foldering import Running, folder, make_problem, write_kind
from truing.errors import UserError
from truing.research import Budget, Referee, ResearchConfig
from truing.research._config import Folders
from truing.research.doors import HttpDoor, LocalDoor, Tokens, _open
from truing.research.doors._request_check import MOST_BODIES, MOST_BODY, Body, Room
from truing.research.doors._server import serving
from truing.research.folders import FrozenFolder, read_folder
from truing.research.ledger._read_records import read_records
from truing.research.ledger._records import Submitted

pytestmark = [  # of Inspect, and of what it leaves to be collected
    pytest.mark.filterwarnings("ignore:The 'initial' parameter:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

DOORS = ("local", "http", "command", "mcp", "inspect")
FILES = {"run.py": "from lib import rule\n", "lib/rule.py": "# ümlaut\n"}


@pytest.fixture(scope="module")
def problem(tmp_path_factory):
    def first(_, inputs):
        return np.zeros(len(inputs.predict.ids), int)

    return make_problem(Running(first), write_kind(tmp_path_factory.mktemp("task"), "vectors"))


@pytest.fixture
def referee(tmp_path, problem, monkeypatch) -> Referee:
    budget, config = Budget(each=3, all=9), problem.config
    asked = ResearchConfig(problem=config, budget=budget, files=False, folders=Folders())
    made = Referee(tmp_path / "referee", asked, problem)
    monkeypatch.setitem(_open._opened, made.folder.absolute(), made)
    problem.folders.runner.read.clear()
    return made


class BySubmitting(ByCommand):
    """`truing submit --folder`: the files lie in a directory."""

    def __init__(self, url: str, token: str, place):
        super().__init__(url, token)
        self.place = place

    def _words(self, operation, given):
        if operation != "submit_method":
            return super()._words(operation, given)
        for name, text in given["files"].items():
            path = self.place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (self.place / "card.json").write_text(json.dumps(given["card"]))
        return ["--folder", str(self.place)]


class ByContent(ByDoor):
    """A door in Python: the folder is the content of the submission."""

    def ask(self, operation, **given):
        if operation == "submit_method":
            files = given.pop("files")
            try:
                given["content"] = FrozenFolder(files).to_json()
            except UserError as error:
                raise RefusedError(str(error)) from None
        return super().ask(operation, **given)


@pytest.fixture(params=DOORS)
def ann(request, referee, tmp_path):
    """Who comes in as ann."""
    with ExitStack() as stack:
        if request.param == "local":
            yield ByContent(LocalDoor(referee, "ann"))
        elif request.param == "inspect":
            yield ByInspect(referee.folder, "ann")
        else:
            url = stack.enter_context(serving(referee))
            token = Tokens(referee.folder).issue("ann")
            yield {
                "http": lambda: ByContent(HttpDoor(url, token)),
                "command": lambda: BySubmitting(url, token, tmp_path / "mine"),
                "mcp": lambda: ByMcp(HttpDoor(url, token)),
            }[request.param]()


def submit(visitor, files: dict[str, str]) -> dict:
    return visitor.ask("submit_method", kind="folder", files=files, card=CARD)


def test_a_folder_is_scored_and_its_files_are_in_the_ledger(ann, referee):
    number = submit(ann, FILES)["number"]
    assert submit(ann, FILES)["number"] == number  # nothing is charged
    referee.score(number)
    receipt = ann.ask("get_result", number=number)
    assert (receipt["status"], receipt["released"], receipt["isolation"]) == (
        "scored",
        0,
        "limited",
    )
    assert "lib" not in json.dumps(receipt)
    ((_, stored),) = read_records(referee.ledger.entries(), Submitted).items()
    assert json.loads(stored.submission.content) == FILES
    assert stored.submission.card.model_dump() == CARD
    assert len(referee.problem.folders.runner.read) == 2


def test_a_wrong_folder_is_refused_and_changes_nothing(ann, referee):
    before = referee.ledger.head
    with pytest.raises(RefusedError, match=r"the folder has no run.py"):
        submit(ann, {"main.py": "1"})
    assert referee.ledger.head == before


def test_the_contract_is_in_the_description(referee):
    described = LocalDoor(referee, "ann").describe_problem()["folders"]
    assert "run.py" in described["terms"]
    assert described["limits"]["threads"] == 1
    assert {"inputs/task.json", "inputs/weak.npy"} <= set(described["inputs"])
    assert list(described["outputs"]) == ["outputs/predictions.npy"]
    assert described["models"] == []


def test_agents_must_leave_the_content_of_a_folder_empty(referee):
    visitor = ByMcp(LocalDoor(referee, "ann"))
    for wrong in ({"kind": "composition"}, {"kind": "folder", "content": "{}"}):
        with pytest.raises(RefusedError, match='files are for kind "folder" with an empty content'):
            visitor.ask("submit_method", **{"files": FILES, "card": CARD, **wrong})


def test_a_change_of_the_directory_after_submission_changes_nothing(referee, tmp_path):
    place = tmp_path / "mine"
    FrozenFolder(FILES).write(_made(place))
    seen = []
    referee.problem.folders.runner.program, first = _watched(referee, seen)
    number = referee.submit("ann", folder(**_texts(read_folder(place)))).number
    (place / "run.py").write_text("changed")
    (place / "more.py").write_text("added")
    referee.score(number)
    referee.close()
    referee.problem.folders.runner.program = first
    assert len(seen) >= 4  # climb and sealed
    assert all(dict(one.files) == FILES for one in seen)


def _made(place):
    place.mkdir()
    return place


def _texts(frozen: FrozenFolder) -> dict[str, str]:
    files = dict(frozen.files)
    return {"text": files.pop("run.py"), **files}


def _watched(referee, seen):
    first = referee.problem.folders.runner.program

    def program(frozen, inputs):
        seen.append(frozen)
        return first(frozen, inputs)

    return program, first


# Large bodies


def test_the_largest_folder_passes_the_http_door(referee):
    """Quotes and letters outside of ASCII are the longest in JSON in JSON."""
    texts = {"run.py": '"' * 370_000, "other.txt": "ü" * 125_000}
    card = dict.fromkeys(("claim", "mechanism"), "ü" * 2000)
    submission = folder(texts["run.py"], **{"other.txt": texts["other.txt"]})
    submission = submission.model_copy(update={"card": submission.card.model_copy(update=card)})
    assert 2_000_000 < len(json.dumps(submission.model_dump(mode="json"))) < MOST_BODY
    with serving(referee) as url:
        door = HttpDoor(url, Tokens(referee.folder).issue("ann"))
        assert scored_by(door, submission).status == "scored"


def scored_by(door, submission):
    from truing.research.doors import wait_for

    return wait_for(door, door.submit_method(submission).number, 60)


def test_bodies_share_the_memory_that_they_may_use():
    """As much as before folders: 256 connections with 1.3 MB each."""
    assert MOST_BODIES <= 256 * 1_300_000
    room = Room()
    bodies = [Body(room, MOST_BODY) for _ in range(200)]
    for body in bodies:
        body.add(b"x" * (MOST_BODY - 10))
    assert room.left >= 0
    refused = [body for body in bodies if body.crowded]
    assert 0 < len(refused) < 100
    assert not any(body.parts for body in refused)
    for body in bodies:
        body.close()
        body.close()  # closing twice frees the memory once
    assert room.left == MOST_BODIES


def test_a_body_that_is_too_large_is_not_stored():
    room = Room()
    body = Body(room, 100)
    for _ in range(3):
        body.add(b"x" * 60)
    assert (body.size, body.parts, body.crowded, room.left) == (180, [], False, MOST_BODIES)
