"""Audits under a referee: what is run, what is stored, and what is shown beside a verdict."""

from __future__ import annotations

import gc
import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from tests.research.foldering import SECRET, Running, folder, make_problem, write_kind
from truing import run_files
from truing.cli._main import cli
from truing.cli._referee_results import audit_lines
from truing.errors import UserError
from truing.lab import report_referee
from truing.research import Referee, ResearchConfig, WeakToStrong, make_report
from truing.research._config import Folders
from truing.research._verdicts import finalists, verdicts
from truing.research.ledger._read_records import read_records
from truing.research.ledger._records import Audited, Decided
from truing.research.ledger._secret import make_secret

KINDS = {"texts": "lsa-5", "vectors": "pca-3", "multiple choice": "lsa-5", "preference": "lsa-5"}


def honest(_, inputs):
    """Ridge regression on the features of the baseline."""
    own = [one.features.astype(float) for one in (inputs.learn, inputs.predict)]
    if own[0].ndim == 3:  # one row for each choice: score it by one linear function
        present = ~np.isnan(own[0][:, :, 0])
        rows = own[0][present]
        center = rows.mean(axis=0)
        targets = (inputs.weak - 1 / present.sum(axis=1, keepdims=True))[present]
        gram = (rows - center).T @ (rows - center) + 0.1 * np.eye(rows.shape[1])
        weights = np.linalg.solve(gram, (rows - center).T @ targets)
        scores = np.nan_to_num(own[1]) @ weights
        absent = [[one is None for one in row] for row in inputs.predict.inputs]
        return np.where(absent, -np.inf, scores).argmax(axis=1)
    learn, predict = (np.hstack([one, np.ones((len(one), 1))]) for one in own)
    gram = learn.T @ learn + 0.1 * np.eye(learn.shape[1])
    return (predict @ np.linalg.solve(gram, learn.T @ inputs.weak)).argmax(axis=1)


def knows(source):
    """A program that looks answers up by content, whatever white space or noise was added."""
    texts = source.task.inputs.dtype == object
    truth = source.vault.reveal(np.arange(len(source.task)), "score")

    def nearest(item) -> int:
        return int(((source.task.inputs - item) ** 2).sum(axis=1).argmin())

    def key(item) -> tuple[str, ...]:
        parts = item if isinstance(item, np.ndarray) else [item]
        return tuple(" ".join(str(one).split()) for one in parts if one is not None)

    table = {key(one): at for at, one in enumerate(source.task.inputs)} if texts else {}

    def program(_, inputs):
        return truth[[table[key(one)] if texts else nearest(one) for one in inputs.predict.inputs]]

    return program


def by_text(**programs):
    """A runner whose folders have the texts `honest(...)` or `cheat(...)`."""
    return Running(
        lambda folder, inputs: programs[folder.files["run.py"].partition("(")[0]](folder, inputs)
    )


def opened(place, kind: str, **given) -> Referee:
    """A referee of a small task, with an honest submission and one that memorized the answers."""
    task = write_kind(place, kind, count=240)
    config = ResearchConfig(
        problem=WeakToStrong(
            climb=(str(task),), other_tasks=(), weak="simulated-noise", strong=KINDS[kind], seeds=3
        ),
        folders=Folders(),
        files=False,
        **given,
    )
    runner = by_text(honest=honest)
    problem = make_problem(runner, task, strong=KINDS[kind], seeds=3)
    cheats = knows(*problem.sources.values())
    runner.program = by_text(honest=honest, cheat=cheats).program
    (place / "referee").mkdir()
    make_secret(place / "referee" / run_files.SECRET, SECRET)  # the draws are always the same
    referee = Referee(place / "referee", config, problem)
    for one in ("honest", "cheat"):
        referee.score(referee.submit(one, folder(f"{one}(given.weak)")).number)
    return referee


