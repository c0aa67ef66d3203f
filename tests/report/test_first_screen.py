"""A report begins with its finding: a sentence with the interval, and the command of the run."""

from __future__ import annotations

import html
import json
import re
import shlex

import pytest
import vl_convert

from tests.report.folders import (
    finalist,
    game_folder,
    oversight_folder,
    person_folder,
    research_folder,
    row,
    rows,
    study_folder,
    transcripts,
    verdicts,
    write,
)
from truing.report import make_page, page_html, write_report
from truing.report.drawing import WIDE
from truing.report.page._research_drawings import _whole_ticks
from truing.runs import find_run
from truing.studies import DifferenceFromNaive

pytestmark = pytest.mark.usefixtures("charts")


def page_of(folder):
    return make_page(find_run(folder))


def compared(method: str, value: float, verdict: str, **changed):
    p = 0.6 if verdict == "inconclusive" else 0.002
    difference = DifferenceFromNaive(value, value - 0.02, value + 0.02, p, p, verdict)
    return row(method=method, difference=difference, **changed)


def test_the_finding_of_a_study_names_what_naive_recovers_and_which_method_is_better(tmp_path):
    held = [row(), compared("bootstrap", 0.085, "better"), compared("gce", -0.05, "worse")]
    assert page_of(study_folder(tmp_path, held)).finding == (
        "With naive training the student recovers 50% [40%, 60%] of the gap.",
        "Better than naive: bootstrap by 0.085 [0.065, 0.105]; worse than naive: gce by 0.050 "
        "[0.030, 0.070] (accuracy, Holm-corrected over 2 comparisons).",
    )


def test_a_finding_without_a_clear_difference_states_the_largest(tmp_path):
    held = [row(), compared("gce", 0.004, "inconclusive")]
    assert page_of(study_folder(tmp_path, held)).finding[1] == (
        "No method is better or worse than naive (Holm-corrected over 1 comparison); the largest "
        "difference is +0.004 [-0.016, +0.024] for gce."
    )


def test_the_finding_of_several_pairs_states_the_range(tmp_path):
    held = [row(), row(weak="pca-8", pgr=0.7, pgr_low=0.6, pgr_high=0.8)]
    (told,) = page_of(study_folder(tmp_path, held)).finding
    assert "between 50% [40%, 60%] (spectral-16 under pca-4)" in told
    assert "70% [60%, 80%] (spectral-16 under pca-8)" in told


def test_an_undefined_gap_is_stated(tmp_path):
    held = [row(pgr=None, pgr_low=None, pgr_high=None)]
    (told,) = page_of(study_folder(tmp_path, held)).finding
    assert "the gap recovered is undefined" in told


def test_controls_and_values_out_of_range_are_listed_with_their_values(tmp_path):
    out = {"pgr": 1.2, "pgr_low": 1.1, "pgr_high": 1.3}
    held = [row(), row(method="shuffled", pgr=-3.9, pgr_low=-5.0, pgr_high=-3.0)]
    held += [row(method="gce", **out), row(method="odd", pgr=None, pgr_low=None, pgr_high=None)]
    page = page_of(study_folder(tmp_path, held))
    points = page.sections[0].points
    assert points == (
        "shuffled: lower control; PGR -3.90 [-5.00, -3.00], transfer 0.800 [0.770, 0.830].",
        "gce: PGR is above 1; PGR 1.20 [1.10, 1.30], transfer 0.800 [0.770, 0.830].",
        "odd: PGR is undefined; PGR undefined, transfer 0.800 [0.770, 0.830].",
    )
    assert "-3.90 [-5.00, -3.00]" in page_html(page)


def test_the_finding_of_oversight_compares_with_the_blind_judge(tmp_path):
    told = page_of(oversight_folder(tmp_path, verdicts())).finding
    assert re.match(
        r"The judge's accuracy on 20 questions is \d\.\d\d \[.*\] under debate and \d", told[0]
    )
    assert re.search(r"debate than blind by \d\.\d\d \[", told[1])


def test_the_finding_of_a_judge_session_names_the_person_and_the_number_of_right_answers(tmp_path):
    (tmp_path / "people" / "ada").mkdir(parents=True)
    page = page_of(person_folder(tmp_path))
    assert page.finding[0] == "ada was right in 9 of 20 verdicts under blind."
    assert re.fullmatch(r"Accuracy: 0.45 \[0\.\d\d, 0\.\d\d\]\.", page.finding[1])
    words = "--protocol blind --task cases --agents truing/debater --person ada"
    assert page.command == f"truing judge {words}"


