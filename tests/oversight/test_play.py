"""Plays, step by step, with scripted models."""

from __future__ import annotations

import asyncio

import pytest

from tests.oversight.conftest import QUESTION, ScriptedHost, only, run
from truing.oversight import Players, Reply, make_record, transcribe
from truing.oversight.protocols import Judge, Limits, Protocol, Speaker, setups

EVEN = "<verdict>A: 50%\nB: 50%</verdict>"
EACH = Speaker("Debater", "debater", each=True)


def verdict(share):
    return f"<verdict>A: {share}%\nB: {100 - share}%</verdict>"


def chatty(call):
    """Every speech and question says who speaks and which of his it is."""
    if call.what == "speech":
        done = call.messages[1][1].count(f'speaker="{call.seat}"')
        return f"<thinking>private {call.seat}</thinking>{call.seat} speaks {done + 1}"
    return "What of the gate?" if call.what == "question" else EVEN


def test_a_simultaneous_round_shows_no_speech_of_the_same_round():
    host = ScriptedHost(chatty)
    run("debate,rounds=2", host)
    for seat in ("Debater A", "Debater B"):
        first, second = host.prompts(seat, "speech")
        assert "speaks" not in first
        assert "Debater A speaks 1" in second
        assert "Debater B speaks 1" in second
        assert "speaks 2" not in second


def test_a_sequential_round_shows_the_first_speech_to_the_second_speaker():
    host = ScriptedHost(chatty)
    run("debate,rounds=2,order=sequential", host)
    a, b = host.prompts("Debater A", "speech"), host.prompts("Debater B", "speech")
    assert "speaks" not in a[0]
    assert "Debater A speaks 1" in b[0]
    assert "Debater B speaks 1" in a[1]
    assert "Debater A speaks 2" in b[1]


def test_the_judge_sees_all_speeches_in_order():
    host = ScriptedHost(chatty)
    came = run("debate,rounds=2", host)
    (heard,) = host.prompts("Judge", "verdict")
    places = [heard.index(f"Debater {one} speaks {n}") for n in (1, 2) for one in "AB"]
    assert places == sorted(places)
    assert [(turn.round, turn.name) for turn in came.turns] == [
        (1, "Debater A"),
        (1, "Debater B"),
        (2, "Debater A"),
        (2, "Debater B"),
    ]


def test_private_reasoning_is_shown_only_to_its_author():
    host = ScriptedHost(chatty)
    came = run("debate,rounds=3,asks=true,each_round=true", host)
    for call in host.calls:
        text = call.messages[1][1]
        assert ("private Debater A" in text) == (call.seat == "Debater A" and "speaks 1" in text)
        assert ("private Debater B" in text) == (call.seat == "Debater B" and "speaks 1" in text)
    assert came.turns[0].speech.reasoning == "private Debater A"


def test_only_the_roles_named_by_the_protocol_read_the_hidden_text():
    for specification, reads in (("blind", False), ("expert", True), ("debate", False)):
        host = ScriptedHost(chatty)
        run(specification, host)
        assert all((QUESTION.hidden in text) == reads for text in host.prompts("Judge", "verdict"))
        assert all(QUESTION.hidden in text for text in host.prompts("Debater A", "speech"))


def test_the_question_of_a_judge_is_shown_to_the_next_speaker():
    host = ScriptedHost(chatty)
    came = run("consultancy,rounds=3", host)
    asked = [turn for turn in came.turns if turn.name == "Judge"]
    assert [turn.round for turn in asked] == [1, 2]
    assert asked[0].speech.said == "What of the gate?"
    speeches = host.prompts("Consultant", "speech")
    assert "What of the gate?" not in speeches[0]
    assert "What of the gate?" in speeches[1]


def test_a_long_question_is_cut():
    host = ScriptedHost(lambda call: "why " * 500 if call.what == "question" else chatty(call))
    came = run("consultancy,rounds=2", host)
    assert came.turns[1].speech.said.split() == ["why"] * 60


def test_an_open_consultant_argues_its_own_belief():
    host = ScriptedHost(lambda call: verdict(5) if call.what == "choice" else chatty(call))
    came = run("consultancy,assignment=open,rounds=1", host)
    assert came.argued == 1
    (choice,) = host.prompts("Consultant", "choice")
    assert "There is a hidden text. It is visible to Consultant." in choice
    assert "that the correct answer is B: Oak" in host.prompts("Consultant", "speech")[0]