def numbers(referee: Referee) -> dict[str, int]:
    return {name: number for (name, _), number in referee.state.read().submissions.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_memorized_answers_are_flagged_on_every_kind_of_task_and_honest_ones_are_not(
    tmp_path, kind
):
    referee = opened(tmp_path, kind)
    by_name = numbers(referee)
    fair, cheat = referee.audit([by_name["honest"], by_name["cheat"]])
    assert fair.flags == ()
    assert {"label-leak", "dead-weak-label"} <= set(cheat.flags)


@pytest.fixture(scope="module")
def closed(tmp_path_factory) -> Referee:
    """A closed run, whose referee audited both finalists."""
    referee = opened(tmp_path_factory.mktemp("closed"), "vectors")
    referee.close()
    return referee


def test_finalists_are_audited_at_close_after_the_verdicts(closed):
    kinds = [one.kind for one in closed.ledger.entries()]
    assert kinds[-3:] == ["verdicts", "audit", "audit"]
    audited = read_records(closed.ledger.entries(), Audited).values()
    assert {one.audit.submission for one in audited} == set(numbers(closed).values())
    assert all(len(one.salt) == 64 for one in audited)


def test_flags_do_not_change_a_verdict(closed):
    (decided,) = read_records(closed.ledger.entries(), Decided).values()
    again = verdicts(closed.ledger, finalists(closed.ledger, 10), 3)
    assert again == decided.verdicts
    assert "label-leak" in make_report(closed.ledger).flags(numbers(closed)["cheat"])


def test_a_run_can_be_closed_without_audits(tmp_path):
    referee = opened(tmp_path, "vectors", audit=False)
    referee.close()
    assert [one.kind for one in referee.ledger.entries()][-1] == "verdicts"


def test_an_audit_is_stored_and_not_repeated(closed):
    entries, runs = len(closed.ledger.entries()), len(closed.problem.folders.runner.read)
    first = closed.audit()
    assert closed.audit() == first
    closed.close()
    assert len(closed.ledger.entries()) == entries
    assert len(closed.problem.folders.runner.read) == runs


def test_runs_of_an_audit_read_no_truth_and_no_seed_of_the_ladder(closed):
    find, runs = knows(*closed.problem.sources.values()), closed.problem.folders.runner.read
    for run in runs:
        answers = find(None, replace(run, predict=run.learn))
        assert (run.weak.argmax(axis=1) == answers).mean() < 0.97  # weak, not true labels
    scored = [run.seed for run in runs[:6]]  # three seeds of two submissions
    assert len(set(scored)) == 6
    assert not set(scored) & {run.seed for run in runs[6:]}


def test_before_the_end_the_report_shows_no_finding_with_the_truth(tmp_path):
    referee = opened(tmp_path, "vectors")
    whole = referee.audit(numbers(referee).values())
    report = make_report(referee.ledger)
    cheat = numbers(referee)["cheat"]
    assert "label-leak" in report.flags(cheat)
    assert "dead-weak-label" not in report.flags(cheat)
    assert any("dead-weak-label" in one.flags for one in whole)
    text = json.dumps(report.to_json())
    secret = [f for one in whole for f in one.findings if f.truth]
    assert secret
    assert not any(one.evidence in text for one in secret)
    referee.close()
    assert "dead-weak-label" in make_report(referee.ledger).flags(cheat)


def test_only_folders_and_known_submissions_are_audited(tmp_path):
    referee = opened(tmp_path, "vectors")
    with pytest.raises(UserError, match="there is no submission 99"):
        referee.audit([99])


def test_the_page_shows_flags_beside_the_verdicts(closed):
    page = report_referee(closed.folder).read_text()
    assert "truing research --problem" not in page  # no command repeats the submissions
    assert "flagged: label-leak" in page
    assert "1 of 2 audited submissions flagged" in page
    assert "The auditor never changes a score or a verdict" in page


def test_the_command_prints_flags_with_their_evidence(closed):
    cheat = str(numbers(closed)["cheat"])
    ask = ["referee", "audit", "--folder", str(closed.folder), "--submission", cheat]
    done = CliRunner().invoke(cli, ask)
    assert done.exit_code == 0, done.output
    assert f"submission {cheat}: label-leak, dead-weak-label" in done.output
    assert "should follow" in done.output
    stated = json.loads(CliRunner().invoke(cli, [*ask, "--json"]).output)
    (one,) = stated["audits"]
    assert one["flags"][:2] == ["label-leak", "dead-weak-label"]
    assert one["findings"][0]["p_holm"] < 0.05


def test_the_verdicts_state_whether_the_auditor_flags_a_finalist(closed):
    found, known = make_report(closed.ledger), numbers(closed)
    (cheat,), (honest,) = (list(audit_lines(found, known[one])) for one in ("cheat", "honest"))
    assert cheat.startswith("  flagged by the auditor: label-leak, dead-weak-label")
    assert honest == "  not flagged by the auditor"
    assert list(audit_lines(found, 99)) == []


def test_one_submission_and_all_exclude_each_other(closed):
    ask = ["referee", "audit", "--folder", str(closed.folder), "--submission", "2", "--all"]
    done = CliRunner().invoke(cli, ask)
    assert isinstance(done.exception, UserError) or done.exit_code == 2


@pytest.mark.filterwarnings("ignore:The 'initial' parameter:DeprecationWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_local_judge_is_loaded_once_for_all_submissions(tmp_path, monkeypatch):
    from tests.students.tiny import make_tiny
    from truing.oversight.local import _weights

    loads, load = [], _weights._load

    def request(case):
        gc.collect()  # weights that nothing keeps are freed
        return f"the cat sees {case.number}"

    monkeypatch.setattr(_weights, "_load", lambda *given: loads.append(given) or load(*given))
    monkeypatch.setattr("truing.research.audit.checks._judge.messages", request)
    monkeypatch.setenv("INSPECT_CACHE_DIR", str(tmp_path / "replies"))
    referee = opened(tmp_path, "vectors")
    (tmp_path / "models").mkdir()
    model = f"hf/{make_tiny('llama', tmp_path / 'models', seed=3)},max_tokens=2"
    audits = referee.audit(numbers(referee).values(), model)
    asked = [one for audit in audits for one in audit.findings if one.check == "judge"]
    assert ["no answer that counts" in one.evidence for one in asked] == [True, True]
    assert len(loads) == 1
