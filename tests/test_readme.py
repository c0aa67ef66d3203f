"""What README and the documents say is so."""

from __future__ import annotations

import inspect
import json
import re
import subprocess

import pytest

from tests.documents import ROOT, blocks, read_blocks

README = (ROOT / "README.md").read_text()
NUMBER = re.compile(r"-?\d+\.?\d*(?:e-?\d+)?")
PROTOCOLS = (ROOT / "docs" / "protocols.md").read_text()


def commands(verb: str, text: str = README) -> list[str]:
    joined = "\n".join(blocks("sh", text)).replace("\\\n", " ")
    lines = [line.split("#")[0].strip() for line in joined.splitlines()]
    return [line for line in lines if line.startswith(f"truing {verb} ")]


def test_the_python_example_of_the_readme_runs(tmp_path, monkeypatch, capsys, readers_store):
    (code,) = blocks("python", README)
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    rows = [line for line in lines if re.match(r"(naive|confidence\S*) +\d\.\d{3}  ", line)]
    assert len(rows) == 6
    assert (tmp_path / lines[-1].split(": ")[1]).is_file()
    assert (tmp_path / "pgr.svg").is_file()


def numbers(svg: str) -> list[float]:
    return [float(one) for one in NUMBER.findall(svg)]


def run(warm, words, folder) -> str:
    """Run `truing` in a folder; returns what it prints."""
    done = subprocess.run([warm, "-m", *words], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def replaced(words: list[str], option: str, value: str) -> list[str]:
    """The words of a command with another value of an option that takes one value."""
    if option not in words:
        return [*words, option, value]
    place = words.index(option) + 1
    return [*words[:place], value, *words[place + 1 :]]


@pytest.mark.parametrize("command", commands("w2s"))
def test_the_studies_run(command, tmp_path, readers_store, warm):
    words = [*replaced(command.split(), "--seeds", "1"), "--json", "--out", str(tmp_path)]
    supervisors = command.count("--supervisor") or command.count("--weak")
    rows = json.loads(run(warm, words, ROOT))["rows"]
    assert len(rows) == supervisors * command.count("--method")


def test_the_table_and_picture_shown_are_what_the_command_makes(
    tmp_path, readers_store, warm, charts
):
    command, (shown,) = commands("w2s")[0], blocks("text", README)
    words = [*command.split(), "--out", str(tmp_path / "run")]
    printed = [line.rstrip() for line in run(warm, words, tmp_path).splitlines()]
    assert printed[: len(shown.splitlines())] == shown.splitlines()
    drawn, picture = (
        (folder / name).read_text()
        for folder, name in (
            (tmp_path / "run" / "charts", "pgr.svg"),
            (ROOT / "docs", "weak-to-strong.svg"),
        )
    )
    assert NUMBER.sub("", drawn) == NUMBER.sub("", picture), "run `make pictures`"
    assert numbers(drawn) == pytest.approx(numbers(picture), abs=0.5)  # of a pixel


@pytest.mark.parametrize("command", commands("oversee"))
def test_the_protocols_run(command, tmp_path, readers_store, warm):
    words = replaced(command.split(), "--limit", "8")
    words += ["--json", "--out", str(tmp_path / "run")]
    found = json.loads(run(warm, words, ROOT))
    assert len(found["protocols"]) == command.count("--protocol")
    assert found["simulated"]


def test_the_documented_protocol_is_the_example():
    (declared,) = (one.text for one in read_blocks(PROTOCOLS) if "title" in one.says)
    (check,) = blocks("python", PROTOCOLS)
    example = (ROOT / "examples" / "devils_advocate.py").read_text()
    body = declared.partition("return Protocol(")[2].strip()
    assert body in example
    exec(compile(check.replace("examples/", f"{ROOT}/examples/"), "docs/protocols.md", "exec"), {})


def fields_of(text: str) -> set[str]:
    """Names in the first column of the first table of fields."""
    table = text.partition("\n| field | meaning |\n")[2].partition("\n\n")[0]
    return set(re.findall(r"`(\w+)`", " ".join(line.split("|")[1] for line in table.splitlines())))


def test_the_protocols_page_lists_the_fields_of_questions():
    from truing.oversight.questions import _file

    options = {"path", "truth_is", "drop"}
    assert fields_of(PROTOCOLS) == set(inspect.signature(_file.file).parameters) - options
    assert fields_of(PROTOCOLS) == fields_of(_file.__doc__)


def test_the_study_file_of_the_readme_can_be_planned(warm):
    assert "truing run examples/ladder.py" in README
    words = ["truing", "run", "examples/ladder.py", "--dry-run", "--json"]
    assert json.loads(run(warm, words, ROOT))["work"]["trainings"] > 100


def test_the_example_method_has_at_most_30_lines():
    source = (ROOT / "examples" / "smooth_labels.py").read_text()
    body = re.sub(r'"""(.*?)"""', "", source, flags=re.DOTALL)
    assert len([line for line in body.splitlines() if line.strip()]) <= 30
    assert len(source.splitlines()) <= 30


@pytest.mark.parametrize("name", re.findall(r"\]\((?!https:)([^)]+)\)", README))
def test_every_link_of_the_readme_has_a_target(name):
    assert (ROOT / name.partition("#")[0]).exists()


def test_the_data_page_lists_the_fields_of_task_files():
    from truing.tasks import _columns, _file

    document = (ROOT / "docs" / "data.md").read_text()
    options = {"path", "classes", "truth_is", "drop", "form", "balance"}
    names_of_text = set(_columns.TEXT)
    read = set(inspect.signature(_file.file).parameters) - options | names_of_text
    assert fields_of(document) == fields_of(_file.__doc__) == read


def test_the_examples_of_items_are_read(tmp_path):
    from truing.tasks import load_task

    (lines,) = blocks("json", (ROOT / "docs" / "data.md").read_text())
    kinds = []
    for number, line in enumerate(lines.splitlines()):
        path = tmp_path / f"{number}.jsonl"
        other = line.replace("true}", "false}").replace('"q', '"other q')
        path.write_text(f"{line}\n{other}\n")
        kinds.append(load_task(str(path)).task.kind)
    assert kinds == ["classification", "multiple choice", "preference"]


def test_the_makefile_has_both_commands():
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(r"^demo:", makefile, flags=re.MULTILINE)
    assert re.search(r"^test:", makefile, flags=re.MULTILINE)
    assert "make test" in (ROOT / ".ci" / "run").read_text()


def test_the_license_is_apache():
    assert "Apache License" in (ROOT / "LICENSE").read_text()
