"""Page of a board: it names what was studied, and promises only reruns that are possible."""

from __future__ import annotations

from html import unescape
from pathlib import Path

import pytest

from tests.research.published import config
from tests.research.test_bundle import Rows, lines, rebuilt
from truing.errors import UserError
from truing.research import MethodCard, OversightContest, Referee, ResearchConfig, Submission
from truing.research._config import Folders
from truing.research.bundle import publish, rerun, verify_bundle
from truing.research.bundle._rerunnable import rerunnable, why_no_rerun
from truing.research.problems import make_problem
from truing.run_files import SECRET

CARD = MethodCard(claim="it helps", mechanism="a reason", expected_effect=0.1)
CONTEST = OversightContest(
    questions=("cases,count=20",), other_questions=("cases,count=10,seed=5",), seeds=2, limit=15
)
LOCAL, HOSTED = "hf/Qwen/Qwen2.5-0.5B", "openai/gpt-4o"


def page_of(bundle: Path) -> str:
    return unescape((bundle / "index.html").read_text())


def not_checked(bundle: Path) -> str:
    return "\n".join(verify_bundle(bundle).not_checked)


@pytest.fixture(scope="module")
def contest_run(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("contest") / "run"
    referee = Referee(place, ResearchConfig(problem=CONTEST, finalists=1, audit=False))
    submission = Submission(content="declaration,rounds=2", card=CARD)
    referee.score(referee.submit("ada", submission).number)
    referee.close()
    referee.ledger.close()
    return place


@pytest.fixture(scope="module")
def contest_bundle(contest_run, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("contest") / "board"
    publish(contest_run, out)
    return out


@pytest.fixture(scope="module")
def paid_bundle(contest_run, tmp_path_factory) -> Path:
    """The same run, as if its judge and debater were models."""
    honest = make_problem(ResearchConfig(problem=CONTEST), (contest_run / SECRET).read_bytes())

    def with_models(rows: Rows) -> Rows:
        given = {"judge": LOCAL, "debater": HOSTED, "spend": 5.0, "tokens": 100_000}
        given["prices"] = {"judge": [0, 0], "debater": [2.5, 10]}
        rows[0][1]["config"]["problem"] |= given
        return rows

    return rebuilt(contest_run, tmp_path_factory.mktemp("paid"), with_models, problem=honest)


# What was studied


def test_the_page_names_supervisor_student_baseline_tasks_and_seeds(shared_bundle):
    page = page_of(shared_bundle)
    studied = page.partition("What was studied")[2].partition("Finalists")[0]
    for wanted in ("weak-to-strong", "pca-4", "spectral-16", "naive training", "digits"):
        assert wanted in studied
    assert "2 for each evaluation" in studied
    assert "compared with the baseline (naive training)" in page


def test_the_page_names_judge_debater_verdict_form_protocol_and_caps(contest_bundle, paid_bundle):
    studied = page_of(paid_bundle).partition("What was studied")[2].partition("Finalists")[0]
    for wanted in (
        *(LOCAL, HOSTED, "probabilities that the judge writes", CONTEST.baseline),
        *("cases,count=20", "other question sets (1)", "cases,count=10,seed=5", "15 at most"),
        *("$5", "100,000 tokens", "$2.5 input, $10 output", "not in the ledger"),
    ):
        assert wanted in studied
    assert lines(paid_bundle) == ""  # the page is made from the bundle alone
    assert f"compared with the baseline ({CONTEST.baseline})" in page_of(paid_bundle)
    simulated = page_of(contest_bundle)
    assert CONTEST.judge in simulated
    assert "spent on calls" not in simulated


def test_texts_of_the_configuration_are_escaped(contest_run, tmp_path):
    honest = make_problem(ResearchConfig(problem=CONTEST), (contest_run / SECRET).read_bytes())

    def hostile(rows: Rows) -> Rows:
        rows[0][1]["config"]["problem"]["judge"] = "hf/<script>alert(1)</script>\u202e"
        return rows

    bundle = rebuilt(contest_run, tmp_path, hostile, problem=honest)
    page = (bundle / "index.html").read_text()
    assert "<script" not in page
    assert "\u202e" not in page
    assert "\u202e" not in not_checked(bundle)
    assert "hf/&lt;script&gt;" in page


def test_no_line_of_the_chart_crosses_a_label(shared_bundle):
    page = page_of(shared_bundle)
    chart = page.partition("<svg")[2].partition("</svg>")[0]
    assert ">climb: digits<" in chart
    labels = [line for line in chart.splitlines() if ">climb: digits<" in line]
    assert all('<text class="label"' in line for line in labels)
    assert chart.rindex('class="zero"') < chart.index(labels[0])  # drawn before the labels
    assert "svg .label{paint-order:stroke;stroke:var(--ground)" in page  # and covered by them


# Reruns


def test_reruns_are_promised_where_they_are_possible(shared_bundle, contest_bundle):
    for bundle in (shared_bundle, contest_bundle):
        command = "truing referee rerun {} --submission NUMBER"
        assert command.format("FOLDER") in page_of(bundle)
        assert f"{command.format('BUNDLE')} scores a submission again" in not_checked(bundle)
    assert rerun(contest_bundle, 2).comparison.reproduced


def test_no_rerun_is_promised_for_a_contest_with_models(paid_bundle):
    for text in (page_of(paid_bundle), not_checked(paid_bundle)):
        assert "--submission NUMBER" not in text
        assert f"a rerun would call the judge {LOCAL} and the debater {HOSTED}" in text
    assert "cannot be scored again" in page_of(paid_bundle)
    assert "reruns show" not in page_of(paid_bundle)
    with pytest.raises(UserError, match="a rerun would call the judge"):
        rerun(paid_bundle, 2)


def test_the_refusal_names_the_models_and_does_not_say_that_local_models_cost_money():
    mixed = CONTEST.model_copy(update={"debater": LOCAL})
    why = why_no_rerun(ResearchConfig(problem=mixed))
    assert f"would call the debater {LOCAL}, and" in why
    assert "a local model would run on your machine" in why
    assert why_no_rerun(ResearchConfig(problem=CONTEST)) == ""


def with_tasks(*climb: str) -> ResearchConfig:
    base = config()
    return base.model_copy(update={"problem": base.problem.model_copy(update={"climb": climb})})


def test_data_outside_the_bundle_are_named_in_the_command():
    asked = with_tasks("imdb.jsonl", "/data/my reviews.csv", "digits")
    found = rerunnable(asked, (), ())
    assert found.command("F").endswith("--data imdb.jsonl=PATH --data 'my reviews.csv'=PATH")
    included = rerunnable(asked, ("data/imdb.jsonl", "data/my reviews.csv"), ())
    assert "--data" not in included.command("F")
    same = rerunnable(with_tasks("/a/rows.csv", "/b/rows.csv"), (), ())
    assert same.files == ("/a/rows.csv", "/b/rows.csv")


def test_code_in_the_features_of_a_layer_is_refused():
    base = config()
    layers = {"one": "evil.py:features"}
    problem = base.problem.model_copy(update={"layers": layers})
    found = base.model_copy(update={"problem": problem})
    assert "names code of its author (evil.py:features)" in why_no_rerun(found)


def test_models_of_submitted_folders_are_named(tmp_path):
    asked = config(folders=Folders(models={"small": str(tmp_path)}))
    assert rerunnable(asked, (), {"folder"}).models == ("small",)
    assert rerunnable(asked, (), {"composition"}).models == ()
