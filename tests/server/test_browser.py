"""The dashboard in a real browser: by clicks, by keys, live, and with whatever a stranger wrote."""

from __future__ import annotations

import json
import re
import shutil
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from urllib.parse import urlsplit

import pytest

from tests.server.conftest import serving
from tests.server.runs import (
    debate,
    judgement,
    make_all,
    make_game,
    make_oversight,
    make_research,
    make_study,
    study_row,
    turn,
)
from truing.runs import Live
from truing.server.view import Index, view_pages

PATIENCE = 250_000  # milliseconds that something may take to show on a busy machine

PLANTED = (
    "<script>window.flag = 1; alert(1)</script><img src=x onerror='window.flag = 2'>"
    "\"'><svg onload=window.flag=3><a href=javascript:window.flag=4>x</a></bdi></pre></script>"
    "<link rel=stylesheet href=http://evil.example/a.css><iframe src=http://evil.example></iframe>"
    "<meta http-equiv=refresh content='0;url=http://evil.example'><form action=http://evil.example>"
    "{{ 1234567 * 7654321 }}{% raw %}<style>@import 'http://evil.example/b.css'</style><!-- \u202e"
)


class Watched:
    """A page of whose doings nothing is missed."""

    def __init__(self, context, link: str):
        self.page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.home = "http://" + urlsplit(link).netloc
        self.said: list[str] = []
        self.asked: list[str] = []
        self.refused: list[str] = []  # by a page's own policy, before anything was sent
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.said.append("dialog"), dialog.dismiss()))
        context.on("request", lambda request: self.asked.append(request.url))
        context.on("requestfailed", self._note_refused)
        self.page.goto(link)
        self.page.wait_for_url(f"{self.home}/")

    def go(self, place: str = "/"):
        self.page.goto(self.home + place)
        return self.page

    def open(self, name: str):
        """A run's page, by its link in the list."""
        self.go()
        self.page.get_by_role("link", name=re.compile(re.escape(name) + "$")).click()
        self.page.wait_for_url("**/runs/*")
        return self.page

    def _note_refused(self, request) -> None:
        if request.failure == "csp":
            self.refused.append(request.url)

    @property
    def outside(self) -> list[str]:
        """What others were asked for."""
        asked = (url for url in self.asked if url not in self.refused)
        return [url for url in asked if not url.startswith(self.home + "/")]

    def check_quiet(self) -> None:
        """Nothing was said, nothing ran, and nobody else was asked for anything."""
        assert (self.said, self.refused, self.outside) == ([], [], [])


@contextmanager
def watching(browser, root, **options):
    """A fresh browser that was let in to the dashboard of a folder."""
    with serving([view_pages(Index([root]))]) as link:
        context = browser.new_context(**options)
        try:
            yield Watched(context, link)
        finally:
            context.close()


@pytest.fixture(scope="module")
def shown(browser, tmp_path_factory):
    """One run of every kind, in a browser."""
    root = make_all(tmp_path_factory.mktemp("shown"))
    charts = root / "study/charts"
    charts.mkdir()
    (charts / "pgr.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" class="a" width="400" height="900"></svg>'
    )
    with watching(browser, root) as watched:
        yield watched
        watched.check_quiet()


def test_runs_are_filtered_and_opened_by_clicks(shown):
    page = shown.go()
    assert page.locator("#runs tbody tr").count() == 5
    page.get_by_label("Kind").select_option("oversight")
    page.wait_for_url("**kind=oversight**")
    assert page.locator("#runs tbody tr").count() == 1
    page.get_by_role("link", name="oversight").click()
    page.get_by_role("heading", name="By protocol").wait_for()
    page.get_by_role("link", name="q2").click()
    page.get_by_role("heading", name="Round 1").wait_for()
    assert page.locator("mark.verified").count() == 1
    private = page.get_by_text("I doubt that it is Oak.")
    assert not private.is_visible()
    page.get_by_label("Show all private reasoning").check()
    private.wait_for()
    page.get_by_role("link", name="Next play").click()
    page.get_by_role("heading", name="q3").wait_for()


def test_two_runs_can_be_chosen_and_compared(shown):
    page = shown.go()
    button = page.get_by_role("button", name="compare")
    assert button.is_disabled()
    for name in ("study", "oversight"):
        page.get_by_label(re.compile(f"^Choose .*{name}$")).check()
    page.get_by_role("button", name="Compare 2 runs").click()
    page.get_by_role("heading", name="Comparison").wait_for()


