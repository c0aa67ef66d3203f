"""Tournaments: who meets whom, how games are scored, and ratings of agents of known strength."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from itertools import combinations

import pytest

import truing
from truing.cli._measure_ratings import ratings
from truing.errors import UserError
from truing.oversight import Cast, JudgementRow
from truing.oversight.protocols import PROTOCOLS
from truing.oversight.questions import load_questions
from truing.oversight.tournaments import (
    Schedule,
    Tournament,
    games_of,
    has_games,
    rate_games,
    read_tournament,
    swiss_pairs,
)

STRONG, MIDDLE, WEAK = AGENTS = (
    "truing/debater",
    "truing/debater:skill=0.5",
    "truing/debater:skill=0.1",
)
PLAYED = (
    "debate,rounds=1,quotes=2",
    "consultancy,rounds=1,quotes=2,asks=false",
    "critique,assignment=fixed,quotes=2",
)
CASES = load_questions("cases,count=10")


def rules(*labels):
    return {label: PROTOCOLS.build(label).value for label in labels}


def row(protocol, belief, **fields) -> JudgementRow:
    return JudgementRow("q1", belief, protocol=protocol, judge="j", **fields)


def scores(rows, protocol) -> list[tuple[str, str, float]]:
    return [(one.first, one.second, one.score) for one in games_of(rows, rules(protocol))]


def test_in_a_debate_the_answer_with_the_higher_belief_wins():
    def played(*belief):
        return row("debate", belief, argued_by=("a", "b"), agent="a, b")

    assert scores([played(0.7, 0.3), played(0.4, 0.6), played(0.5, 0.5)], "debate") == [
        *[("a", "b", 1.0), ("a", "b", 0.0), ("a", "b", 0.5)]
    ]
    assert scores([row("debate", (0.7, 0.3), argued_by=("a", "a"))], "debate") == []
    assert scores([row("debate", None, argued_by=("a", "b"))], "debate") == []


def test_in_a_consultancy_the_more_convincing_consultant_of_an_answer_wins():
    rows = [
        row("consultancy", (0.2, 0.8), argued=1, agent="a"),
        row("consultancy", (0.4, 0.6), argued=1, agent="b"),
        row("consultancy", (0.9, 0.1), argued=0, agent="b"),
    ]
    assert scores(rows, "consultancy") == [("a", "b", 1.0)], "only for the same answer"


def test_in_a_critique_the_proposer_wins_above_one_half():
    def played(belief):
        return row("critique", (belief, 1 - belief), argued=0, agent="a, b")

    assert scores([played(0.6), played(0.5), played(0.1)], "critique") == [
        *[("a", "b", 1.0), ("a", "b", 0.5), ("a", "b", 0.0)]
    ]


def test_only_these_protocols_have_games():
    without = ("blind", "expert", "self-critique", "market-making", "consultancy,assignment=open")
    assert not any(map(has_games, rules(*without).values()))
    assert all(map(has_games, rules("debate", "propaganda", "consultancy", "critique").values()))
    schedule = Schedule(Cast((("j",),), ("a", "b")), ("blind",), (), Tournament("round-robin"))
    with pytest.raises(UserError, match="no protocol of this tournament has games, got blind"):
        _ = schedule.planned


@pytest.mark.parametrize("count", range(2, 10))
def test_swiss_pairs_are_new_while_new_pairs_exist(count):
    players = [f"p{i}" for i in range(count)]
    met: list[tuple[str, str]] = []
    for _ in range(count - 1 + count % 2):
        pairs = swiss_pairs(players, met)
        assert len(pairs) == count // 2
        assert len({name for pair in pairs for name in pair}) == 2 * len(pairs)
        met += pairs
    assert sorted(map(sorted, met)) == sorted(map(sorted, combinations(players, 2)))
    assert len(swiss_pairs(players, met)) == count // 2, "then pairs meet again"


def test_in_an_odd_field_no_player_rests_twice_before_all_have_rested():
    players, met = ["a", "b", "c", "d", "e"], []
    for _ in range(5):
        met += swiss_pairs(players, met)
    assert set(Counter(name for pair in met for name in pair).values()) == {4}


def test_the_questions_are_divided_among_the_rounds():
    cast = Cast((("j",),), tuple("abcdefgh"))
    schedule = Schedule(cast, ("blind", "debate"), CASES.questions, Tournament("swiss"))
    asked = [place for part in schedule.planned for place in part.asked]
    assert len(schedule.planned) == 3
    assert sorted(asked) == list(range(10))
    assert [len(part.matches) for part in schedule.planned] == [1 + 8] * 3, "both seats of 4 pairs"


def test_later_rounds_pair_equally_strong_debaters():
    cast = Cast((("j",),), ("a", "b", "c", "d"))
    schedule = Schedule(cast, ("debate",), CASES.questions, Tournament("swiss"))
    won = [
        replace(
            row("debate", (0.9, 0.1) if first in "bd" else (0.1, 0.9), argued_by=(first, second)),
            question=CASES.questions[0].id,
        )
        for first, second in ("ab", "ba", "cd", "dc")
    ]
    games = games_of(won, rules("debate"))
    agents = [match.players().agent for match in schedule.round(1, games).matches]
    assert agents == ["b, d", "d, b", "a, c", "c, a"]
    late = [replace(one, question=CASES.questions[1].id) for one in games]
    first = [match.players().agent for match in schedule.round(0, late).matches]
    assert first == ["a, b", "b, a", "c, d", "d, c"], "games of later rounds change nothing"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("knockout", "unknown tournament 'knockout'"),
        ("swiss,rounds=0", "rounds of a tournament must be an integer, 1 or more, got '0'"),
        ("swiss,rounds=x", "rounds of a tournament must be an integer, 1 or more, got 'x'"),
        ("swiss,rounds=11", "has 11 rounds, but there are only 10 questions"),
        ("swiss,byes=1", "has no argument 'byes'"),
        ("round-robin,rounds=2", "has no argument 'rounds'"),
    ],
)
def test_a_wrong_tournament_is_a_clear_error(text, message):
    with pytest.raises(UserError, match=message):
        read_tournament(text, debaters=4, questions=10)


def test_a_tournament_needs_two_debaters():
    with pytest.raises(UserError, match="needs two or more different debaters, got 1; repeat"):
        truing.Oversight(
            protocols="debate", questions="cases", debater=["a", "a"], tournament="swiss"
        )


@pytest.fixture(scope="module")
def tournament(tmp_path_factory):
    """A round-robin tournament of three simulated agents of known order of strength."""
    folder = tmp_path_factory.mktemp("tournament")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRUING_STORE", str(folder / "store"))
        run = truing.Oversight(
            protocols=PLAYED,
            questions="cases,count=8",
            judge="truing/judge",
            debater=list(AGENTS),
            tournament="round-robin",
        )
        yield run, truing.run(run, out=folder / "run")


def test_the_ratings_have_the_order_of_the_agents_strength(tournament):
    _, result = tournament
    for label in PLAYED:
        agents = [one.agent for one in result.ratings if one.protocol == label]
        assert agents == list(AGENTS), label


def test_all_pairs_meet_in_both_seats_and_no_agent_meets_itself(tournament):
    run, result = tournament
    assert len(result.overseen.records) == run.plays
    for label, games in [(PLAYED[0], 8 * 6), (PLAYED[1], 8 * 2 * 3), (PLAYED[2], 8 * 6)]:
        pairs = Counter((one.first, one.second) for one in result.games if one.protocol == label)
        assert pairs.total() == games
        assert len(set(pairs.values())) == 1
        assert all(first != second for first, second in pairs)


def test_measure_ratings_reads_the_games_of_a_run(tournament, capsys):
    _, result = tournament
    words = [str(result.folder / "games.jsonl"), "--json"]
    ratings.main(words, standalone_mode=False)
    players = json.loads(capsys.readouterr().out)["players"]
    found = [(one["protocol"], one["player"], one["rating"], one["low"]) for one in players]
    assert found == [(r.protocol, r.agent, r.rating.value, r.rating.low) for r in result.ratings]


def test_the_measures_of_a_run_have_the_ratings_of_its_tournament(tournament):
    _, result = tournament
    assert [(one.protocol, one.player) for one in result.measures.ratings] == [
        (one.protocol, one.player) for one in result.ratings
    ]


def test_a_loaded_tournament_has_the_same_games(tournament):
    run, result = tournament
    loaded = truing.load(result.folder)
    assert (loaded.games, loaded.ratings) == (result.games, result.ratings)
    before = (result.folder / "judgements.jsonl").stat().st_mtime_ns
    assert truing.run(run, out=result.folder).games == result.games
    assert (result.folder / "judgements.jsonl").stat().st_mtime_ns == before, "nothing is played"


def test_a_swiss_run_never_depends_on_the_truth(tmp_path, own_store):
    """With other correct answers, the pairs, games and ratings are the same."""
    items = load_questions("cases,count=4").questions

    def played(name, truth):
        run = truing.Oversight(
            protocols="debate,rounds=1,quotes=1",
            questions=[replace(one) for one in items],
            truth=truth,
            judge="truing/judge",
            debater=[*AGENTS, "truing/debater:skill=0.3"],
            tournament="swiss",
        )
        result = truing.run(run, out=tmp_path / name)
        assert len(result.overseen.records) == run.plays == 4 * 4
        return result

    one, other = played("one", [0, 1, 0, 1]), played("other", [1, 0, 1, 0])
    assert one.games == other.games
    assert rate_games(one.games) == rate_games(other.games)
    assert one.overseen.transcripts == other.overseen.transcripts
