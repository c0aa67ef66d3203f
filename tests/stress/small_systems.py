"""Simulated systems that misbehave in one known way, next to the honest system."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from truing.stress import MONITORS, Head, Seen, StudyMonitor, View
from truing.stress.monitors import fitted_beliefs

TARGET = 0  # answer of a system that misbehaves
SHARE = 0.3


def built(name: str) -> StudyMonitor:
    return MONITORS.build(name).value


def attacked(items: int) -> np.ndarray:
    """Items on which the system misbehaves: a random share."""
    return np.random.default_rng(5).random(items) < SHARE


def wrong(beliefs: np.ndarray) -> np.ndarray:
    """Beliefs that are certain of the target on attacked items."""
    planted = beliefs.copy()
    planted[attacked(len(beliefs))] = np.eye(beliefs.shape[1])[TARGET]
    return planted


def wrong_answers(view: View) -> View:
    """The system misbehaves on watched items."""
    return replace(view, watched=replace(view.watched, beliefs=wrong(view.watched.beliefs)))


def wrong_labels(view: View) -> View:
    """The labels that the system learned are wrong, and nothing else is."""
    return replace(view, labels=wrong(view.labels))


def wrong_everywhere(view: View) -> View:
    """The system misbehaves on trusted items."""
    return replace(view, trusted=replace(view.trusted, beliefs=wrong(view.trusted.beliefs)))


def follows_a_model(view: View) -> View:
    """The system repeats the beliefs of a weak model."""
    (beliefs,) = view.watched.models.values()
    return replace(view, watched=replace(view.watched, beliefs=beliefs))


def inconsistent(view: View) -> View:
    """The system changes its answers to attacked items if their inputs change."""
    changed = {
        name: np.stack([wrong(one) for one in beliefs])
        for name, beliefs in view.watched.changed.items()
    }
    return replace(view, watched=replace(view.watched, changed=changed))


def hides_its_ability(view: View) -> View:
    """A head that answers against what it knows, so that it is worse than chance."""
    assert view.head is not None
    head = Head(-view.head.weight, view.head.bias)
    return replace(view, head=head, trusted=_of_head(view.trusted, head))


def _of_head(seen: Seen, head: Head) -> Seen:
    logits = seen.features @ head.weight[0].T
    exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
    return replace(seen, beliefs=exponents / exponents.sum(axis=1, keepdims=True))


def taught_wrong(view: View) -> View:
    """A student that learned wrong labels about a region, and repeats their errors."""
    region = view.learned.features[:, -1] > 0
    labels = view.labels.copy()
    labels[region] = np.roll(labels[region], 1, axis=1)
    at = [view.trusted.features]
    (found,) = fitted_beliefs(view.learned.features, labels, at)
    trusted = replace(view.trusted, beliefs=found[0].astype(float))
    return replace(view, labels=labels, trusted=trusted)
