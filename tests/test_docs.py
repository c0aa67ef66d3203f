"""The documents can be followed by copying: every block runs, every link leads somewhere."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from html.parser import HTMLParser
from inspect import isclass, isroutine
from pathlib import Path

import click
import pytest

from tests.documents import COMMANDS, ROOT, Block, inline_commands, parse_command, read_blocks
from tests.ports import free_port
from tests.waiting import wait_until
from tools.command_pages import contents, outdated
from tools.pictures import PICTURES

DOCS = ROOT / "docs"
# Every package that users import; the command line and the server are used as they are.
PUBLIC = sorted(
    {
        ".".join(path.relative_to(ROOT / "src").parent.parts)
        for path in (ROOT / "src" / "truing").rglob("__init__.py")
    }
    - {"truing.cli", "truing.server", "truing.server.judge", "truing.server.view"}
)
PAGES = sorted(DOCS.rglob("*.md"))
TYPED = [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
NAVIGATION = re.findall(r'= "([\w./-]+\.md)" \}', (ROOT / "zensical.toml").read_text())
BIN = Path(sys.executable).parent
PORT = "8321"  # of a referee in the documents; a test takes one that is free


DONE = "the block is done\n"
LOOP = f"""
import json, sys
known = {{"__name__": "__main__"}}
for line in sys.stdin:
    text, where = json.loads(line)
    exec(compile(text, where, "exec"), known)
    print({DONE.strip()!r}, flush=True)
