"""A report as a browser shows it: on a phone, in the dark, by keyboard, on paper, offline."""

from __future__ import annotations

import pytest

from tests.report.folders import (
    game_folder,
    oversight_folder,
    research_folder,
    rows,
    study_folder,
    verdicts,
)
from truing.report import write_report

PHONE, DESK = {"width": 390, "height": 800}, {"width": 1200, "height": 900}
WHITE, DARK = "rgb(255, 255, 255)", "rgb(20, 24, 29)"


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    base = tmp_path_factory.mktemp("browser")
    long = "a-method-with-a-name-that-no-phone-can-hold,temperature=0.123456,neighbors=50"
    found = [
        study_folder(base / "study", [*rows(long), *rows(long, strong="spectral-64")]),
        oversight_folder(base / "oversight", verdicts(group="easy")),
        research_folder(base / "research", long),
        game_folder(base / "game"),
    ]
    return [write_report(folder) for folder in found]


@pytest.fixture
def look(browser):
    """Open a page; returns it, what it asked for, and what the browser had to say."""
    contexts = []

    def open_page(path, viewport=DESK, scheme="light"):
        context = browser.new_context(viewport=viewport, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        asked: list[str] = []
        said: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(path.as_uri())
        return page, asked, said

    yield open_page
    for context in contexts:
        context.close()


def style(page, place: str, name: str) -> str:
    script = "([place, name]) => getComputedStyle(document.querySelector(place))[name]"
    return page.evaluate(script, [place, name])


def test_only_the_file_is_requested(folders, look):
    for path in folders:
        _, asked, said = look(path)
        assert asked == [path.as_uri()]
        assert said == []  # nor is anything of its own refused by its policy


def test_on_a_phone_only_tables_scroll_sideways(folders, look):
    for path in folders:
        page, _, _ = look(path, PHONE)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        boxes = page.locator(".wide")
        for at in range(boxes.count()):
            assert boxes.nth(at).evaluate("one => one.clientWidth") <= PHONE["width"]
            assert boxes.nth(at).get_attribute("tabindex") == "0"  # by keyboard, too


def test_dark_mode_shows_a_dark_page_with_light_text_and_marks(folders, look):
    grounds, letters, marks = [], [], []
    for scheme in ("light", "dark"):
        page, _, _ = look(folders[0], scheme=scheme)
        grounds.append(style(page, "body", "backgroundColor"))
        letters.append(style(page, ".panel svg text", "fill"))
        marks.append(style(page, '.panel svg [stroke="#0072b2"]', "stroke"))
    assert grounds == [WHITE, DARK]
    assert letters == ["rgb(27, 31, 36)", "rgb(232, 235, 238)"]
    assert marks == ["rgb(0, 114, 178)", "rgb(86, 180, 233)"]


def test_a_printed_report_is_white_and_cuts_no_table(folders, look):
    page, _, _ = look(folders[0], {"width": 680, "height": 900}, scheme="dark")
    page.emulate_media(media="print")
    assert style(page, "body", "backgroundColor") == WHITE
    assert style(page, ".panel svg text", "fill") == "rgb(27, 31, 36)"
    for box in page.locator(".wide:visible").all():
        assert box.evaluate("one => one.scrollWidth <= one.clientWidth")
    assert page.locator("nav").is_hidden()
    assert len(page.pdf(format="A4")) > 10_000


def test_the_keyboard_reaches_the_report_first(folders, look):
    page, _, _ = look(folders[0])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the report"
    assert style(page, ".skip", "outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_charts_have_names_for_screen_readers(folders, look):
    page, _, _ = look(folders[0])
    assert page.get_by_role("main").count() == 1
    chart = page.get_by_role("img", name="digits: pca-4 supervises spectral-16").first
    words = chart.get_attribute("aria-labelledby").split()[1]
    told = page.locator(f"#{words}").text_content()
    assert told.startswith("Accuracy on the test items.")
    assert page.get_by_role("table", name="Accuracy on the test items, and PGR").count() == 1
