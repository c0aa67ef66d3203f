"""The served referee: bad input, many researchers at once, and a kill in the middle of a score."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import threading
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from visitors import CARD, METHODS, ByDoor, composition, scored, tiny_config

from tests.waiting import wait_until
from tests.warm import KilledTruing, stop_after
from truing.errors import AccessError, BudgetError, ServerError, StoreError, UserError
from truing.research import Ledger, OversightContest, Receipt, ResearchConfig
from truing.research._config import read_config
from truing.research._referee import Referee
from truing.research.doors import HttpDoor, LocalDoor, Tokens, _patience, _request_check
from truing.research.doors._only_server import only_server
from truing.research.doors._request_check import MOST_BODY
from truing.research.doors._server import listen, serving
from truing.research.isolation import LEVELS, probe
from truing.research.isolation._level import recorded_name
from truing.research.ledger._secret import draw_seeds
from truing.run_files import SPENDING
from truing.runs import find_run

PAGE = b"GET /docs HTTP/1.1\r\nHost: x\r\n\r\n"
GIVEN = probe()
LEVEL = next(
    (name for name, one in LEVELS.items() if all(getattr(GIVEN, need) for need in one.needs)), None
)
METHOD = """
from truing.methods import Method, follow, method
# a thought of its author's own: {canary}
@method("own")
def own():
    return Method(targets=follow, static=True)
