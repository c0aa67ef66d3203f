"""Tags and notes: written by the owner alone, shown, searched, and no part of the run."""

from __future__ import annotations

import json

import pytest
from starlette.testclient import TestClient

from tests.server.conftest import PORT, let_in, viewing
from tests.server.runs import make_study
from truing.errors import UserError
from truing.runs import Annotations, find_run, read_annotations, write_annotations
from truing.server import Keys, hosts, make_app
from truing.server.view import Index, view_pages

ORIGIN = {"origin": f"http://127.0.0.1:{PORT}"}


def place_of(root) -> str:
    (run,) = Index([root]).runs()
    return f"/runs/{run.id}"


def test_tags_and_a_note_are_stored_and_shown(tmp_path):
    folder = make_study(tmp_path / "a")
    client, place = viewing(tmp_path), place_of(tmp_path)
    fields = {"tags": "baseline, <b>odd</b>,baseline", "note": "Seed 3 is odd."}
    answer = client.post(f"{place}/notes", data=fields, headers=ORIGIN, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, place)
    assert json.loads((folder / "notes.json").read_text()) == {
        "tags": ["baseline", "<b>odd</b>"],
        "note": "Seed 3 is odd.",
    }
    for page in (client.get("/").text, client.get(place).text):
        assert "Seed 3 is odd." in page
        assert "&lt;b&gt;odd" in page
        assert "<b>odd" not in page


def test_runs_are_found_by_their_tags_and_notes(tmp_path):
    write_annotations(make_study(tmp_path / "a"), Annotations(("to publish",), "Seed 3 is odd."))
    make_study(tmp_path / "b")
    client = viewing(tmp_path)
    for asked in ({"tag": "to publish"}, {"q": "publish"}, {"q": "seed odd"}):
        text = client.get("/", params=asked).text
        assert "a</bdi></a>" in text
        assert "b</bdi></a>" not in text


def test_a_note_does_not_change_the_run(tmp_path):
    folder = make_study(tmp_path / "a")
    (before,) = Index([tmp_path]).runs()
    write_annotations(folder, Annotations(note="Look at it again."))
    (after,) = Index([tmp_path]).runs()
    assert (after.changed, after.status) == (before.changed, "finished")
    assert len(find_run(folder).rows) == 2
    assert not find_run(folder).warnings


@pytest.mark.parametrize("content", ["[", "7", '{"tags": 7, "note": [1]}', '{"tags": [[], {}, 1]}'])
def test_a_damaged_file_of_notes_spoils_no_page(tmp_path, content):
    (make_study(tmp_path / "a") / "notes.json").write_text(content)
    client = viewing(tmp_path)
    assert client.get("/").status_code == client.get(place_of(tmp_path)).status_code == 200


def test_huge_or_linked_notes_are_not_read(tmp_path):
    folder = make_study(tmp_path / "a")
    (folder / "notes.json").write_text(json.dumps({"tags": ["x" * 900] * 900, "note": "n" * 9000}))
    found = read_annotations(folder)
    assert (len(found.tags), len(found.tags[0]), len(found.note)) == (1, 40, 4000)
    (folder / "notes.json").unlink()
    (tmp_path / "secret").write_text('{"note": "secret"}')
    (folder / "notes.json").symlink_to(tmp_path / "secret")
    assert read_annotations(folder) == Annotations()


def test_only_the_owner_can_write(tmp_path):
    folder = make_study(tmp_path / "a")
    place, fields = f"{place_of(tmp_path)}/notes", {"tags": "hurt", "note": ""}
    app = make_app([view_pages(Index([tmp_path]))], Keys(), hosts(PORT))
    stranger = TestClient(app, f"http://127.0.0.1:{PORT}")
    assert stranger.post(place, data=fields, headers=ORIGIN).status_code == 401
    owner = let_in(lambda keys: make_app([view_pages(Index([tmp_path]))], keys, hosts(PORT)))
    evil = {"origin": "http://evil.example"}
    assert owner.post(place, data=fields, headers=evil).status_code == 403
    assert owner.post(place, data=fields).status_code == 403  # a form of ours states its origin
    assert owner.get(place, params=fields).status_code in (404, 405)
    assert not (folder / "notes.json").exists()


def test_too_long_texts_are_refused(tmp_path):
    make_study(tmp_path / "a")
    client, place = viewing(tmp_path), place_of(tmp_path)
    answer = client.post(f"{place}/notes", data={"tags": "x" * 41}, headers=ORIGIN)
    assert answer.status_code == 422
    assert "at most 40 characters, got 41" in answer.text
    with pytest.raises(UserError, match="at most 20 tags, got 21"):
        Annotations(tuple(map(str, range(21))))
    with pytest.raises(UserError, match="at most 4,000 characters"):
        Annotations(note="x" * 4001)