def test_the_speaker_of_the_chosen_answer_starts_an_open_debate():
    host = ScriptedHost(lambda call: verdict(5) if call.what == "choice" else chatty(call))
    came = run("debate,assignment=open,order=sequential,rounds=2", host)
    assert [turn.name for turn in came.turns] == ["Debater B", "Debater A"] * 2
    assert came.argued == 1


def test_the_draft_with_the_best_score_is_spoken():
    def reply(call):
        if call.what == "speech":
            return f"<thinking>private</thinking>draft {call.draw}"
        if call.seat.startswith("reader of"):
            text = call.messages[1][1]
            liked = next(n for n in range(3) if f"draft {n}" in text)
            return verdict([40, 90, 20][liked])
        return EVEN

    host = ScriptedHost(reply)
    came = run("debate,rounds=1,best_of=3", host)
    assert [turn.speech.said for turn in came.turns] == ["draft 1", "draft 2"]
    readers = [call for call in host.calls if call.seat.startswith("reader of")]
    assert len(readers) == 6
    assert {call.role for call in readers} == {"reader"}
    for call in readers:
        text = "\n".join(text for _, text in call.messages)
        assert QUESTION.hidden not in text
        assert "private" not in text
        assert text.count("<turn ") == 1


def test_a_draft_with_an_unreadable_score_never_wins():
    def reply(call):
        if call.what == "speech":
            return f"draft {call.draw}"
        if call.seat.startswith("reader of"):
            return "none" if "draft 0" in call.messages[1][1] else verdict(1)
        return EVEN

    came = run("consultancy,rounds=1,best_of=2,assignment=fixed", ScriptedHost(reply))
    assert came.turns[0].speech.said == "draft 1"


def market(shares):
    given = iter(shares)
    return ScriptedHost(
        lambda call: verdict(next(given)) if call.what == "forecast" else chatty(call)
    )


@pytest.mark.parametrize(
    ("shares", "speeches"),
    [([50, 51], 1), ([50, 51.9], 1), ([50, 60, 61], 2), ([50, 60, 70, 80], 4), ([50, 52.5, 52], 2)],
)
def test_a_market_stops_when_the_forecast_is_stable(shares, speeches):
    host = market(shares)
    came = run("market-making,rounds=4", host)
    assert len(came.turns) == speeches
    assert len(host.prompts("Market", "forecast")) == len(shares)
    assert f"A: {shares[-1]:.0f}%" in "".join(host.prompts("Adversary", "speech")) or speeches < 4
    assert len(host.prompts("Judge", "verdict")) == 1


def test_the_adversary_sees_the_forecast_and_the_judge_does_not():
    host = market([50, 60, 70, 80])
    run("market-making,rounds=4", host)
    assert "<forecast>\nA: 60%\nB: 40%" in host.prompts("Adversary", "speech")[1]
    assert "<forecast>" not in host.prompts("Judge", "verdict")[0]


def test_the_market_sees_the_speeches_and_not_the_hidden_text():
    host = market([50, 60, 70, 80])
    run("market-making,rounds=4", host)
    prompts = host.prompts("Market", "forecast")
    assert not any(QUESTION.hidden in text or "private" in text for text in prompts)
    assert [text.count("Adversary speaks") for text in prompts] == [0, 1, 2, 3]
    assert all(QUESTION.hidden in text for text in host.prompts("Adversary", "speech"))


def test_forecasts_are_in_the_transcript_before_their_round_in_the_order_of_the_set():
    host = market([50, 60, 70, 80])
    swapped = list(setups(Protocol(), QUESTION, swap=True))[1]
    told = [one.to_json() for one in transcribe(run("market-making,rounds=4", host, swapped))]
    assert [(one["round"], one["speaker"]) for one in told] == [
        (number, who) for number in (1, 2, 3, 4) for who in ("Market", "Adversary")
    ]
    assert [one["forecast"] for one in told[::2]] == [
        pytest.approx([1 - p, p]) for p in (0.5, 0.6, 0.7, 0.8)
    ]
    assert all(one["said"] == "" and "<verdict>" in one["reasoning"] for one in told[::2])
    assert not any(
        "<verdict>" in text for text in host.prompts("Judge", "verdict")[0].split("<task>")[:1]
    )