"""


@pytest.fixture
def referee(tmp_path) -> Referee:
    return Referee(tmp_path / "referee", tiny_config())


@pytest.fixture
def url(referee):
    with serving(referee) as address:
        yield address


@pytest.fixture
def token(referee) -> str:
    return Tokens(referee.folder).issue("ann")


def request(url: str, verb: str, path: str, body: object = None, token: str | None = None, **more):
    """Status, headers and JSON of an answer."""
    parts = urlsplit(url)
    line = http.client.HTTPConnection(parts.hostname, parts.port)
    headers = {"Content-Type": "application/json", **more}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    try:
        line.request(verb, path, content, headers)
        answer = line.getresponse()
        return answer.status, dict(answer.getheaders()), json.loads(answer.read())
    finally:
        line.close()


def submission(content: str = METHODS[0], **more) -> dict:
    return {"kind": "composition", "content": content, "name": "", "card": CARD, **more}


def card(**more) -> dict:
    return submission(card={**CARD, **more})


BAD = {
    "no JSON": ("POST", "/submissions", b"{", 400),
    "no text": ("POST", "/submissions", b"\xff\xfe", 400),
    "nothing": ("POST", "/submissions", None, 422),
    "a list": ("POST", "/submissions", [1], 422),
    "no card": ("POST", "/submissions", {"kind": "composition", "content": METHODS[0]}, 422),
    "an empty claim": ("POST", "/submissions", card(claim=""), 422),
    "an effect that is no number": ("POST", "/submissions", card(expected_effect="much"), 422),
    "an effect of NaN": ("POST", "/submissions", card(expected_effect=float("nan")), 422),
    "an effect that is true": ("POST", "/submissions", card(expected_effect=True), 422),
    "an effect in quotes": ("POST", "/submissions", card(expected_effect="0.1"), 422),
    "a probability above 1": ("POST", "/submissions", card(probability=1.01), 422),
    "a probability that is true": ("POST", "/submissions", card(probability=True), 422),
    "more on the card": ("POST", "/submissions", card(seed=3), 422),
    "half a letter": ("POST", "/submissions", card(claim="\ud800"), 422),
    "an unknown kind": ("POST", "/submissions", submission(kind="prayer"), 422),
    "predictions where none may be": ("POST", "/submissions", submission(kind="predictions"), 422),
    "an unknown component": ("POST", "/submissions", submission("protocol,help=prayer"), 422),
    "a file where none may be": ("POST", "/submissions", submission(kind="file", name="m"), 422),
    "a path for a composition": ("POST", "/submissions", submission("/etc/passwd"), 422),
    "a path in a name": ("POST", "/submissions", submission(name="../../secret"), 422),
    "too much code": ("POST", "/submissions", submission("x" * 100_001), 422),
    "a number that is none": ("GET", "/submissions/one", None, 404),
    "a path for a number": ("GET", "/submissions/..%2f..%2fsecret", None, 404),
    "too large a number": ("GET", f"/submissions/{10**19}", None, 404),
    "no submission": ("GET", "/submissions/1", None, 404),
    "no place": ("GET", "/secret", None, 404),
    "a slash too many": ("GET", "/budget/", None, 404),
    "another way": ("DELETE", "/budget", None, 405),
    "an empty finding": ("POST", "/findings", {"text": " "}, 422),
    "a long finding": ("POST", "/findings", {"text": "x" * 4001}, 422),
    "no finding": ("POST", "/findings", {"text": 3}, 422),
    "since yesterday": ("GET", "/findings?since=yesterday", None, 422),
    "since too late": ("GET", f"/findings?since={10**30}", None, 422),
}


def test_the_page_loads_nothing_from_other_machines(url):
    parts = urlsplit(url)
    line = http.client.HTTPConnection(parts.hostname, parts.port)
    line.request("GET", "/docs")
    answer = line.getresponse()
    page = answer.read().decode()
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "//" not in page.replace("://", "")
    assert "<script" not in page
    assert re.findall(r"(?:src|href|action)=\"?([^\" >]*)", page) == ["/openapi.json"]
    assert {"POST /submissions", "GET /leaderboard"} <= set(re.findall(r"<code>(.*?)</code>", page))
    line.close()


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gets_one_line_and_changes_nothing(name, referee, url, token):
    verb, path, body, wanted = BAD[name]
    before = referee.ledger.head
    status, headers, told = request(url, verb, path, body, token)
    assert (status, set(told)) == (wanted, {"error"})
    assert told["error"]
    assert "\n" not in told["error"]
    assert headers["content-type"] == "application/json"
    assert referee.ledger.head == before
    assert sorted(path.name for path in referee.folder.iterdir() if "-" not in path.name) == [
        "head.json",
        "ledger.sqlite",
        "secret",
        "signing_key",
        "tokens.jsonl",
    ]


def test_the_answer_to_bad_input_says_how_to_fix_it(url, token):
    told = request(url, "POST", "/submissions", submission(kind="file", name="../../m"), token)[2]
    why = "must be NAME[,ARGUMENT=VALUE ...], such as smooth,by=0.5, and not a path"
    assert told == {"error": f"name: {why}"}
    form = {"Content-Type": "application/x-www-form-urlencoded"}  # what curl -d says of itself
    status, _, told = request(url, "POST", "/findings", {"text": "hello"}, token, **form)
    assert (status, told) == (415, {"error": "send the body with Content-Type: application/json"})
    _, headers, _ = request(url, "POST", "/budget", token=token)
    assert headers["allow"] == "GET"


@pytest.mark.parametrize(
    "given", [None, "", "truing_wrong", "é", "x" * 5000], ids=["none", "", "wrong", "é", "long"]
)
def test_a_request_without_a_valid_token_is_refused(given, referee, url, token):
    before = referee.ledger.head
    for verb, path in [("GET", "/problem"), ("POST", "/submissions"), ("GET", "/nowhere")]:
        status, headers, told = request(url, verb, path, submission(), given)
        assert (status, headers["www-authenticate"]) == (401, "Bearer")
        assert told == {"error": _request_check.MISSING}
    assert referee.ledger.head == before


def test_a_token_in_another_scheme_is_refused(url, token):
    assert request(url, "GET", "/budget", Authorization=f"Basic {token}")[0] == 401
    assert request(url, "GET", "/budget", Authorization=f"bearer {token}")[0] == 200


@pytest.mark.parametrize("size", [MOST_BODY + 1, 3 * MOST_BODY])
@pytest.mark.parametrize("chunked", [False, True])
def test_an_oversized_body_is_refused(size, chunked, referee, url, token):
    body = b'{"text": "' + b"x" * size
    parts = urlsplit(url)
    line = http.client.HTTPConnection(parts.hostname, parts.port)
    pieces = iter([body[: size // 2], body[size // 2 :]]) if chunked else body
    line.request(
        "POST", "/findings", pieces, {"Authorization": f"Bearer {token}"}, encode_chunked=chunked
    )
    answer = line.getresponse()
    assert (answer.status, json.loads(answer.read())) == (
        413,
        {"error": f"the body must have at most {MOST_BODY} bytes"},
    )
    line.close()
    assert request(url, "GET", "/budget", token=token)[0] == 200


@pytest.mark.parametrize("sent", [b"", b"GET /budget HTTP/1.1\r\nHost:", PAGE + b"GET /"])
def test_an_idle_connection_is_closed(sent, referee, monkeypatch):
    """At first, in the middle of a request, and after one that was answered."""
    monkeypatch.setattr(_patience, "HEADERS", 0.3)
    with serving(referee) as url:
        parts = urlsplit(url)
        with socket.create_connection((parts.hostname, parts.port)) as line:
            line.sendall(sent)
            while line.recv(1 << 20):
                pass


def test_a_very_slow_body_is_refused(referee, token, monkeypatch):
    monkeypatch.setattr(_request_check, "BODY_TIMEOUT", 0.3)
    head = f"POST /findings HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
    before = referee.ledger.head
    with serving(referee) as url:
        parts = urlsplit(url)
        with socket.create_connection((parts.hostname, parts.port)) as line:
            line.sendall(f'{head}Content-Length: 20\r\n\r\n{{"t'.encode())
            told = b""
            while part := line.recv(1 << 16):  # until it hangs up
                told += part
    assert told.startswith(b"HTTP/1.1 408")
    assert told.endswith(b'{"error": "the body did not arrive within 0 s"}')
    assert referee.ledger.head == before


def test_a_busy_server_asks_clients_to_retry_and_they_do(referee, token, monkeypatch):
    monkeypatch.setattr(_patience, "CONNECTIONS", 3)
    with serving(referee) as url:
        parts = urlsplit(url)
        where = (parts.hostname, parts.port)
        crowd = [socket.create_connection(where) for _ in range(5)]
        assert ask_status(url) == 503
        leave = threading.Timer(0.3, lambda: [one.close() for one in crowd])
        leave.start()
        assert HttpDoor(url, token).budget().spent == 0
        leave.join()


def ask_status(url: str) -> int:
    parts = urlsplit(url)
    line = http.client.HTTPConnection(parts.hostname, parts.port)
    line.request("GET", "/docs")
    status = line.getresponse().status
    line.close()
    return status


def test_the_longest_file_is_not_refused_for_its_size(url, token):
    longest = submission("\U0001f600" * 100_000, kind="file", name="m")
    status, _, told = request(url, "POST", "/submissions", longest, token)
    assert (status, told) == (422, {"error": told["error"]})
    assert "does not accept" in told["error"]


def test_a_replayed_request_changes_nothing(referee, url, token):
    first = scored(ByDoor(HttpDoor(url, token)), METHODS[0])
    before = referee.ledger.head
    for _ in range(3):
        status, _, told = request(url, "POST", "/submissions", submission(), token)
        assert (status, told) == (200, first)
    status, _, told = request(url, "POST", "/submissions", card(claim="another"), token)
    assert (status, list(told)) == (409, ["error"])
    assert referee.ledger.head == before


def test_a_spent_budget_is_402_and_a_closed_research_run_409(referee, url, token):
    for content in METHODS[:3]:
        assert request(url, "POST", "/submissions", submission(content), token)[0] in (200, 202)
    status, _, told = request(url, "POST", "/submissions", submission(METHODS[3]), token)
    assert (status, told) == (402, {"error": "your budget of 3 submissions is spent"})
    referee.close()
    assert request(url, "POST", "/submissions", submission(METHODS[3]), token)[0] == 409
    assert request(url, "POST", "/submissions", submission(METHODS[0]), token)[0] == 200


def test_the_page_links_a_schema_of_all_paths(url):
    parts = urlsplit(url)
    line = http.client.HTTPConnection(parts.hostname, parts.port)
    line.request("GET", "/docs")
    assert b"openapi.json" in line.getresponse().read()
    status, _, told = request(url, "GET", "/openapi.json")
    assert status == 200
    assert set(told["paths"]) == {
        "/problem",
        "/submissions",
        "/submissions/{number}",
        "/leaderboard",
        "/findings",
        "/budget",
    }
    line.close()


def test_answers_follow_the_published_schema(url, token):
    """A client that is generated from the page reads receipts and refusals as they are."""
    _, _, told = request(url, "GET", "/openapi.json")
    schemas = told["components"]["schemas"]
    responses = told["paths"]["/submissions"]["post"]["responses"]
    named = {
        status: one["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for status, one in responses.items()
    }
    assert named == {"200": "Receipt", "202": "Receipt", "4XX": "Refusal", "5XX": "Refusal"}
    _, _, receipt = request(url, "POST", "/submissions", submission(), token)
    _, _, refusal = request(url, "POST", "/submissions", submission(kind="prayer"), token)
    assert set(schemas["Receipt"]["properties"]) == set(receipt)
    assert set(schemas["Refusal"]["properties"]) == set(refusal)


def test_a_failure_of_the_referee_is_500_without_details(referee, url, token, monkeypatch, capsys):
    def fail():
        raise RuntimeError("secret in here")

    monkeypatch.setattr(referee, "leaderboard", fail)
    status, _, told = request(url, "GET", "/leaderboard", token=token)
    assert (status, list(told)) == (500, ["error"])
    assert "secret" not in told["error"]
    with pytest.raises(ServerError, match="the referee failed"):
        HttpDoor(url, token).leaderboard()
    assert "secret in here" in capsys.readouterr().err


def test_a_store_error_is_500_and_its_path_is_only_in_the_log(
    referee, url, token, monkeypatch, capsys
):
    def fail(*_):
        raise StoreError("/home/operator/store cannot be written to")

    monkeypatch.setattr(referee.problem, "check", fail)
    status, _, told = request(url, "POST", "/submissions", submission(), token)
    assert status == 500
    assert "/home" not in told["error"]
    assert "/home/operator/store" in capsys.readouterr().err


def test_a_method_that_breaks_the_referee_does_not_stop_the_next(referee, url, token, monkeypatch):
    real = referee.problem.evaluate

    def evaluate(given, *rest):
        if "critique" in given.content:
            raise ZeroDivisionError("/a/path")
        return real(given, *rest)

    monkeypatch.setattr(referee.problem, "evaluate", evaluate)
    ann = ByDoor(HttpDoor(url, token))
    broken, next_one = scored(ann, METHODS[0]), scored(ann, METHODS[1])
    assert broken["status"] == "failed"
    assert broken["reason"] == "scoring failed (ZeroDivisionError)"
    assert next_one["status"] == "scored"


def test_a_used_port_and_an_unknown_host_are_reported(url):
    with pytest.raises(UserError, match=r"cannot listen at 127\.0\.0\.1 port"):
        listen("127.0.0.1", urlsplit(url).port)
    with pytest.raises(UserError, match="cannot listen"):
        listen("no.such.host.invalid", 0)


def test_a_server_listens_only_at_the_given_address():
    with listen("127.0.0.1", 0) as listener:
        host, port = listener.getsockname()
        assert host == "127.0.0.1"
        with pytest.raises(OSError, match=r"refused|unreachable|not available|timed out"):
            socket.create_connection(("127.0.0.2", port), timeout=1).close()


def test_tokens_are_stored_as_hashes_and_a_new_token_replaces_the_old(referee):
    tokens = Tokens(referee.folder)
    first, second = tokens.issue("ann"), tokens.issue("ann")
    other = tokens.issue("bob")
    kept = (referee.folder / "tokens.jsonl").read_text()
    assert not [one for one in (first, second, other) if one in kept or one[7:] in kept]
    fresh = Tokens(referee.folder)
    named = [fresh.researcher(one) for one in (first, second, other, "", "truing_")]
    assert named == [None, "ann", "bob", None, None]
    assert (referee.folder / "tokens.jsonl").stat().st_mode & 0o777 == 0o600
    assert referee.folder.stat().st_mode & 0o777 == 0o700


def test_tokens_are_compared_in_constant_time(referee, monkeypatch):
    import hmac

    tokens, compared = Tokens(referee.folder), []
    mine = tokens.issue("ann")
    tokens.issue("bob")
    real = hmac.compare_digest
    monkeypatch.setattr(
        "truing.research.doors._tokens.hmac.compare_digest",
        lambda a, b: compared.append((a, b)) or real(a, b),
    )
    for given in (mine, "nobody's"):
        tokens.researcher(given)
    assert len(compared) == 4  # all of them, whether one was found or not


@pytest.mark.parametrize("name", ["../ann", "a/b", "", "ann bob", "ann\n", ".hidden", "x" * 65])
def test_a_researcher_name_cannot_be_a_path(name, referee):
    with pytest.raises(UserError, match="a researcher's name must have"):
        Tokens(referee.folder).issue(name)


def test_a_client_gets_the_reason_of_an_error(url, token):
    with pytest.raises(AccessError, match="the token is missing or unknown"):
        HttpDoor(url, "wrong").budget()
    assert token not in repr(HttpDoor(url, token))
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(ServerError, match="no referee answers at"):
        HttpDoor(f"http://127.0.0.1:{port}", token).budget()
    with pytest.raises(ServerError, match="not a referee: its answer is malformed"):
        HttpDoor(url, token)._ask(Receipt, "budget")
    for wrong in ("127.0.0.1:80", "ftp://host", "http://", "http://host:x"):
        with pytest.raises(ValueError, match="url must read"):
            HttpDoor(wrong, token)


def test_answers_contain_no_truth_seeds_or_code_of_others(tmp_path, tiny):
    """Every answer that two researchers can have, of every kind, holds none of it."""
    canary = "canary-5e1f"
    problem = {
        "kind": "weak-to-strong",
        "climb": [str(tiny)],
        "other_tasks": ["digits-parity"],
        "weak": "pca-1",
        "strong": "pca-5",
        "seeds": 2,
    }
    config = {"problem": problem, "files": LEVEL is not None, "isolation": LEVEL}
    referee = Referee(tmp_path / "r", read_config(config))
    tokens, told = Tokens(referee.folder), []
    with serving(referee) as url:
        ann, bob = (ByDoor(HttpDoor(url, tokens.issue(name))) for name in ("ann", "bob"))
        told.append(scored(ann, "composition,targets=confidence,alpha=0.123"))
        if LEVEL is not None:
            told += submit_files(ann, canary)
        for operation in ("describe_problem", "leaderboard", "read_findings", "budget"):
            told.append(bob.ask(operation))
    text = json.dumps(told)
    outcomes = [one.body["evaluation"] for one in referee.ledger.entries("outcome")]
    gains = [gain for one in outcomes for gain in one["gains"]]
    hidden = [repr(gain[part]) for gain in gains for part in ("accuracy", "value", "p")]
    seeds = [str(seed) for seed in draw_seeds(referee.secret, "climb", 2)]
    assert gains
    for part in (
        canary,
        canary.replace("-", "_"),
        "digits-parity",
        "0.123",
        referee.secret.hex(),
        *seeds,
        *hidden,
    ):
        assert part in ("0.0", "1.0") or part not in text


def submit_files(ann: ByDoor, canary: str) -> list[dict]:
    """Receipts of a file that works, one that does not import, and one without the method."""
    receipts = []
    broken = f"import {canary.replace('-', '_')}"
    for content in (METHOD.format(canary=canary), broken, "x = 1"):
        given = {"kind": "file", "content": content, "name": "own", "card": CARD}
        number = ann.ask("submit_method", **given)["number"]
        while (receipt := ann.ask("get_result", number=number))["status"] == "accepted":
            time.sleep(0.02)
        receipts.append(receipt)
    assert [one["status"] for one in receipts] == ["scored", "failed", "failed"]
    assert receipts[1]["reason"].startswith("crashed: ModuleNotFoundError in line 1;")
    assert {one["isolation"] for one in receipts} == {recorded_name(LEVELS[LEVEL])}
    return receipts


def test_the_report_of_a_served_run_has_no_scores_until_it_is_closed(truing, tmp_path):
    """While it goes on nobody's true score is in it; when it is closed, all of it is."""
    folder = tmp_path / "served"
    referee = Referee(folder, tiny_config(each=3, total=9))
    words = ("--folder", folder)
    code, _, err = truing("referee", "report", *words)
    assert (code, err.count("\n")) == (2, 1)
    assert "has no submissions, so there is no report" in err
    for name, content in zip(("ann", "bob"), METHODS, strict=False):
        scored(ByDoor(LocalDoor(referee, name)), content)
    code, out, _ = truing("referee", "report", *words)
    assert (code, out.splitlines()[-1]) == (0, str(folder / "report.html"))
    assert out.startswith("Simulated:")
    assert find_run(folder).state.status == "open"
    (told,) = json.loads((folder / "report.json").read_text()).values()
    assert told["researchers"] == {"ann": 1, "bob": 1}
    assert {at["best"] for at in told["progress"]} == {None}
    code, out, _ = truing("referee", "close", *words)
    assert (code, out.splitlines()[-1]) == (0, str(folder / "report.html"))
    assert len(re.findall(r"sealed gain on \S+ [+-]\d\.\d{3} \[.*, .*\]$", out, re.MULTILINE)) == 2
    (told,) = json.loads((folder / "report.json").read_text()).values()
    assert (told["spent"], told["isolation"], len(told["finalists"])) == (2, [], 2)
    page = (folder / "report.html").read_text()
    for part in ("ann and bob", "Best so far", "entropy", "isolation", told["head"]):
        assert part in page
    assert truing("ledger", "verify", folder)[0] == 0
    assert find_run(folder).state.status == "finished"
    code, out, _ = truing("show", folder)
    assert (code, "sealed gain" in out, "cannot be read" in out) == (0, True, False)
    (folder / "report.json").write_text(json.dumps({"ann and bob": {"head": "1" * 64}}))
    assert truing("ledger", "verify", folder)[0] == 1  # it is not the ledger of that report


