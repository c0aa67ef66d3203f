"""The pixel debate: run time, tree search compared with exact minimax, and judges as supervisors.

Prints the default game (150 debates of 4 pixels, three judges) and its run time, the rate at which
honest sides win if both sides search instead, and, with --labels, the accuracy of judged labels and
of students:

    python benchmarks/pixel_debate.py --labels
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator, Mapping

import numpy as np

from truing.oversight.games import GAMES, GameValues, Outcome, SampledValue

LABELS = (
    "pixel-judge",
    "pixel-judge,views=90",
    "pixel-consultancy",
    "pixel-debate",
    "pixel-debate,every_pair=true",
)


def play(specification: str) -> tuple[Outcome, float]:
    """A game's outcome and its seconds."""
    started = time.perf_counter()
    game = GAMES.build(specification).value
    outcome = game(np.random.default_rng(0), lambda *_: None)
    return outcome, time.perf_counter() - started


def leaves(values: GameValues, prefix: str = "") -> Iterator[tuple[str, SampledValue]]:
    """Values by their dotted path."""
    for name, one in values.items():
        if isinstance(one, Mapping):
            yield from leaves(one, f"{prefix}{name}.")
        elif isinstance(one, SampledValue):
            yield prefix + name, one


def show_game(pixels: int) -> None:
    """Print the default game beside the published values."""
    outcome, seconds = play(f"pixel-debate,pixels={pixels}")
    published = {one.name: one.value for one in outcome.published}
    print(f"{pixels} pixels, 150 debates, 3 judges, exact minimax: {seconds:.1f} s")
    print(f"  {'':52} {'ours':>6}  95%               Irving 2018 (MNIST)")
    for name, one in leaves(outcome.values):
        paper = f"{published[name]:.3f}" if name in published else ""
        print(f"  {name:52} {one.value:6.3f}  [{one.low:.3f}, {one.high:.3f}]  {paper:>8}")


def show_search(pixels: int, debates: int, rollouts: list[int]) -> None:
    """Print how close search comes to minimax, and its cost."""
    common = f"pixel-debate,pixels={pixels},debates={debates},judges=1"
    exact, seconds = play(common)
    wins = "honest_wins.with_precommitment."
    known = dict(leaves(exact.values))
    print(f"search against minimax, {pixels} pixels, {debates} images, one judge")
    print(f"  {'':>18} {'first':>6} {'second':>7}  (honest wins, precommitment, worst lie)")
    _line("minimax", known, wins, seconds)
    for count in rollouts:
        found, seconds = play(f"{common},exact_limit=0,rollouts={count}")
        _line(f"{count} rollouts", dict(leaves(found.values)), wins, seconds)


def _line(name: str, found: dict[str, SampledValue], wins: str, seconds: float) -> None:
    first, second = (found[f"{wins}honest_{place}"].value for place in ("first", "second"))
    print(f"  {name:>18} {first:6.3f} {second:7.3f}  {seconds:6.1f} s")


def show_labels(seeds: int) -> None:
    """Print the accuracy of judged labels on the digits, and of students that learn from them."""
    import truing

    with tempfile.TemporaryDirectory() as folder:
        study = truing.Study(
            tasks="digits", weak=LABELS, strong="spectral-64", methods="naive", seeds=seeds
        )
        result = truing.run(study, out=f"{folder}/run", store=truing.Store(f"{folder}/store"))
    print(f"judged labels of the digits, 4 pixels, {seeds} seeds: {result.work.seconds:.0f} s")
    print(f"  {'':30} {'supervisor':>24} {'student':>24}")
    for row in result.rows:
        weak = f"{row.weak_accuracy:.3f} [{row.weak_low:.3f}, {row.weak_high:.3f}]"
        student = f"{row.transfer_accuracy:.3f} [{row.transfer_low:.3f}, {row.transfer_high:.3f}]"
        print(f"  {row.weak:30} {weak:>24} {student:>24}")
        if row.help:
            own, student = (
                f"{one.value:+.3f} [{one.low:+.3f}, {one.high:+.3f}]"
                for one in (row.help.supervisor, row.help.student)
            )
            print(f"  {'  gained by help':30} {own:>24} {student:>24}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pixels", type=int, nargs="+", default=[4], help="6 takes minutes")
    parser.add_argument("--rollouts", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--debates", type=int, default=10, help="images for the search")
    parser.add_argument("--labels", action="store_true", help="judged labels too, some minutes")
    parser.add_argument("--seeds", type=int, default=3, help="seeds of the labels")
    options = parser.parse_args()
    for pixels in options.pixels:
        show_game(pixels)
    show_search(4, options.debates, options.rollouts)
    if options.labels:
        show_labels(options.seeds)


if __name__ == "__main__":
    main()
