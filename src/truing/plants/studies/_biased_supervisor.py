"""A supervisor with a systematic bias on a sensitive feature."""

from __future__ import annotations

from functools import partial

import numpy as np

from truing.errors import UserError
from truing.plants._plant import Planted, Planting, StudyPlant, plant
from truing.plants.studies._answers import answers_of
from truing.plants.studies._classes import class_of
from truing.plants.studies._inserted import has_word
from truing.tasks import Task

LARGEST = 10.0  # shift of the log-odds at strength 1, for the largest value of the feature
LEAST = 1e-3  # probability of an impossible choice before its log-odds shift


@plant("biased-supervisor")
def biased_supervisor(feature: str = "", toward: str = "") -> StudyPlant:
    """A supervisor that a sensitive feature biases toward a class (Jiang and Nachum 2020).

    The log-odds of the class increase by 10 x `strength` x the value of the feature. The value is
    the feature's rank among the items, from 0 (smallest) to 1 (largest); for a word it is 1 if the
    text contains the word, else 0. So the bias is largest where the feature is, and where the
    supervisor is unsure it changes the answer first.

    For items with their own choices the feature is that of each answer, and the log-odds of each
    answer grow with it, as human raters prefer longer answers (Singhal et al. 2024).

    Source: Jiang and Nachum 2020, Identifying and Correcting Label Bias in Machine Learning,
    proposition 1: biased labels are the true ones times the exponential of a multiple of the
    sensitive feature.

    Args:
        feature: number of a column of the student's features, or for texts a word; by default the
            first principal direction of the student's features.
        toward: class whose log-odds grow; by default the task's first class.
    """
    change = partial(_bias, feature=feature.strip(), toward=toward)
    return StudyPlant(change, corrupts="supervisor")


def _bias(
    planting: Planting, strength: float, rng: np.random.Generator, *, feature: str, toward: str
) -> Planted:
    del rng  # the bias is systematic
    labels, task = planting.labels, planting.task
    aim = class_of(task, toward, "toward")
    value = value_of(planting, feature)  # (M, k), or (M, 1) if the choices are shared
    if task.kind == "classification":
        value = np.where(np.arange(labels.shape[1]) == aim, value, 0.0)
    shift = LARGEST * strength * value
    grown = np.where(shift > 0, np.maximum(labels, LEAST), labels) * np.exp(shift)
    if task.absent is not None:
        grown[task.absent] = 0
    grown = (grown / grown.sum(axis=1, keepdims=True)).astype(labels.dtype)
    made = np.where((shift > 0).any(axis=1, keepdims=True), grown, labels)
    return Planted(made, answers_of(made) != answers_of(labels))


def value_of(planting: Planting, feature: str) -> np.ndarray:
    """Value of the sensitive feature, from 0 to 1: (M, 1), or (M, k) of items with own choices.

    Raises:
        UserError: there is no such column, or no text contains the word.
    """
    rows, task = planting.features, planting.task
    if not feature:
        return _ranks(_principal(rows))
    if feature.isdecimal():
        if int(feature) >= rows.shape[-1]:
            raise UserError(
                f"feature={feature} is not a column of the student's features; allowed: 0 to "
                f"{rows.shape[-1] - 1}"
            )
        return _ranks(rows[..., int(feature)])
    found = _contains(task, feature)
    if not found.any() or found.all():
        raise UserError(
            f"feature={feature}: {'all' if found.any() else 'no'} texts of {task.name} contain "
            "this word; choose a word that occurs in some texts"
        )
    return found.astype(np.float64)


def _contains(task: Task, word: str) -> np.ndarray:
    if task.medium != "texts":
        raise UserError(
            f"feature={word} is a word, but {task.name} contains {task.medium}; name the number of "
            "a column of the student's features"
        )
    return has_word(task, word)


def _ranks(values: np.ndarray) -> np.ndarray:
    """Values (M,) or (M, k) as ranks from 0 to 1, (M, 1) or (M, k); 0 for absent choices."""
    from scipy.stats import rankdata

    values = values.reshape(len(values), -1)
    present = ~np.isnan(values)
    ranks = np.zeros(values.shape)
    found = rankdata(values[present])
    ranks[present] = (found - 1) / max(len(found) - 1, 1)
    return ranks


def _principal(features: np.ndarray) -> np.ndarray:
    """(M,) or (M, k) first principal component; its direction's largest weight is positive."""
    from sklearn.decomposition import PCA

    rows = features.reshape(-1, features.shape[-1]).astype(np.float64)
    present = ~np.isnan(rows).any(axis=1)
    axes = PCA(1, random_state=0).fit(rows[present])
    (direction,) = axes.components_
    sign = np.sign(direction[np.abs(direction).argmax()])
    return (rows @ (sign * direction)).reshape(features.shape[:-1])
