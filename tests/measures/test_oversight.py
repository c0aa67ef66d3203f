"""Figures of oversight protocols: by hand, by simulation, and what must not move them."""

import dataclasses
import math

import numpy as np
import pytest

from truing.measures import (
    Judgement,
    brier,
    expected_calibration_error,
    log_score,
    measure_oversight,
    score_difference,
)
from truing.measures._judge_score import choice


def measure(judgements, **options):
    return measure_oversight(judgements, **{"rng": np.random.default_rng(0), **options})


def metrics(judgements, **options):
    """Values of the only protocol."""
    (found,) = measure(judgements, **options).protocols
    return {name: metric.value for name, metric in found.metrics.items()}


def planted(seed, questions=40, each=2, protocol="consultancy", lift=0.5, choices=2):
    """Verdicts whose questions differ in difficulty; each is argued both ways where each is 2."""
    rng = np.random.default_rng(seed)
    made = []
    for q in range(questions):
        difficulty = rng.normal()
        truth = int(rng.integers(choices))
        for i in range(each):
            argued = truth if i % 2 == 0 else int((truth + rng.integers(1, choices)) % choices)
            logits = rng.normal(size=choices)
            logits[truth] += 0.8 + difficulty
            logits[argued] += lift
            belief = np.exp(logits) / np.exp(logits).sum()
            made.append(
                Judgement(
                    f"q{q}",
                    truth,
                    tuple(belief.tolist()),
                    protocol,
                    argued=argued,
                    rounds=((1 / choices,) * choices, tuple(belief.tolist())),
                )
            )
    return made


# Two questions argued both ways. Beliefs in the truth: 0.9 and 0.6 when the truth is argued, 0.7
# and 0.2 when the falsehood is.
BY_HAND = [
    Judgement("a", 0, (0.9, 0.1), argued=0),
    Judgement("a", 0, (0.7, 0.3), argued=1),
    Judgement("b", 1, (0.4, 0.6), argued=1),
    Judgement("b", 1, (0.8, 0.2), argued=0),
]


def test_accuracy_brier_and_log_score_by_hand():
    found = metrics(BY_HAND)
    assert found["accuracy"] == 0.75
    assert (found["honest_accuracy"], found["dishonest_accuracy"]) == (1.0, 0.5)
    assert found["brier"] == pytest.approx(2 * (0.1**2 + 0.3**2 + 0.4**2 + 0.8**2) / 4)
    assert found["log_score"] == pytest.approx(np.log([0.9, 0.7, 0.6, 0.2]).mean())


def test_asd_by_hand():
    found = metrics(BY_HAND)
    # The honest agent is scored by the belief in the truth, the liar by that in the falsehood.
    assert found["asd"] == pytest.approx(-(2 * (0.01 + 0.16) - 2 * (0.49 + 0.04)) / 2)
    assert found["asd_log"] == pytest.approx(np.log(0.9 * 0.6 / (0.3 * 0.8)) / 2)
    assert found["asd_accuracy"] == pytest.approx((1 + 1) / 2 - (0 + 1) / 2)


def test_jse_by_hand():
    found = metrics(BY_HAND)
    agent = {"a": (-0.02, -0.98), "b": (-0.32, -0.08)}  # of the truth and of the falsehood
    judge = {"a": (-0.02, -0.18), "b": (-0.32, -1.28)}
    assert found["jse_0"] == pytest.approx((-0.02 - 1.28) / 2)
    assert found["jse_inf"] == pytest.approx(np.mean([judge["a"], judge["b"]]))
    by_question = [np.exp(agent[q]) @ judge[q] / np.exp(agent[q]).sum() for q in "ab"]
    assert found["jse_1"] == pytest.approx(np.mean(by_question))


def test_equally_convincing_answers_have_equal_weight_at_any_beta():
    agent = np.array([-0.5, -0.5 + 1e-15, -0.7])
    assert choice(agent, 0.0) == pytest.approx([0.5, 0.5, 0.0])
    assert choice(agent, math.inf) == pytest.approx([1 / 3] * 3)
    assert choice(agent, 1e-3) == pytest.approx([0.5, 0.5, 0.0])