def test_native_reasoning_is_in_the_transcript_and_in_no_prompt():
    host = ScriptedHost(lambda call: Reply(chatty(call), reasoning=f"CANARY {call.seat}"))
    told = transcribe(run("market-making,rounds=2,settled=0", host))
    told += transcribe(run("debate,rounds=2,asks=true,each_round=true", host))
    assert {one.native_reasoning for one in told} == {
        f"CANARY {who}" for who in ("Market", "Adversary", "Debater A", "Debater B", "Judge")
    }
    assert not any("CANARY" in text for call in host.calls for _, text in call.messages)


def test_a_refused_draft_is_spoken_only_if_all_drafts_are_refused():
    def reply(call):
        if call.what == "speech":
            silent = call.seat == "Debater B" or call.draw == 0
            return Reply("I cannot help.", "content_filter") if silent else "It was Fir."
        return verdict(1) if "It was Fir." in call.messages[1][1] else verdict(99)

    came = run("debate,rounds=1,best_of=2", ScriptedHost(reply))
    assert [turn.speech.silence for turn in came.turns] == ["", "refused"]
    assert make_record("debate", came, Players("j", "d"), False).mute == 1


@pytest.mark.parametrize("stop", ["max_tokens", "model_length", "content_filter"])
def test_a_truncated_or_refused_verdict_is_requested_again(stop):
    replies = iter([Reply(verdict(90), stop), Reply(verdict(80), "stop")])
    came = run("blind", ScriptedHost(lambda call: next(replies)))
    assert (came.verdict, came.calls, came.truncated) == ((0.8, 0.2), 2, 0)


def test_beliefs_are_stated_before_the_first_and_after_every_round():
    given = iter([50, 60, 70])  # the last is the verdict: nothing is said between
    host = ScriptedHost(
        lambda call: verdict(next(given)) if call.what == "verdict" else chatty(call)
    )
    came = run("debate,rounds=2,each_round=true", host)
    assert came.beliefs == ((0.5, 0.5), (0.6, 0.4), (0.7, 0.3))
    assert came.verdict == (0.7, 0.3)


@pytest.mark.parametrize(
    ("shares", "rounds"),
    [([95, 60, 95, 50], 2), ([50, 89, 11, 60], 3), ([50, 5, 50], 1), ([50, 90, 50], 1)],
)
def test_a_debate_stops_after_a_round_in_which_the_judge_is_decided(shares, rounds):
    given = iter(shares)
    host = ScriptedHost(
        lambda call: verdict(next(given)) if call.what == "verdict" else chatty(call)
    )
    came = run("debate,rounds=3,decided=0.9", host)
    record = make_record("debate", came, Players("j", "d"), False)
    assert came.rounds == record.rounds_played == len(came.beliefs) - 1 == rounds
    assert came.verdict == came.beliefs[-1]


def test_an_undecided_or_unread_belief_stops_nothing():
    host = ScriptedHost(lambda call: "No idea." if call.what == "verdict" else chatty(call))
    assert run("consultancy,rounds=2,decided=0.5", host).rounds == 2


def test_a_panel_is_averaged_over_models_and_draws():
    def reply(call):
        return verdict([[10, 20], [50, 60]][call.member][call.draw])

    host = ScriptedHost(reply, judges=2)
    came = run("blind,panel=2", host)
    assert came.verdicts == ((0.1, 0.9), (0.2, 0.8), (0.5, 0.5), (0.6, 0.4))
    assert came.verdict == pytest.approx((0.35, 0.65))


def test_an_unread_verdict_is_requested_once_more():
    replies = iter(["I like A.", verdict(80)])
    host = ScriptedHost(lambda call: next(replies))
    came = run("blind", host)
    assert came.verdict == (0.8, 0.2)
    assert came.calls == len(host.calls) == 2
    assert [who for who, _ in host.calls[1].messages] == ["system", "user", "assistant", "user"]
    assert host.calls[1].messages[2][1] == "I like A."
    assert "could not be read" in host.calls[1].messages[3][1]


def test_an_unread_verdict_counts_in_no_mean():
    host = ScriptedHost(lambda call: "A, surely." if call.draw == 0 else verdict(20))
    came = run("blind,panel=3", host)
    assert came.verdicts == (None, (0.2, 0.8), (0.2, 0.8))
    assert came.verdict == (0.2, 0.8)
    assert make_record("blind", came, Players("j", ""), False).judges_unread == 1


def test_only_unread_verdicts_give_no_verdict():
    came = run("blind", ScriptedHost(lambda call: ""))
    record = make_record("blind", came, Players("j", ""), False)
    assert came.verdict is record.belief is None
    assert (came.calls, record.judges_unread) == (2, 1)


