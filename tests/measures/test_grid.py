"""Judges, agents and protocols in one set of judgements: rows, comparisons, games and strengths."""

import dataclasses
from itertools import combinations

import numpy as np
import pytest
from scipy.special import ndtr
from sklearn.metrics import f1_score, roc_auc_score

from tests.grids import planted_grid
from truing.measures import (
    Condition,
    Design,
    Judgement,
    games_of,
    holm,
    measure_oversight,
    players_by_title,
)
from truing.measures._contrast import Resampling
from truing.measures._critic_advantage import critic_advantage
from truing.measures._judgements import Verdicts
from truing.measures._macro_f1 import NO_CLASS, classes_of

AGENTS = ["weak", "middle", "strong"]


def measure(judgements, **options):
    return measure_oversight(
        judgements, **{"rng": np.random.default_rng(0), "replicates": 100, **options}
    )


@pytest.fixture(scope="module")
def judgements():
    return planted_grid()


@pytest.fixture(scope="module")
def found(judgements):
    return measure(judgements)


def row_of(found, *names):
    (row,) = [one for one in found.protocols if one.condition == Condition(*names)]
    return row


def test_each_protocol_judge_and_agent_has_a_row(found):
    rows = [(one.judge, one.protocol, one.agent) for one in found.protocols]
    pairs = [f"{a}, {b}" if a != b else a for a in AGENTS for b in AGENTS]
    expected = [("blind", None), *(("consultancy", one) for one in AGENTS)]
    expected += [("debate", one) for one in pairs]
    for judge in ("judge-0", "judge-1"):
        own = [(protocol, agent) for one, protocol, agent in rows if one == judge]
        assert sorted(own, key=str) == sorted(expected, key=str)
    assert rows == sorted(rows, key=lambda one: one[0])  # by judge
    name = row_of(found, "debate", "judge-1", "weak").name
    assert name == "debate by weak, judged by judge-1"


def test_a_row_has_the_values_of_its_judgements(judgements, found):
    row = row_of(found, "consultancy", "judge-1", "strong")
    own = [
        one
        for one in judgements
        if (one.protocol, one.judge, one.agent) == ("consultancy", "judge-1", "strong")
    ]
    (alone,) = measure(own).protocols
    for name in ("accuracy", "asd", "jse_1", "brier", "ase_1", "macro_f1"):
        assert row.metrics[name].value == pytest.approx(alone.metrics[name].value)
    blind = [one for one in judgements if (one.protocol, one.judge) == ("blind", "judge-1")]
    helped = measure([*blind, *own]).protocols[-1]
    for name in ("asd_minus_blind", "obfuscation"):
        assert row.metrics[name].value == pytest.approx(helped.metrics[name].value)


def test_people_with_separate_questions_share_a_row():
    rows = [Judgement(f"q{i}", 0, (0.9, 0.1), judge=f"p{i % 3}", agent=f"a{i}") for i in range(9)]
    (row,) = measure(rows).protocols
    assert (row.name, row.judge, row.agent, row.judges) == ("all", None, None, 3)
    both = [dataclasses.replace(one, judge=name) for one in rows for name in ("p0", "p1")]
    assert [one.judge for one in measure(both).protocols] == ["p0", "p1"]
    (pooled,) = measure(both, pool_judges=True).protocols
    assert (pooled.judge, pooled.judges) == (None, 2)


def test_names_of_a_single_judge_and_agent_are_not_stated():
    one = {"judge": "j", "belief": (0.9, 0.1), "truth": 0}
    rows = [
        Judgement("a", protocol=name, agent=agent, **one)
        for name, agent in (("blind", None), ("consultancy", "x"), ("debate", "y"))
    ]
    found = measure(rows)
    assert [row.name for row in found.protocols] == ["blind", "consultancy", "debate"]
    pairs = [(one.first, one.second) for one in found.comparisons]
    assert pairs == [*combinations(["blind", "consultancy", "debate"], 2)]


def test_comparisons_are_within_a_judge_and_agent_and_one_family(found):
    kinds = {"protocols": 0, "judges": 0, "agents": 0}
    for one in found.comparisons:
        first, second = one.conditions
        kinds[one.between] += 1
        differs = [getattr(first, n) != getattr(second, n) for n in ("protocol", "judge", "agent")]
        if one.between == "protocols":
            assert differs[:2] == [True, False]
            assert first.agent == second.agent or None in (first.agent, second.agent)
        else:
            assert differs == [False, one.between == "judges", one.between == "agents"]
        if one.between == "agents":
            assert not {", "} & set(f"{first.agent}{second.agent}")
    # For each judge: 12 rows against blind, 3 of consultancy against debate; 13 rows of two judges.
    assert kinds == {"protocols": 2 * (12 + 3), "judges": 13, "agents": 2 * 2 * 3}
    expected = holm([one.p for one in found.comparisons])
    assert [one.p_holm for one in found.comparisons] == pytest.approx(expected.tolist())