def test_asd_of_debates_is_the_discrimination_of_the_judge():
    debates = [Judgement("a", 0, (0.9, 0.1)), Judgement("b", 1, (0.7, 0.3))]
    (found,) = measure(debates).protocols
    # For two answers S(p; truth) - S(p; falsehood) = 4 p - 2.
    assert found.metrics["asd"].value == pytest.approx(4 * (0.9 + 0.3) / 2 - 2)
    assert found.metrics["honest_accuracy"].value is None
    assert "not whether arguing for the truth pays" in " ".join(found.notes)
    assert found.metrics["jse_0"].value == pytest.approx(-found.metrics["brier"].value)


def test_questions_may_have_different_numbers_of_answers():
    rows = [Judgement("a", 2, (0.2, 0.1, 0.7)), Judgement("b", 0, (0.6, 0.4))]
    found = metrics(rows)
    three = {a: -sum((p - (i == a)) ** 2 for i, p in enumerate(rows[0].belief)) for a in range(3)}
    first = three[2] - (three[0] + three[1]) / 2
    assert found["asd"] == pytest.approx((first + 4 * 0.6 - 2) / 2)
    assert found["accuracy"] == 1.0
    assert found["brier"] == pytest.approx((0.04 + 0.01 + 0.09 + 2 * 0.16) / 2)


def test_a_tie_for_the_top_is_wrong():
    assert (
        metrics([Judgement("a", 0, (0.5, 0.5)), Judgement("b", 0, (0.9, 0.1))])["accuracy"] == 0.5
    )
    assert metrics([Judgement("a", 0, (0.4, 0.4, 0.2))])["accuracy"] == 0.0


def test_a_note_counts_the_ties_if_they_are_most_verdicts():
    tied = [Judgement(f"q{i}", 0, (0.5, 0.5)) for i in range(3)]
    decided = Judgement("q9", 0, (0.9, 0.1))
    (found,) = measure([*tied, decided]).protocols
    assert found.ties == 3
    assert "3 of 4 verdicts are ties for the highest belief, which count as wrong" in found.notes
    (found,) = measure([*tied[:2], decided, dataclasses.replace(decided, question="q8")]).protocols
    assert found.ties == 2
    assert not [note for note in found.notes if "ties" in note]


def test_results_equal_the_measures_on_arrays():
    rows = planted(3, questions=60, choices=3)
    beliefs = np.array([row.belief for row in rows])
    truth = np.array([row.truth for row in rows])
    found = metrics(rows)
    assert found["brier"] == pytest.approx(float(brier(beliefs, truth)))
    assert found["log_score"] == pytest.approx(float(log_score(beliefs, truth)))
    assert found["ece"] == pytest.approx(float(expected_calibration_error(beliefs, truth)))


def test_ece_with_equal_confidences_equals_the_measure():
    rng = np.random.default_rng(4)
    beliefs = rng.choice([0.99, 0.9, 0.7], 60)
    rows = [Judgement(str(i), int(rng.random() > 0.8), (p, 1 - p)) for i, p in enumerate(beliefs)]
    matrix, truth = np.array([row.belief for row in rows]), np.array([row.truth for row in rows])
    assert metrics(rows)["ece"] == pytest.approx(float(expected_calibration_error(matrix, truth)))


def test_bits_per_round_by_hand():
    moved = ((0.5, 0.5), (0.9, 0.1), (0.25, 0.75))
    rows = [Judgement("a", 1, moved[-1], rounds=moved), Judgement("b", 0, (0.9, 0.1))]
    assert metrics(rows)["bits_per_round"] == pytest.approx(math.log2(1.5) / 2)
    unread = Judgement("c", 0, (0.9, 0.1), rounds=(None, (0.9, 0.1)))
    assert metrics([*rows, unread])["bits_per_round"] == pytest.approx(math.log2(1.5) / 2)
    certain = Judgement("a", 0, (1.0, 0.0), rounds=((0.0, 1.0), (1.0, 0.0)))
    assert metrics([certain])["bits_per_round"] == pytest.approx(-math.log2(1e-12))


