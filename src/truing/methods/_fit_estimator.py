"""Training of an estimator by a method."""

from __future__ import annotations

import numpy as np

from truing.methods._fit import Training, member_masses, prepared
from truing.students import EstimatorStudent, Refit, refit


def train_estimator(
    student: EstimatorStudent, inputs: np.ndarray, training: Training, features: np.ndarray | None
) -> np.ndarray:
    """Train an estimator; returns its beliefs (A, k), float32, about all A items of the task.

    Args:
        student: the estimator.
        inputs: inputs of all items of the task: rows (A, d), which the estimator receives in double
            precision, or texts (A,).
        training: the method and the labels. Its `l2` is not used.
        features: features of all items, for a method with a preparation; None for texts.

    Raises:
        MethodError: the method returned invalid labels, targets or weights.
        UserError: the estimator failed.

    Examples:
        >>> import numpy as np
        >>> from sklearn.linear_model import LogisticRegression
        >>> from truing.methods import METHODS, Training, train_estimator
        >>> from truing.students import EstimatorStudent
        >>> naive = METHODS.build("naive").value
        >>> items, weak = np.arange(10), np.eye(2)[[0, 1] * 5]
        >>> training = Training(naive, "naive", items, weak, clusters=items, l2=1.0, chance="seed")
        >>> rows, student = np.array([[-1.0], [1.0]] * 5), EstimatorStudent(LogisticRegression())
        >>> train_estimator(student, rows, training, None).argmax(axis=1).tolist()
        [0, 1, 0, 1, 0, 1, 0, 1, 0, 1]
    """
    labels, mass = prepared(training, features)
    method = training.method
    each = refit(
        Refit(
            make=lambda member: student.seeded(f"{training.chance} member {member}"),
            inputs=inputs.astype(np.float64) if inputs.dtype.kind == "f" else inputs,
            learn=training.learn,
            labels=labels,
            masses=member_masses(training, mass),
            targets=method.rule(labels),
            static=method.static,
            peers=method.peers,
            rounds=method.rounds,
            label=student.label,
            method=training.name,
        )
    )
    return each.mean(axis=0).astype(np.float32)
