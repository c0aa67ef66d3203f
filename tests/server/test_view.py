"""Pages of runs: every figure with its interval, who read what, and nothing before its time."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import HTTPCookieProcessor, build_opener

import pytest
from click.testing import CliRunner

from tests.server.conftest import serving, viewing
from tests.server.runs import (
    SAID,
    debate,
    judgement,
    make_all,
    make_oversight,
    make_research,
    make_study,
    study_row,
    turn,
    write_json,
    write_ledger,
)
from truing.cli._main import cli
from truing.errors import UserError
from truing.lab import Oversight, run, run_oversight
from truing.oversight.questions import load_questions
from truing.report import compare_runs, signed_text
from truing.runs import Live
from truing.server.view import Index
from truing.server.view import _index as index_module
from truing.server.view._events import clock, events, state_of


def only_run(root: Path):
    (one,) = Index([root]).runs()
    return one


def text_of(root: Path, place: str = "") -> str:
    """The page of the only run below a folder, or a place below that page."""
    answer = viewing(root).get(f"/runs/{only_run(root).id}{place}")
    assert answer.status_code == 200
    return answer.text


def words(html: str) -> str:
    """What a reader sees, on one line."""
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def test_a_study_is_shown_with_its_results(tmp_path, tiny_study, alone):
    found = run(tiny_study, out=tmp_path / "runs/tiny", engine=alone)
    told = words(text_of(tmp_path / "runs"))
    for row in found.rows:
        assert row.method in told
        figures = (row.transfer_accuracy, row.transfer_low, row.transfer_high)
        assert "{:.3f} [{:.3f}, {:.3f}]".format(*figures) in told
    assert "finished" in told
    assert only_run(tmp_path / "runs").progress.state == "finished"


def test_real_oversight_is_shown_play_by_play(tmp_path):
    models = {"judge": ["truing/judge"], "debater": ["truing/debater:honest=false"]}
    asked = Oversight(protocols=["debate,rounds=2"], questions="cases,count=3", **models)
    found = run_oversight(asked, out=tmp_path / "runs/cases").overseen
    root = tmp_path / "runs"
    told = words(text_of(root))
    assert "Simulated" in told
    assert "inspect view --log-dir" in told
    for number, transcript in enumerate(found.transcripts):
        html = text_of(root, f"/plays/{number}")
        assert transcript.question in words(html)
        quotes = [quote for turn in transcript.entries for quote in turn.quotes]
        verified = sum(quote.verified for quote in quotes)
        assert html.count('<mark class="verified">') == verified
        assert html.count('<mark class="unverified">') == len(quotes) - verified


def test_every_value_of_a_study_has_an_interval(tmp_path):
    make_study(tmp_path / "run")
    told = words(text_of(tmp_path))
    for figure in (
        "0.700 [0.660, 0.740]",
        "0.900 [0.800, 1.000]",
        "0.600 [0.550, 0.650]",
        "0.33 [0.20, 0.50]",
        "+0.050 [+0.010, +0.090]",
    ):
        assert figure in told
    assert "better, Holm-corrected" in told


def test_an_outlier_does_not_squeeze_the_chart(tmp_path):
    far = study_row(
        "shuffled", transfer_accuracy=0.1, transfer_low=0.08, transfer_high=0.12, pgr=-3.0
    )
    make_study(tmp_path / "near")
    axis = re.compile(r"<span>(\S+)</span> <span>accuracy</span>")
    shown = axis.findall(text_of(tmp_path))
    make_study(tmp_path / "near", [study_row(), study_row("confidence"), far])
    text = text_of(tmp_path)
    assert axis.findall(text) == shown
    assert text.count('class="beyond"') == 1
    assert "An arrow marks a student beyond the axis" in words(text)
    make_study(tmp_path / "near", [study_row(), study_row("confidence", pgr=-3.0)])
    assert "An arrow marks" not in words(text_of(tmp_path))  # the accuracy is within the axis


def test_charts_have_their_titles_and_the_order_of_the_report(tmp_path):
    folder = make_study(tmp_path / "a")
    (folder / "charts").mkdir()
    for name in ("against-naive", "pgr", "own", "transfer"):
        svg = f'<svg xmlns="http://www.w3.org/2000/svg"><title>{name} &amp; all</title></svg>'
        (folder / f"charts/{name}.svg").write_text(svg)
    shown = re.findall(r'class="chart"[^>]*aria-label="([^"]*)"', text_of(tmp_path))
    assert shown == [f"{one} &amp; all" for one in ("transfer", "pgr", "against-naive", "own")]


def test_warnings_name_their_protocols(tmp_path):
    rows = [judgement(f"q{at}", argued=at % 2) for at in range(4)]
    rows += [judgement(f"q{at}", "open", argued=None) for at in range(4)]
    make_oversight(tmp_path / "a", rows)
    assert "open: no side was assigned" in words(text_of(tmp_path))


def test_a_researcher_is_listed_before_its_control(tmp_path):
    make_research(tmp_path / "a")
    write_ledger(tmp_path / "a/chance")
    stated = json.loads((tmp_path / "a/research.json").read_text())
    write_json(tmp_path / "a/research.json", stated | {"researchers": ["search", "chance"]})
    text = text_of(tmp_path)
    assert text.index("<bdi>search</bdi> <span") < text.index("<bdi>chance</bdi> <span")


def test_an_undefined_pgr_is_shown_with_its_reason(tmp_path):
    row = study_row(pgr=None, pgr_low=None, pgr_high=None, note="the ceiling is not above")
    make_study(tmp_path / "run", [row])
    told = words(text_of(tmp_path))
    assert "undefined the ceiling is not above" in told


def test_students_of_two_regimes_have_separate_tables(tmp_path):
    make_study(tmp_path / "run", [study_row(), study_row(regime="fine-tuned (lora)")])
    told = words(text_of(tmp_path))
    assert "Heads on fixed features; weak accuracy" in told
    assert "Fine-tuned (lora); weak accuracy" in told


def test_unreadable_rows_are_counted_and_the_others_shown(tmp_path):
    odd = {"task": [1], "transfer_accuracy": "x", "difference": 7, "pgr_low": 1e999}
    make_study(tmp_path / "run", [study_row(), odd, 7, None])
    told = words(text_of(tmp_path))
    assert "2 rows of this run cannot be read" in told
    assert "0.700 [0.660, 0.740]" in told


def test_reports_and_charts_are_shown_in_a_sandbox(tmp_path):
    folder = make_study(tmp_path / "run")
    (folder / "report.html").write_text("<script>parent.flag = 1</script>the report")
    (folder / "charts").mkdir()
    (folder / "charts/pgr.svg").write_text('<svg xmlns="x" width="300" height="200"></svg>')
    client, place = viewing(tmp_path), f"/runs/{only_run(tmp_path).id}"
    assert 'width="300" height="200"' in client.get(place).text  # its place is kept
    for name in ("report.html", "charts/pgr.svg"):
        answer = client.get(f"{place}/files/{name}")
        policy = answer.headers["content-security-policy"]
        assert answer.status_code == 200
        assert policy.startswith("sandbox; default-src 'none'")
        assert "script" not in policy


def test_a_transcript_marks_quotes_and_readers(tmp_path):
    make_oversight(tmp_path / "run")
    html = text_of(tmp_path, "/plays/0")
    told = words(html)
    assert "verified quote: the oak stood" in told
    assert "unverified quote: the elm fell the text says: the elm stood" in told
    assert "Which tree is it?" in told
    assert "Private reasoning of Debater A , read by no one else I doubt that it is Oak." in told
    assert "Debater can read it, and Judge cannot" in told
    assert html.index("Round 1") < html.index("It is Elm.") < html.index("Round 2")
    assert len(set(re.findall(r"voice-\w+", html))) == 3  # two debaters and the judge


def test_an_unrecorded_mark_is_not_a_verified_quote(tmp_path):
    """Nobody verifies himself: the record of the quotes counts, and not what a text says."""
    forged = [turn(1, "Debater A", SAID, quotes=[])]
    make_oversight(tmp_path / "run", [judgement()], [debate(turns=forged)])
    html = text_of(tmp_path, "/plays/0")
    assert '<mark class="verified">' not in html
    assert html.count('<mark class="unverified">') == 2


def test_protocol_files_are_never_loaded_for_display(tmp_path):
    """A run folder is a stranger's; what it names may be any program."""
    evil = tmp_path / "evil.py"
    evil.write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    name = f"{evil}:helped"
    make_oversight(tmp_path / "runs/run", [judgement(protocol=name)])
    make_study(tmp_path / "runs/study", methods=[f"{evil}:method"])
    client = viewing(tmp_path / "runs")
    runs = Index([tmp_path / "runs"]).runs()
    for one in runs:
        assert client.get(f"/runs/{one.id}").status_code == 200
        played = client.get(f"/runs/{one.id}/plays/0")
        assert one.kind == "study" or "not loaded here" in played.text
    client.get("/compare", params={"run": [one.id for one in runs]})
    assert not (tmp_path / "ran").exists()