def test_fifty_concurrent_researchers_spend_exactly_the_budget(tmp_path):
    """Each may spend 3 and all of them 120; they try 200 times, and every request twice."""
    referee = Referee(tmp_path / "r", tiny_config(each=3, total=120))
    tokens = Tokens(referee.folder)
    names = [f"r{i}" for i in range(50)]
    held = {name: tokens.issue(name) for name in names}
    told: Counter[str] = Counter()
    lock = threading.Lock()

    def research(url: str, name: str) -> None:
        door = HttpDoor(url, held[name])
        for content in [one for one in METHODS for _ in range(2)]:
            try:
                number = door.submit_method(composition(content)).number
                what = f"{name} {number}"
            except BudgetError:
                what = "refused"
            with lock:
                told[what] += 1

    with serving(referee) as url:
        threads = [threading.Thread(target=research, args=(url, name)) for name in names]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        wait_until(lambda: len((state := referee.state.read()).outcomes) == state.total)
    accepted = referee.ledger.entries("submission")
    assert len(accepted) == 120
    assert max(Counter(one.body["researcher"] for one in accepted).values()) == 3
    assert {f"{one.body['researcher']} {one.number}" for one in accepted} == set(told) - {"refused"}
    outcomes = [one.body["submission"] for one in referee.ledger.entries("outcome")]
    assert sorted(outcomes) == [one.number for one in accepted]
    assert referee.ledger.verify().ok