"""

# `truing` as readers type it; the options in LESS replace those of the command.
TRUING = """#!/bin/bash
given=()
while [ $# -gt 0 ]; do
  if [[ "$1" == --* && " $LESS " == *" $1 "* ]]; then shift; shift; else given+=("$1"); shift; fi
done
exec "WARM" -m truing "${given[@]}" $LESS
"""


def name_of(page: Path) -> str:
    return str(page.relative_to(DOCS))


class Reader:
    """Follows pages by copying: one folder, one store, one shell whose variables stay.

    The blocks of one page in Python share an interpreter.
    """

    def __init__(self, here: Path, warm: Path, port: int):
        self.here, self.warm, self.port = here, warm, str(port)
        self.groups: list[int] = []
        self.python: subprocess.Popen | None = None

    def follow(self, block: Block, where: str) -> None:
        text = block.text.replace(PORT, self.port)
        if "title" in block.says:
            path = self.here / block.says["title"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        elif block.language == "python":
            self._execute(text, where)
        else:
            self._type(text, block.says.get("less", ""), where)

    def _execute(self, text: str, where: str) -> None:
        """In one interpreter for the page, and not in ours, whose registers others test."""
        errors = self.here / ".errors"
        if self.python is None:
            with errors.open("w") as err:
                self.python = subprocess.Popen(
                    [self.warm, "-c", LOOP],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=err,
                    text=True,
                    start_new_session=True,
                )
            self.groups.append(self.python.pid)
        self.python.stdin.write(json.dumps([text, where]) + "\n")
        self.python.stdin.flush()
        done = any(line == DONE for line in self.python.stdout)
        assert done, f"{where}\n{text}\n{errors.read_text()[-3000:]}"

    def _type(self, text: str, less: str, where: str) -> None:
        state = self.here / ".shell"
        begin, end = f"[ ! -f {state} ] || . {state}", f"unset LESS\nexport -p > {state}"
        words = f"set -eu\n{begin}\n{text}\n{end}\n"
        told = self.here / ".told"
        with told.open("w") as out:
            shell = subprocess.Popen(
                ["bash", "-c", words],
                stdout=out,
                stderr=out,
                start_new_session=True,
                env={**os.environ, "LESS": less},
            )
            self.groups.append(shell.pid)
            code = shell.wait()
        assert code == 0, f"{where}\n{text}\n{told.read_text()[-3000:]}"
        if "referee serve" in text:
            self._wait_for_the_referee(told)

    def _wait_for_the_referee(self, told: Path) -> None:
        def answers() -> bool:
            assert "truing:" not in told.read_text(), told.read_text()  # an error
            with socket.socket() as one:
                return one.connect_ex(("127.0.0.1", int(self.port))) == 0

        wait_until(answers, 0.1)

    def turn(self) -> None:
        """End the interpreter of a page."""
        if self.python is not None:
            self.python.stdin.close()
            self.python.stdout.close()
            self.python.wait()
            self.python = None

    def leave(self) -> None:
        """End what was started."""
        self.turn()
        for group in self.groups:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGTERM)


@pytest.fixture
def reader(tmp_path, monkeypatch, readers_store, warm):
    here, own = tmp_path / "here", tmp_path / "bin"
    here.mkdir()
    own.mkdir()
    for name in ("examples", "benchmarks"):
        (here / name).symlink_to(ROOT / name)
    (own / "truing").write_text(TRUING.replace("WARM", str(warm)))
    (own / "truing").chmod(0o755)
    (own / "python").symlink_to(warm)
    monkeypatch.setenv("PATH", os.pathsep.join([str(own), str(BIN), os.environ["PATH"]]))
    monkeypatch.chdir(here)
    one = Reader(here, warm, free_port())
    yield one
    one.leave()


@pytest.mark.timeout(1800)
def test_all_pages_can_be_followed_by_copying_in_their_order(reader):
    """In one folder, as a reader of the whole site does: no page may disturb a later page."""
    for name in NAVIGATION:
        for block in read_blocks((DOCS / name).read_text()):
            told = "title" in block.says or block.language in ("sh", "python")
            if told and "no-run" not in block.says:
                reader.follow(block, f"{name}:{block.line}")
        reader.turn()


@pytest.mark.parametrize("page", TYPED, ids=lambda page: page.name)
def test_no_line_of_code_is_longer_than_90_columns(page):
    for block in read_blocks(page.read_text()):
        for line in block.text.splitlines():
            assert len(line) <= 90, f"{page.name}:{block.line}: {line}"


def test_the_pages_of_commands_show_today_s_help():
    assert outdated(contents()) == [], "run `make pages`"


def test_every_picture_is_drawn_by_make_pictures():
    shown = re.findall(r"!\[[^\]]*\]\((?:docs/)?([^)]+)\)", "".join(p.read_text() for p in TYPED))
    assert set(shown) == set(PICTURES) == {path.name for path in DOCS.rglob("*.svg")}


@pytest.mark.parametrize("page", TYPED, ids=lambda page: page.name)
def test_every_command_can_be_typed(page):
    for block in read_blocks(page.read_text()):
        for command in block.commands:
            parse_command(command)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_block_that_is_not_run_states_the_reason(page):
    for block in read_blocks(page.read_text()):
        assert len(block.says.get("no-run", "a reason")) > 6


@pytest.mark.parametrize(
    "command",
    [
        "truing w2s --stronger pca-4",
        "truing weak",
        "truing research --trials few",
        "truing referee open",
        "make coffee",
        "python benchmarks/none.py",
        "python benchmarks/heads.py --none 3",
    ],
)
def test_an_invalid_command_is_detected(command):
    with pytest.raises((click.UsageError, AssertionError, FileNotFoundError)):
        parse_command(command)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_command_is_in_a_block_of_another_language(page):
    for block in read_blocks(page.read_text()):
        if block.language not in ("sh", "python"):
            lines = [line.split(" ")[0] for line in block.text.splitlines()]
            assert not set(lines) & set(COMMANDS), f"{name_of(page)}:{block.line}"


@pytest.mark.parametrize("page", TYPED, ids=lambda page: page.name)
def test_commands_inside_sentences_can_be_typed(page):
    for command in inline_commands(page.read_text()):
        with contextlib.suppress(click.MissingParameter):  # a mere mention
            parse_command(command)


class Page(HTMLParser):
    """What a built page points at, and what in it can be pointed at."""

    def __init__(self, text: str):
        super().__init__()
        self.links: list[str] = []
        self.assets: list[str] = []
        self.names: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        held = dict(attrs)
        self.names |= {held[name] for name in ("id", "name") if held.get(name)}
        if tag == "a" and held.get("href"):
            self.links.append(held["href"])
        elif tag == "link" and held.get("rel") in ("stylesheet", "preload", "preconnect", "icon"):
            self.assets.append(held["href"])
        elif held.get("src"):
            self.assets.append(held["src"])


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The documents, built strictly from a copy: nothing is written into the checkout."""
    here = tmp_path_factory.mktemp("site")
    for name in ("docs", "src"):
        shutil.copytree(ROOT / name, here / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "zensical.toml", here)
    words = [str(BIN / "zensical"), "build", "--strict"]
    done = subprocess.run(words, cwd=here, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No issues found" in done.stdout + done.stderr
    return here / "site"


@pytest.fixture(scope="session")
def built(site):
    return {path.relative_to(site): Page(path.read_text()) for path in site.rglob("*.html")}


def test_every_page_is_in_the_navigation(built):
    known = {Path(name_of(page)).with_suffix(".html") for page in PAGES}
    linked = {Path(link.partition("#")[0]) for link in built[Path("index.html")].links}
    assert known <= linked | {Path("index.html")}


def test_every_link_has_a_target(site, built):
    broken = []
    for at, page in built.items():
        if at.name == "404.html":
            continue
        for link in page.links:
            path, _, name = link.partition("#")
            if re.match(r"\w+:", link):
                continue
            target = Path(os.path.normpath(at.parent / path)) if path else at
            if not (site / target).exists() or (
                name and target in built and name not in built[target].names
            ):
                broken.append((str(at), link))
    assert not broken


def test_no_page_loads_anything_external(built):
    for at, page in built.items():
        assert not [one for one in page.assets if re.match(r"(https?:)?//", one)], at


def test_an_opened_page_requests_nothing(site, browser):
    asked: list[str] = []
    page = browser.new_page()
    page.on("request", lambda request: asked.append(request.url))
    for name in ("index", "tour", "reference/index"):
        page.goto((site / f"{name}.html").as_uri(), wait_until="networkidle")
    page.close()
    assert any(one.endswith("tour.html") for one in asked)
    assert not [one for one in asked if not one.startswith(("file:", "data:", "blob:"))]


def test_the_reference_is_made_from_docstrings(built):
    missing = []
    for name in PUBLIC:
        page = Path("reference") / f"{name.removeprefix('truing.')}.html"
        module = importlib.import_module(name)
        shown = built[page].names if page in built else set()
        public = {one: getattr(module, one) for one in module.__all__}
        wanted = [one for one, value in public.items() if isclass(value) or isroutine(value)]
        missing += [f"{name}.{one}" for one in wanted if f"{name}.{one}" not in shown]
    assert not missing


def test_every_code_block_is_rendered(site):
    for path in site.rglob("*.html"):
        assert "```" not in re.sub(r"<code.*?</code>", "", path.read_text(), flags=re.DOTALL), path