def test_comparisons_are_paired_on_the_same_questions(judgements, found):
    (pair,) = [
        one
        for one in found.comparisons
        if [one.first, one.second]
        == ["blind, judged by judge-0", "debate by strong, judged by judge-0"]
    ]
    rows = [row_of(found, "blind", "judge-0"), row_of(found, "debate", "judge-0", "strong")]
    values = [one.metrics["accuracy"].value for one in rows]
    assert pair.shared.value == pytest.approx(values[0] - values[1])
    assert pair.questions == 60


def test_a_stronger_judge_and_a_stronger_agent_are_found(found):
    judges = [one for one in found.comparisons if one.between == "judges"]
    assert all(one.shared.value >= 0 for one in judges)
    assert any(one.verdict == "better" for one in judges)
    for players in players_by_title(found.ratings).values():
        assert [player.player for player in players] == AGENTS[::-1]
        low, middle, high = (player.rating for player in players[::-1])
        assert low.high < high.low
        assert low.value < middle.value < high.value


def test_macro_f1_equals_scikit_learn(judgements):
    rng = np.random.default_rng(3)
    for argued in (True, False):
        beliefs = rng.dirichlet(np.ones(4), size=80)
        beliefs[:5] = 0.25  # ties predict no class
        rows = [
            Judgement(
                f"q{i // 2}",
                int(rng.integers(4)),
                tuple(belief),
                argued=int(rng.integers(4)) if argued else None,
                assigned=True,
            )
            for i, belief in enumerate(beliefs.tolist())
        ]
        (row,) = measure(rows).protocols
        true, predicted = classes_of(Verdicts.of(rows))
        labels = sorted({*true.tolist(), *predicted.tolist()} - {NO_CLASS})
        expected = f1_score(true, predicted, labels=labels, average="macro")
        assert row.metrics["macro_f1"].value == pytest.approx(expected)
        assert row.metrics["macro_f1"].low < expected < row.metrics["macro_f1"].high


def test_macro_f1_is_low_for_a_judge_that_accepts_every_answer():
    rows = [
        Judgement(f"q{i}", 0, (0.9, 0.1) if argued == 0 else (0.1, 0.9), argued=argued)
        for i in range(10)
        for argued in (0, 1)
    ]
    metrics = measure(rows).protocols[0].metrics
    assert metrics["accuracy"].value == 0.5
    assert metrics["macro_f1"].value == pytest.approx(1 / 3)


def test_obfuscation_and_clarification_add_up_to_the_gain():
    """Blind: right on a, b, wrong on c, d. After a wrong answer is argued: right on a, c."""
    right, wrong = (0.9, 0.1), (0.2, 0.8)
    blind = [
        Judgement(name, 0, belief, "blind")
        for name, belief in zip("abcd", (right, right, wrong, wrong), strict=True)
    ]
    after = [
        Judgement(name, 0, belief, "consultancy", argued=1, assigned=True)
        for name, belief in zip("abcd", (right, wrong, right, wrong), strict=True)
    ]
    row = measure([*blind, *after]).protocols[1]
    assert row.metrics["obfuscation"].value == 0.25  # b
    clarified = 0.25  # c
    gain = row.metrics["accuracy"].value - 0.5
    assert gain == clarified - row.metrics["obfuscation"].value
    honest = [dataclasses.replace(one, argued=0) for one in after]
    assert measure([*blind, *honest]).protocols[1].metrics["obfuscation"].value is None
    debate = [dataclasses.replace(one, argued=None, agent="x", protocol="debate") for one in after]
    assert measure([*blind, *debate]).protocols[1].metrics["obfuscation"].value == 0.25
    silent = [dataclasses.replace(one, argued=None, protocol="expert") for one in after]
    assert measure([*blind, *silent]).protocols[1].metrics["obfuscation"].value is None


def critiques(questions=120, critic=2.0, judge=0.7, seed=0):
    """Blind verdicts, and critiques with beliefs of a critic, with separations of both."""
    rng = np.random.default_rng(seed)
    made = []
    for q in range(questions):
        truth = int(rng.integers(2))

        def belief(skill, truth=truth):
            p = 1 / (1 + np.exp(-skill - rng.normal()))
            return (p, 1 - p) if truth == 0 else (1 - p, p)

        made.append(Judgement(f"q{q}", truth, belief(judge), "blind"))
        stated = belief(critic)
        made += [
            Judgement(f"q{q}", truth, belief(judge), "critique", side, critic=stated, assigned=True)
            for side in (0, 1)
        ]
    return made


def test_critic_advantage_is_the_difference_of_two_aurocs():
    rows = critiques()
    advantage = measure(rows).protocols[1].metrics["critic_advantage"]
    blind = {one.question: one.belief for one in rows if one.protocol == "blind"}
    plays = [one for one in rows if one.protocol == "critique"]
    right = [one.argued == one.truth for one in plays]
    critic = roc_auc_score(right, [one.critic[one.argued] for one in plays])
    judge = roc_auc_score(right, [blind[one.question][one.argued] for one in plays])
    assert advantage.value == pytest.approx(critic - judge)
    assert 0 < advantage.low < advantage.value < advantage.high
    reverse = measure(critiques(critic=0.7, judge=2.0)).protocols[1].metrics["critic_advantage"]
    assert reverse.high < 0