def test_the_finding_of_research_states_the_sealed_gain_and_its_verdict(tmp_path):
    held = [finalist(), finalist(verdict="inconclusive", gains={"sealed": []})]
    (told,) = page_of(research_folder(tmp_path, finalists=held)).finding
    assert told == (
        "search tried 4 methods; the best finalist by sealed gain differs from the baseline in "
        "accuracy by +0.030 [+0.010, +0.050] on the sealed items of digits: better "
        "(Holm-corrected, p 0.03), and it gains on climb tasks only."
    )


def test_the_best_finalist_has_the_largest_sealed_gain_and_not_the_first_place(tmp_path):
    gain = {"task": "digits", "value": 0.05, "low": 0.04, "high": 0.06, "p": 0.01, "accuracy": 0.9}
    second = finalist(
        gains={"climb": [], "sealed": [gain], "transfer": []},
        scores={"climb": 0.02, "sealed": 0.05, "transfer": None},
    )
    folder = research_folder(tmp_path, finalists=[finalist(), second])
    (told,) = page_of(folder).finding
    assert "by +0.050 [+0.040, +0.060] on the sealed items" in told


def test_a_research_run_without_finalists_shows_its_progress(tmp_path):
    page = page_of(research_folder(tmp_path, finalists=[]))
    assert page.chart.name == "best-so-far"
    assert "no finalist was scored" in page.finding[0]


def test_a_gain_is_drawn_from_minus_1_to_1_also_if_its_interval_is_wider(tmp_path):
    wide = {"task": "digits", "value": 0.3, "low": -2.1, "high": 2.9, "p": 0.4, "accuracy": 0.8}
    gains = {"climb": [wide], "sealed": [wide], "other_tasks": []}
    page = page_of(research_folder(tmp_path, finalists=[finalist(gains=gains)]))
    assert '"domain": [-1.0, 1.0]' in json.dumps(page.chart.subplots[0].chart(WIDE))
    assert "An arrow marks an interval that continues beyond the axis." in page.chart.reading


def test_a_field_of_a_problem_without_a_value_is_not_stated(tmp_path):
    folder = research_folder(tmp_path)
    stated = json.loads((folder / "research.json").read_text())
    stated["config"]["problem"]["spend"] = None
    (folder / "research.json").write_text(json.dumps(stated))
    assert "None" not in " ".join(page_of(folder).lead)


def test_the_command_makes_the_same_configuration(truing, tmp_path):
    words = ["w2s", "--weak", "pca-4", "--strong", "pca-16", "--method", "naive"]
    words += ["--method", "confidence,alpha_max=0.75", "--seeds", 2, "--baseline", "paired"]
    assert truing(*words, "--out", "one")[0] == 0
    command = page_of(tmp_path / "one").command
    assert command.startswith("truing w2s --task digits --weak pca-4 --strong pca-16")
    again = shlex.split(command)[1:]
    assert truing(*again, "--out", "two")[0] == 0
    one, two = ((tmp_path / name / "study.json").read_text() for name in ("one", "two"))
    assert one == two


@pytest.mark.parametrize(
    "words",
    [
        "--problem oversight --task cases,count=40 --limit 20 --most-calls 7 "
        "--judge truing/judge:budget=4 --baseline blind",
        "--task digits --other-task digits-parity --weak pca-1 --layer a=pca-8 --layer b=pca-16",
    ],
    ids=["contest", "pipelines"],
)
def test_the_command_of_a_research_run_makes_the_same_configuration(truing, tmp_path, words):
    most = ["--seeds", 2, "--trials", 1, "--finalists", 1, "--control", "none"]
    assert (
        truing("research", *words.split(), *most, "--researcher", "random", "--out", "one")[0] == 0
    )
    again = shlex.split(page_of(tmp_path / "one").command)[1:]
    assert truing(*again, "--out", "two")[0] == 0
    one, two = ((tmp_path / name / "research.json").read_text() for name in ("one", "two"))
    assert one == two


def test_the_command_of_agents_names_their_model_and_directions(tmp_path):
    folder = research_folder(tmp_path, "agent")
    stated = json.loads((folder / "research.json").read_text())
    agents = {"model": "openai/gpt-4o", "directions": ["losses", "filters"], "turns": 30}
    stated |= {"researchers": ["agent"], "agents": agents}
    (folder / "research.json").write_text(json.dumps(stated))
    options = "--model openai/gpt-4o --directions 'losses; filters' --turns 30"
    assert options in page_of(folder).command