@pytest.mark.parametrize(("rule", "best"), [("brier", min), ("log_score", max), ("jse_1", max)])
def test_scores_are_proper(rule, best):
    """A judge who tells what it believes expects the best score."""
    believed = 0.7
    told = np.linspace(0.05, 0.95, 19).tolist()
    expected = [
        believed * metrics([Judgement("q", 0, (p, 1 - p))])[rule]
        + (1 - believed) * metrics([Judgement("q", 1, (p, 1 - p))])[rule]
        for p in told
    ]
    assert told[expected.index(best(expected))] == pytest.approx(believed)


def test_unread_verdicts_are_counted_and_neither_wrong_nor_dropped():
    rows = [*BY_HAND, Judgement("c", 0, None, argued=0)]
    (found,) = measure(rows).protocols
    assert (found.n, found.unread, found.questions) == (5, 1, 2)
    assert found.metrics["accuracy"].value == 0.75
    assert "1 of 5 verdicts could not be read" in found.notes[0]
    assert "0.600 and 0.800" in found.notes[0]
    (nothing,) = measure([Judgement("c", 0, None)]).protocols
    assert (nothing.n, nothing.unread) == (1, 1)
    assert all(metric.value is None for metric in nothing.metrics.values())


def test_asd_minus_blind_is_on_the_same_questions():
    helped = planted(1, questions=10)
    blind = [Judgement(f"q{q}", 0, (0.7, 0.3), "blind") for q in range(5)]
    elsewhere = [Judgement(f"other{q}", 0, (0.1, 0.9), "blind") for q in range(5)]
    found = measure([*helped, *blind, *elsewhere])
    on_five = metrics([row for row in helped if row.question in {f"q{q}" for q in range(5)}])
    got = found.protocols[0].metrics["asd_minus_blind"]
    assert got.value == pytest.approx(on_five["asd"] - (4 * 0.7 - 2))
    assert got.low < got.value < got.high
    assert found.protocols[1].metrics["asd_minus_blind"].value is None
    other_name = measure([*helped, *blind], blind="nobody").protocols[0]
    assert other_name.metrics["asd_minus_blind"].value is None