def test_critic_advantage_needs_both_beliefs():
    rows = critiques(questions=5)
    helped = [one for one in rows if one.protocol == "critique"]
    assert measure(helped).protocols[0].metrics["critic_advantage"].value is None
    silent = [dataclasses.replace(one, critic=None) for one in rows]
    assert measure(silent).protocols[1].metrics["critic_advantage"].value is None


def test_intervals_of_critic_advantage_cover_the_exact_value():
    """Log odds of a right answer are normal around the skill, those of a wrong one around minus it.

    So the AUROC is Phi(sqrt(2) skill). The nominal coverage is 95%.
    """
    exact = float(np.diff(ndtr(np.sqrt(2) * np.array([0.7, 2.0])))[0])
    covered = 0
    for seed in range(60):
        rows = critiques(60, seed=seed)
        verdicts = Verdicts.of(rows)
        blind = np.array([one.protocol == "blind" for one in rows])
        how = Resampling(seed, 0.95, 200)
        found = critic_advantage(verdicts.where(~blind), verdicts.where(blind), how)
        covered += found.covers(exact)
    assert covered >= 52


def test_pairings_have_the_honest_wins_of_each_pair(judgements, found):
    (pair,) = [
        one
        for one in found.pairings
        if (one.judge, one.honest, one.dishonest) == ("judge-1", "weak", "strong")
    ]
    own = [
        one.belief[one.truth] > 0.5
        for one in judgements
        if one.judge == "judge-1" and one.argued_by
        if (one.argued_by[one.truth], one.argued_by[1 - one.truth]) == ("weak", "strong")
    ]
    assert (pair.n, pair.honest_wins.value) == (len(own), pytest.approx(np.mean(own)))
    assert len(found.pairings) == 2 * 9


def test_games_are_verdicts_on_two_different_agents():
    about = {"truth": 0, "argued_by": ("x", "y"), "agent": "x, y"}
    rows = [
        Judgement("a", belief=(0.7, 0.3), **about),
        Judgement("b", belief=(0.5, 0.5), **about),
        Judgement("c", belief=None, **about),
        Judgement("d", 0, (0.7, 0.3), argued_by=("x", "x"), agent="x"),
    ]
    games = games_of(rows)["all", None]
    assert [(one.first, one.second, one.score) for one in games] == [("x", "y", 1), ("x", "y", 0.5)]


def test_the_strength_is_elo_if_games_connect_all_agents_else_ase(judgements, found):
    assert found.strength == "elo"
    row = row_of(found, "consultancy", "judge-0", "strong")
    own = [one for one in found.ratings if one.judge == "judge-0"]
    assert row.strength == own[0].rating
    assert row_of(found, "debate", "judge-0", "strong, weak").strength.value is None
    without = [one for one in judgements if one.protocol != "debate"]
    alone = measure(without)
    assert alone.strength == "ase"
    row = row_of(alone, "consultancy", "judge-0", "strong")
    assert row.strength == row.metrics["ase_1"]
    values = [row_of(alone, "consultancy", "judge-0", agent).strength.value for agent in AGENTS]
    assert values == sorted(values)


def test_the_agent_score_expectation_by_hand():
    """The agent prefers the answer that it argues better, by its Brier score at beta 1."""
    rows = [
        Judgement("a", 0, (0.9, 0.1), argued=0, assigned=True),  # agent score -0.02
        Judgement("a", 0, (0.6, 0.4), argued=1, assigned=True),  # -0.72
    ]
    weights = np.exp([-0.02, -0.72])
    expected = weights @ [-0.02, -0.72] / weights.sum()
    assert measure(rows).protocols[0].metrics["ase_1"].value == pytest.approx(expected)
    debate = [Judgement("a", 0, (0.9, 0.1))]
    weights = np.exp([-0.02, -1.62])
    expected = weights @ [-0.02, -1.62] / weights.sum()
    assert measure(debate).protocols[0].metrics["ase_1"].value == pytest.approx(expected)


def test_agents_are_named_for_each_answer():
    with pytest.raises(ValueError, match="argued_by has 1 names, but there are 2 answers"):
        Judgement("a", 0, (0.9, 0.1), argued_by=("x",))


def test_a_design_states_which_names_vary(judgements):
    design = Design.of(judgements)
    assert (design.by_judge, design.by_agent) == (True, True)
    assert {one.agent for one in design.mixed} == {
        f"{a}, {b}" for a in AGENTS for b in AGENTS if a != b
    }
    one_judge = Design.of([one for one in judgements if one.judge == "judge-0"])
    assert (one_judge.by_judge, one_judge.by_agent) == (False, True)
