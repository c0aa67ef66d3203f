"""A report: one file that asks nobody for anything, which everybody can read."""

from __future__ import annotations

import base64
import csv
import hashlib
import html
import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from tests.report.folders import (
    finalist,
    game_folder,
    oversight_folder,
    research_folder,
    row,
    rows,
    study_folder,
    verdicts,
)
from truing.measures import Estimate
from truing.report import draw_study, make_page, write_report
from truing.report._texts import p_text, signed_text
from truing.report.drawing import COLUMN, NARROW, WIDE
from truing.report.drawing._layout import in_lines
from truing.runs import clean, find_run

pytestmark = pytest.mark.usefixtures("charts")

VOID = {"meta", "link", "br", "wbr", "path", "rect", "line", "img"}
PLANTED = [
    "<script>alert(1)</script>{{7*7}}",
    '"><img src=x onerror=alert(1)>',
    "'-->&<!--]]></style><svg onload=alert(1)>a\x00\x1b\ud800b",
]


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The report of a folder of each kind: its text, and where it lies."""
    base = tmp_path_factory.mktemp("pages")
    two = [*rows(), *rows(strong="spectral-64", simulated=True)]
    folders = {
        "study": study_folder(base / "study", two),
        "oversight": oversight_folder(base / "oversight", verdicts(group="easy")),
        "research": research_folder(base / "research"),
        "game": game_folder(base / "game"),
    }
    return {kind: (write_report(folder).read_text(), folder) for kind, folder in folders.items()}


def words(text: str) -> str:
    """The text of a page without its elements."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", "", text)))


class Elements(HTMLParser):
    """Every element in its order, with attributes; and what is open around each text."""

    def __init__(self, text: str):
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data):
        self.texts.append((self.open[-1] if self.open else "", data))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture(params=["study", "oversight", "research", "game"])
def page(request, pages):
    return Elements(pages[request.param][0])


def test_the_page_runs_no_script_and_loads_nothing(page):
    assert not page.all("script")
    for tag, attributes in page.found:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        for name in ("src", "href", "xlink:href", "action", "data"):
            link = attributes.get(name)
            if link is not None and (tag, name) != ("link", "href"):
                assert link.startswith(("#", "charts/", "transcripts.jsonl")), link
    assert [one["href"] for one in page.all("link")] == ["data:,"]