@contextmanager
def process(warm: Path, folder: Path, config: Path, before: str = ""):
    """A server as its user starts it; the process and its address.

    Args:
        before: code that the process executes first.
    """
    words = ["referee", "serve", "--config", config, "--folder", folder, "--port", "0"]
    environment = {**os.environ, "TRUING_STORE": str(folder.parent / "store")}
    server = KilledTruing(warm, words, before, env=environment)
    try:
        yield server, re.search(r"http://\S+", server.stdout.readline())[0]
    finally:
        server.kill()
        wait_until(lambda: is_free(folder))  # the kernel releases the lock while the process ends


def is_free(folder: Path) -> bool:
    """Whether no process serves a folder."""
    try:
        with only_server(folder):
            return True
    except UserError:
        return False


def test_a_folder_has_one_server_and_any_number_of_workers(tmp_path, warm, truing):
    config, folder = tmp_path / "config.json", tmp_path / "referee"
    problem = OversightContest(
        questions=("cases,count=12",), other_questions=(), debater="mockllm/model", tokens=1000
    )
    config.write_text(ResearchConfig(problem=problem).model_dump_json())
    with process(warm, folder, config) as (_, url):
        caps = (folder / SPENDING).read_bytes()
        code, out, err = truing(
            *("referee", "serve", "--folder", folder, "--port", 0, "--tokens", 9000)
        )
        assert (folder / SPENDING).read_bytes() == caps
        assert (code, out) == (2, "")
        assert err == (
            f"truing: {folder} is served already at {url}; a folder has one server; connect to "
            "that server or stop it, and for more workers run truing referee work --folder "
            f"{folder}\n"
        )
        code, out, err = truing("referee", "work", "--folder", folder, "--until-empty")
        assert (code, err) == (0, "")
        assert not is_free(folder)
    assert is_free(folder)  # after a kill