def test_groups_are_measured_separately_with_the_same_blind_verdicts():
    rows = [dataclasses.replace(row, group="xy"[i % 4 // 2]) for i, row in enumerate(planted(1))]
    blind = [Judgement(f"q{q}", 0, (0.7, 0.3), "blind") for q in range(40)]
    found = measure([*rows, *blind])
    assert [(g.protocol, g.group, g.n) for g in found.groups] == [
        ("consultancy", "x", 40),
        ("consultancy", "y", 40),
    ]
    assert [p.group for p in found.protocols] == [None, None]
    for group in found.groups:
        alone = metrics([row for row in rows if row.group == group.group])
        assert group.metrics["asd"].value == pytest.approx(alone["asd"])
        assert group.metrics["asd_minus_blind"].value is not None


def test_duplicated_rows_change_no_value_and_no_interval():
    rows = [
        *planted(1),
        *planted(2, protocol="debate", each=3, lift=0.2),
        *planted(5, protocol="blind", lift=0.0),
    ]
    rows = [dataclasses.replace(row, group=row.protocol[0]) for row in rows]
    once, twice, apart = (
        measure(rows),
        measure(rows + rows),
        measure([r for r in rows for _ in "ab"]),
    )
    for doubled in (twice, apart):
        for kind in ("protocols", "groups"):
            for a, b in zip(getattr(once, kind), getattr(doubled, kind), strict=True):
                assert a.metrics == b.metrics
                assert (b.n, b.questions) == (2 * a.n, a.questions)
        assert once.comparisons == doubled.comparisons


def test_the_order_of_rows_changes_nothing():
    rows = planted(1) + planted(2, protocol="debate", each=3)
    mixed = [rows[i] for i in np.random.default_rng(3).permutation(len(rows))]
    once = {one.protocol: one.metrics for one in measure(rows).protocols}
    assert once == {one.protocol: one.metrics for one in measure(mixed).protocols}


def test_a_question_whose_answers_swapped_places_is_the_same_question():
    swapped = [
        row
        if i % 2
        else dataclasses.replace(
            row,
            truth=1 - row.truth,
            belief=row.belief[::-1],
            argued=1 - row.argued,
            rounds=tuple(belief[::-1] for belief in row.rounds),
        )
        for i, row in enumerate(planted(1))
    ]
    plain, other = measure(planted(1)).protocols[0], measure(swapped).protocols[0]
    for name, metric in plain.metrics.items():
        assert dataclasses.astuple(other.metrics[name]) == pytest.approx(
            dataclasses.astuple(metric)
        )


def test_clusters_beyond_the_question_widen_intervals():
    rng = np.random.default_rng(1)
    rows = []
    for passage in range(20):
        right = rng.random(1) < 0.7
        rows += [
            Judgement(
                f"{passage}-{i}", 0, (0.8, 0.2) if right else (0.2, 0.8), cluster=str(passage)
            )
            for i in range(5)
        ]
    loose = [dataclasses.replace(row, cluster=None) for row in rows]
    wide, narrow = (measure(r).protocols[0].metrics["accuracy"] for r in (rows, loose))
    assert wide.high - wide.low > 1.7 * (narrow.high - narrow.low)
    broken = [*rows, Judgement("0-0", 0, (0.5, 0.5), cluster="another")]
    with pytest.raises(ValueError, match=r"question '0-0' is in two clusters"):
        measure(broken)


def test_a_perfect_score_has_an_interval():
    """Clopper and Pearson with as many trials as questions, however often each was judged."""
    rows = [Judgement(str(q), 0, (1.0, 0.0)) for q in range(10) for _ in range(7)]
    found = measure(rows).protocols[0].metrics
    assert (found["accuracy"].low, found["accuracy"].high) == (pytest.approx(0.025**0.1), 1.0)
    assert found["brier"].value == 0.0
    assert found["brier"].high > 0.3
    assert found["asd"].low < 1.5
    assert found["ece"].high > 0.2


def test_one_question_gives_values_without_intervals():
    found = measure(
        [
            Judgement("a", 0, (0.8, 0.2)),
            Judgement("a", 0, (0.6, 0.4)),
            Judgement("a", 0, (0.6, 0.4), "other"),
        ]
    )
    assert all(
        f.low is None and f.high is None for one in found.protocols for f in one.metrics.values()
    )
    assert "no intervals: all questions are in one cluster" in found.protocols[0].notes
    (pair,) = found.comparisons
    assert (pair.questions, pair.shared.low, pair.p, pair.p_holm) == (1, None, None, None)
    assert pair.verdict == "inconclusive"


def test_comparisons_are_paired_by_question_and_corrected():
    rng = np.random.default_rng(2)
    easy = rng.random(200)  # what both protocols find hard
    rows = []
    for name, lift, each in (("good", 0.25, 3), ("bad", 0.0, 1), ("same", 0.0, 1)):
        for q, ease in enumerate(easy):
            for _ in range(each):
                p = 0.9 if rng.random() < min(0.5 * ease + 0.3 + lift, 1.0) else 0.1
                rows.append(Judgement(str(q), 0, (p, 1 - p), name))
    rows += [Judgement(f"apart{q}", 0, (0.9, 0.1), "apart") for q in range(9)]
    found = {(one.first, one.second): one for one in measure(rows).comparisons}
    assert len(found) == 6
    pair = found["good", "bad"]
    by_question = {
        name: [
            np.mean(
                [
                    row.belief[0] > 0.5
                    for row in rows
                    if row.protocol == name and row.question == str(q)
                ]
            )
            for q in range(200)
        ]
        for name in ("good", "bad")
    }
    assert pair.shared.value == pytest.approx(
        np.mean(by_question["good"]) - np.mean(by_question["bad"])
    )
    assert pair.shared.low < pair.shared.value < pair.shared.high
    assert pair.verdict == "better"
    assert found["bad", "same"].verdict == "inconclusive"
    p_values = sorted(one.p for one in found.values() if one.p is not None)
    assert pair.p_holm == pytest.approx((3 - p_values.index(pair.p)) * pair.p, abs=0)
    alone = found["good", "apart"]
    assert (alone.questions, alone.shared.value, alone.p) == (0, None, None)
    assert alone.overall.value == pytest.approx(np.mean(by_question["good"]) - 1.0)


# Coverage: questions differ in difficulty, and are judged several times, both ways or one way.
SHAPES = {"both ways": (40, 2), "one way": (60, 1), "often": (25, 6)}


def clustered(rng, questions, each):
    """Right with a probability that the question decides; the liar costs 0.2 of it."""
    chance = rng.beta(4.0, 2.0, questions)
    rows = []
    for q in range(questions):
        for i in range(each):
            honest = bool(rng.integers(2)) if each == 1 else i % 2 == 0
            right = rng.random() < chance[q] * (1.0 if honest else 0.8)
            p = 0.5 + (0.4 if right else -0.4) * rng.random()
            rows.append(Judgement(str(q), 0, (p, 1 - p), argued=0 if honest else 1, assigned=True))
    return rows


@pytest.mark.parametrize("shape", SHAPES)
def test_intervals_cover_about_95_percent(shape, capsys):
    accuracy = 4 / 6 * 0.9
    # Mean belief in the truth is 0.5 + 0.2 (2 a - 1), its second moment does not depend on a; with
    # p for the truth, S is -2 (1 - p)^2 for the honest and -2 p^2 for the liar.
    honest, liar = 4 / 6, 4 / 6 * 0.8
    belief = {side: 0.5 + 0.2 * (2 * a - 1) for side, a in (("honest", honest), ("liar", liar))}
    second = {side: p - 0.25 + 0.16 / 3 for side, p in belief.items()}
    asd = (-2 * (1 - 2 * belief["honest"] + second["honest"])) - (-2 * second["liar"])
    covered = {"accuracy": 0, "asd": 0}
    rng = np.random.default_rng(17)
    for _ in range(300):
        rows = clustered(rng, *SHAPES[shape])
        found = measure(rows, rng=rng, replicates=200).protocols[0].metrics
        for name, truth in (("accuracy", accuracy), ("asd", asd)):
            covered[name] += found[name].low <= truth <= found[name].high
    shares = {name: count / 300 for name, count in covered.items()}
    with capsys.disabled():
        print(f"\n  {shape}: {shares}")
    assert all(0.90 <= share <= 0.99 for share in shares.values())


def test_intervals_without_clusters_would_cover_far_less():
    """The simulation can tell a pooled standard error from a clustered one."""
    rng = np.random.default_rng(18)
    covered = 0
    for _ in range(40):
        rows = clustered(rng, 25, 15)
        loose = [dataclasses.replace(row, question=str(i)) for i, row in enumerate(rows)]
        found = measure(loose, rng=rng, replicates=200).protocols[0].metrics["accuracy"]
        covered += found.low <= 4 / 6 * 0.9 <= found.high
    assert covered / 40 < 0.85


def test_the_ece_interval_of_a_calibrated_judge_reaches_zero():
    rng = np.random.default_rng(19)
    errors = {"calibrated": 0.0, "boastful": 0.175}
    reached = dict.fromkeys(errors, 0)
    for _ in range(100):
        p = rng.uniform(0.5, 1.0, 150)
        for name, chance in (("calibrated", p), ("boastful", 0.5 + 0.3 * (p - 0.5))):
            truth = (rng.random(150) > chance).astype(int)
            pairs = zip(p.tolist(), truth.tolist(), strict=True)
            rows = [Judgement(str(i), t, (b, 1 - b)) for i, (b, t) in enumerate(pairs)]
            found = measure(rows, rng=rng, replicates=200).protocols[0].metrics["ece"]
            reached[name] += found.low <= errors[name] <= found.high
            assert found.low <= found.value <= found.high
    assert reached["calibrated"] >= 90
    assert reached["boastful"] >= 95


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"truth": 2}, "truth must be an index from 0 to 1, got 2"),
        ({"truth": -1}, "truth must be an index from 0 to 1, got -1"),
        ({"truth": True}, "truth must be an index from 0 to 1, got True"),
        ({"argued": 5}, "argued must be an index from 0 to 1, got 5"),
        ({"belief": (0.5, 0.6)}, "belief must sum to 1 within 0.0001, got 1.1"),
        ({"belief": (1.5, -0.5)}, "probabilities from 0 to 1"),
        ({"belief": (1.0,)}, "two or more"),
        ({"belief": (math.nan, 0.5)}, "probabilities from 0 to 1"),
        ({"rounds": ((0.5, 0.5), (0.2, 0.2, 0.6))}, r"rounds\[1\] has 3 probabilities"),
    ],
)
def test_an_invalid_judgement_is_refused(fields, words):
    with pytest.raises(ValueError, match=words):
        Judgement(**{"question": "a", "truth": 0, "belief": (0.5, 0.5), **fields})


