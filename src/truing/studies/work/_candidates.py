"""Candidates: the answers among which best-of-n chooses, and their rewards from stored beliefs.

| items of the task | question | candidates | reward |
|---|---|---|---|
| two classes | cluster | the items | log odds of the second class (`true`) |
| multiple choice | item | the choices | log odds of the choice |
| preference pairs | texts that pairs connect | the texts | scalar reward, from the pairs |

A student of pairs believes P(a > b) = sigmoid(r(a) - r(b)) (Bradley and Terry 1952). So the log
odds of a pair are the difference of two rewards, and the pairs of a question determine its rewards
up to a constant. They are recovered by least squares, exactly for such a student. For other
beliefs, such as those of a judge, the result is the rating of HodgeRank (Jiang et al. 2011,
"Statistical ranking and combinatorial Hodge theory", section 4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from truing.errors import UserError
from truing.tasks import Task

LEAST_BELIEF = 1e-12  # smallest belief inside a logarithm
ROUNDING = 9  # decimals of recovered rewards: equal rewards must remain equal
NEEDS = (
    "best_of_n needs questions with several candidates: multiple choice, pairs that share texts, "
    "or two classes (such as false and true) whose clusters contain several test items"
)


@dataclass(frozen=True)
class Candidates:
    """Candidates of the test items.

    Attributes:
        questions: (M,) question of each candidate.
        clusters: (M,) cluster of each candidate.
        items: (E,) test item of each entry.
        choices: (E,) choice of each entry in its item.
        owners: (E,) candidate that is this choice. A text in several pairs has several entries.
        pairs: the items are preference pairs; entries 2 i and 2 i + 1 are the texts of pair i.
        right: name of the right class; empty if items have their own choices.
    """

    questions: np.ndarray
    clusters: np.ndarray
    items: np.ndarray
    choices: np.ndarray
    owners: np.ndarray
    pairs: bool
    right: str = ""

    def truth(self, truth_N: np.ndarray) -> np.ndarray:
        """(M,) whether a candidate is right; for pairs, the share of pairs where it is better."""
        right_E = truth_N[self.items] == self.choices
        M = len(self.questions)
        return np.bincount(self.owners, right_E, M) / np.bincount(self.owners, minlength=M)

    def rewards(self, beliefs_SNK: np.ndarray) -> np.ndarray:
        """(S, M) rewards under the beliefs of each seed about the test items."""
        own_SE = beliefs_SNK[:, self.items, self.choices].astype(float)
        others_SE = beliefs_SNK.sum(axis=2, dtype=float)[:, self.items] - own_SE
        if beliefs_SNK.shape[2] == 2:  # a difference from 1 would lose small beliefs
            others_SE = beliefs_SNK[:, self.items, 1 - self.choices].astype(float)
        odds_SE = np.log(np.maximum(own_SE, LEAST_BELIEF) / np.maximum(others_SE, LEAST_BELIEF))
        return self._ratings(odds_SE[:, ::2]) if self.pairs else odds_SE

    def _ratings(self, odds_SP: np.ndarray) -> np.ndarray:
        """(S, M) rewards r with r(a) - r(b) nearest to the log odds of all pairs, mean 0."""
        owners_P2 = self.owners.reshape(-1, 2)
        question_P = self.questions[owners_P2[:, 0]]
        counts = np.unique(question_P, return_counts=True)[1]
        ratings_SM = np.zeros((len(odds_SP), len(self.questions)))
        for own in np.split(np.argsort(question_P, kind="stable"), np.cumsum(counts)[:-1]):
            members, place = np.unique(owners_P2[own], return_inverse=True)
            first, second = np.eye(len(members))[place.reshape(-1, 2).T]
            ratings_SM[:, members] = odds_SP[:, own] @ np.linalg.pinv(first - second).T
        return ratings_SM.round(ROUNDING)


def candidates_of(task: Task, items: np.ndarray) -> Candidates:
    """Candidates of the test items of a task, found without the ground truth.

    Args:
        task: the task.
        items: (n,) indices of the test items.

    Raises:
        UserError: no question has several candidates, or the task has more than two classes.
    """
    if task.kind == "classification":
        return _of_classes(task, items)
    found = _of_pairs(task, items) if task.kind == "preference" else _of_choices(task, items)
    return _several(task, found)


def _of_classes(task: Task, items: np.ndarray) -> Candidates:
    if len(task.choices) != 2:
        raise UserError(f"{NEEDS}; task {task.name} has {len(task.choices)} classes")
    at, clusters = np.arange(len(items)), task.clusters[items]
    ones, right = np.ones_like(at), task.choices[1]
    return _several(task, Candidates(clusters, clusters, at, ones, at, pairs=False, right=right))


def _of_choices(task: Task, items: np.ndarray) -> Candidates:
    counts = task.choice_counts[items]
    at = np.repeat(np.arange(len(items)), counts)
    choices = np.concatenate([np.arange(count) for count in counts])
    owners = np.arange(len(at))
    return Candidates(at, task.clusters[items][at], at, choices, owners, pairs=False)


def _of_pairs(task: Task, items: np.ndarray) -> Candidates:
    """Texts of pairs; those of one cluster that pairs connect are candidates of one question."""
    names: dict[tuple[int, str], int] = {}
    clusters = task.clusters[items]
    owners = np.array(
        [
            names.setdefault((int(cluster), text), len(names))
            for item, cluster in zip(items.tolist(), clusters, strict=True)
            for text in task.own_texts(item)
        ]
    )
    M = len(names)
    edges = coo_array((np.ones(len(items)), (owners[::2], owners[1::2])), shape=(M, M))
    questions = connected_components(edges, directed=False)[1]
    at = np.repeat(np.arange(len(items)), 2)
    choices = np.tile([0, 1], len(items))
    own = np.array([cluster for cluster, _ in names])
    return Candidates(questions, own, at, choices, owners, pairs=True)


def _several(task: Task, found: Candidates) -> Candidates:
    """The candidates, if two or more clusters have a question with several of them."""
    counts = np.bincount(found.questions)
    several = counts[found.questions] > 1
    clusters = len(np.unique(found.clusters[several]))
    if clusters < 2:
        raise UserError(
            f"{NEEDS}; in the test split of task {task.name}, {clusters} "
            f"cluster{'' if clusters == 1 else 's'} of at least 2 contain several candidates; give "
            "the answers to one question the same value in the field 'cluster'"
        )
    return found
