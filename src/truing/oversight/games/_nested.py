"""Nested oversight: a chain of guards from weak to strong models, and its best length."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Annotated

import numpy as np

from truing.arguments import OneOf, Within
from truing.errors import UserError
from truing.oversight.games._game import GameValues, Outcome, PlayGame, Published, Watcher, game

START = 1103.0  # general Elo at which the authors' chains start (elo/theory-predictions.ipynb)


@dataclass(frozen=True)
class EloCurve:
    """Elo in an oversight game as a function of general Elo: a line between two plateaus.

    Engels et al. 2025 call it "double ReLU".

    Attributes:
        slope, intercept: slope and intercept of the line.
        low, high: game Elo of the lower and of the upper plateau.
    """

    slope: float
    intercept: float
    low: float = -inf
    high: float = inf

    def __call__(self, general: np.ndarray) -> np.ndarray:
        """Game Elo at a general Elo."""
        return np.clip(self.slope * np.asarray(general) + self.intercept, self.low, self.high)

    @classmethod
    def parse(cls, text: str) -> EloCurve:
        """Parse `slope:intercept` or `slope:intercept:low:high`.

        Raises:
            UserError: the text has another form, or low is above high.
        """
        try:
            parts = [float(part) for part in text.split(":")]
        except ValueError:
            parts = []
        if len(parts) not in (2, 4) or not np.isfinite(parts[:2]).all():
            raise UserError(
                f"curve must be slope:intercept or slope:intercept:low:high, got {text!r}"
            )
        if len(parts) == 4 and not parts[2] <= parts[3]:
            raise UserError(f"low must not be above high in curve {text!r}")
        return cls(*parts)


# Lines (guard, houdini) fitted by the authors, from their repository
# (subhashk01/oversight-scaling-laws, elo/theory-predictions.ipynb, commit 86e693d).
FITS = {
    "mafia": (EloCurve(1.530538225, -622.9317464), EloCurve(0.8344154601, 173.2206143)),
    "debate": (EloCurve(1.098394255, -47.49890599), EloCurve(0.04936115584, 1080.398356)),
    "backdoor-code": (EloCurve(0.7192614625, 552.0221384), EloCurve(1.951824325, -1361.611763)),
    "wargames": (EloCurve(1.166673758, -229.0736687), EloCurve(0.6795738441, 422.0053838)),
}
# The authors choose the form of each fit by AIC (elo/all_analysis.ipynb, same commit): a line, and
# for the houdini of backdoor-code `linear_upper_cut` (AIC 37.78; line 37.81). The third parameter
# is the general Elo above which the curve is constant (elo/elo_utils.py), not the plateau's height.
# The authors' chains use slope and intercept of this fit, without the plateau.
PLATEAU_FROM = {"backdoor-code": 1320.290645}


def with_plateau(domain: str) -> tuple[EloCurve, EloCurve]:
    """Fitted curves of guard and houdini, including the houdini's plateau."""
    guard, houdini = FITS[domain]
    high = float(houdini(np.array(PLATEAU_FROM[domain])))
    return guard, EloCurve(houdini.slope, houdini.intercept, high=high)


# Success of the best chain at a gap of 400: from these fits, and in the paper's second version.
REPOSITORY = {"mafia": 0.1106, "debate": 0.5136, "backdoor-code": 0.2757, "wargames": 0.0980}
ABSTRACT = {"mafia": 0.135, "debate": 0.517, "backdoor-code": 0.100, "wargames": 0.094}


@game("nested-oversight")
def nested_oversight(
    domain: Annotated[str, OneOf(tuple(FITS))] = "debate",
    gap: Annotated[float, Within("(0, inf)")] = 400.0,
    levels: Annotated[int, Within("[1, 100]")] = 10,
    guard: str = "",
    houdini: str = "",
    grid: Annotated[int, Within("[1, 2000]")] = 200,
) -> PlayGame:
    """Success probability and best length of a chain of overseers (Engels et al. 2025).

    A trusted model oversees a slightly stronger model. If it wins, the stronger model is trusted
    and oversees the next model, up to a model `gap` points of general Elo above the first. The
    chain succeeds if every guard wins: P = product over levels i of
    1 / (1 + 10^((houdini(g_i+1) - guard(g_i)) / 400)).

    Source: Engels, Baek, Kantamneni & Tegmark 2025, "Scaling laws for scalable oversight" (arXiv
    2504.18530): Elo in an oversight game is a line in general Elo between two plateaus, fitted
    separately for guard and houdini (the model that tries to escape). Levels are evenly spaced, and
    the best number of levels is searched up to 20. From the paper: the model, the four fits (lines
    without plateaus, in chains that start at a general Elo of 1103) and even spacing. Added here:
    plateaus in chains, and free spacing, which is optimal on a grid by dynamic programming.

    At a gap of 400 the fits in the authors' repository give mafia 0.111 (1 level), debate 0.514
    (1), backdoor-code 0.276 (2) and wargames 0.098 (1) for the best even chain, and this game
    reproduces these values. The second version of the paper states 0.135, 0.517, 0.100 and 0.094,
    which do not follow from these fits; the reason is unknown. The chosen fit of backdoor-code's
    houdini has a plateau that the authors' chains omit; with the plateau the best chain has success
    0.679 (1 level). The results contain both, the second as `with_plateau`.

    Args:
        domain: domain of the fits.
        gap: general Elo between the first guard and the last model.
        levels: maximum number of levels.
        guard, houdini: curve instead of the fit, as slope:intercept[:low:high].
        grid: number of grid points for free spacing, from the first to the last level.
    """
    guards, houdinis = FITS[domain]
    chain = Chain(
        EloCurve.parse(guard) if guard else guards,
        EloCurve.parse(houdini) if houdini else houdinis,
        START,
        gap,
    )
    theirs = not (guard or houdini) and gap == 400 and levels >= 2

    def play(rng: np.random.Generator, watch: Watcher) -> Outcome:
        values = _best_chains(chain, levels, grid)
        notes: tuple[str, ...] = NOTES
        if domain in PLATEAU_FROM and not (guard or houdini):
            other = Chain(*with_plateau(domain), START, gap)
            values = {**values, "with_plateau": _best_chains(other, levels, grid)}
            notes = (*notes, _plateau_note(domain))
        return Outcome(values, _published(domain) if theirs else (), notes)

    return play


