"""Results under shift: the certificate in tables, pages, charts, JSON, data frames and the list."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from tests.report.folders import row, shifted, study_folder
from truing.cli._study import _merged
from truing.lab import Result
from truing.measures import Estimate
from truing.report import Certificate, draw_study, make_page, page_html, table
from truing.report.page._shift_finding import shift_finding
from truing.runs import find_run
from truing.server.view._headline import read_headline
from truing.server.view._study import _line
from truing.studies import DifferenceFromNaive, Study, Work, WorstDomain

DOMAINS = {"amazon": 0.4, "yelp": 0.3, "imdb": 0.1}
OTHER = {"amazon": 0.5, "yelp": 0.35, "imdb": -0.1}


def difference(value: float, verdict: str) -> DifferenceFromNaive:
    return DifferenceFromNaive(value, value - 0.02, value + 0.02, 0.01, 0.02, verdict)


def naive(**changed):
    return shifted(row(**changed), **DOMAINS)


def confidence(home: str = "", *there: str, **changed):
    """A method with PGR 0.7 at home; verdicts at home and in each domain, if there are any."""
    values = {"method": "confidence", "pgr": 0.7, "pgr_low": 0.6, "pgr_high": 0.8}
    made = shifted(row(**values | changed), **OTHER)
    if not home:
        return made
    domains = tuple(
        replace(one, difference=difference(0.01, verdict))
        for one, verdict in zip(made.shift.domains, there, strict=True)
    )
    shift = replace(made.shift, domains=domains)
    return replace(made, shift=shift, difference=difference(0.05, home))


TURNED = ("better", "better", "inconclusive", "worse")


@pytest.fixture
def rows():
    return [naive(), confidence(*TURNED)]


def test_a_certificate_states_home_and_the_worst_of_the_domains():
    assert str(Certificate.of(naive())) == (
        "0.50 [0.40, 0.60] at home, 0.10 [-0.05, 0.25] in the worst of 3 domains (imdb)"
    )
    assert str(Certificate.of(row())) == "0.50 [0.40, 0.60] at home, no shift"


def test_a_certificate_names_a_single_domain_and_domains_without_a_pgr():
    def under_shift(**domains):
        return Certificate.of(shifted(row(), **domains)).under_shift

    assert under_shift(imdb=0.1) == "0.10 [-0.05, 0.25] in the domain imdb"
    several = {"shout disagrees": 0.1}
    assert under_shift(**several).endswith("in the domain 'shout disagrees'")
    assert under_shift(imdb=None) == "undefined in the domain imdb"
    assert under_shift(imdb=None, yelp=None) == "undefined in each of 2 domains"
    assert under_shift(imdb=0.1, yelp=None) == (
        "0.10 [-0.05, 0.25] in the worst of 2 domains (imdb), undefined in yelp"
    )


def test_a_certificate_is_read_from_the_json_of_its_row(rows):
    for one in (*rows, shifted(row(), imdb=None), row()):
        assert Certificate.read(json.loads(json.dumps(one.to_json()))) == Certificate.of(one)


@pytest.mark.parametrize("shift", [3, {}, {"domains": "imdb"}, {"domains": [{}], "worst": 4}])
def test_a_certificate_of_a_broken_row_is_read_as_far_as_possible(shift):
    assert str(Certificate.read({"shift": shift})).startswith("undefined at home, ")


def test_the_text_of_a_row_states_home_and_the_worst_domain(rows):
    assert "PGR 0.50 at home and 0.10 in the worst of 3 domains (imdb)" in str(rows[0])
    assert "naive, in the domain yelp: " in str(rows[0].shift.domains[1])
    assert str(shifted(row(), imdb=None)).endswith("PGR 0.50 at home and undefined in imdb")
    assert str(row()).endswith("PGR 0.50")


def printed(rows, width: int) -> str:
    console = Console(width=width, file=io.StringIO(), highlight=False)
    console.print(table(rows))
    return console.file.getvalue()


def test_the_table_fits_sixty_columns_and_cuts_no_number_and_no_verdict(rows):
    lines = printed(rows, 60).splitlines()
    assert max(map(len, lines)) <= 60
    assert " imdb (worst)    0.10 [0.00, 0.20]" in lines
    assert " imdb (worst)  -0.10 [-0.20, 0.00]  +0.010 worse" in lines
    assert " yelp            0.35 [0.25, 0.45]  +0.010 inconclusive" in lines
    assert "(not shown at this width: drop [95%])" in lines


def test_the_table_states_drops_certificates_and_their_meaning(rows):
    text = " ".join(printed(rows, 90).split())
    assert "imdb (worst) -0.10 [-0.20, 0.00] +0.80 [+0.70, +0.90] +0.010 worse" in text
    assert "mean of 3 0.27 [0.17, 0.37]" in text
    assert f"confidence: {Certificate.of(rows[1])}" in text
    assert "Holm-corrected at 0.05 over home and domains." in text
    assert "PGR in a domain uses the home ceiling" in text
    assert "local ceiling" not in text


def test_the_table_names_a_local_ceiling(rows):
    there = tuple(replace(one, ceiling="local") for one in rows[0].shift.domains)
    local = replace(rows[0], shift=replace(rows[0].shift, domains=there))
    text = " ".join(printed([local], 90).split())
    assert "PGR in a domain uses the local ceiling" in text
    assert "home ceiling" not in text


def test_each_pair_has_its_own_table_under_shift(rows):
    text = printed([*rows, naive(strong="spectral-64"), row(strong="pca-8")], 90)
    assert text.count("under shift  ") == 2
    assert text.count("naive: 0.50") == 2


def test_the_mean_counts_domains_with_a_bounded_pgr(rows):
    def means(*unbounded):
        domains = tuple(
            replace(one, pgr_low=None) if one.domain in unbounded else one
            for one in rows[0].shift.domains
        )
        text = printed([replace(rows[0], shift=replace(rows[0].shift, domains=domains))], 90)
        return [line for line in text.splitlines() if line.startswith(" mean of")]

    assert [line.split("  ")[0] for line in means("yelp")] == [" mean of 2 of 3"]
    assert means("yelp", "imdb") == []


def test_without_a_shift_the_table_says_nothing_on_domains():
    assert "domain" not in printed([row()], 90)


def test_the_first_sentence_says_that_a_method_wins_at_home_and_is_worse_under_shift(rows):
    assert shift_finding(rows) == [
        "confidence is better than naive at home and worse in the worst of 3 domains (imdb): it "
        "recovers 0.70 [0.60, 0.80] of the gap at home and -0.10 [-0.25, 0.05] there.",
        "naive recovers 0.50 [0.40, 0.60] of the gap at home, and 0.10 [-0.05, 0.25] in the worst "
        "of 3 domains (imdb).",
    ]


@pytest.mark.parametrize(
    ("method", "first"),
    [
        (
            confidence("better", "better", "better", "inconclusive"),
            "confidence is better than naive at home, but not in the worst of 3 domains (imdb): it "
            "recovers 0.70 [0.60, 0.80] of the gap at home and -0.10 [-0.25, 0.05] there.",
        ),
        (
            confidence("better on this seed", "worse", "worse", "worse on this seed"),
            "confidence is better than naive at home on this seed and worse in the worst of 3 "
            "domains (imdb): it recovers 0.70 [0.60, 0.80] of the gap at home and -0.10 [-0.25, "
            "0.05] there.",
        ),
        (
            confidence(),
            "confidence recovers the largest share of the gap at home, 0.70 [0.60, 0.80], but not "
            "in the worst of 3 domains (imdb): there it recovers -0.10 [-0.25, 0.05], and naive "
            "recovers 0.10 [0.00, 0.20].",
        ),
        (
            shifted(row(method="gce", pgr=0.7), amazon=0.5, imdb=0.4),
            "gce recovers the largest share of the gap at home, 0.70 [0.40, 0.60], and 0.40 [0.25, "
            "0.55] in the worst of 2 domains (imdb).",
        ),
        (
            shifted(row(method="oracle"), imdb=-1.0),  # a control does not count
            "naive recovers 0.50 [0.40, 0.60] of the gap at home, and 0.10 [-0.05, 0.25] in the "
            "worst of 3 domains (imdb).",
        ),
    ],
)
def test_the_first_sentence_is_on_the_method_that_wins_at_home(method, first):
    assert shift_finding([naive(), method])[0] == first


def test_the_first_sentence_compares_students_too():
    pairs = [naive(strong="l2=100"), confidence(strong="l2=3000", method="naive")]
    assert shift_finding(pairs)[0].startswith(
        "naive (l2=3000 under pca-4) recovers the largest share of the gap at home, 0.70 [0.60, "
        "0.80], but "
    )
    assert "and naive (l2=100 under pca-4) recovers 0.10" in shift_finding(pairs)[0]


def test_undefined_values_and_simulations_are_stated():
    undefined = {"pgr": None, "pgr_low": None, "pgr_high": None}
    assert shift_finding([shifted(row(), imdb=None)]) == [
        "naive recovers 0.50 [0.40, 0.60] of the gap at home; its PGR is undefined in the domain "
        "imdb."
    ]
    assert shift_finding([naive(**undefined)])[0].startswith(
        "naive has no PGR at home, because the ceiling is not above the weak supervisor; its PGR "
        "is 0.10"
    )
    assert shift_finding([naive(simulated=True)])[0].startswith(
        "With a simulated supervisor, naive recovers 0.50"
    )
    assert "of the AUROC gap at home" in shift_finding([naive(metric="auroc")])[0]


def test_of_several_tasks_the_finding_takes_the_task_whose_winner_loses(rows):
    other = [naive(task="wine"), shifted(row(task="wine", method="gce", pgr=0.6), imdb=0.6)]
    found = shift_finding([*other, *rows])
    assert found[0].startswith("On digits (1 of 2 tasks), confidence is better than naive at home")


def test_of_several_methods_that_lose_the_finding_takes_the_largest_drop(rows):
    slight = confidence(*TURNED, task="wine", pgr=0.2)
    assert shift_finding([naive(task="wine"), slight, *rows])[0].startswith("On digits (1 of 2")
    steep = confidence(*TURNED, task="wine", pgr=0.9)
    assert shift_finding([*rows, naive(task="wine"), steep])[0].startswith("On wine (1 of 2")


def test_the_page_begins_with_the_shift_and_draws_it(tmp_path, rows):
    page = make_page(find_run(study_folder(tmp_path, rows)))
    assert not page.warnings
    assert page.finding == tuple(shift_finding(rows))
    counts = "1 better, 0 worse, 0 inconclusive at home, and 1 better, 1 worse, 1 inconclusive in"
    assert f"{counts} domains (4 comparisons, Holm-corrected)" in page.lead[1]
    assert page.chart.name == "pgr-by-domain"
    names = [drawing.name for drawing in page.drawings]
    assert len(set(names)) == len(names)
    assert "pgr" in names
    assert {"domain", "drop", "home", "home ceiling", "worst"} <= page.glossary.terms.keys()


def test_a_method_that_stays_better_is_compared_at_home(tmp_path):
    held = [naive(), confidence("better", "better", "better", "better")]
    finding = make_page(find_run(study_folder(tmp_path, held))).finding
    assert finding[1] == (
        "At home, better than naive: confidence by 0.050 [0.030, 0.070] (accuracy, Holm-corrected "
        "over 4 comparisons at home and in domains)."
    )


def test_the_section_under_shift_has_certificates_and_a_table_by_domain(tmp_path, rows):
    page = make_page(find_run(study_folder(tmp_path, rows)))
    section = page.sections[0]
    assert section.heading == "Under shift"
    assert section.points == tuple(
        f"{name}: {Certificate.of(one)}."
        for name, one in zip(("naive", "confidence"), rows, strict=True)
    )
    by_domain, accuracies = section.tables
    assert by_domain.rows[4] == (
        "naive",
        "imdb (worst)",
        "0.10 [0.00, 0.20]",
        "+0.40 [+0.30, +0.50]",
        "",
        "",
    )
    assert by_domain.rows[9][-1] == "worse"
    assert "over 4 comparisons, at home and in domains" in by_domain.note
    assert accuracies.rows[4][1:] == (
        "imdb (worst)",
        "0.800 [0.770, 0.830]",
        "0.700 [0.680, 0.720]",
        "0.900 [0.880, 0.920]",
        "home",
        "539",
    )


def test_the_command_of_the_page_declares_the_shifts_again(tmp_path, rows):
    folder = study_folder(tmp_path, rows)
    stated = json.loads((folder / "study.json").read_text())
    shifts = {
        "test_on": ["amazon.csv", "imdb.csv"],
        "local_ceiling": True,
        "learn": "hardness<=0.5",
        "test": ["hardness>0.8"],
        "balance": 0.9,
        "distractor": {"liberal": 0.8},
        "hardness": "pca-2",
    }
    (folder / "study.json").write_text(json.dumps({**stated, **shifts}))
    assert make_page(find_run(folder)).command.endswith(
        "--test-on amazon.csv --test-on imdb.csv --local-ceiling --learn 'hardness<=0.5' "
        "--test 'hardness>0.8' --balance 0.9 --distractor liberal=0.8 --hardness pca-2"
    )


def test_the_glossary_explains_no_word_of_a_condition(tmp_path):
    held = [shifted(row(), **{"domain==imdb": 0.1})]
    html = page_html(make_page(find_run(study_folder(tmp_path, held))))
    assert "domain==imdb" in html.replace("<wbr>", "")


def test_the_chart_has_a_row_for_home_each_domain_and_the_mean(rows):
    (drawing,) = [one for one in draw_study(rows) if one.name == "pgr-by-domain"]
    drawn = list(csv.DictReader(io.StringIO(drawing.csv)))
    places = ["home", *DOMAINS, "mean of 3 domains"]
    assert [(one["series"], one["row"]) for one in drawn] == [
        (name, place) for name in ("naive", "confidence") for place in places
    ]
    assert [float(one["value"]) for one in drawn[:4]] == [0.5, *DOMAINS.values()]
    assert "home ceiling" in drawing.reading
    assert not [one for one in draw_study([row()]) if one.name == "pgr-by-domain"]


@pytest.fixture
def result(tmp_path, rows):
    return Result(tuple(rows), Work(0, 0, 0, 0.0), tmp_path)


def test_json_has_flat_rows_the_worst_domains_and_the_drops(result):
    found = json.loads(json.dumps(_merged([result])))
    places = ["home", *DOMAINS]
    assert [(one["method"], one["domain"]) for one in found["rows"]] == [
        (name, place) for name in ("naive", "confidence") for place in places
    ]
    assert [one["pgr"] for one in found["rows"][:4]] == [0.5, *DOMAINS.values()]
    assert not [one for one in found["rows"] if "shift" in one]
    names = {"task": "digits", "weak": "pca-4", "strong": "spectral-16", "method": "naive"}
    worst = {"domain": "imdb", "pgr": 0.1, "pgr_low": 0.1 - 0.15, "pgr_high": 0.25}
    assert found["worst"][0] == names | worst
    drop = {"domain": "yelp", "drop": 0.2, "drop_low": 0.1, "drop_high": 0.3}
    assert found["drops"][1] == names | {
        name: value if isinstance(value, str) else pytest.approx(value)
        for name, value in drop.items()
    }
    assert [one["domains"] for one in found["over_domains"]] == [3, 3]


def test_json_of_a_study_without_a_shift_has_rows_at_home_only(tmp_path):
    found = _merged([Result((row(),), Work(0, 0, 0, 0.0), tmp_path)])
    assert [one["domain"] for one in found["rows"]] == ["home"]
    assert (found["worst"], found["drops"], found["over_domains"]) == ([], [], [])


def test_a_row_without_a_pgr_in_any_domain_has_no_worst_domain(tmp_path):
    found = _merged([Result((shifted(row(), imdb=None),), Work(0, 0, 0, 0.0), tmp_path)])
    assert found["worst"][0]["domain"] is None


def test_a_data_frame_has_a_row_per_domain(result):
    frame = result.to_pandas()
    assert list(frame["domain"]) == ["home", *DOMAINS] * 2
    assert not [name for name in frame.columns if name.startswith("shift")]
    assert [one.domain for one in result.filter(method="naive").domains] == ["home", *DOMAINS]


def test_rows_of_a_result_are_those_at_home(result):
    assert [one.domain for one in result] == ["home", "home"]
    assert result.best() == result.rows[1]


def test_a_notebook_shows_the_certificate_and_the_chart_by_domain(result):
    html = result._repr_html_()
    assert f"naive: {Certificate.of(result[0])}" in html
    assert "PGR at home and in each domain" in html
    assert result.charts[0] == "pgr-by-domain"
    assert "under shift" in str(result)


def test_the_dashboard_shows_the_certificate_beside_the_value(tmp_path, rows):
    from truing.server.view._index import Index

    study_folder(tmp_path / "a", rows)
    (run,) = Index([tmp_path]).runs()
    found = read_headline(run)
    assert found.what == "difference from naive"
    assert found.more == f"PGR {Certificate.of(rows[1])}"
    assert _line(rows[0].to_json()).certificate == Certificate.of(rows[0])


def test_the_dashboard_compares_certificates(tmp_path, rows):
    from truing.server.view._compared import side_by_side
    from truing.server.view._differences import differences
    from truing.server.view._index import Index

    for name in ("a", "b"):
        study_folder(tmp_path / name, rows)
    runs = Index([tmp_path]).runs()
    certificates = differences(runs).certificates
    assert [texts for _, texts in certificates] == [[str(Certificate.of(one))] * 2 for one in rows]
    (block,) = [one for one in side_by_side(runs).blocks if "worst" in one.title]
    assert block.title == "PGR in the worst domain"
    assert [one.value for one in block.rows[1][1]] == [-0.1, -0.1]


def test_the_configuration_of_a_study_without_a_shift_has_no_field_of_shifts():
    study = Study(tasks="digits", weak="pca-4", strong="pca-16", methods="naive")
    names = ["tasks", "weak", "strong", "methods", "seeds", "baseline", "metric", "diagnostics"]
    assert list(json.loads(study.model_dump_json())) == [*names, "aliases"]


def test_an_interval_without_an_end_is_written_so():
    worst = WorstDomain(0.1, None, 0.3, "imdb")
    found = Certificate(Estimate(0.4, 0.2, None), worst, {"imdb": worst})
    assert str(found) == "0.40 [0.20, inf] at home, 0.10 [-inf, 0.30] in the domain imdb"