def test_plays_are_filtered_by_protocol_and_verdict(tmp_path):
    beliefs = {"right": [0.8, 0.2], "wrong": [0.1, 0.9], "tie": [0.5, 0.5], "unread": None}
    rows = [judgement(name, belief=belief) for name, belief in beliefs.items()]
    rows.append(judgement("other", "consultancy", argued=1))
    make_oversight(tmp_path / "run", rows)

    def names(asked: str) -> list[str]:
        return re.findall(r'/plays/\d+"><bdi>(\w+)', text_of(tmp_path, asked))

    assert names("") == ["right", "tie", "unread", "wrong", "other"]
    assert names("?outcome=wrong") == ["tie", "wrong"]  # a tie for the top is wrong
    assert names("?outcome=unread") == ["unread"]
    assert names("?protocol=consultancy") == ["other"]


def test_transcripts_of_other_judgements_are_not_shown(tmp_path):
    make_oversight(tmp_path / "run", plays=[debate()])
    assert "/plays/" not in text_of(tmp_path)
    assert "Verdict" not in words(text_of(tmp_path, "/plays/0"))


@pytest.mark.parametrize(
    ("held", "status", "told"),
    [
        *((held, 404, "There is no such page.") for held in (7, {}, {"turns": 3}, "x", [[]])),
        ({"turns": [1, None, {}]}, 200, "; 1 speech Verdict:"),
    ],
)
def test_a_damaged_transcript_causes_no_internal_error(tmp_path, held, status, told):
    make_oversight(tmp_path / "run", [judgement()], [held])
    answer = viewing(tmp_path).get(f"/runs/{only_run(tmp_path).id}/plays/0")
    assert (answer.status_code, told in words(answer.text)) == (status, True)