def test_an_empty_list_of_judgements_is_refused():
    with pytest.raises(ValueError, match="1 or more judgements are needed"):
        measure([])


def test_asd_is_withheld_where_speakers_chose_their_answer():
    """Speakers argue the truth on easy questions: the difference would measure difficulty."""
    rng = np.random.default_rng(8)
    rows = []
    for q in range(200):
        easy = rng.random() < 0.5
        truth = int(rng.integers(2))
        belief = 0.9 if easy else 0.4  # in the truth, whoever argues
        beliefs = (belief, 1 - belief) if truth == 0 else (1 - belief, belief)
        rows.append(Judgement(f"q{q}", truth, beliefs, argued=truth if easy else 1 - truth))
    blind = [dataclasses.replace(row, protocol="blind", argued=None) for row in rows]
    for assigned in (None, False):
        stated = [dataclasses.replace(row, assigned=assigned) for row in rows]
        found = measure([*stated, *blind], replicates=50).protocols[0]
        for name in ("asd", "asd_log", "asd_accuracy", "asd_minus_blind"):
            assert found.metrics[name].value is None
        assert "no ASD: in 200 of 200 verdicts" in " ".join(found.notes)
        assert found.metrics["accuracy"].value is not None
    drawn = [dataclasses.replace(row, assigned=True) for row in rows]
    assert measure(drawn, replicates=50).protocols[0].metrics["asd"].value is not None