def test_runs_can_be_chosen_and_compared_by_keyboard(shown):
    page = shown.go()
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the main content"
    page.keyboard.press("Enter")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.locator(":focus").get_attribute("name") == "run":
            break
    page.keyboard.press("Space")
    for _ in range(2):  # the link beside it, and the next run
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.locator(":focus").inner_text() == "Compare 2 runs":
            break
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert page.evaluate(outline) == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url("**/compare?run=*&run=*")
    page.get_by_role("heading", name="Comparison").wait_for()


def test_a_command_is_copied(shown):
    page = shown.open("oversight")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert "inspect view --log-dir" in page.evaluate("navigator.clipboard.readText()")


def test_keys_open_the_list_of_shortcuts_and_move_through_runs(shown):
    page = shown.go()
    page.keyboard.press("?")
    page.get_by_role("heading", name="Keyboard shortcuts").wait_for()
    page.keyboard.press("Escape")
    assert not page.get_by_role("heading", name="Keyboard shortcuts").is_visible()
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert page.locator("#runs input:checked").count() == 2
    page.keyboard.press("k")
    first = page.locator("#runs tbody th a").first.get_attribute("href")
    assert page.locator(":focus").get_attribute("href") == first
    page.keyboard.press("/")
    page.keyboard.type("j?")  # letters in a field are text
    assert page.locator("#q").input_value() == "j?"
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    page.get_by_role("heading", name="Comparison").wait_for()
    page.wait_for_load_state()
    page.keyboard.press("g")
    page.get_by_role("heading", name="Runs").wait_for()


def test_a_note_is_written_by_keyboard(browser, tmp_path):
    make_study(tmp_path / "runs/run")
    with watching(browser, tmp_path / "runs") as watched:
        page = watched.open("run")
        page.keyboard.press("e")
        page.keyboard.type("to publish, odd")
        page.get_by_label("Note").fill("Look at seed 3.")
        page.get_by_role("button", name="Save").click()
        page.get_by_text("Look at seed 3.").first.wait_for()
        watched.go()
        page.get_by_label("Tag").select_option("to publish")
        page.wait_for_url("**tag=to+publish**")
        assert page.locator("#runs tbody tr").count() == 1
        watched.check_quiet()


def test_a_new_run_appears_and_choices_stay(browser, tmp_path, monkeypatch):
    monkeypatch.setattr("truing.server.view._events.PAUSE", 0.1)
    monkeypatch.setattr("truing.server.view._index.FRESH", 0.05)
    for name in ("a", "b"):
        make_study(tmp_path / "runs" / name)
    with watching(browser, tmp_path / "runs") as watched:
        page = watched.page
        page.get_by_label("Choose runs/a").check()
        make_study(tmp_path / "runs/c")
        page.get_by_role("link", name="runs/c").wait_for()
        assert page.get_by_label("Choose runs/a").is_checked()
        shutil.rmtree(tmp_path / "runs/b")
        page.get_by_role("link", name="runs/b").wait_for(state="detached")
        watched.check_quiet()


KINDS = ("study", "oversight", "research", "referee", "game")
NAMELESS = """() => [...document.querySelectorAll("a, button, input, select, [role=img], img")]
  .filter((one) => !(one.ariaLabel || one.textContent.trim() || one.alt || one.labels?.length))
  .map((one) => one.outerHTML)"""
ORDER = """() => [...document.querySelectorAll("h1, h2, h3, h4")].map((one) => +one.tagName[1])"""


@pytest.mark.parametrize("kind", [*KINDS, "list", "transcript"])
def test_pages_have_landmarks_names_and_ordered_headings(shown, kind):
    """Landmarks, names of all that can be used, and headings without gaps."""
    page = shown.go() if kind == "list" else shown.open({"transcript": "oversight"}.get(kind, kind))
    if kind == "transcript":
        page.get_by_role("link", name="q1").click()
    page.wait_for_load_state()
    for role in ("banner", "main", "navigation"):
        assert page.get_by_role(role).first.is_visible()
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.evaluate(NAMELESS) == []
    levels = page.evaluate(ORDER)
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


