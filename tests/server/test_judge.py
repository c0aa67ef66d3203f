"""The judge's page: what a person sees, answers, and never sees."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.conftest import write_jsonl
from tests.server.conftest import serving
from truing.oversight.people import Asked, People
from truing.oversight.questions import load_questions
from truing.server import Keys, make_app
from truing.server.judge import _seat, judge_pages

HOST = "127.0.0.1:8322"
ORIGIN = {"origin": f"http://{HOST}"}
EVIL = '<script>window.hurt=1</script>"><img src=x onerror=hurt()>{{7*7}}'


class Desk:
    """A server of the judge's page and its visitors, without a socket."""

    def __init__(self, session: People, reveal: bool = False, score: bool = False):
        self.session, self.keys = session, Keys()
        self.app = make_app([judge_pages(session, reveal, score)], self.keys, [HOST])

    def enter(self, who: str) -> TestClient:
        client = TestClient(self.app, base_url=f"http://{HOST}", follow_redirects=False)
        client.__enter__()  # one loop for the whole visit, as a real server has
        answer = client.get("/enter", params={"code": self.keys.code(who)})
        client.cookies.update(answer.cookies)
        return client


def show(client: TestClient) -> str:
    """The page once the speakers are done."""
    while True:
        page = client.get("/")
        assert page.status_code == 200
        if "are writing" not in page.text:
            return page.text
        time.sleep(0.01)


def key_in(page: str) -> str:
    return re.search(r'name="key" value="(\w+)"', page)[1]


def send(client: TestClient, page: str, **fields):
    return client.post("/answer", data={"key": key_in(page), **fields}, headers=ORIGIN)


def verdict(client: TestClient, first: float = 70):
    return send(client, show(client), **{"percent-A": f"{first}", "percent-B": f"{100 - first}"})


@pytest.fixture
def desk(tmp_path):
    def open_desk(
        protocol="debate,rounds=2", questions="cases,count=3", reveal=False, score=False, **roles
    ):
        models = {"debater": "truing/debater"} | roles
        return Desk(People(tmp_path, protocol, load_questions(questions), models), reveal, score)

    return open_desk


def test_a_person_reads_the_rounds_and_gives_a_verdict(desk):
    ada = desk().enter("ada")
    page = show(ada)
    assert "Question 1 of 3" in page
    assert page.index("Round 1") < page.index("Round 2") < page.index("How likely")
    assert 'class="verified"' in page
    answer = verdict(ada)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "Question 2 of 3" in show(ada)


def test_a_person_may_ask_if_the_protocol_allows_it(desk):
    ada = desk("debate,rounds=2,asks=true").enter("ada")
    page = show(ada)
    assert "Ask the speakers" in page
    assert "Round 2" not in page
    send(ada, page, question="Which clue is the surest?")
    page = show(ada)
    assert "Which clue is the surest?" in page
    assert "How likely" in page


def test_an_answer_counts_however_slow_the_machine_is(desk, monkeypatch):
    monkeypatch.setattr(_seat, "PATIENCE", 0)
    ada = desk().enter("ada")
    verdict(ada)
    page = show(ada)
    assert "Question 2 of 3" in page
    send(ada, page, **{"percent-A": "70", "percent-B": "30"})
    send(ada, page, **{"percent-A": "10", "percent-B": "90"})  # sent twice
    assert "Question 3 of 3" in show(ada)


def test_only_the_first_of_two_waiting_requests_changes_the_seat():
    """Otherwise the later one fails, or it brings back a request that was answered meanwhile."""
    asked = Asked(1, 3, "key", "verdict", None)

    class Slow:
        judged, plays = (), ()

        async def moment(self) -> Asked:
            await asyncio.sleep(0)
            return asked

    async def wait() -> None:
        seat = _seat.JudgeSeat(Slow())
        assert await asyncio.gather(seat.look(9), seat.look(9)) == [asked, asked]
        assert (seat.work, seat.asked) == (None, asked)
        later = asyncio.create_task(seat.look(9))
        await seat.look(9)
        seat.asked = None  # answered
        assert await later == asked
        assert seat.asked is None

    asyncio.run(wait())


def test_no_page_before_the_end_contains_truth_or_hidden_text(desk):
    own = desk(reveal=True)
    ada = own.enter("ada")
    hidden = [one.hidden for one in own.session.questions.questions]
    for _ in range(3):
        page = show(ada)
        assert not any(one in page for one in hidden)
        assert not own.session.questions.vault.accesses
        verdict(ada)
    assert "correct answers" in show(ada)
    assert own.session.questions.vault.accesses


def test_the_truth_is_not_shown_unless_allowed(desk):
    own = desk()
    ada = own.enter("ada")
    for _ in range(3):
        verdict(ada)
    page = show(ada)
    assert "All questions are judged" in page
    assert "correct answers" not in page
    assert not own.session.questions.vault.accesses


