"""Question tiers: which questions are scored during the run, and which are sealed.

The division depends on the run's secret and on the content of the questions, not on their ids.
Questions of one cluster, and questions with equal content, are in the same tier. A question that a
climb set also contains is not scored in the other sets. The sealed share of each climb set is
fixed, so that chance cannot leave a tier of a small set empty.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from truing.errors import DataError
from truing.oversight.questions import QuestionSet
from truing.research._evaluation import Tier
from truing.tasks import Item

SEALED = 0.4  # share of the clusters of a climb set that are sealed
LEAST = 2  # clusters of a tier


@dataclass(frozen=True)
class Tiers:
    """The questions of each tier.

    Attributes:
        places: indices of the questions of a set in a tier, by tier and name of the set.
        clusters: (N,) number of the cluster of each question of a set.
    """

    places: Mapping[Tier, Mapping[str, np.ndarray]]
    clusters: Mapping[str, np.ndarray]


def divide_questions(
    secret: bytes,
    climb: Mapping[str, QuestionSet],
    others: Mapping[str, QuestionSet],
    limit: int | None = None,
) -> Tiers:
    """Divide the questions of climb sets into climb and sealed, and choose those of other sets.

    Args:
        secret: secret of the research run.
        climb, others: question sets by name.
        limit: number of questions of each set that are used, the first; None for all.

    Raises:
        DataError: a tier of a set would have fewer than two clusters.
    """
    sets = {**climb, **others}
    contents = {name: [_content(one) for one in found.questions] for name, found in sets.items()}
    clusters = _connect(sets, contents)
    count = 1 + max(int(found.max()) for found in clusters.values())
    first = ["g"] * count  # above every hexadecimal digest
    for name in sets:
        for cluster, content in zip(clusters[name], contents[name], strict=True):
            first[cluster] = min(first[cluster], content)
    draws = [hmac.digest(secret, f"questions {one}".encode(), "sha256") for one in first]
    order = np.array(sorted(range(count), key=draws.__getitem__))
    used = {name: np.unique(clusters[name][:limit]) for name in climb}
    sealed = _seal(order, list(used.values()))
    public = np.zeros(count, bool)  # clusters of which a climb set contains a question
    for name in climb:
        public[clusters[name]] = True
    places: dict[Tier, dict[str, np.ndarray]] = {
        "climb": {one: np.flatnonzero(~sealed[clusters[one]]) for one in climb},
        "sealed": {one: np.flatnonzero(sealed[clusters[one]]) for one in climb},
        "other_tasks": {one: np.flatnonzero(~public[clusters[one]]) for one in others},
    }
    for tier, found in places.items():
        for name in found:
            own = found[name] = found[name][found[name] < (limit or len(sets[name]))]
            if len(np.unique(clusters[name][own])) < LEAST:
                raise DataError(
                    f"{name}: the tier {tier} would contain fewer than {LEAST} clusters of "
                    "questions; give it more questions, or raise limit"
                )
    return Tiers(places, clusters)


def _seal(order: np.ndarray, used: list[np.ndarray]) -> np.ndarray:
    """(C,) True for clusters that are sealed: of each set the first in a random order.

    Args:
        order: (C,) the clusters in random order.
        used: clusters of each set. Sets may share clusters; the first of them decides.
    """
    sealed, undecided = np.zeros(len(order), bool), np.ones(len(order), bool)
    for own in used:
        missing = round(SEALED * len(own)) - int(sealed[own].sum())
        open_ones = order[np.isin(order, own) & undecided[order]]
        sealed[open_ones[: max(0, missing)]] = True
        undecided[own] = False
    return sealed


def _content(question: Item) -> str:
    texts = [question.text, *sorted(question.choices), question.hidden]
    plain = [" ".join(text.split()).casefold() for text in texts]
    return hashlib.sha256(json.dumps(plain).encode()).hexdigest()


def _connect(
    sets: Mapping[str, QuestionSet], contents: Mapping[str, list[str]]
) -> dict[str, np.ndarray]:
    """Number of each question's cluster: questions with equal content or cluster, over all sets."""
    known: dict[str, int] = {}
    nodes = {
        name: np.array([known.setdefault(one, len(known)) for one in found])
        for name, found in contents.items()
    }
    edges = []
    for name, found in sets.items():
        for question, node in zip(found.questions, nodes[name], strict=True):
            cluster = known.setdefault(f"{name} {question.cluster or question.id}", len(known))
            edges.append((node, cluster))
    pairs = np.array(edges).T
    graph = coo_array((np.ones(pairs.shape[1], bool), tuple(pairs)), shape=(len(known),) * 2)
    labels = connected_components(graph, directed=False)[1]
    return {name: labels[found] for name, found in nodes.items()}
