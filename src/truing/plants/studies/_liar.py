"""A supervisor that lies on one topic."""

from __future__ import annotations

from difflib import get_close_matches
from functools import partial

import numpy as np

from truing.arguments import Share
from truing.errors import UserError
from truing.plants._plant import Planted, Planting, StudyPlant, plant
from truing.plants.studies._answers import answer_with, answers_of, most_likely_other, share_of
from truing.plants.studies._inserted import has_word
from truing.plants.studies._region import region_of
from truing.tasks import Task


@plant("liar")
def liar(topic: str = "", share: Share = 0.2) -> StudyPlant:
    """A supervisor that lies about a topic (Pacchiardi et al. 2024).

    About a share `strength` of the topic's items it reports the second most likely choice of its
    honest label, with the confidence of the honest answer. The lie is the supervisor's best other
    answer, so it is plausible. About all other items it is honest. It does not see the ground
    truth: a lie about an item that it would have labeled wrongly can be right.

    Source: Pacchiardi et al. 2024, How to Catch an AI Liar: a lie is a false answer of a
    model that can give the true answer. The plant restricts lies to a topic.

    Args:
        topic: name of a cluster or a group of items, or for texts a word that they contain; by
            default a region: the items nearest to a random item in the student's features, another
            region for each seed.
        share: share of the learned items in the region.
    """
    return StudyPlant(partial(_lie, topic=topic, share=share), corrupts="supervisor")


def _lie(
    planting: Planting, strength: float, rng: np.random.Generator, *, topic: str, share: float
) -> Planted:
    labels, task = planting.labels, planting.task
    about = topic_of(task, topic) if topic else region_of(planting, share, rng)
    lies = share_of(about, strength, planting.learn, rng)
    honest = answers_of(labels)
    made = answer_with(labels, lies, most_likely_other(labels, honest, task.absent, rng))
    return Planted(made, answers_of(made) != honest)


def topic_of(task: Task, topic: str) -> np.ndarray:
    """(M,) whether an item belongs to a cluster or a group, or contains a word.

    Raises:
        UserError: there is no such cluster, group or word.
    """
    found = np.array([topic in (item.cluster, item.group) for item in task.items])
    if not found.any() and task.medium == "texts":
        found = np.asarray(has_word(task, topic).any(axis=1))
    if not found.any():
        topics = sorted({one for item in task.items for one in (item.cluster, item.group) if one})
        near = get_close_matches(topic, topics, n=2)
        meant = f"did you mean {' or '.join(near)}? " if near else ""
        raise UserError(
            f"topic={topic}: {task.name} has no such cluster or group of items, and no text with "
            f"this word; {meant}leave out topic for a region of the features"
        )
    return found
