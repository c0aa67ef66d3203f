"""The list's main values: what is shown of each kind, stored, sorted and filtered."""

from __future__ import annotations

import re

import pytest

from tests.server.conftest import viewing
from tests.server.runs import (
    debate,
    judgement,
    make_all,
    make_game,
    make_oversight,
    make_research,
    make_study,
    study_row,
    write_json,
)
from truing.measures import Estimate
from truing.server.view import Index
from truing.server.view import _headline as headline_module
from truing.server.view._natural import natural

pytestmark = pytest.mark.usefixtures("fresh_index")


def difference(value: float, p_holm: float = 0.01) -> dict[str, float]:
    return {"value": value, "low": value - 0.02, "high": value + 0.02, "p_holm": p_holm}


def headline_of(root):
    (run,) = Index([root]).runs()
    return run.headline


def names(client, **asked: str) -> list[str]:
    text = client.get("/", params=asked).text
    return re.findall(r'class="name"><a href="[^"]*"><bdi>[^<]*/([^</]*)</bdi>', text)


def test_a_study_shows_its_largest_difference_from_naive(tmp_path):
    rows = [
        study_row("naive"),
        study_row("gce", difference=difference(0.03)),
        study_row("confidence", difference=difference(0.05)),
        study_row("oracle", difference=difference(0.30)),  # a control does not count
    ]
    make_study(tmp_path / "a", rows)
    found = headline_of(tmp_path)
    assert (found.what, found.best, found.verdict) == (
        "difference from naive",
        "confidence",
        "better",
    )
    assert found.value == Estimate(0.05, 0.05 - 0.02, 0.05 + 0.02)
    text = viewing(tmp_path).get("/").text
    assert "+0.050 [+0.030, +0.070]" in text
    assert "PGR 0.33 [0.20, 0.50]" in text


def test_a_study_without_naive_shows_its_largest_pgr(tmp_path):
    make_study(tmp_path / "a", [study_row("gce"), study_row("confidence", pgr=0.4)])
    found = headline_of(tmp_path)
    assert (found.what, found.best, found.value.value) == ("PGR", "confidence", 0.4)


def test_an_oversight_run_shows_the_difference_from_blind(tmp_path):
    rows = [judgement(f"q{at}", "blind", belief=[0.2, 0.8]) for at in range(30)]
    rows += [judgement(f"q{at}", "debate", belief=[0.9, 0.1]) for at in range(30)]
    make_oversight(tmp_path / "a", rows)
    found = headline_of(tmp_path)
    assert (found.what, found.best, found.verdict) == ("difference from blind", "debate", "better")
    assert found.value.value == pytest.approx(1.0)
    assert found.value.low < found.value.value


def test_without_blind_an_oversight_run_shows_an_accuracy(tmp_path):
    make_oversight(tmp_path / "a")
    found = headline_of(tmp_path)
    assert (found.what, found.best, found.value.value) == ("accuracy", "debate", 1.0)


def test_a_closed_research_run_shows_the_gain_on_sealed_items(tmp_path):
    make_research(tmp_path / "a")
    found = headline_of(tmp_path)
    assert (found.what, found.verdict) == ("best finalist by sealed gain", "better")
    assert found.value.value == 0.0777


def test_an_open_research_run_shows_no_value(tmp_path):
    make_research(tmp_path / "a", closed=False)
    assert not headline_of(tmp_path).what


def test_a_game_shows_a_sampled_value_before_exact_values(tmp_path):
    folder = make_game(tmp_path / "a")
    assert headline_of(tmp_path).value.value == 1.0
    sampled = {"debate": {"accuracy": {"value": 0.7, "low": 0.6, "high": 0.8}}}
    write_json(folder / "outcome.json", {"steps": 4, "exact": {"accuracy": 1.0}} | sampled)
    found = headline_of(tmp_path)
    assert (found.what, found.value) == ("debate, accuracy", Estimate(0.7, 0.6, 0.8))


def test_unfinished_and_broken_runs_have_no_value(tmp_path):
    (make_study(tmp_path / "a") / "results.jsonl").unlink()
    assert not headline_of(tmp_path).what
    (make_study(tmp_path / "a") / "study.json").write_text("{")
    assert not headline_of(tmp_path).what


def test_a_value_is_computed_once_also_for_the_next_server(tmp_path, monkeypatch):
    computed: list[str] = []
    real = headline_module.read_headline
    monkeypatch.setattr(
        headline_module, "read_headline", lambda run: computed.append(run.name) or real(run)
    )
    folder = make_study(tmp_path / "a")
    first = headline_of(tmp_path)
    assert headline_of(tmp_path) == first  # of another index, as after a restart
    assert len(computed) == 1
    make_study(folder, [study_row("gce", pgr=0.9)])
    assert headline_of(tmp_path).value.value == 0.9
    assert len(computed) == 2


def test_a_pgr_without_a_clear_gap_has_an_unbounded_interval_and_says_why(tmp_path):
    note = "unbounded interval: the gap between weak supervisor and ceiling is not clearly positive"
    unclear = {"pgr_low": None, "pgr_high": None, "note": f"one seed; {note}"}
    make_study(tmp_path / "a", [study_row("gce", **unclear)])
    found = headline_of(tmp_path)
    assert (found.text, found.more) == ("0.330 [-inf, inf]", "the gap is not clearly positive")
    make_study(tmp_path / "a", [study_row("gce", **unclear, difference=difference(0.03))])
    more = "PGR 0.33 [-inf, inf], the gap is not clearly positive"
    assert headline_of(tmp_path).more == more
    make_study(tmp_path / "a", [study_row("gce", **unclear | {"note": ""})])
    assert headline_of(tmp_path).text == "0.330"