def test_verdicts_are_recorded_in_the_order_of_the_question_set():
    host = ScriptedHost(
        lambda call: verdict(90) if "A: Oak" in call.messages[1][1] else verdict(10)
    )
    rules = Protocol(judge=Judge(each_round=True))
    for setup in setups(rules, QUESTION, swap=True):
        record = make_record("blind", run(rules, host, setup), Players("j", ""), False)
        assert record.belief == pytest.approx([0.1, 0.9])
        assert record.rounds == (pytest.approx((0.1, 0.9)),)
        assert record.swapped == (setup.order == (1, 0))


def test_argued_answers_are_recorded_in_the_order_of_the_question_set():
    for setup in setups(Protocol((Speaker("C", "c"),), assignment="both"), QUESTION, swap=True):
        came = run("consultancy,rounds=1", ScriptedHost(chatty), setup)
        record = make_record("consultancy", came, Players("j", "c"), False)
        argued = QUESTION.choices[record.argued]
        assert (
            f"Persuade the judge that the correct answer is {setup.question.letters[came.argued]}: "
            f"{argued}." in came_prompt(setup)
        )


def came_prompt(setup):
    host = ScriptedHost(chatty)
    run("consultancy,rounds=1", host, setup)
    return host.prompts("Consultant", "speech")[0]


MISQUOTE = "<quote>The glove by the gate points to Fir.</quote>"


@pytest.mark.parametrize("sees", [True, False])
def test_a_near_miss_is_shown_only_to_an_author_who_may_read_the_text(sees):
    rules = Protocol(
        (Speaker("Debater", "debater", each=True, sees_hidden=sees),), rounds=2, limits=Limits()
    )
    host = ScriptedHost(
        lambda call: (
            (MISQUOTE if call.seat == "Debater A" else "no.") if call.what == "speech" else EVEN
        )
    )
    run(rules, host)
    told = (
        "Your quote in round 1 was not found in the hidden text: "
        "The glove by the gate points to Fir."
    )
    mine, other = host.prompts("Debater A", "speech")[1], host.prompts("Debater B", "speech")[1]
    assert told in mine
    assert ("The nearest passage is: The glove by the gate points to Oak" in mine) == sees
    assert told not in other
    for text in (other, *host.prompts("Judge", "verdict")):
        assert "nearest" not in text
        assert "<u_quote>The glove by the gate points to Fir.</u_quote>" in text


def test_quotes_are_counted_as_verified_near_or_false():
    speech = f"<quote>points to Oak</quote>{MISQUOTE}<quote>made up from nothing at all</quote>"
    came = run(
        "debate,rounds=1",
        ScriptedHost(lambda call: speech if call.seat == "Debater A" else chatty(call)),
    )
    record = make_record("debate", came, Players("j", "d"), False)
    names = ("quotes_verified", "quotes_near", "quotes_false")
    assert [getattr(record, one) for one in names] == [1, 1, 1]
    assert transcribe(came)[0].quotes[1].nearest == "The glove by the gate points to Oak"


@pytest.mark.parametrize(
    ("specification", "calls"),
    [
        ("blind", 1),
        ("debate", 7),
        ("debate,best_of=2,rounds=1", 9),
        ("consultancy", 6),
        ("consultancy,assignment=open", 7),
        ("debate,each_round=true,panel=2", 14),
        ("critique", 3),
    ],
)
def test_calls_are_counted(specification, calls):
    host = ScriptedHost(chatty)
    assert run(specification, host).calls == len(host.calls) == calls


def test_rounds_are_spans():
    host = ScriptedHost(chatty)
    run("debate,assignment=open,rounds=2", host)
    assert host.spans == ["choice", "round 1", "round 2", "verdict"]


def test_a_critic_sees_the_proposer_and_argues_for_no_answer():
    host = ScriptedHost(chatty)
    came = run("critique", host)
    (prompt,) = host.prompts("Critic", "speech")
    assert "Consultant" not in prompt
    assert "Proposer speaks 1" in prompt
    assert "Critic criticizes the earlier speeches." in prompt
    assert "Persuade" not in prompt
    assert "Persuade" in host.prompts("Proposer", "speech")[0]
    assert [turn.argues for turn in came.turns] == [0, None]


def test_an_error_of_a_provider_ends_the_play():
    def reply(call):
        raise TimeoutError("the provider is silent")

    with pytest.raises(TimeoutError, match="silent"):
        run("debate", ScriptedHost(reply))
    assert asyncio.run(asyncio.sleep(0)) is None
    assert only("debate").argued is None
