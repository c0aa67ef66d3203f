"""Self-play: do debaters that learn to win before a judge become truthful, or do they hack it?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Annotated, Any, Literal

import numpy as np
from scipy.special import stdtrit

from truing.arguments import ShareOrZero, Within
from truing.errors import UserError
from truing.oversight.games._game import GameValues, Outcome, PlayGame, SampledValue, Watcher, game
from truing.oversight.games._prover_verifier import Toy, enumerate_pure
from truing.oversight.pixels import load_images, train_judge
from truing.oversight.self_play import CasesWorld, PixelWorld, Training, VerifierWorld, World, train

WorldName = Literal["cases", "consultancy", "prover-verifier", "pixels"]
LearnerName = Literal["policy-gradient", "expert-iteration"]
RATES = {"policy-gradient": 2.0, "expert-iteration": 0.1}
JUDGE_RATES = {"cases": 1.0, "consultancy": 1.0, "prover-verifier": 5.0}
PLACES, PRIOR = 2, 0.5  # of the prover-verifier game
SIDE, IMAGES = 4, 30  # height and width of small images, and their number


@game("self-play")
def self_play(
    world: WorldName = "cases",
    learner: LearnerName = "policy-gradient",
    judge: Literal["fixed", "learning"] = "fixed",
    bias: Annotated[float, Within("[0, 20]")] = 0.0,
    bluffs: bool = False,
    skill: ShareOrZero = 0.8,
    erasure: ShareOrZero = 0.0,
    pixels: Annotated[int, Within("[2, 4]", step=2)] = 2,
    steps: Annotated[int, Within("[1, 100000]")] = 500,
    games: Annotated[int, Within("[1, 100000]")] = 200,
    seeds: Annotated[int, Within("[2, 1000]")] = 10,
    learning_rate: Annotated[float, Within("(0, 100]")] | None = None,
) -> PlayGame:
    """Honest and dishonest sides learn to win before a judge; who wins, over training?

    Both sides start with uniformly random play. Their policies are tables, and all values are exact
    for the policies at a checkpoint; the intervals cover seeds of the training (Student's t). Where
    the optimal play can be computed, it is stated beside.

    Worlds: `cases` is a debate between the embedded agents' sides about cases with 5 clues: each
    side shows up to 2 clues that point to its answer and states a certainty. `consultancy` is the
    same with one side, honest or dishonest. `prover-verifier` is the game of that name with 2
    places (Anil et al. 2021). `pixels` is a debate about digits reduced to 4 x 4 pixels (Irving et
    al. 2018).

    Args:
        world: the game that is played.
        learner: how both sides learn: REINFORCE (Williams 1992), or by imitating the actions of
            won games (after Anthony, Tian & Barber 2017, whose expert is a tree search).
        judge: whether the judge learns, too, by the gradient of its expected log loss (in
            `prover-verifier`, of its accuracy).
        bias: planted weight of a stated certainty in the judge's log-odds (cases, consultancy).
        bluffs: whether the honest side, too, may state a high certainty (cases, consultancy).
        skill: probability that the judge understands a clue (cases, consultancy).
        erasure: probability that the verifier sees nothing (prover-verifier).
        pixels: number of pixels shown (pixels).
        steps: number of updates.
        games: number of games of each seed in an update.
        seeds: number of independent trainings.
        learning_rate: step size of the sides; by default 2 for policy gradient, 0.1 for expert
            iteration.
    """
    if world == "pixels" and judge == "learning":
        raise UserError("judge must be fixed with world=pixels, got 'learning'")
    judge_rate = JUDGE_RATES[world] if judge == "learning" else 0.0
    training = Training(learner, steps, games, seeds, learning_rate or RATES[learner], judge_rate)
    worlds: dict[WorldName, Callable[[np.random.Generator], World]] = {
        "cases": lambda rng: CasesWorld(5, 2, skill, bias, True, bluffs),
        "consultancy": lambda rng: CasesWorld(5, 2, skill, bias, False, bluffs),
        "prover-verifier": lambda rng: _verifiers(erasure, leads=judge == "fixed"),
        "pixels": lambda rng: _small_images(pixels, rng),
    }

    def play(rng: np.random.Generator, watch: Watcher) -> Outcome:
        made = worlds[world](rng)
        measured = train(made, training, rng, watch)
        return Outcome({**_over_training(measured), **made.exact()}, notes=(*made.notes, NOTE))

    return play


NOTE = (
    "By number of updates. Simulated: all players are programs. Exploitability is what the sides "
    "(in prover-verifier also the verifier) together gain by a best response; 0 is an equilibrium."
)


def _over_training(measured: Mapping[int, Mapping[str, np.ndarray]]) -> dict[str, GameValues]:
    """Each value by checkpoint, with an interval over seeds."""
    names = next(iter(measured.values()))
    return {
        name: {str(step): _over_seeds(found[name]) for step, found in measured.items()}
        for name in names
    }


def _over_seeds(values: np.ndarray) -> SampledValue:
    """Mean over seeds with its 95% interval by Student's t."""
    mean, count = float(values.mean()), len(values)
    wide = stdtrit(count - 1, 0.975) * values.std(ddof=1) / np.sqrt(count)
    return SampledValue(mean, float(mean - wide), float(mean + wide), count)


def _verifiers(erasure: float, leads: bool) -> VerifierWorld:
    """The prover-verifier game; a leading verifier's answers are optimal against every prover."""
    toy = Toy.make(PLACES, PRIOR, erasure)
    pure = enumerate_pure(toy)
    found: dict[str, Mapping[str, Any]] = {
        "optimal_play_verifier_leads": pure.verifier_leads(),
        "optimal_play_simultaneous": pure.nash(),
        "optimal_play_prover_leads": pure.prover_leads(),
    }
    known = {
        f"{name}_{end}": rates
        for name, values in found.items()
        for end, rates in _ends(values).items()
    }
    return VerifierWorld(toy.prior_X, toy.sees_XMS, pure.best_verifier() if leads else None, known)


def _ends(values: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Rates in the equilibria with the lowest and with the highest of each score."""
    return {
        end: {
            "honest_wins": values["completeness"][end],
            "dishonest_wins": 1 - values["soundness"][other],
            "judge_accuracy": values["accuracy"][end],
        }
        for end, other in (("lowest", "highest"), ("highest", "lowest"))
    }


def _small_images(pixels: int, rng: np.random.Generator) -> PixelWorld:
    """Debates about digits of 4 x 4 pixels; the judge is trained on other digits."""
    source = load_images(None)
    splits, classes = source.task.splits(0), len(source.task.choices)
    whole = np.asarray(source.task.inputs, np.float32).reshape(-1, SIDE, 2, SIDE, 2)
    images = whole.mean(axis=(2, 4)).reshape(len(whole), -1)
    learned = splits.supervise
    known = source.vault.reveal(learned, "supervise")
    judge = train_judge(images[learned], known, classes, pixels, rng)
    items = np.sort(rng.choice(splits.test, IMAGES, replace=False))
    truth = source.vault.reveal(items, "plant")  # for the honest side
    lies = (truth + rng.integers(1, classes, size=IMAGES)) % classes
    views = np.array(list(combinations(range(SIDE**2), pixels)))
    won = np.empty((IMAGES, len(views)), bool)
    for number, item in enumerate(items):
        logits = judge.judge(np.repeat(images[item, None], len(views), axis=0), views)
        won[number] = logits[:, truth[number]] > logits[:, lies[number]]
    return PixelWorld(images[items] > 0, pixels, won)