def test_the_policy_of_the_page_allows_only_its_own_stylesheet(pages):
    text = pages["study"][0]
    (policy,) = [
        one["content"]
        for one in Elements(text).all("meta")
        if one.get("http-equiv") == "Content-Security-Policy"
    ]
    style = re.search(r"<style>(.*?)</style>", text, flags=re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    allowed = dict(one.strip().split(" ", 1) for one in policy.split(";"))
    assert allowed == {
        "default-src": "'none'",
        "style-src": f"'sha256-{digest}'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert "@import" not in style
    assert "url(" not in style


def test_the_page_is_small(pages):
    assert max(len(text.encode()) for text, _ in pages.values()) < 300_000


def test_the_page_has_a_language_ordered_headings_and_valid_ids(page):
    assert page.all("html")[0]["lang"] == "en"
    assert len(page.all("h1")) == len(page.all("main")) == len(page.all("nav")) == 1
    levels = [int(tag[1]) for tag, _ in page.found if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    names = [attributes["id"] for _, attributes in page.found if attributes.get("id")]
    assert len(set(names)) == len(names)
    for _, attributes in page.found:
        pointed = (attributes.get("aria-labelledby") or "").split()
        link = attributes.get("href") or ""
        assert {*pointed, *([link[1:]] if link.startswith("#") else [])} <= set(names)


def test_tables_have_captions_and_headings(page):
    assert len(page.all("caption")) == len(page.all("table")) > 0
    scopes = {one.get("scope") for one in page.all("th")}
    assert scopes <= {"col", "row", "rowgroup"}
    assert {"col", "row"} <= scopes


def test_every_chart_has_a_description_and_a_table(pages):
    for text, _ in pages.values():
        page = Elements(text)
        drawn = [one for one in page.all("svg") if one.get("role") == "img"]
        titles = [one for one in page.all("title") if one.get("id")]
        assert len(drawn) == len(page.all("desc")) == len(titles)
        assert text.count("Data and files of this chart") == text.count('<figure class="drawing')


def test_every_chart_is_stored_as_a_file(pages):
    for text, folder in pages.values():
        names = set(re.findall(r'href="charts/([\w-]+)\.svg"', text))
        assert {path.name for path in (folder / "charts").iterdir()} == {
            f"{name}.{kind}" for name in names for kind in ("svg", "csv")
        }
        for name in names:
            root = ElementTree.parse(folder / "charts" / f"{name}.svg").getroot()
            assert root.tag == "{http://www.w3.org/2000/svg}svg"
            assert float(root.get("width")) > 200
            (ground,) = root.findall("{*}rect")
            assert ground.get("fill") == "#ffffff"
            rows = list(csv.DictReader((folder / "charts" / f"{name}.csv").open()))
            assert rows
            assert all(None not in one and None not in one.values() for one in rows)


def test_a_study_page_shows_all_results(pages):
    text, folder = pages["study"]
    for told in (
        "from weak labels alone",
        "Regime: heads on fixed features",
        "Simulated supervisor",
        "PGR by method and by seed",
        "PGR by student",
        "0.50 [0.40, 0.60]",
        "p (Holm)",
        "CC BY 4.0",
        "Effect of help",
        "0.300 ±0.010",
        "chance accuracy 0.1",
        "(simulated)",
        "(2 comparisons, Holm-corrected)",
    ):
        assert told in words(text), told
    assert {path.stem for path in (folder / "charts").iterdir()} == {
        "transfer",
        "pgr",
        "pgr-by-student",
        "against-naive",
        "help",
    }


def test_an_oversight_page_shows_accuracy_honesty_and_calibration(pages):
    text, folder = pages["oversight"]
    for told in (
        "ASD minus blind",
        "right answer argued",
        "Differences between protocols",
        "Simulated:",
        "Calibration by protocol",
        "ECE",
        "debate, easy",
    ):
        assert told in words(text), told
    points = list(csv.DictReader((folder / "charts" / "calibration.csv").open()))
    assert {one["protocol"] for one in points} == {"blind", "debate"}
    assert all(one["low"] and one["high"] for one in points)
    sure = [float(one["confidence"]) for one in points if one["protocol"] == "debate"]
    assert sure == sorted(sure)


def test_a_research_page_shows_finalists_and_other_tasks(pages):
    text, _ = pages["research"]
    for told in (
        "On the sealed items 1 of the finalists is better",
        "1 gains on climb tasks only",
        "NaN: 1",
        "entropy 0.81 bits",
        "composition,targets=gce",
        "other tasks: digits-parity",
        "climb tasks only",
        "truing ledger verify",
    ):
        assert told in words(text), told
    assert "Simulated" not in text  # a weak model that was really trained


def test_a_game_page_shows_published_values(pages):
    text, _ = pages["game"]
    assert "0.52 [0.45, 0.59]" in text
    assert "0.5 (Everybody 2024)" in text
    assert "every player of a game is a program" in text


def test_the_first_paragraphs_state_the_result_with_its_interval(pages):
    for kind, told in {
        "study": "the student recovers between 50% [40%, 60%]",
        "oversight": "accuracy on 20 questions is 0.",
        "research": "search tried 4 methods; the best finalist by sealed gain differs from the ",
        "game": "Wins, honest: 0.520 [0.450, 0.590] (published: 0.5).",
    }.items():
        text = pages[kind][0]
        assert told in words(text[: text.index("<h2")])


def test_a_game_page_explains_the_game(tmp_path):
    page = make_page(find_run(game_folder(tmp_path, name="pixel-debate")))
    assert "Two sides show pixels to a judge" in page.lead[0]
    assert "images None" not in page.lead[0]


def test_subplots_have_one_width_and_fit_a_column_or_a_phone(tmp_path):
    long = "pixel-consultancy,pixels=2,rounds=17,looks=90"
    folder = study_folder(tmp_path, [*rows(), *rows(strong="spectral-64"), row(method=long)])
    drawings = make_page(find_run(folder)).drawings
    subplots = [subplot for drawing in drawings for subplot in drawing.subplots]
    assert len(subplots) == 18
    for layout in (WIDE, COLUMN, NARROW):
        widths = {float(subplot.svg(layout).get("width")) for subplot in subplots}
        assert len(widths) == 1
        assert layout.width <= widths.pop() <= layout.width + 8


@pytest.mark.parametrize(
    "name",
    ["with_precommitment, honest_second", "a name in four words", "x" * 60, "-" * 60, "a,b" * 9],
)
def test_a_long_name_is_wrapped_and_not_cut(name):
    lines = in_lines(name, 24)
    assert "".join(lines).replace(" ", "") == name.replace(" ", "")
    assert max(map(len, lines)) <= 24


def test_equally_truncated_names_have_separate_rows(tmp_path):
    names = ["y" * 200 + end for end in "ab"]
    folder = study_folder(tmp_path, [row(method=name) for name in names])
    transfer = make_page(find_run(folder)).drawings[0]
    assert transfer.svg.count("…") == 2


def test_a_p_value_has_no_false_precision():
    assert [p_text(p) for p in (2.4e-22, 0.00052, 0.03, 1.0, None)] == [
        "<0.0001",
        "0.00052",
        "0.03",
        "1",
        "",
    ]


def test_rounding_gives_no_negative_zero():
    assert signed_text(Estimate(-0.0002, -0.004, 0.0003)) == "+0.000 [-0.004, +0.000]"


def intervals(folder, name):
    return list(csv.DictReader(io.StringIO((folder / "charts" / f"{name}.csv").read_text())))


def test_an_interval_is_drawn_wherever_a_point_is(pages):
    _, folder = pages["study"]
    for name in ("transfer", "pgr", "pgr-by-student", "against-naive", "help"):
        alone = [one for one in intervals(folder, name) if not one["series"].startswith("seed ")]
        assert alone
        assert all(float(one["low"]) <= float(one["value"]) <= float(one["high"]) for one in alone)


def test_unbounded_and_undefined_values_are_drawn_as_such(tmp_path):
    held = [row(pgr_low=None), row(method="odd", pgr=None, pgr_low=None, pgr_high=None)]
    page = make_page(find_run(study_folder(tmp_path, held)))
    (drawing,) = [one for one in page.drawings if one.name == "pgr"]
    layers = drawing.subplots[0].chart(WIDE)["layer"]
    values = next(one["data"]["values"] for one in layers if "several" in one["data"]["values"][0])
    texts = [v["text"] for one in layers for v in one["data"]["values"] if "text" in v]
    assert values[0]["beyond low"] == values[0]["low"] == -0.2  # the axis's end, in an arrow
    assert "value" not in values[1]
    assert texts[1] == "undefined"
    assert "triangle-left" in str(layers)
    assert "An arrow marks an interval that continues" in drawing.reading


def test_long_titles_of_subplots_are_folded_and_do_not_overlap():
    long = "composition," + ",".join(f"argument{n}=0.12345" for n in range(5))
    held = [row(method=name, strong=strong) for name in (long, "gce") for strong in ("a-1", "a-2")]
    (drawing,) = [one for one in draw_study(held) if one.name == "pgr-by-student"]
    root = ElementTree.fromstring(drawing.svg)
    titles = [one for one in root if one.get("font-weight") == "bold"][1:]
    (other,) = [one for one in titles if one.text == f"{row().task}: gce"]
    first = [one for one in titles if one.get("x") != other.get("x")]
    assert "".join(one.text for one in first) == f"{row().task}: {long}"
    gap = float(other.get("x")) - float(first[0].get("x"))
    assert all(len(one.text) * 0.58 * 14 <= gap for one in first)
    assert len({one.get("y") for one in first}) == len(first) > 1


def test_arrows_and_triangles_are_explained_only_where_they_are_drawn():
    several = [row(task=task, strong=strong) for task in "ab" for strong in ("pca-8", "pca-9")]
    drawn = draw_study(several)
    assert {one.name for one in drawn} >= {"transfer", "pgr", "pgr-by-task", "pgr-by-student"}
    for one in drawn:
        assert "triangle-" not in str([part.chart(WIDE) for part in one.subplots])
        assert not re.search("arrow|triangle", one.reading), one.name


def transfer_of(page) -> str:
    return next(one.svg for one in page.drawings if one.name == "transfer")


def test_a_truncated_axis_states_its_start(tmp_path):
    page = make_page(find_run(study_folder(tmp_path, [row()])))
    assert "the axis begins at 0.65" in transfer_of(page)
    lower = row(weak_low=0.01, weak_accuracy=0.02, weak_high=0.03)
    page = make_page(find_run(study_folder(tmp_path, [lower])))
    assert "axis begins" not in transfer_of(page)
    assert "chance accuracy" in transfer_of(page)  # whose line is drawn where the axis has it


@pytest.mark.parametrize("planted", PLANTED)
def test_markup_in_names_is_escaped(tmp_path, planted):
    odd = rows(planted, task=planted, strong=planted, note=planted, regime=planted)
    odd[1].diagnostics["capa"]["assumptions"] = [{"assumption": planted, "holds": planted}]
    judged = verdicts(planted, group=planted)
    folders = [
        study_folder(tmp_path / "study", odd, license=planted),
        oversight_folder(tmp_path / "oversight", judged, questions=planted),
        research_folder(
            tmp_path / "research",
            planted,
            failures={planted: 1},
            families={planted: 4},
            finalists=[finalist(planted, content=planted, verdict=planted)],
            head=planted,
        ),
        game_folder(tmp_path / "game", planted, note=planted),
    ]
    for folder in folders:
        text = write_report(folder).read_text(encoding="utf-8")
        page = Elements(text)
        assert not page.open  # nothing that was planted opened or closed an element
        tags = {tag for tag, _ in page.found}
        assert not tags & {"script", "img", "iframe", "object"}
        assert not [n for _, held in page.found for n in held if n.startswith("on")]
        assert len(page.all("style")) == 1
        assert clean(planted) in "".join(held for _, held in page.texts)
        for path in (folder / "charts").glob("*.svg"):
            root = ElementTree.parse(path).getroot()
            assert not [one for one in root.iter() if one.tag.endswith(("script", "img"))]
            (style,) = [one for one in root.iter() if one.tag.endswith("style")]
            assert planted not in style.text


def test_a_study_of_many_pairs_draws_16_subplots_and_notes_the_others(tmp_path):
    held = [row(weak=f"pca-{number}") for number in range(18)]
    folder = study_folder(tmp_path, held)
    page = make_page(find_run(folder))
    for drawing in page.drawings:
        assert len(drawing.subplots) == 16
        assert "2 more subplots are not drawn" in drawing.reading
        assert {one["weak"] for one in drawing.rows} == {one.weak for one in held}


def test_a_value_beyond_the_axis_is_an_arrow_at_the_border_with_the_number(tmp_path):
    near = row(
        weak_accuracy=0.80,
        weak_low=0.78,
        weak_high=0.82,
        ceiling_accuracy=0.81,
        ceiling_low=0.79,
        ceiling_high=0.83,
        transfer_accuracy=0.80,
        transfer_low=0.78,
        transfer_high=0.82,
        pgr=0.0,
    )
    fitting = replace(
        near, method="fits", transfer_accuracy=0.825, transfer_low=0.82, transfer_high=0.83, pgr=2.6
    )
    beyond = replace(
        near,
        method="far-away",
        transfer_accuracy=0.2,
        transfer_low=0.18,
        transfer_high=0.22,
        pgr=-60.0,
    )
    page = make_page(find_run(study_folder(tmp_path, [near, fitting, beyond])))
    shown = {drawing.name: drawing.svg for drawing in page.drawings}
    assert ">0.200<" in shown["transfer"]
    assert ">0.825<" not in shown["transfer"]  # within this axis
    assert ">2.60<" in shown["pgr"]
    assert ">-60.00<" in shown["pgr"]
    (transfer, *_) = page.drawings
    assert "triangle-left" in str(transfer.subplots[0].chart(WIDE))
    assert "number at the border is a value beyond the axis" in transfer.reading


def test_a_gain_too_low_for_the_chart_is_an_arrow_with_the_number(tmp_path):
    progress = [
        {"evaluations": at, "released": None, "best": best}
        for at, best in ((1, -0.4), (2, -0.2), (3, 0.01))
    ]
    page = make_page(find_run(research_folder(tmp_path, progress=progress, finalists=[])))
    (drawing,) = page.drawings
    assert ">-0.40<" in drawing.svg
    assert ">-0.20<" not in drawing.svg  # the first gain is enough
    assert "a gain below -0.05" in drawing.reading


def test_the_test_items_of_every_task_are_counted(tmp_path):
    first = rows()
    second = [replace(one, task="other", n_test=77) for one in first]
    text = write_report(study_folder(tmp_path, [*first, *second])).read_text(encoding="utf-8")
    assert f"Test items: {first[0].task} {first[0].n_test:,}, other 77" in text