NOTES = (
    "Exact for the fitted curves; their uncertainty is not included. The seed is not used.",
    "free_spacing is the optimum on the grid; a grid twice as fine can only increase it.",
)


def _plateau_note(domain: str) -> str:
    plateau = with_plateau(domain)[1].high
    return (
        "even_spacing and free_spacing use the houdini's line, like the authors' chains. "
        "with_plateau uses the fit that the authors chose by AIC (linear_upper_cut, 37.78; line, "
        f"37.81): the same line up to a general Elo of {PLATEAU_FROM[domain]:.0f}, then constant "
        f"at a game Elo of {plateau:.0f}."
    )


def _best_chains(chain: Chain, levels: int, grid: int) -> GameValues:
    even = [chain.success(chain.even(n)) for n in range(1, levels + 1)]
    free, spacing = chain.best_spacing(levels, grid)
    return {
        "even_spacing": _best(even),
        "free_spacing": {**_best(free), "general_elo": _spelled(spacing)},
    }


def _published(domain: str) -> tuple[Published, ...]:
    paper = "Engels et al. 2025"
    return (
        Published("even_spacing.success", ABSTRACT[domain], f"{paper}, abstract (v2)"),
        Published(
            "even_spacing.success",
            REPOSITORY[domain],
            f"{paper}, repository, elo/theory-predictions.ipynb (the fits used here)",
        ),
    )


def _best(success: list[float]) -> GameValues:
    most = int(np.argmax(success))
    shown = {str(n): value for n, value in enumerate(success, 1)}
    return {"success": success[most], "optimal_levels": most + 1, "by_levels": shown}


def _spelled(spacing: np.ndarray) -> str:
    return " -> ".join(f"{value:.0f}" for value in spacing)


@dataclass(frozen=True)
class Chain:
    """A chain of overseers between two values of general Elo.

    Attributes:
        guard, houdini: game Elo as functions of general Elo.
        start, gap: general Elo of the first guard, and the last houdini's difference from it.
    """

    guard: EloCurve
    houdini: EloCurve
    start: float
    gap: float

    def even(self, levels: int) -> np.ndarray:
        """(levels + 1,) evenly spaced general Elos."""
        return np.linspace(self.start, self.start + self.gap, levels + 1)

    def log_win(self, guards: np.ndarray, houdinis: np.ndarray) -> np.ndarray:
        """Log probability that guards with these general Elos win against these houdinis."""
        behind = self.houdini(houdinis) - self.guard(guards)
        return -np.logaddexp(0.0, behind * np.log(10) / 400)

    def success(self, general: np.ndarray) -> float:
        """Probability that every guard wins, given the (levels + 1,) general Elos of the chain."""
        return float(np.exp(self.log_win(general[:-1], general[1:]).sum()))

    def best_spacing(self, levels: int, grid: int) -> tuple[list[float], np.ndarray]:
        """The best chains of 1 to `levels` levels with increasing general Elos on a grid.

        Dynamic programming: the best chain of n levels to a point is the best chain of n - 1 levels
        to a lower point, plus one level.

        Returns:
            Success by number of levels (0 if the grid has too few points), and the general Elos of
            the best chain over all numbers of levels.
        """
        points = self.even(grid)
        win = self.log_win(points[:, None], points[None, :])  # (from, to)
        win[np.tril_indices(grid + 1)] = -inf
        reached, came_from, success = win[0], [], [float(np.exp(win[0, -1]))]
        for _ in range(1, levels):
            through = reached[:, None] + win
            came_from.append(through.argmax(axis=0))
            reached = through.max(axis=0)
            success.append(float(np.exp(reached[-1])))
        at, path = grid, [grid]
        for best in reversed(came_from[: int(np.argmax(success))]):
            at = int(best[at])
            path.append(at)
        return success, points[[0, *reversed(path)]]