@pytest.mark.parametrize(
    ("make", "command"),
    [
        (
            lambda folder: oversight_folder(folder, verdicts()),
            "truing oversee --protocol blind --protocol debate --task cases --judge truing/judge",
        ),
        (
            research_folder,
            "truing research --problem weak-to-strong --task digits --other-task digits-parity "
            "--weak pca-4 --strong spectral-64 --seeds 3 --researcher search --control none "
            "--trials 4",
        ),
        (game_folder, "truing game coin --tosses 200 --seed 0"),
    ],
)
def test_the_command_of_each_kind_follows_from_the_configuration(tmp_path, make, command):
    assert page_of(make(tmp_path)).command == command


def test_no_command_repeats_what_researchers_submitted_to_a_referee(tmp_path):
    folder = research_folder(tmp_path)
    stated = json.loads((folder / "research.json").read_text())
    (folder / "research.json").write_text(json.dumps({**stated, "served": True}))
    assert page_of(folder).command == ""


def test_a_study_of_given_objects_is_run_again_from_its_folder(tmp_path):
    folder = study_folder(tmp_path / "mine", [row()])
    stated = (folder / "study.json").read_text()
    given = f"double@{'0' * 12}"
    (folder / "study.json").write_text(stated.replace('"naive"', f'"{given}"'))
    assert page_of(folder).command == "truing run mine"


def test_the_date_is_the_start_of_the_run(tmp_path):
    folder = study_folder(tmp_path / "mine", [row()])
    live = {"state": "finished", "what": "", "done": 1, "total": 1, "written": 1.8e9, "why": ""}
    write(folder / "progress.json", live | {"began": 1769868300.0})
    page = page_of(folder)
    assert (page.name, page.date) == ("mine", "2026-01-31 14:05 UTC")


def test_the_report_of_oversight_links_to_transcripts_and_contains_the_first(tmp_path):
    held = verdicts()
    folder = oversight_folder(tmp_path, held)
    transcripts(folder, held, said="<b>For</b> <v_quote>the mill</v_quote>.")
    text = write_report(folder).read_text()
    assert '<a href="transcripts.jsonl">' in text
    assert text.count('<details class="transcript">') == 4
    assert "&lt;b&gt;For&lt;/b&gt; “the mill” (verified)." in text
    shown = html.unescape(text)
    assert "Debater A" in shown
    assert "Private reasoning" in shown
    assert "Verdict: answer 1 0.60, answer 2 0.40. Right answer: answer 1." in shown


def test_no_number_of_methods_and_pairs_makes_a_page_of_one_megabyte(tmp_path):
    held = [
        row(method=f"composition,targets=gce,q=0.{number}", weak=f"pca-{pair}")
        for pair in range(16)
        for number in range(12)
    ]
    page = page_of(study_folder(tmp_path, held))
    assert len(page_html(page).encode()) < 1_000_000


def test_the_glossary_explains_the_names_and_only_the_terms_of_the_page(tmp_path):
    page = page_of(study_folder(tmp_path, rows()))
    explained = page.sections[-1].definitions
    assert page.sections[-1].collapsed
    assert {"PGR", "ceiling", "naive", "confidence", "pca-4", "spectral-16"} <= set(explained)
    assert "AUROC" not in explained


@pytest.mark.parametrize(
    ("counts", "ticks"),
    [
        ([1], [1]),
        ([1, 2], [1, 2]),
        ([1, 2, 3], [1, 2, 3]),
        (range(1, 8), [1, 2, 3, 4, 5, 6, 7]),
        (range(1, 9), [2, 4, 6, 8]),
        (range(1, 1001), [200, 400, 600, 800, 1000]),
    ],
)
def test_numbers_of_methods_have_ticks_at_whole_numbers(counts, ticks):
    assert _whole_ticks(counts) == ticks


def test_the_chart_of_the_best_gain_has_no_tick_between_two_numbers_of_methods(tmp_path):
    rows = [{"evaluations": tried, "best": 0.01 * tried, "released": 0.0} for tried in (1, 2, 3)]
    page = page_of(research_folder(tmp_path, finalists=[], progress=rows))
    drawn = vl_convert.vegalite_to_svg(page.chart.subplots[0].chart(WIDE))
    texts = re.findall(r">([^<>]+)</text>", drawn)
    assert texts[: texts.index("methods tried")] == ["1", "2", "3"]