def test_invalid_judgements_are_shown_without_measures(tmp_path):
    rows = [judgement(), judgement("q2", belief=[3, "x"], truth="a", rounds=7, choices=5)]
    make_oversight(tmp_path / "run", rows)
    told = words(text_of(tmp_path))
    assert "The measures could not be computed: line 2: truth must be an index" in told
    assert "By protocol" not in told
    assert "q1 debate ✓ correct 0.80" in told
    assert "q2 debate ? unread" in told


def test_sealed_tiers_are_not_shown_before_closing(tmp_path):
    """The owner is shown what researchers were told; what was scored in secret stays so."""
    make_research(tmp_path / "open/research", closed=False)
    write_ledger(tmp_path / "open/referee", closed=False)
    client = viewing(tmp_path / "open")
    pages = [client.get("/").text]
    runs = Index([tmp_path / "open"]).runs()
    pages += [client.get(f"/runs/{one.id}").text for one in runs]
    pages.append(client.get("/compare", params={"run": [one.id for one in runs]}).text)
    for page in pages:
        for hidden in ("0.0777", "+0.078", "0.0555", "+0.056", "never-named"):
            assert hidden not in page
    assert "+0.020" in pages[1]  # the released score
    assert "Sealed until the research run is closed" in pages[1]


def test_verdicts_are_shown_after_closing_and_the_secret_never(tmp_path):
    make_research(tmp_path / "research")
    html = text_of(tmp_path)
    told = words(html)
    assert "sealed: digits +0.078 [+0.068, +0.088]" in told
    assert "other tasks: never-named +0.078" in told
    assert "better, p 0.004 (Holm)" in told
    assert "✓ verified, 7 entries" in told
    assert "gce helps more" in told
    for hidden in ("SECRET", "TOKEN-HASH", "commitment"):
        assert hidden not in html


