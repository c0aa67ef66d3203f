"""Frozen folders: which directories can be submitted, and which files a folder may contain."""

from __future__ import annotations

import json
import os

import pytest

from truing.errors import UserError
from truing.research.folders import FrozenFolder, read_card, read_folder


@pytest.fixture
def place(tmp_path):
    (tmp_path / "run.py").write_text("print(1)\n")
    return tmp_path


def test_a_directory_is_read_without_hidden_files_card_and_remains_of_runs(place):
    for name in ("lib/a.py", "lib/deep/b.txt", ".git/config", "inputs/weak.npy", "outputs/x"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(name)
    (place / "lib/__pycache__").mkdir()
    (place / "lib/__pycache__/a.pyc").write_bytes(b"\xff")
    (place / "card.json").write_text("{}")
    (place / "empty").mkdir()
    assert dict(read_folder(place).files) == {
        "run.py": "print(1)\n",
        "lib/a.py": "lib/a.py",
        "lib/deep/b.txt": "lib/deep/b.txt",
    }


def test_the_digest_depends_on_paths_and_texts_and_not_on_order_or_times(place):
    (place / "a.py").write_text("a")
    first = read_folder(place)
    os.utime(place / "a.py", (1, 1))
    assert read_folder(place).digest == first.digest
    assert FrozenFolder(dict(reversed(first.files.items()))).digest == first.digest
    assert FrozenFolder({**first.files, "a.py": "b"}).digest != first.digest
    assert FrozenFolder({"run.py": "print(1)\n", "b.py": "a"}).digest != first.digest


def test_links_are_refused_also_to_directories_and_to_nothing(place):
    for target in ("/etc/passwd", "/etc", "missing"):
        (place / "link").symlink_to(target)
        with pytest.raises(UserError, match="link is a link; copy the file into the folder"):
            read_folder(place)
        (place / "link").unlink()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("weights.bin", b"\xff\xfe\x00", "is not UTF-8 text; submit text files only"),
        ("data.txt", b"x" * 500_000, "at most 500,000 are allowed: submit code, not data"),
        ("data.csv", b"1," * 1_000_001, r"data.csv has 2,000,002 bytes; submit code, not data"),
    ],
)
def test_data_is_refused(place, name, content, message):
    (place / name).write_bytes(content)
    with pytest.raises(UserError, match=message):
        read_folder(place)


def test_a_large_directory_is_not_read_to_its_end(place):
    for number in range(110):
        (place / f"{number}.py").touch()
    with pytest.raises(UserError, match="has more than 100 files"):
        read_folder(place)


def test_devices_and_pipes_are_refused_without_waiting(place):
    os.mkfifo(place / "pipe")
    with pytest.raises(UserError, match="pipe is not a regular file"):
        read_folder(place)


def test_a_folder_without_a_program_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"the folder has no run.py; write the program into"):
        read_folder(tmp_path)
    with pytest.raises(UserError, match=r"is not a folder; name the folder that contains run.py"):
        read_folder(tmp_path / "missing")


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "../run.py",
        "a/../../b",
        "a//b",
        "./a",
        "a/",
        "",
        "a\\..\\b",
        "C:evil",
        "a\0b",
        "a\nb",
        "ü.py",
        ".hidden",
        "a/.git/hook",
        "x" * 201,
        "\ud800",
    ],
)
def test_paths_outside_of_the_folder_and_strange_names_are_refused(name):
    with pytest.raises(UserError, match="is not allowed in a folder"):
        FrozenFolder({"run.py": "", name: ""})


@pytest.mark.parametrize(
    "name", ["inputs/task.json", "inputs", "outputs/predictions.npy", "scratch", "scratch/a.py"]
)
def test_files_do_not_replace_the_folders_of_the_run(name):
    """A file `scratch` would stop every run before it starts, as if the machine were broken."""
    with pytest.raises(UserError, match="is in a folder of the run"):
        FrozenFolder({"run.py": "", name: ""})


def test_a_file_is_not_a_folder_too():
    """Otherwise it could not be written, which would not be the error of the submission."""
    with pytest.raises(UserError, match=r"'run.py/a' is inside of another file"):
        FrozenFolder({"run.py": "", "run.py/a": ""})


def test_the_card_is_not_a_file_of_the_folder():
    with pytest.raises(UserError, match=r"card.json is the method card"):
        FrozenFolder({"run.py": "", "card.json": "{}"})


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"run.py": 1}', '{"run.py": null}', "[" * 100_000]
)
def test_other_json_is_no_folder(content):
    with pytest.raises(UserError, match="a folder must be JSON of the form"):
        FrozenFolder.from_json(content)


def test_every_text_is_written_as_it_is(tmp_path):
    texts = {"run.py": "a\r\nb\rc\n", "x/y.txt": "ü \u2028 \ud800 \0"}
    FrozenFolder.from_json(FrozenFolder(texts).to_json()).write(tmp_path)
    found = {
        name: (tmp_path / name).read_bytes().decode("utf-8", "surrogatepass") for name in texts
    }
    assert found == texts
    assert json.loads(FrozenFolder(texts).to_json()) == texts


@pytest.mark.parametrize("content", ["[" * 100_000, "{", "[]", "\ud800"])
def test_a_card_that_is_no_object_is_refused(place, content):
    (place / "card.json").write_bytes(content.encode("utf-8", "surrogatepass"))
    with pytest.raises(UserError, match=r"card.json (is not|must be)"):
        read_card(place)


def test_a_card_is_a_regular_file(place):
    """A link to a device or a pipe would never end."""
    (place / "card.json").symlink_to("/dev/zero")
    with pytest.raises(UserError, match=r"card.json is a link"):
        read_card(place)
    (place / "card.json").unlink()
    assert read_card(place) == {}
    os.mkfifo(place / "card.json")
    with pytest.raises(UserError, match=r"card.json is not a regular file"):
        read_card(place)