def test_an_abandoned_session_resumes_after_a_restart(desk):
    verdict(desk().enter("ada"), 90)
    assert "Question 2 of 3" in show(desk().enter("ada"))


def test_sessions_of_two_people_are_separate(desk):
    own = desk()
    ada, ben = own.enter("ada"), own.enter("ben")
    page = show(ada)
    stolen = ben.post(
        "/answer", data={"key": key_in(page), "percent-A": "1", "percent-B": "99"}, headers=ORIGIN
    )
    assert stolen.status_code == 303
    assert "Question 1 of 3" in show(ada)
    assert "Question 1 of 3" in show(ben)
    verdict(ben, 10)
    assert "Question 1 of 3" in show(ada)
    assert own.session.names == ("ada", "ben")


def test_an_invalid_answer_is_reported_and_the_input_stays(desk):
    ada = desk().enter("ada")
    page = show(ada)
    answer = send(ada, page, **{"percent-A": "80", "percent-B": "30", "reason": "the glove"})
    assert answer.status_code == 422
    assert "the sum must be 100" in answer.text
    assert 'value="80"' in answer.text
    assert "the glove" in answer.text
    assert send(ada, page, **{"percent-A": "much"}).status_code == 422
    assert "Question 1 of 3" in show(ada)


def test_a_second_click_changes_nothing(desk):
    own = desk()
    ada = own.enter("ada")
    page = show(ada)
    send(ada, page, **{"percent-A": "80", "percent-B": "20"})
    send(ada, page, **{"percent-A": "1", "percent-B": "99"})
    assert "Question 2 of 3" in show(ada)
    (row,) = own.session.records()
    assert max(row.belief) == pytest.approx(0.8)


def test_an_unauthorized_request_sees_and_changes_nothing(desk):
    own = desk()
    page = show(own.enter("ada"))
    stranger = TestClient(own.app, base_url=f"http://{HOST}", follow_redirects=False)
    assert stranger.get("/").status_code == 401
    assert send(stranger, page, **{"percent-A": "1", "percent-B": "99"}).status_code == 401
    ada = own.enter("ada")
    foreign = {"origin": "http://evil.example"}
    data = {"key": key_in(page), "percent-A": "1", "percent-B": "99"}
    assert ada.post("/answer", data=data, headers=foreign).status_code == 403
    assert ada.get("/", headers={"host": "evil.example"}).status_code == 421
    assert "Question 1 of 3" in show(ada)


def test_questions_and_answers_are_escaped(desk, tmp_path):
    rows = [
        {
            "id": f"q{i}",
            "question": f"{EVIL} {i}",
            "choices": [f"{EVIL} yes", f"{EVIL} no"],
            "truth": 0,
            "hidden": f"{EVIL} hidden",
        }
        for i in range(3)
    ]
    file = write_jsonl(tmp_path / "evil.jsonl", rows)
    own = desk("expert", str(file), reveal=True)
    ada = own.enter("ada")
    pages = []
    for _ in range(3):
        pages.append(show(ada))
        verdict(ada)
    pages.append(show(ada))
    for page in pages:
        assert "<script>window" not in page
        assert "<img" not in page
        assert "&lt;script&gt;" in page
        assert "49" not in page.replace("8349", "") or "{{7*7}}" in page


def test_a_failed_speaker_is_reported_and_asked_again(desk, monkeypatch):
    from truing.errors import NoAnswerError
    from truing.oversight.evals import InspectHost

    ask, broken = InspectHost.ask, True

    async def failing(self, call):
        if broken:
            raise NoAnswerError("the line is cut")
        return await ask(self, call)

    monkeypatch.setattr(InspectHost, "ask", failing)
    ada = desk().enter("ada")
    page = show(ada)
    assert "the line is cut" in page
    assert "Nothing is lost" in page
    broken = False
    assert "Question 1 of 3" in show(ada)


def test_the_page_loads_nothing_from_outside(desk):
    ada = desk().enter("ada")
    page = show(ada)
    assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', page)
    for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', page):
        assert ada.get(address).status_code == 200
    static = Path(__file__).parents[2] / "src/truing/server/static"
    assert "//" not in re.sub(r"^\s*//.*$", "", (static / "judge.js").read_text(), flags=re.M)


def test_the_rules_are_open_at_the_first_question_only(desk):
    ada = desk().enter("ada")
    assert "<details open><summary>Rules" in show(ada)
    verdict(ada)
    assert "<details><summary>Rules" in show(ada)
    assert "<details><summary>Rules" in ada.get("/?question=1").text