def test_a_kill_in_the_middle_of_a_score_loses_nothing(tmp_path, warm):
    config = tmp_path / "config.json"
    config.write_text(tiny_config(each=9, total=9, cases=120, seeds=4).model_dump_json())
    folder = tmp_path / "referee"
    token = Tokens(folder).issue("ann")
    contents = [f"{one},quotes={n}" for one in METHODS for n in (1, 2)]
    problems = "truing.research.problems._choose_protocol"
    second = stop_after(1, problems, "ChooseProtocolProblem", "evaluate")
    with process(warm, folder, config, second) as (server, url):
        door = HttpDoor(url, token)
        numbers = [door.submit_method(composition(c)).number for c in contents]
        wait_until(lambda: door.get_result(numbers[0]).status != "accepted")
        first = door.get_result(numbers[0])
        server.kill()
    with Ledger(folder / "ledger.sqlite") as ledger:
        assert ledger.verify().ok
        before = ledger.entries()
    scored_then = [one.body["submission"] for one in before if one.kind == "outcome"]
    assert scored_then == numbers[:1]  # it was killed in the middle of the second
    with process(warm, folder, config) as (_, url):
        door = HttpDoor(url, token)
        wait_until(lambda: all(door.get_result(one).status != "accepted" for one in numbers))
        assert door.get_result(numbers[0]) == first
        again = [door.submit_method(composition(c)).number for c in contents]
        assert (again, door.budget().spent) == (numbers, len(numbers))
    with Ledger(folder / "ledger.sqlite") as ledger:
        assert ledger.verify().ok
        after = ledger.entries()
    assert after[: len(before)] == before
    outcomes = [one.body["submission"] for one in after if one.kind == "outcome"]
    assert outcomes == numbers
    assert [one.kind for one in after].count("submission") == len(numbers)