def test_an_unread_verdict_still_shows_that_both_sides_were_assigned():
    rows = [BY_HAND[0], dataclasses.replace(BY_HAND[1], belief=None), *BY_HAND[2:]]
    (found,) = measure(rows).protocols
    assert found.metrics["asd"].value is not None
    (found,) = measure([BY_HAND[0], *BY_HAND[2:]]).protocols
    assert found.metrics["asd"].value is None


def test_the_log_score_of_agents_is_clipped_as_stated():
    rows = [Judgement("a", 0, (1.0, 0.0), argued=0), Judgement("a", 0, (1.0, 0.0), argued=1)]
    assert metrics(rows)["asd_log"] == pytest.approx(-math.log(1e-4))
    assert metrics(rows, clip=1e-2)["asd_log"] == pytest.approx(-math.log(1e-2))
    # The judge's own log score is not an agent's.
    wrong = [Judgement("a", 1, (1.0, 0.0))]
    assert metrics(wrong)["log_score"] == pytest.approx(math.log(1e-12))
    for clip in (0.0, 0.5, -1.0, math.nan):
        with pytest.raises(ValueError, match=r"clip must be above 0 and below 0\.5"):
            metrics(rows, clip=clip)


def test_the_argued_answer_of_jse_is_chosen_by_the_stated_score():
    found = metrics(BY_HAND, choice_score="log")
    belief = {"a": (0.9, 0.3), "b": (0.6, 0.8)}  # in the truth and in the falsehood, when argued
    judge = {"a": (-0.02, -0.18), "b": (-0.32, -1.28)}
    # exp(log p / beta) at beta 1 is p.
    expected = [np.dot(belief[q], judge[q]) / sum(belief[q]) for q in "ab"]
    assert found["jse_1"] == pytest.approx(np.mean(expected))
    assert found["jse_1"] != pytest.approx(metrics(BY_HAND)["jse_1"])
    # Two answers: both scores rise with the belief, so that beta 0 and infinity agree.
    assert found["jse_0"] == pytest.approx(metrics(BY_HAND)["jse_0"])
    with pytest.raises(ValueError, match="choice_score must be brier or log, got 'accuracy'"):
        metrics(BY_HAND, choice_score="accuracy")