def test_a_changed_ledger_is_marked(tmp_path):
    import sqlite3

    make_research(tmp_path / "research")
    with sqlite3.connect(tmp_path / "research/search/ledger.sqlite") as ledger:
        ledger.execute("DROP TRIGGER fixed")
        ledger.execute("UPDATE entries SET body = replace(body, '0.02', '0.92') WHERE number = 3")
    ledger.close()
    told = words(text_of(tmp_path))
    assert "NOT verified: entry 3 was changed" in told
    assert "0.92" not in told


def compared(root: Path, *asked: str) -> str:
    """The comparison of runs by the last letters of their names."""
    ids = {one.name.rpartition("/")[2]: one.id for one in Index([root]).runs()}
    answer = viewing(root).get("/compare", params={"run": [ids[name] for name in asked]})
    assert answer.status_code == 200
    return answer.text


def test_compared_runs_are_side_by_side_with_their_intervals(tmp_path):
    make_study(tmp_path / "a")
    make_study(tmp_path / "b", [study_row(transfer_accuracy=0.8), study_row("gce")], seeds=5)
    make_oversight(tmp_path / "c")
    told = words(compared(tmp_path, "a", "b"))
    assert "seeds 3 5" in told
    assert "0.700 [0.660, 0.740] 0.800 [0.660, 0.740]" in told
    assert "confidence (run 0)" in told
    assert "gce (run 1)" in told
    assert "truing compare" in told
    assert "truing compare" not in compared(tmp_path, "a", "b", "c")
    client = viewing(tmp_path)
    assert client.get("/compare").status_code == 200
    assert client.get("/compare", params={"run": "nothing"}).status_code == 404


def test_a_comparison_states_the_differences_of_the_command_line(tmp_path, tiny_study, alone):
    """The same numbers as `truing compare`, paired on the seeds that both studies have."""
    first = run(tiny_study, out=tmp_path / "runs/a", engine=alone)
    other = tiny_study.model_copy(update={"strong": ("pca-8",)})
    second = run(other, out=tmp_path / "runs/b", engine=alone)
    found = compare_runs([first.folder, second.folder])
    told = words(compared(tmp_path / "runs", "a", "b"))
    assert found.compared
    for one in found.compared:
        assert one.paired
        assert f"{signed_text(one)} {one.verdict}" in told
    ids = [one.id for one in sorted(Index([tmp_path / "runs"]).runs(), key=lambda one: one.name)]
    chart = viewing(tmp_path / "runs").get("/compare/differences.svg", params={"run": ids})
    assert chart.headers["content-type"] == "image/svg+xml"
    assert chart.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert chart.text.startswith("<svg")