def test_a_kill_during_submissions_loses_and_duplicates_none(tmp_path, warm):
    """Four researchers ask until they are answered; the budget of all ends before theirs do."""
    config = tmp_path / "config.json"
    config.write_text(tiny_config(each=8, total=26).model_dump_json())
    folder = tmp_path / "referee"
    tokens = {name: Tokens(folder).issue(name) for name in ("ann", "bob", "cem", "dot")}
    where, told, path = [""], [], folder / "ledger.sqlite"

    def research(name: str) -> None:
        for content in [f"{one},quotes={n}" for one in METHODS for n in (1, 2)]:
            while True:
                try:
                    door = HttpDoor(where[0], tokens[name])
                    receipt = door.submit_method(composition(content))
                    told.append((name, receipt.number))
                except ServerError:  # killed, or not there yet
                    continue
                except BudgetError:
                    told.append((name, None))
                break

    threads = [threading.Thread(target=research, args=(name,)) for name in tokens]
    ninth = stop_after(8, "truing.research._referee", "Referee", "submit")
    with process(warm, folder, config, ninth) as (server, where[0]):
        for one in threads:
            one.start()
        wait_until(lambda: len(told) >= 5, 0.002)
        server.kill()
    with process(warm, folder, config) as (_, where[0]):
        for one in threads:
            one.join()
        with Ledger(path, create=False) as ledger:
            wait_until(lambda: len(ledger.entries("outcome")) >= 26)
            assert ledger.verify().ok
            accepted = [
                (one.body["researcher"], one.number) for one in ledger.entries("submission")
            ]
            outcomes = [one.body["submission"] for one in ledger.entries("outcome")]
    assert sorted(accepted) == sorted(one for one in told if one[1])
    assert sorted(outcomes) == sorted(number for _, number in accepted)
    assert [number for _, number in told].count(None) == 6