SHIFT = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) sum += one.value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 400);
})"""


@pytest.mark.parametrize("place", ["list", "study", "oversight"])
def test_the_layout_does_not_shift_while_a_page_loads(shown, place):
    page = shown.go() if place == "list" else shown.open(place)
    page.reload()
    assert page.evaluate(SHIFT) < 0.01


def test_pages_fit_a_phone(shown, browser):
    state = shown.page.context.storage_state()
    context = browser.new_context(viewport={"width": 360, "height": 740}, storage_state=state)
    page = context.new_page()
    try:
        page.goto(shown.home)
        places = [one.get_attribute("href") for one in page.locator("#runs tbody th a").all()]
        places.append(next(p for p in places) + "/nothing")
        kinds = {
            page.locator("#runs tbody tr").nth(at).inner_text(): p
            for at, p in enumerate(places[:5])
        }
        oversight = next(p for text, p in kinds.items() if "oversight" in text)
        places += [
            f"{oversight}/plays/0",
            "/compare?run=" + "&run=".join(p[6:] for p in places[:5]),
        ]
        for place in ["/", *places]:
            page.goto(shown.home + place)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, place
    finally:
        context.close()


def test_on_a_phone_the_name_of_a_broken_run_stays_in_one_line(browser, tmp_path):
    folder = make_study(tmp_path / "runs/cut")
    whole = (folder / "results.jsonl").read_text()
    (folder / "results.jsonl").write_text(whole[:-20])
    with watching(browser, folder.parent, viewport={"width": 390, "height": 800}) as watched:
        name = watched.go().get_by_role("link", name="runs/cut")
        assert name.evaluate("one => one.getClientRects().length") == 1


def test_a_run_is_followed_live(browser, tmp_path, monkeypatch):
    """Its progress, its end and its results come to the page by themselves, as do new runs."""
    monkeypatch.setattr("truing.server.view._events.PAUSE", 0.1)
    monkeypatch.setattr("truing.server.view._index.FRESH", 0.05)
    folder = make_study(tmp_path / "runs/run")
    (folder / "results.jsonl").unlink()
    with watching(browser, tmp_path / "runs") as watched:
        page = watched.open("run")
        page.locator(".chip.stopped").wait_for()
        with Live(folder) as live:
            live("train", 3, 9)
            page.get_by_text("train: 3 of 9").wait_for()
            page.get_by_role("progressbar").wait_for()
            make_study(folder)
        page.locator("h1 ~ p .chip.finished").wait_for()
        page.get_by_role("cell", name="0.700 [0.660, 0.740]").first.wait_for()
        watched.go()
        make_study(tmp_path / "runs/another")
        page.get_by_role("link", name="another").wait_for()
        watched.check_quiet()


def plant(root) -> None:
    """Scripts in every field of every file, and in the names of folders."""
    text, name = PLANTED, "<img src=x onerror=window.flag=5>"
    study = {part: [text] for part in ("tasks", "weak", "strong", "methods")}
    names = dict.fromkeys(("task", "weak", "strong", "regime", "baseline", "note"), text)
    difference = {"value": 0.1, "low": 0.0, "high": 0.2, "verdict": text}
    rows = [study_row(text, **names, difference=difference)]
    folder = make_study(root / name / "study", rows, **study)
    data = {text: {"items": text, "license": text, "origin": text, "fingerprint": text}}
    about = {"truing": text, "python": text, "platform": text, "cores": text, "tasks": data}
    (folder / "environment.json").write_text(json.dumps(about | {"packages": {text: text}}))
    (folder / "charts").mkdir()
    (folder / "charts/pgr.svg").write_text(f"<svg xmlns='http://www.w3.org/2000/svg'>{text}</svg>")
    (folder / "report.html").write_text(text)
    row = judgement(text, text, choices=[text, text + "2"], judge=text, agent=text, group=text)
    said = f"{text}<v_quote>{text}</v_quote><u_quote>{text}</u_quote>"
    quotes = [{"text": text, "verified": one, "nearest": text} for one in (True, False)]
    turns = [turn(1, text, said, quotes=quotes, reasoning=text)]
    play = debate(text, text, question=text, turns=turns)
    make_oversight(root / name / "oversight", [row], [play], questions=text, code=text)
    make_research(root / name / "research", text=text)
    make_game(root / "game" / name)
    failed = make_study(root / name / "failed")
    (failed / "results.jsonl").unlink()
    progress = {"state": "failed", "what": text, "done": 1, "total": 2, "began": 0, "told": 0}
    (failed / "progress.json").write_text(json.dumps(progress | {"why": text}))


def test_foreign_content_is_escaped(browser, tmp_path):
    plant(tmp_path / "runs")
    with watching(browser, tmp_path / "runs") as watched:
        page, strange = watched.page, "main img[src='x'], main iframe, main form[action*=evil]"
        places = [one.get_attribute("href") for one in page.locator("#runs tbody th a").all()]
        assert len(places) == 5
        together = "/compare?" + "&".join(f"run={one.rpartition('/')[2]}" for one in places)
        kinds = {
            page.goto(watched.home + one) and page.locator(".crumbs").inner_text(): one
            for one in places
        }
        play = f"{kinds['Runs / oversight']}/plays/0"
        for place in ["/", together, *places, play]:
            assert watched.go(place).locator("h1").count() == 1
            for details in page.locator("details").all():
                details.evaluate("one => { one.open = true }")
            page.wait_for_timeout(60)
            assert page.evaluate("window.flag") is None
            assert "9449772114007" not in page.content()  # no hash contains it by chance
            assert page.locator(strange).count() == 0
        watched.check_quiet()


@pytest.mark.parametrize("name", ["report.html", "charts/pgr.svg"])
def test_a_foreign_report_or_chart_runs_and_loads_nothing(browser, tmp_path, name):
    plant(tmp_path / "runs")
    (study,) = (one for one in Index([tmp_path / "runs"]).runs() if one.name.endswith("study"))
    with watching(browser, tmp_path / "runs") as watched:
        page = watched.go(f"/runs/{study.id}/files/{name}")
        page.wait_for_timeout(200)
        assert page.url.endswith(name)
        assert page.evaluate("window.flag") is None
        assert watched.outside == []
        assert "dialog" not in watched.said


ATTACK = """<!doctype html><img src="{there}/static/icon.svg"><iframe src="{there}/"></iframe>
<script src="{there}/static/view.js"></script><form id="f" method="post" action="{there}/"></form>
<script>
const tries = [fetch("{there}/", {{ credentials: "include", mode: "no-cors" }}),
  fetch("{there}/", {{ credentials: "include" }}),
  fetch("{there}/", {{ method: "POST", credentials: "include", mode: "no-cors" }})];
