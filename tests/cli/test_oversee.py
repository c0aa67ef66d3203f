"""`truing oversee`, as a user meets it."""

from __future__ import annotations

import errno
import gc
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.conftest import write_jsonl
from tests.oversight import loopback
from tests.waiting import wait_until

CASES = ("--task", "cases,count=4")
EMBEDDED = ("--judge", "truing/judge", "--debater", "truing/debater")
REAL = ("--judge", "openai-api/loopback/judge", "--debater", "openai-api/loopback/debater")


@pytest.fixture(autouse=True, scope="module")
def inspect_leaves_things_open():
    yield
    gc.collect()


@pytest.fixture
def oversee(tmp_path, monkeypatch, capsys):
    """Run `truing oversee` in a folder of its own; returns exit code, output and error output."""
    from truing.cli import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["truing", "oversee", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        return left.value.code, out, err

    return call


def protocols(*names: str) -> list[str]:
    return [word for name in names for word in ("--protocol", name)]


def test_json_contains_results_comparisons_usage_and_the_folder(oversee, tmp_path):
    code, out, _ = oversee(
        *protocols("blind", "debate"), *CASES, *EMBEDDED, "--json", "--price", "judge=1/2"
    )
    found = json.loads(out)
    assert code == 0
    assert [one["protocol"] for one in found["protocols"]] == ["blind", "debate"]
    assert [one["n"] for one in found["protocols"]] == [4, 4]
    assert set(found["protocols"][0]) >= {
        "accuracy",
        "accuracy_low",
        "accuracy_high",
        "honest_accuracy",
        "dishonest_accuracy",
        "brier",
        "asd",
        "asd_minus_blind",
        "jse",
        "ece",
        "bits_per_round",
        "unread",
    }
    assert [(one["first"], one["second"]) for one in found["comparisons"]] == [("blind", "debate")]
    assert found["simulated"] is True
    assert found["failures"] == []
    judge = found["usage"]["judge"]
    assert judge["dollars"] == pytest.approx(
        (judge["input_tokens"] + 2 * judge["output_tokens"]) / 1e6
    )
    assert found["usage"]["debater"]["dollars"] is None
    folder = tmp_path / found["folder"]
    assert json.loads((folder / "about.json").read_text())["name"] == ""  # no --name
    assert {path.name for path in folder.iterdir()} == {
        "report.html",
        "charts",
        "progress.json",
        "about.json",
        "oversight.json",
        "judgements.jsonl",
        "transcripts.jsonl",
        "requests.json",
        "environment.json",
        "logs",
    }


def test_the_table_fits_80_columns_and_says_simulated(oversee):
    code, out, err = oversee(*protocols("blind", "consultancy", "debate"), *CASES, *EMBEDDED)
    assert code == 0, err
    assert all(line.startswith("plays: ") for line in err.splitlines())  # on a slow machine
    assert max(map(len, out.splitlines())) <= 80
    assert "Simulated:" in out
    assert "debate" in out


def test_measure_oversight_reads_the_rows(oversee, monkeypatch, capsys):
    from truing.cli import main

    out = oversee(*protocols("blind", "debate"), *CASES, *EMBEDDED, "--json", "--out", "run")[1]
    monkeypatch.setattr(
        sys, "argv", ["truing", "measure", "oversight", "run/judgements.jsonl", "--json"]
    )
    with pytest.raises(SystemExit):
        main()
    measured = json.loads(capsys.readouterr().out)
    found = json.loads(out)
    assert {name: found[name] for name in measured} == measured


def test_the_estimate_calls_no_model(oversee, service, tmp_path):
    words = (*protocols("blind", "debate"), *CASES, *REAL)
    prices = ("--price", "judge=1/4", "--price", "debater=2/8")
    code, out, _ = oversee(*words, "--estimate", *prices)
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    found = json.loads(oversee(*words, "--estimate", *prices, "--json")[1])
    calls = {
        name: [(one["protocol"], one["role"], one["calls"]) for one in found[name]]
        for name in ("estimate", "typical")
    }
    assert calls["estimate"] == [
        ("blind", "judge", 8),
        ("debate", "debater", 24),
        ("debate", "judge", 8),
    ]
    assert calls["typical"] == [
        ("blind", "judge", 4),
        ("debate", "debater", 24),
        ("debate", "judge", 4),
    ]
    for most, typical in zip(found["estimate"], found["typical"], strict=True):
        assert most["dollars"] > typical["dollars"] > 0
    assert service.arrived == 0
    assert list(tmp_path.iterdir()) == []
    oversee(*words)
    assert service.arrived == sum(one["calls"] for one in found["typical"])


def test_bad_input_is_one_line_and_exit_code_2(oversee, tmp_path, own_store, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    lone = write_jsonl(tmp_path / "lone.jsonl", [{"question": "?", "choices": ["a"], "truth": "a"}])
    bare = write_jsonl(tmp_path / "bare.jsonl", [{"question": "?"}])
    blind, debate = protocols("blind"), protocols("debate")
    mistakes = {
        (*protocols("debat"), *CASES, *EMBEDDED): "did you mean debate?",
        (*protocols("debate,rounds=0"), *CASES, *EMBEDDED): "rounds must lie in [1, 100]",
        (*protocols("debate,turns=2"), *CASES, *EMBEDDED): "turns",
        (*protocols("mine.py:talk"), *CASES, *EMBEDDED): "mine.py",
        (*blind, "--task", "none.jsonl", *EMBEDDED): "none.jsonl",
        (*blind, "--task", "case", *EMBEDDED): "did you mean cases?",
        (*blind, "--task", lone, *EMBEDDED): "two or more texts",
        (*blind, "--task", bare, *EMBEDDED): "no field 'truth'",
        (*blind, *CASES, "--judge", "nobody/model"): "nobody/model",
        (*blind, *CASES, "--judge", "truing/judg"): "did you mean judge?",
        (*blind, *CASES, "--judge", "truing/judge:skill=2"): "skill must be in [0, 1]",
        (*blind, *CASES, "--judge", "openai-api/unset/model"): "UNSET_API_KEY",
        (*debate, *CASES, "--judge", "truing/judge", "--debater", "gpt"): "cannot load model gpt: ",
        (*debate, *CASES, "--judge", "truing/judge"): "'debater' has no model",
        (
            *debate,
            *CASES,
            "--debater",
            "truing/debater",
        ): "'judge' has no model; add --judge PROVIDER/MODEL (in",
        (*blind, *CASES, *EMBEDDED, "--price", "critic=1/2"): "unknown role or model 'critic'",
        (*blind, *CASES, *EMBEDDED, "--price", "judge=1"): "must be ROLE=IN/OUT",
        (*blind, *CASES, *EMBEDDED, "--price", "judge"): "must be ROLE=IN/OUT",
        (*blind, *CASES, *EMBEDDED, "--role", "critic"): "must be ROLE=MODEL",
        (*blind, *CASES, *EMBEDDED, "--role", "=truing/judge"): "must be ROLE=MODEL",
        (*blind, *CASES, *EMBEDDED, "--role", "critc=truing/critic"): "unknown role 'critc'",
        (*blind, *CASES, *EMBEDDED, "--limit", 0): "--limit",
        (*CASES, *EMBEDDED): "--protocol",
    }
    before = set(tmp_path.iterdir())
    for words, told in mistakes.items():
        code, out, err = oversee(*words)
        assert (code, out) == (2, ""), words
        assert "ERROR" not in err
        assert err.startswith("truing: "), words
        assert err.count("\n") == 1, words
        assert told in err, words
        assert "Traceback" not in err
    assert set(tmp_path.iterdir()) - {own_store} == before


def test_other_options_are_refused_in_the_same_folder(oversee):
    assert oversee(*protocols("blind"), *CASES, *EMBEDDED, "--out", "run")[0] == 0
    code, _, err = oversee(*protocols("debate"), *CASES, *EMBEDDED, "--out", "run")
    assert code == 2
    assert err == (
        "truing: run contains another oversight run; use --overwrite (in Python: "
        "overwrite=True) to replace it, or choose another folder with --out "
        "(in Python: out=FOLDER)\n"
    )


def test_a_repeated_command_calls_no_model_and_does_not_load_inspect(oversee, service, tmp_path):
    words = (*protocols("blind", "debate"), *CASES, *REAL, "--out", "run", "--json")
    first = json.loads(oversee(*words)[1])
    asked = service.arrived
    code = (
        "import sys; from truing.cli import main\n"
        "try: main()\n"
        "finally: print('inspect_ai' in sys.modules, file=sys.stderr)"
    )
    again = subprocess.run(
        [sys.executable, "-c", code, "oversee", *words], capture_output=True, text=True
    )
    assert again.stderr.strip() == "False"
    second = json.loads(again.stdout)
    assert second["protocols"] == first["protocols"]
    assert second["total_usage"] == first["total_usage"] == first["usage"]
    assert (second["usage"], second["folder"]) == ({}, "run")
    assert service.arrived == asked


@pytest.mark.parametrize(
    ("debater", "said"),
    [
        ("openai/d", "2048 tokens in every reply (--max-tokens), every"),
        ("openai/d,max_tokens=50", "50 tokens in every reply (max_tokens of the models), every"),
        ("openai/d,max_tokens=60", "50 to 60 tokens in every reply (max_tokens of the models), e"),
    ],
)
def test_the_estimate_states_the_limit_of_replies(oversee, debater, said):
    judge = debater.replace("60", "50")
    words = ("--protocol", "debate", "--task", "cases,count=4", "--estimate")
    code, out, err = oversee(*words, "--judge", judge, "--debater", debater)
    assert code == 0, err
    assert f"Upper bound: {said}" in " ".join(out.split())
    mixed = oversee(*words, "--judge", "openai/j", "--debater", "openai/d,max_tokens=50")[1]
    limits = "2048 tokens in every reply (--max-tokens), but 50 in replies of models that state"
    assert limits in " ".join(mixed.split())


def test_a_dry_run_of_a_run_folder_prints_the_estimate_and_calls_no_model(
    oversee, service, truing, tmp_path
):
    words = (*protocols("blind"), *CASES, *REAL, "--out", "run")
    assert oversee(*words)[0] == 0
    estimated = oversee(*words, "--estimate", "--json")[1]
    asked = service.arrived
    again = truing("run", "run", "--dry-run", "--json", "--out", "second")
    assert (again[0], again[1]) == (0, estimated)
    assert service.arrived == asked
    assert not (tmp_path / "second").exists()


@pytest.mark.parametrize("option", ["--engine", "--workers", "--address", "--store"])
def test_options_of_studies_are_refused_for_the_run_folder_of_an_oversight_run(
    truing, tmp_path, option
):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "oversight.json").write_text("{}")
    value = {"--engine": "ray", "--workers": "2"}.get(option, "place")
    code, out, err = truing("run", "run", option, value)
    assert (code, out) == (2, "")
    assert err == (
        f"truing: {option} applies to studies and stress tests, and run is an oversight run; "
        f"leave out {option}\n"
    )


def without_progress(err: str) -> list[str]:
    """Lines on standard error, without the progress that a slow machine prints."""
    return [line for line in err.splitlines() if not line.startswith("plays: ")]


def test_failed_plays_give_one_line_and_exit_code_1_and_are_excluded(oversee, service):
    service.fault = lambda body: (
        loopback.failing(401, "no such key")
        if "Case 2:" in body["messages"][1]["content"]
        else None
    )
    words = (*protocols("blind"), *CASES, *REAL, "--out", "run")
    code, out, err = oversee(*words, "--json")
    found = json.loads(out)
    assert code == 1
    assert found["protocols"][0]["n"] == 3
    assert [(one["protocol"], one["play"]) for one in found["failures"]] == [("blind", "case-2")]
    (told,) = without_progress(err)
    assert told.startswith(
        "truing: 1 of 4 plays failed and are left out of the results; the first: blind, "
    )
    assert "no such key" in told

    service.fault = lambda body: None
    code, out, err = oversee(*words)
    assert (code, without_progress(err)) == (0, [])
    assert service.paid_twice == 0
    assert len(service.paid) == 4


def test_ties_of_a_judge_that_cannot_read_the_questions_are_stated(oversee, tmp_path):
    rows = [
        {"question": f"Is {n} even?", "choices": ["yes", "no"], "truth": n % 2} for n in range(4)
    ]
    path = write_jsonl(tmp_path / "own.jsonl", rows)
    code, out, _ = oversee("--protocol", "blind", "--task", str(path), "--judge", "truing/judge")
    assert code == 0
    assert "blind: 4 of 4 verdicts are ties, which count as wrong." in out
    assert "questions in the form of `cases`" in out


def test_an_invalid_api_key_is_reported_in_one_line(oversee, service):
    service.fault = lambda body: loopback.failing(401, "no such key")
    code, out, err = oversee(*protocols("blind"), *CASES, *REAL)
    assert "kept from before" not in out
    (line,) = without_progress(err)
    assert code == 1
    assert line.startswith(
        "truing: every play failed (4 of 4), so there are no results; the first:"
    )
    assert "no such key" in line


def test_a_run_can_be_resumed_after_ctrl_c(oversee, service, tmp_path, warm):
    service.delay = 0.05
    words = (*protocols("blind", "debate"), *CASES, *REAL, "--out", str(tmp_path / "run"))
    reached, ended = threading.Event(), threading.Event()

    def came(number: int) -> None:
        if number >= 14:
            reached.set()
            ended.wait()

    service.came = came
    process = subprocess.Popen(
        [warm, "-m", "truing", "oversee", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_until(lambda: reached.is_set() or process.poll() is not None)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    ended.set()
    service.came = lambda number: None
    assert process.returncode == 130
    assert err.rstrip().endswith(
        "stopped; finished work is stored; run the same command again to continue"
    )
    assert "Traceback" not in out + err
    assert not (tmp_path / "run" / "judgements.jsonl").exists()

    on_their_way = service.arrived - len(service.paid)
    kept = len(service.paid)
    assert oversee(*words)[0] == 0
    assert 0 < kept < len(service.paid) == 32
    assert service.paid_twice <= 20 + on_their_way, "no more than were on their way"


def test_a_resumed_run_prints_the_total_cost_and_the_new_cost(oversee, service):
    words = (*protocols("blind"), *CASES, *REAL, "--out", "run", "--price", "judge=1/2")
    service.fault = lambda body: (
        loopback.failing(401, "no such key")
        if "Case 2:" in body["messages"][1]["content"]
        else None
    )
    assert "paid now" not in oversee(*words)[1]
    service.fault = lambda body: None
    resumed, finished = oversee(*words)[1], oversee(*words)[1]
    read = [
        sum(len(one["content"].split()) for one in json.loads(sent.body)["messages"])
        for sent in service.requests
        if sent.paid
    ]
    assert f"paid now, judge: {read[-1]:,} input tokens" in resumed
    assert f"whole run, judge: {sum(read):,} input tokens" in resumed
    assert "paid now: nothing" in finished
    assert f"whole run, judge: {sum(read):,} input tokens" in finished


def test_a_store_that_cannot_keep_replies_gives_one_warning_and_exit_code_1(
    oversee, service, monkeypatch
):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("inspect_ai.model._cache.pickle.dump", full)
    words = (*protocols("blind"), *CASES, *REAL, "--json")
    code, out, err = oversee(*words)
    found = json.loads(out)
    (line,) = without_progress(err)
    assert code == 1
    assert line.startswith(
        "truing: 4 paid replies could not be saved in the store (it can be written to now); "
        "another "
    )
    assert found["protocols"][0]["n"] == 4
    free = oversee(*protocols("blind"), *CASES, *EMBEDDED, "--out", "free")
    assert (free[0], free[2]) == (0, "")


def mute_case_2(body):
    """In case 2, Debater B is refused and Debater A is cut off before it says a word."""
    system, user = (one["content"] for one in body["messages"][:2])
    if "Case 2:" not in user or "You are Debater" not in system:
        return None
    if "You are Debater B" in system:
        return loopback.refused
    return lambda body: loopback.Answer(
        loopback.completion(body, "<thinking>Let me see", "length"), paid=True
    )


def test_mute_speakers_are_counted_by_role_and_excluded_by_default(oversee, service, tmp_path):
    service.fault = mute_case_2
    words = (*protocols("debate,rounds=1", "blind"), *CASES, *REAL, "--out", "run")
    found = json.loads(oversee(*words, "--json")[1])
    debate, blind = found["protocols"]
    assert [debate[name] for name in ("n", "mute", "unread")] == [4, 1, 0]
    assert [blind[name] for name in ("n", "mute", "unread")] == [4, 0, 0]
    why = "a speech was refused, empty or cut off (--on-mute)"
    assert f"1 of 4 verdicts left out: {why}" in debate["note"]
    assert found["comparisons"][0]["questions"] == 3
    assert found["speeches"] == [
        {
            "protocol": "debate,rounds=1",
            "role": "debater",
            "total": 8,
            "refused": 1,
            "tool_calls": 0,
            "truncated": 1,
            "empty": 0,
        }
    ]
    rows = [json.loads(line) for line in (tmp_path / "run" / "judgements.jsonl").open()]
    assert [row["mute"] for row in rows if row["protocol"] != "blind"] == [0, 2, 0, 0]
    told = [json.loads(line) for line in (tmp_path / "run" / "transcripts.jsonl").open()][1]
    assert [(turn["stop_reason"], turn["silence"]) for turn in told["turns"]] == [
        ("max_tokens", "truncated"),
        ("content_filter", "refused"),
    ]
    page = (tmp_path / "run" / "report.html").read_text()
    assert "Speeches by protocol and role" in page
    assert "left out of" in page

    code, out, _ = oversee(*words)
    assert code == 0
    assert "mute" in out
    assert "refused" in out
    assert max(map(len, out.splitlines())) <= 80
    asked = service.arrived
    counted = json.loads(oversee(*words, "--json", "--on-mute", "count")[1])
    assert counted["protocols"][0]["mute"] == 0
    assert counted["comparisons"][0]["questions"] == 4
    assert counted["speeches"] == found["speeches"]
    assert "counted in" in (tmp_path / "run" / "report.html").read_text()
    assert service.arrived == asked


def test_the_help_explains_exclude_count_and_max_tokens(oversee):
    out = " ".join(oversee("--help")[1].split())
    assert "Treatment of plays in which a speech was refused, empty or cut off" in out
    assert "Maximum number of tokens in a reply" in out


NETLESS = """
import socket, sys
tried = []
def refuse(owner, name):
    call = getattr(owner, name)
    def refused(*given, **named):
        if getattr(given[0], "family", None) == socket.AF_UNIX:
            return call(*given, **named)  # Inspect's own, on this machine
        tried.append(name)
        raise OSError("the network is off")
    setattr(owner, name, refused)
for name in ("connect", "connect_ex", "sendto", "bind"):
    refuse(socket.socket, name)
for name in ("getaddrinfo", "gethostbyname", "create_connection"):
    refuse(socket, name)
from truing.cli import main
try: main()
finally: print(tried, file=sys.stderr)
"""


def test_embedded_agents_use_no_network(tmp_path, warm):
    done = subprocess.run(
        [
            warm,
            "-c",
            NETLESS,
            "oversee",
            *protocols("blind", "debate"),
            *CASES,
            *EMBEDDED,
            "--out",
            str(tmp_path / "run"),
            "--json",
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == "[]"
    assert [one["n"] for one in json.loads(done.stdout)["protocols"]] == [4, 4]


def test_recorded_plays_are_replayed_without_a_request(oversee):
    logs = Path(__file__).parents[1] / "frozen" / "0.1.0" / "oversight" / "logs"
    code, out, _ = oversee("--replay", logs, "--out", "again", "--json")
    assert (code, json.loads(out)["usage"]) == (0, {})
    for new in (("--task", "cases"), ("--pressure", "1,2"), ("--tournament", "swiss")):
        code, out, err = oversee("--replay", logs, *new)
        assert (code, out) == (2, "")
        assert f"--replay cannot be used with {new[0]}; the recorded plays have" in err
    code, _, err = oversee("--replay", logs, "--verdict", "logprobs")
    assert (code, "verdict applies to a new judge" in err) == (2, True)
    code, _, err = oversee("--protocol", "blind")
    assert code == 2
    assert "Missing option '--task'" in err
