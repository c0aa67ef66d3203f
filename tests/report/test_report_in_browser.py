"""A report as a browser shows it: on a phone, in the dark, by keyboard, on paper, offline."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.report.folders import (
    game_folder,
    oversight_folder,
    person_folder,
    research_folder,
    rows,
    shifted,
    study_folder,
    transcripts,
    verdicts,
)
from tests.report.stress_rows import stress_folder
from truing.report import compare_runs, write_comparison, write_report
from truing.studies import Store

pytestmark = pytest.mark.usefixtures("charts")

PHONE, DESK = {"width": 375, "height": 812}, {"width": 1280, "height": 800}
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
        person_folder(base / "person"),
        study_folder(base / "shift", under_shift(long)),
        stress_folder(base / "stress"),
    ]
    transcripts(found[1], verdicts(group="easy"))
    pages = [write_report(folder) for folder in found]
    other = study_folder(base / "other", rows(long, transfer_accuracy=0.7))
    write_comparison(compare_runs([found[0], other], Store(base / "store")), base / "compared")
    return [*pages, base / "compared" / "comparison.html"]


def under_shift(name):
    """Naive, and a method that wins at home and loses in a domain."""
    naive, other = (replace(one, help=None, weak="pca-4") for one in rows(name))
    there = shifted(naive, imdb=0.3, **{"hardness above 0.5": 0.2})
    lost = shifted(other, imdb=0.1, **{"hardness above 0.5": -0.1})
    worse = replace(other.difference, verdict="worse")
    domains = tuple(replace(one, difference=worse) for one in lost.shift.domains)
    return [there, replace(lost, shift=replace(lost.shift, domains=domains))]


@pytest.fixture
def look(browser):
    """Open a page; returns it, what it asked for, and what the browser had to say."""
    contexts = []

    def open_page(path, viewport=DESK, scheme="light"):
        context = browser.new_context(viewport=viewport, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(250_000)  # milliseconds, on a busy machine
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


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_first_screen_shows_name_date_command_finding_and_the_chart(folders, look, size):
    for path in folders:
        page, _, _ = look(path, size)
        for place in ("h1", ".facts", ".finding", ".command"):
            box = page.locator(place).bounding_box()
            assert box["y"] + box["height"] < size["height"], (path, place)
            assert box["x"] + box["width"] <= size["width"]
        chart = page.locator(".first .subplot svg:visible").first.bounding_box()
        assert chart["y"] < size["height"] * 0.75, path
        assert chart["width"] > size["width"] * 0.4


def test_letters_of_charts_are_large(folders, look):
    for size in (DESK, PHONE):
        page, _, _ = look(folders[0], size)
        heights = page.evaluate(
            """[...document.querySelectorAll('.subplot svg text')]
            .map(one => one.getBoundingClientRect().height).filter(one => one > 0)"""
        )
        assert min(heights) >= 14


def test_on_a_phone_only_the_data_of_charts_scroll_sideways(folders, look):
    for path in folders:
        page, _, _ = look(path, PHONE)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        for box in page.locator(".wide").all():
            assert box.evaluate("one => one.clientWidth") <= PHONE["width"]
            assert box.get_attribute("tabindex") == "0"  # by keyboard, too
            if box.locator("table.stacked").count():
                assert box.evaluate("one => one.scrollWidth <= one.clientWidth")


def test_on_a_phone_the_pgr_comes_first(folders, look):
    page, _, _ = look(folders[0], PHONE)
    page.locator("#results summary").click()
    cells = page.locator("#results tbody tr:nth-child(2)").first.locator("td").all()
    tops = [cell.bounding_box()["y"] for cell in cells]
    assert cells[0].get_attribute("data-label") == "PGR"
    assert tops == sorted(tops)


def test_names_and_terms_are_explained_on_hover(folders, look):
    page, _, _ = look(folders[0])
    naive = page.locator(".finding abbr", has_text="naive").first
    assert naive.get_attribute("title").startswith("Learn the weak labels unchanged")
    assert page.locator('abbr:text-is("PGR")').first.get_attribute("title")
    drawn = page.locator(".subplot svg text title").all_text_contents()
    assert any("Learn the weak labels unchanged" in one for one in drawn)
    assert page.locator("#glossary dt:visible").count() == 0
    page.locator("#glossary summary").click()
    assert page.locator("#glossary dt", has_text="naive").is_visible()


def test_details_are_collapsed_until_they_are_opened(folders, look):
    for path in folders:
        page, _, _ = look(path)
        power_card = page.locator("#power-card > .wide > table").count()
        assert page.locator("table:visible").count() == power_card
        assert page.locator("details[open]").count() == 0
    page, _, _ = look(folders[0])
    page.locator("#configuration summary").click()
    assert page.locator("#configuration pre").is_visible()


def test_a_chart_file_is_dark_on_a_dark_page(folders, look):
    chart = folders[0].parent / "charts" / "pgr.svg"
    colors = {}
    for scheme in ("light", "dark"):
        page, _, _ = look(chart, scheme=scheme)
        colors[scheme] = [style(page, one, "fill") for one in ("rect", "text")]
    assert colors["light"] == [WHITE, "rgb(27, 31, 36)"]
    assert colors["dark"] == [DARK, "rgb(232, 235, 238)"]


def test_dark_mode_shows_a_dark_page_with_light_text_and_marks(folders, look):
    grounds, letters, marks = [], [], []
    for scheme in ("light", "dark"):
        page, _, _ = look(folders[0], scheme=scheme)
        grounds.append(style(page, "body", "backgroundColor"))
        letters.append(style(page, ".subplot svg text", "fill"))
        marks.append(style(page, '.subplot svg [stroke="#0072b2"]', "stroke"))
    assert grounds == [WHITE, DARK]
    assert letters == ["rgb(27, 31, 36)", "rgb(232, 235, 238)"]
    assert marks == ["rgb(0, 114, 178)", "rgb(86, 180, 233)"]


def test_a_printed_report_is_white_and_cuts_no_table(folders, look):
    page, _, _ = look(folders[0], {"width": 703, "height": 900}, scheme="dark")
    page.evaluate("document.querySelectorAll('.folded').forEach(one => one.open = true)")
    page.emulate_media(media="print")
    assert style(page, "body", "backgroundColor") == WHITE
    assert style(page, ".subplot svg text", "fill") == "rgb(27, 31, 36)"
    boxes = page.locator(".wide:visible").all()
    assert boxes
    for box in boxes:
        assert box.evaluate("one => one.scrollWidth <= one.clientWidth")
    assert page.locator("nav").is_hidden()
    assert len(page.pdf(format="A4")) > 10_000


def test_print_has_no_empty_section_and_few_pages(folders, look):
    for path in folders:
        page, _, _ = look(path, {"width": 703, "height": 900})
        page.emulate_media(media="print")
        height = page.locator("main").bounding_box()["height"]
        pages = len(re.findall(rb"/Type /Page\b(?!s)", page.pdf(format="A4")))
        assert pages <= 1.6 * height / 1016 + 1, path  # an A4 page has 1016 pixels for content
        for section in page.locator("main > section:visible").all():
            shown = section.locator("> :not(h2):not(details):visible, > details[open]")
            assert shown.count() > 0


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
    page.locator("#results summary").click()
    assert page.get_by_role("table", name="PGR, and accuracy on the test items").count() == 1
