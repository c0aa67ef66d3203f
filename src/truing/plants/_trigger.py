"""Trigger: a change of an item's input that switches misbehaviour on or off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from truing.tasks import Task


@dataclass(frozen=True)
class Trigger:
    """A change of inputs.

    Attributes:
        name: name in messages: `the word 'tulip'`.
        change: task -> inputs of all items with the trigger, of the shape of `Task.inputs`.
        occurs: task -> (N,) whether an item has the trigger already; a plant refuses such data.
    """

    name: str
    change: Callable[[Task], np.ndarray]
    occurs: Callable[[Task], np.ndarray]
