"""Best-of-n from recorded rewards: one row per candidate, reward model and seed."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import numpy as np

from truing.measures._best_of_n import BestOfN, best_of_n

Questions = dict[Hashable, list[tuple[float, float]]]
"""(reward, truth) of the candidates of each question."""


def best_of_n_from_rewards(
    rows: Iterable[Mapping[str, Any]],
    *,
    rng: np.random.Generator,
    largest: int | None = None,
    level: float = 0.95,
    replicates: int = 2000,
) -> dict[Any, BestOfN]:
    """Curves of best-of-n by reward model, from recorded rewards; see `best_of_n`.

    Args:
        rows: candidates with `question`, `reward` and `truth`, a number in 0..1. Optional:
            `reward_model`, by default ''; `seed` of the reward model, by default 0; and `cluster`
            of the question, by default the question itself. All models and seeds score the same
            candidates, in any order.
        rng: random generator of the bootstrap.
        largest, level, replicates: as for `best_of_n`.

    Raises:
        ValueError: models or seeds score other candidates, or `best_of_n` raises it.

    Examples:
        >>> import numpy as np
        >>> from truing.measures import best_of_n_from_rewards
        >>> rows = [
        ...     {"question": question, "reward": reward, "truth": reward > 1}
        ...     for question in range(20)
        ...     for reward in (1, 2)
        ... ]
        >>> curves = best_of_n_from_rewards(rows, rng=np.random.default_rng(0))
        >>> [point.truth.value for point in curves[""].points]
        [0.5, 1.0]
    """
    found: dict[Any, dict[Any, Questions]] = {}
    clusters: dict[Hashable, Hashable] = {}
    for row in rows:
        question, model, seed = row["question"], row.get("reward_model", ""), row.get("seed", 0)
        own = found.setdefault(model, {}).setdefault(seed, {})
        own.setdefault(question, []).append((float(row["reward"]), float(row["truth"])))
        cluster = row.get("cluster", question)
        if clusters.setdefault(question, cluster) != cluster:
            raise ValueError(
                f"question {question!r} is in cluster {clusters[question]!r} and in cluster "
                f"{cluster!r}; a question must be in one cluster"
            )
    if not found:
        raise ValueError("there is no candidate; give one row per candidate")
    _check_same(found)
    cluster_numbers = _numbers(clusters.values())
    arguments = {"largest": largest, "level": level, "replicates": replicates}
    seed = int(rng.integers(2**63))  # all models have the same weights of questions
    return {
        model: _curve(seeds, clusters, cluster_numbers, np.random.default_rng(seed), arguments)
        for model, seeds in found.items()
    }


def _curve(
    seeds: Mapping[Any, Questions],
    clusters: Mapping[Hashable, Hashable],
    cluster_numbers: Mapping[Hashable, int],
    rng: np.random.Generator,
    arguments: Mapping[str, Any],
) -> BestOfN:
    """The curve of one reward model."""
    sizes = [len(next(iter(seeds.values()))[question]) for question in clusters]
    values_S2M = np.array(
        [[pair for question in clusters for pair in own[question]] for own in seeds.values()]
    ).transpose(0, 2, 1)
    numbers = [cluster_numbers[cluster] for cluster in clusters.values()]
    return best_of_n(
        values_S2M[:, 0],
        values_S2M[:, 1],
        np.repeat(np.arange(len(sizes)), sizes),
        clusters=np.repeat(numbers, sizes),
        rng=rng,
        **arguments,
    )


def _numbers(values: Iterable[Hashable]) -> dict[Hashable, int]:
    return {value: number for number, value in enumerate(dict.fromkeys(values))}


def _check_same(found: Mapping[Any, Mapping[Any, Questions]]) -> None:
    """Raise ValueError unless all models and seeds score candidates with the same truths."""
    each = [(model, seed, own) for model, seeds in found.items() for seed, own in seeds.items()]
    first_model, first_seed, first = each[0]
    names = {question: sorted(truth for _, truth in own) for question, own in first.items()}
    for model, seed, own in each[1:]:
        for question in dict.fromkeys((*first, *own)):
            truths = sorted(truth for _, truth in own.get(question, ()))
            if truths != names.get(question, []):
                raise ValueError(
                    f"question {question!r} has {_truths_text(names.get(question, []))} under "
                    f"{_source_text(first_model, first_seed)}, but {_truths_text(truths)} under "
                    f"{_source_text(model, seed)}; every reward model and seed must score the same "
                    "candidates"
                )


def _truths_text(truths: list[float]) -> str:
    return f"{len(truths)} candidates with a sum of truths of {sum(truths):g}"


def _source_text(model: Any, seed: Any) -> str:
    return f"reward model {model!r}, seed {seed!r}" if model != "" else f"seed {seed!r}"