def test_values_that_take_long_follow_with_the_next_search(tmp_path):
    for name in ("a", "b"):
        make_study(tmp_path / name)
    index = Index([tmp_path])
    assert [run.headline for run in index.runs(patience=-1.0)] == [None, None]
    assert all(run.headline and run.headline.what for run in index.runs())


def test_runs_are_sorted_by_their_values_and_filtered_by_their_verdicts(tmp_path):
    for name, value, p in (("low", -0.1, 0.01), ("high", 0.2, 0.01), ("same", 0.01, 0.9)):
        rows = [study_row(), study_row("gce", difference=difference(value, p))]
        make_study(tmp_path / name, rows)
    make_game(tmp_path / "game")
    (make_study(tmp_path / "stopped") / "results.jsonl").unlink()
    client = viewing(tmp_path)
    assert names(client, sort="-result") == ["game", "high", "same", "low", "stopped"]
    assert names(client, sort="result") == ["game", "low", "same", "high", "stopped"]
    assert names(client, verdict="better") == ["high"]
    assert names(client, verdict="worse") == ["low"]
    assert names(client, verdict="inconclusive") == ["same"]
    assert set(names(client, verdict="none")) == {"game", "stopped"}
    assert names(client, sort="nothing") == names(client)


def test_runs_are_sorted_by_result_within_each_kind_of_result(tmp_path):
    for name, pgr in (("low-pgr", 0.1), ("high-pgr", 0.9)):
        make_study(tmp_path / name, [study_row("gce", pgr=pgr)])
    for name, value in (("less", 0.02), ("more", 0.3)):
        rows = [study_row(), study_row("gce", difference=difference(value))]
        make_study(tmp_path / name, rows)
    make_study(tmp_path / "auroc", [{**row, "metric": "auroc"} for row in rows])
    (make_study(tmp_path / "stopped") / "results.jsonl").unlink()
    client = viewing(tmp_path)
    order = ["auroc", "more", "less", "high-pgr", "low-pgr", "stopped"]
    assert names(client, sort="-result") == order
    shown = re.findall(r'scope="rowgroup">([^<]*)<', client.get("/?sort=-result").text)
    assert shown == ["AUROC difference from naive", "difference from naive", "PGR", "no result"]
    assert 'scope="rowgroup"' not in client.get("/?sort=-changed").text


def test_the_head_of_a_column_links_to_its_order_and_to_the_reverse(tmp_path):
    make_study(tmp_path / "a")
    client = viewing(tmp_path)
    assert 'href="/?sort=-result"' in client.get("/?kind=study").text.replace("kind=study&amp;", "")
    sorted_page = client.get("/?sort=-result").text
    assert 'aria-sort="descending"><a href="/?sort=result"' in sorted_page


def test_numbers_in_names_are_in_natural_order(tmp_path):
    for name in ("case-10", "case-2", "case-1", "Case-3"):
        make_study(tmp_path / name)
    assert names(viewing(tmp_path), sort="name") == ["case-1", "case-2", "Case-3", "case-10"]
    assert sorted(["a10", "a", "9", "a2b", "a02"], key=natural) == ["9", "a", "a02", "a2b", "a10"]


def test_the_list_shows_values_of_all_kinds_without_reading_what_is_sealed(tmp_path):
    text = viewing(make_all(tmp_path)).get("/").text
    assert text.count('class="value"') == 5
    assert "SECRET" not in text


def test_simulated_results_say_so_in_the_list_on_their_page_and_in_a_comparison(tmp_path):
    make_study(tmp_path / "real")
    make_study(tmp_path / "noise", [study_row("gce", simulated=True)])
    make_game(tmp_path / "game")
    client = viewing(tmp_path)
    assert client.get("/").text.count("<b>Simulated</b>") == 2
    runs = {one.folder.name: one.id for one in Index([tmp_path]).runs()}
    pages = {name: client.get(f"/runs/{one}").text for name, one in runs.items()}
    assert {name for name, page in pages.items() if ">Simulated</span>" in page} == {
        "noise",
        "game",
    }
    compared = client.get("/compare", params={"run": [runs["real"], runs["noise"]]}).text
    assert compared.count(">Simulated</span>") == 1


def test_given_objects_are_shown_by_their_plain_names(tmp_path):
    given = "advice@0123456789ab"
    make_oversight(
        tmp_path / "a",
        [judgement("q1", given)],
        [debate("q1", given)],
        protocols={given: {}},
        questions="mine@ba9876543210",
    )
    client = viewing(tmp_path)
    (run,) = Index([tmp_path]).runs()
    listed = client.get("/").text
    assert "advice" in listed
    assert "mine" in listed
    assert "@" not in listed
    page = client.get(f"/runs/{run.id}").text
    assert "@" not in page[: page.index('id="configuration"')]
    assert given in page[page.index('id="configuration"') :]
    transcript = client.get(f"/runs/{run.id}/plays/0").text
    assert f'<abbr title="{given}">advice</abbr>' in transcript