Promise.allSettled(tries).then(() => {{ document.title = "tried"; }});
</script>"""


@contextmanager
def another_site(html: str):
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def test_another_site_in_the_same_browser_has_no_access(browser, tmp_path):
    """The browser holds the cookie; a page of another site cannot make it bring it."""
    make_study(tmp_path / "runs/run")
    statuses: list[int] = []
    context = browser.new_context()
    with serving([view_pages(Index([tmp_path / "runs"]))], statuses) as link:
        watched = Watched(context, link)
        with watched.page.expect_response("**/events*"):  # the last request of a page
            watched.page.reload()
        watched.page.close()
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        statuses.clear()
        with another_site(ATTACK.format(there=watched.home)) as port:
            page.goto(f"http://localhost:{port}/")
            page.wait_for_function("document.title == 'tried'")
            page.wait_for_timeout(200)
        assert len(statuses) >= 6  # an image, a frame, a script, and what was fetched
        assert set(statuses) <= {401, 403}
        context.close()


def test_dns_rebinding_is_refused(browser, tmp_path):
    """DNS rebinding: the other site's name leads to this machine."""
    make_study(tmp_path / "runs/secret-study")
    page = browser.new_page()
    with serving([view_pages(Index([tmp_path / "runs"]))]) as link:
        answer = page.goto(link.replace("127.0.0.1", "evil.example"))
        assert urlsplit(page.url).hostname == "evil.example"
        assert answer.status == 421
        assert "secret-study" not in page.content()
        page.close()


def test_a_long_transcript_is_scrolled_and_searched(browser, tmp_path):
    turns = [turn(n, f"Debater {s}", f"{s} says {n}. " * 9) for n in range(1, 501) for s in "AB"]
    make_oversight(tmp_path / "runs/run", [judgement()], [debate(turns=turns)])
    with watching(browser, tmp_path / "runs") as watched:
        page = watched.open("run")
        page.get_by_role("link", name="q1").click()
        page.get_by_role("heading", name="Round 500").wait_for(state="attached")
        assert page.locator(".round").count() == 500
        style = "getComputedStyle(document.querySelector('.round')).contentVisibility"
        assert page.evaluate(style) == "auto"
        page.get_by_label("Go to round").fill("250")
        page.keyboard.press("Enter")
        page.wait_for_url("**#round-250")
        assert page.locator("#round-250 h2").is_visible()
        page.keyboard.press("End")
        page.get_by_text("B says 500.").wait_for()
        watched.check_quiet()