def test_an_earlier_verdict_can_be_changed(desk):
    own = desk()
    ada = own.enter("ada")
    send(ada, show(ada), **{"percent-A": "80", "percent-B": "20", "reason": "the glove"})
    page = show(ada)
    assert 'href="/?question=1"' in page
    before = ada.get("/?question=1").text
    assert "Question 1 of 3" in before
    assert "You have judged this question" in before
    assert 'value="80"' in before
    assert "the glove" in before
    answer = send(ada, before, before="1", **{"percent-A": "10", "percent-B": "90"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "Question 2 of 3" in show(ada)
    (row,) = own.session.records()
    assert sorted(row.belief) == pytest.approx([0.1, 0.9])
    again = desk().enter("ada")  # after a restart, the last answer still counts
    assert 'value="10"' in again.get("/?question=1").text or "Question 2 of 3" in show(again)
    assert 'value="10"' in again.get("/?question=1").text
    replies = (own.session.folder / "ada/replies.jsonl").read_text()
    assert replies.count("My verdict:") == 2  # both answers stay in the record


def test_an_invalid_change_of_a_verdict_changes_nothing(desk):
    own = desk()
    ada = own.enter("ada")
    verdict(ada, 80)
    show(ada)
    before = ada.get("/?question=1").text
    answer = send(ada, before, before="1", **{"percent-A": "80", "percent-B": "80"})
    assert answer.status_code == 422
    assert "the sum must be 100" in answer.text
    assert 'name="before" value="1"' in answer.text
    (row,) = own.session.records()
    assert max(row.belief) == pytest.approx(0.8)


@pytest.mark.parametrize("number", ["0", "2", "3", "-1", "x", "99999999999", "1.5"])
def test_only_judged_questions_can_be_opened_again(desk, number):
    ada = desk().enter("ada")
    show(ada)
    verdict(ada)
    show(ada)
    page = ada.get("/", params={"question": number}).text
    assert "Question 2 of 3" in page
    assert "You have judged" not in page


def test_no_verdict_can_be_changed_if_speeches_or_the_end_depend_on_it(desk):
    ada = desk("debate,rounds=2,each_round=true").enter("ada")
    for _ in range(3):
        verdict(ada)
    page = show(ada)
    assert "Question 2 of 3" in page
    assert "Previous question" not in page
    assert "You have judged" not in ada.get("/?question=1").text


@pytest.mark.parametrize("known", ["reveal", "score"])
def test_no_verdict_can_be_changed_after_the_truth_is_shown(desk, known):
    own = desk(**{known: True})
    ada = own.enter("ada")
    for _ in range(2):
        verdict(ada)
    page = show(ada)
    assert "no answer can be changed after it" in page
    last = key_in(page)
    verdict(ada, 60)
    assert "Change an answer" not in show(ada)
    assert "You have judged" not in ada.get("/?question=3").text
    data = {"key": last, "before": "3", "percent-A": "1", "percent-B": "99"}
    ada.post("/answer", data=data, headers=ORIGIN)
    assert sorted(own.session.records()[2].belief) == pytest.approx([0.4, 0.6])


def test_without_a_score_the_last_verdict_can_be_changed(desk):
    ada = desk(questions="cases,count=1").enter("ada")
    verdict(ada)
    assert "Change an answer" in show(ada)
    assert "You have judged" in ada.get("/?question=1").text


def test_a_promised_score_is_shown_at_the_end_and_names_no_answer(desk):
    own = desk(score=True)
    ada = own.enter("ada")
    for _ in range(3):
        page = show(ada)
        assert "Your score is shown after the last question" in page
        assert not own.session.questions.vault.accesses
        verdict(ada, 100)
    page = show(ada)
    found = own.session.score(own.session.sitting("ada"))
    assert found.points == pytest.approx(100 * found.right / 3)  # always certain
    assert f"Your score: {found.points:.0f} of 100" in page
    assert f"correct answer in {found.right:g} of 3 questions" in page
    assert found.even == 75
    assert "correct answers</caption>" not in page


def test_without_a_promise_no_score_is_shown(desk):
    own = desk(questions="cases,count=1")
    ada = own.enter("ada")
    assert "Your score is shown" not in show(ada)
    verdict(ada)
    assert "Your score" not in show(ada)
    assert not own.session.questions.vault.accesses


SETTLING = '''
import truing
from truing.oversight.protocols import Judge, Speaker


@truing.protocol("settling")
def settling():
    """A debate that ends when the judge's belief has settled."""
    debaters = Speaker("Debater", "debater", each=True)
    judge = Judge(each_round=True)
    return truing.Protocol(speakers=(debaters,), judge=judge, rounds=3, settled=0.05)
'''


def test_a_debate_that_a_settled_belief_ends_is_marked_as_decided_early(desk, tmp_path):
    (tmp_path / "settling.py").write_text(SETTLING)
    ada = desk(f"{tmp_path / 'settling.py'}:settling").enter("ada")
    for _ in range(2):  # the same belief before and after the first round
        assert "decided early" not in show(ada)
        verdict(ada, 60)
    page = show(ada)
    assert "Question 2 of 3" in page
    assert "Question 1 was decided early" in page
    assert "5 percentage points" in page


def test_a_forecast_that_has_settled_is_named_beside_the_verdict(desk):
    ada = desk("market-making,rounds=3,settled=1", market="truing/judge").enter("ada")
    page = show(ada)
    assert "How likely" in page
    assert "Decided early: the speeches ended after 1 of 3 rounds" in page


def test_a_long_question_is_shown_in_lines_below_its_heading(desk, tmp_path):
    row = {
        "question": "Is it correct?",
        "text": "Step 1\nStep 2",
        "choices": ["yes", "no"],
        "truth": 0,
    }
    ada = desk("blind", str(write_jsonl(tmp_path / "long.jsonl", [row]))).enter("ada")
    page = show(ada)
    assert "<h1><bdi>Is it correct?</bdi></h1>" in page
    assert '<p class="more"><bdi>Step 1\nStep 2</bdi></p>' in page
    assert "were found in the text" not in page  # nothing was quoted


def open_fully(page, shown: str):
    """Wait for what a page shows and for its script, which handles the keys."""
    page.wait_for_selector(shown)
    page.wait_for_load_state()


def test_a_page_opens_at_its_top_and_a_typed_number_fills_its_field(browser, tmp_path):
    session = People(
        tmp_path, "debate,rounds=3", load_questions("cases,count=2"), {"debater": "truing/debater"}
    )
    small = {"width": 390, "height": 500}
    with serving([judge_pages(session)]) as link, browser.new_context(viewport=small) as visit:
        page = visit.new_page()
        page.set_default_timeout(30_000)
        page.goto(link)
        open_fully(page, "#percent-A")
        assert page.evaluate("scrollY") == 0
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate("document.activeElement.tagName") == "BODY"
        page.keyboard.type("65")
        assert page.input_value("#percent-A") == "65"
        page.keyboard.press("Enter")
        open_fully(page, "text=Question 2 of 2")
        assert page.evaluate("scrollY") == 0


def test_arrow_keys_move_the_slider_and_a_letter_chooses_the_answer(browser, tmp_path):
    session = People(tmp_path, "blind", load_questions("cases,count=2"), {})
    with serving([judge_pages(session)]) as link, browser.new_context() as visit:
        page = visit.new_page()
        page.set_default_timeout(30_000)
        page.goto(link)
        open_fully(page, "#percent-A")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        assert (page.input_value("#percent-A"), page.input_value("#percent-B")) == ("60", "40")
        page.keyboard.press("b")
        page.keyboard.press("Shift+ArrowRight")
        assert (page.input_value("#percent-A"), page.input_value("#percent-B")) == ("59", "41")
        assert page.get_by_label("A: probability in percent").input_value() == "59"
        page.keyboard.press("Enter")
        open_fully(page, "text=Question 2 of 2")
        page.keyboard.press("p")
        page.wait_for_selector("text=You have judged this question")
        assert page.input_value("#percent-B") == "41"


def test_a_person_can_judge_by_keyboard_alone_without_external_requests(browser, tmp_path):
    """In a real browser: questions, verdicts, the end, with evil texts that never run."""
    rows = [
        {
            "id": f"q{i}",
            "question": f"{EVIL} {i}",
            "choices": [f"{EVIL} yes", f"{EVIL} no"],
            "truth": 0,
        }
        for i in range(2)
    ]
    questions = load_questions(str(write_jsonl(tmp_path / "evil.jsonl", rows)))
    session = People(
        tmp_path, "debate,rounds=2,asks=true", questions, {"debater": "truing/debater"}
    )
    with serving([judge_pages(session, reveal=True)]) as link, browser.new_context() as visit:
        page = visit.new_page()
        page.set_default_timeout(30_000)
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(link)
        for number in (1, 2):
            page.wait_for_selector(f"text=Question {number} of 2")
            open_fully(page, "textarea#question")
            page.keyboard.type("Why?")
            page.keyboard.press("Control+Enter")
            open_fully(page, "#percent-A")
            page.keyboard.type("80")
            assert page.input_value("#percent-B") == "20"
            page.keyboard.press("Enter")
        page.wait_for_selector("text=All questions are judged")
        assert page.evaluate("window.hurt") is None
        assert {url.split("/")[2] for url in asked} == {link.split("/")[2]}
    assert sorted(session.records()[0].belief) == pytest.approx([0.2, 0.8])