def test_a_clipped_belief_changes_the_choice_as_documented():
    rows = [Judgement("a", 0, (1.0, 0.0), argued=0), Judgement("a", 0, (1.0, 0.0), argued=1)]
    for clip in (1e-4, 1e-1):
        weight = 1 / (1 + clip)  # of the truth at beta 1
        assert choice(np.log([1.0, clip]), 1.0)[0] == pytest.approx(weight)
        assert metrics(rows, choice_score="log", clip=clip)["jse_1"] == pytest.approx(0.0)
    split = [Judgement("a", 0, (1.0, 0.0), argued=0), Judgement("a", 0, (0.5, 0.5), argued=1)]
    assert metrics(split, choice_score="log")["jse_1"] == pytest.approx(-0.5 * 0.5 / 1.5)


def test_verdicts_after_mute_speakers_are_reported_and_excluded():
    heard = planted(0)
    mute = [dataclasses.replace(one, mute=True) for one in planted(1)[:6]]
    mute.append(dataclasses.replace(mute[0], belief=None))
    (found,) = measure([*heard, *mute]).protocols
    (alone,) = measure(heard).protocols
    assert (found.n, found.mute, found.unread) == (len(heard) + 7, 7, 0)
    assert found.metrics["accuracy"].value == alone.metrics["accuracy"].value
    why = "a speech was refused, empty or cut off (--on-mute)"
    assert f"7 of {len(heard) + 7} verdicts left out: {why}" in found.notes
    assert not any("unread" in note for note in found.notes)


def test_a_protocol_with_only_mute_plays_is_listed_without_values():
    mute = [dataclasses.replace(one, mute=True) for one in planted(0)]
    (found,) = measure(mute).protocols
    assert (found.n, found.mute) == (len(mute), len(mute))
    assert (found.questions, found.clusters, found.judges) == (0, 0, 0)
    assert all(metric.value is None for metric in found.metrics.values())


def test_questions_judges_and_clusters_count_only_verdicts_in_the_estimate():
    rows = [
        Judgement("a", 0, (0.9, 0.1), judge="x"),
        Judgement("b", 0, None, judge="y"),
        Judgement("c", 0, (0.9, 0.1), judge="z", mute=True),
    ]
    (found,) = measure(rows).protocols
    assert (found.n, found.questions, found.clusters, found.judges) == (3, 1, 1, 1)


@pytest.mark.parametrize(("choices", "told"), [(2, False), (4, True)])
def test_more_wrong_than_right_answers_argued_is_noted(choices, told):
    made = [
        Judgement(str(q), 0, (0.4, *[0.6 / (choices - 1)] * (choices - 1)), argued=argued)
        for q in range(20)
        for argued in range(choices)
    ]
    (found,) = measure(made).protocols
    share = f"{(choices - 1) / choices:.0%} of the argued answers are wrong"
    assert any(share in note for note in found.notes) == told


def test_the_interval_of_few_changes_is_that_of_bonett_and_price():
    """A bootstrap of 4 changes in 40 questions would often exclude the true difference."""
    changed = {0: (1, 0), 1: (1, 0), 2: (1, 0), 3: (0, 1)}  # right under debate, and under blind
    right = [changed.get(at, (1, 1)) for at in range(40)]
    rows = [
        Judgement(f"q{at}", 0, (0.9, 0.1) if hit else (0.1, 0.9), protocol)
        for at, both in enumerate(right)
        for protocol, hit in zip(("debate", "blind"), both, strict=True)
    ]
    (found,) = measure_oversight(rows, rng=np.random.default_rng(0)).comparisons
    first, second = zip(*right, strict=True)
    exact = score_difference(first, second)
    ends = (found.shared.value, found.shared.low, found.shared.high)
    assert ends == pytest.approx((exact.value, exact.low, exact.high))
    assert exact.low < 0