@pytest.mark.parametrize("named", ["{evil}:method", "smooth@1a2b3c4d5e6f"])
@pytest.mark.parametrize("field", ["methods", "test_on"])
def test_runs_that_name_code_are_not_compared_here(tmp_path, named, field):
    evil = tmp_path / "evil.py"
    evil.write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    for name in ("a", "b"):
        make_study(tmp_path / "runs" / name, **{field: [named.format(evil=evil)]})
    told = words(compared(tmp_path / "runs", "a", "b"))
    assert "These runs are not compared here: this page loads no code" in told
    assert "truing compare" in told
    assert not (tmp_path / "ran").exists()


def test_an_unfinished_run_is_not_compared(tmp_path):
    make_study(tmp_path / "a")
    (make_study(tmp_path / "b") / "results.jsonl").unlink()
    assert "not compared here: not finished" in words(compared(tmp_path, "a", "b"))


def test_charts_of_the_same_name_are_side_by_side(tmp_path):
    for name in ("a", "b"):
        folder = make_study(tmp_path / name)
        (folder / "charts").mkdir()
        svg = '<svg xmlns="http://www.w3.org/2000/svg"><title>PGR by method</title></svg>'
        (folder / "charts/pgr.svg").write_text(svg)
    (folder / "charts/only-here.svg").write_text(svg)
    text = compared(tmp_path, "a", "b")
    assert re.findall(r'files/charts/(\S+?\.svg)" alt="([^"]*)"', text) == [
        ("pgr.svg", "PGR by method, run 0"),
        ("pgr.svg", "PGR by method, run 1"),
    ]


def test_the_owner_can_read_the_hidden_text_beside_a_transcript(tmp_path):
    asked = load_questions("cases,count=2")
    rows = [judgement(one.id, choices=list(one.choices)) for one in asked.questions]
    stated = {"questions": "cases,count=2", "fingerprint": asked.fingerprint}
    make_oversight(tmp_path / "a", rows, **stated)
    text = unescape(text_of(tmp_path, "/plays/1"))
    assert asked.questions[1].hidden in text
    assert asked.questions[0].hidden not in text
    assert "Hidden text of the question, which only Debater could read" in words(text)


def test_hidden_texts_of_changed_questions_are_not_shown(tmp_path):
    asked = load_questions("cases,count=2")
    rows = [judgement(one.id) for one in asked.questions]
    make_oversight(tmp_path / "a", rows, questions="cases,count=2", fingerprint="of others")
    text = text_of(tmp_path, "/plays/0")
    assert "have changed since this run" in words(text)
    assert asked.questions[0].hidden not in unescape(text)


def test_transcripts_come_after_the_charts_in_natural_order(tmp_path):
    names = ["case-10", "case-2", "case-1"]
    folder = make_oversight(tmp_path / "a", [judgement(name) for name in names])
    (folder / "charts").mkdir()
    (folder / "charts/accuracy.svg").write_text("<svg/>")
    text = text_of(tmp_path)
    assert text.index("charts/accuracy.svg") < text.index("Transcripts") < text.index("case-1<")
    assert re.findall(r'/plays/(\d)"><bdi>(\S+?)<', text) == [
        ("2", "case-1"),
        ("1", "case-2"),
        ("0", "case-10"),
    ]
    page = text_of(tmp_path, "/plays/1")
    assert re.findall(r'rel="(\w+)" href="[^"]*/plays/(\d)"', page) == [
        ("prev", "2"),
        ("next", "0"),
    ]


def test_partial_results_are_shown_as_such(tmp_path):
    folder = make_study(tmp_path / "a")
    (folder / "results.jsonl").rename(folder / "partial.jsonl")
    told = words(text_of(tmp_path))
    assert "Partial results, from the seeds that are finished so far" in told
    assert "0.700 [0.660, 0.740]" in told
    folder = make_oversight(tmp_path / "b/c")
    (folder / "judgements.jsonl").rename(folder / "partial.jsonl")
    told = words(text_of(tmp_path / "b"))
    assert "Partial results: 4 verdicts so far" in told


def test_viewing_a_run_changes_no_files(tmp_path):
    root = make_all(tmp_path / "runs")
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*") if path.is_file()}
    client = viewing(root)
    for one in Index([root]).runs():
        assert client.get(f"/runs/{one.id}").status_code == 200
    after = {path: path.stat().st_mtime_ns for path in root.rglob("*") if path.is_file()}
    assert after == before


def test_changes_are_sent_as_they_happen(tmp_path, monkeypatch):
    monkeypatch.setattr(index_module, "FRESH", 0.0)
    monkeypatch.setattr("truing.server.view._events.PAUSE", 0.01)
    make_study(tmp_path / "still")
    folder = make_study(tmp_path / "run")
    (folder / "results.jsonl").unlink()

    async def listen() -> list[dict]:
        told = []
        stream = events(Index([tmp_path]))

        async def wait(status: str) -> None:
            async for line in stream:
                if line.startswith("event: run"):
                    told.append(json.loads(line.partition("data: ")[2]))
                    if told[-1]["status"] == status:
                        return

        with Live(folder) as live:
            live("train", 3, 9)
            await wait("running")
            make_study(folder)
        await wait("finished")
        await stream.aclose()
        return told

    told = asyncio.run(listen())
    assert {one["id"] for one in told} == {told[0]["id"]}  # of the run that changed alone
    assert told[0]["line"].startswith("train: 3 of 9, 0:")
    assert (told[0]["done"], told[0]["total"]) == (3, 9)


def test_a_change_before_the_subscription_is_not_lost(tmp_path, monkeypatch):
    monkeypatch.setattr(index_module, "FRESH", 0.0)
    make_study(tmp_path / "first")
    index = Index([tmp_path])
    seen = state_of(index.runs())
    make_study(tmp_path / "second")

    async def heard(seen: str) -> str:
        stream = events(index, seen=seen)
        try:
            return await anext(stream)
        finally:
            await stream.aclose()

    assert asyncio.run(heard(seen)).startswith("event: stale")
    assert asyncio.run(heard(state_of(index.runs()))).startswith(":")


@pytest.mark.parametrize(("done", "told"), [(1, False), (20, True), (999, True), (1000, False)])
def test_the_remaining_time_is_shown_during_a_run(tmp_path, done, told):
    with Live(make_study(tmp_path / "a")) as live:
        live("train", done, 1000)
        text = words(text_of(tmp_path))
    assert f"train: {done:,} of 1,000" in text
    assert (" left" in text) == told


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (80.9, "1:20"), (7500, "2:05:00")])
def test_times_are_shown_in_minutes_or_hours(seconds, text):
    assert clock(seconds) == text


def test_the_command_serves_on_loopback_until_it_is_stopped(tmp_path, warm):
    """From the command to a page, and back to the prompt without a word."""
    make_study(tmp_path / "my-runs/first")
    code = "from truing.cli import main; main()"
    command = [warm, "-c", code, "view", str(tmp_path / "my-runs"), "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            assert str(tmp_path / "my-runs") in server.stdout.readline()
            link = server.stdout.readline().strip()
            assert link.startswith("http://127.0.0.1:")
            home = link.partition("/enter")[0]
            browser = build_opener(HTTPCookieProcessor())
            for place in (link, f"{home}/"):
                with browser.open(place) as answer:
                    page = answer.read().decode()
            assert "first" in page
            assert server.stdout.readline().startswith(
                "link for another browser: http://127.0.0.1:"
            )
            live = browser.open(f"{home}/events")  # a page that is still open
            assert live.readline() == b"event: stale\n"
        finally:
            server.send_signal(signal.SIGINT)
        said, faults = server.communicate()
        live.close()
    assert (server.returncode, said, faults) == (0, "", "")


def test_a_used_port_is_a_user_mistake(tmp_path):
    with serving([]) as link:
        port = urlsplit(link).port
        done = CliRunner().invoke(cli, ["view", str(tmp_path), "--port", str(port)])
    assert isinstance(done.exception, UserError)
    assert "cannot listen at 127.0.0.1" in str(done.exception)
