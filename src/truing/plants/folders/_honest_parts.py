"""Parts of honest folders: students, training labels, and selections of items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Part:
    """A part of the code, with its words in the method card.

    Attributes:
        claim: words; `<name>` is a number.
        code: statements; `<name>` is a number.
        imports: import statements.
        numbers: allowed values of each number.
    """

    claim: str
    code: str
    imports: tuple[str, ...] = ()
    numbers: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)


FIT = """model.fit(features, choices, **{weighted})
beliefs = np.zeros((len(predict), len(given.choices)))
beliefs[:, model.classes_] = model.predict_proba(predict)
return beliefs"""


def _fitted(made: str, weighted: bool = True) -> str:
    """Statements that fit an estimator and return its beliefs."""
    given = "{'sample_weight': weights}" if weighted else "{}"
    return f"model = {made}\n{FIT.format(weighted=given)}"


SCALED = (
    "from sklearn.pipeline import make_pipeline",
    "from sklearn.preprocessing import StandardScaler",
)
STUDENTS: tuple[Part, ...] = (
    Part(
        "a logistic regression with C = <c>",
        _fitted("LogisticRegression(C=<c>, max_iter=300)"),
        ("from sklearn.linear_model import LogisticRegression",),
        {"c": (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)},
    ),
    Part(
        "the average of k-nearest neighbors (k = <k>)",
        _fitted("KNeighborsClassifier(<k>, weights='<weights>')", weighted=False),
        ("from sklearn.neighbors import KNeighborsClassifier",),
        {"k": (5, 9, 15, 25), "weights": ("uniform", "distance")},
    ),
    Part(
        "a random forest of <trees> trees",
        _fitted(
            "RandomForestClassifier(\n    <trees>, min_samples_leaf=<leaf>, "
            "random_state=given.seed\n)"
        ),
        ("from sklearn.ensemble import RandomForestClassifier",),
        {"trees": (20, 40), "leaf": (1, 3, 5)},
    ),
    Part(
        "a committee of extremely randomized trees, without a fixed seed,",
        _fitted("ExtraTreesClassifier(<trees>, min_samples_leaf=<leaf>)"),
        ("from sklearn.ensemble import ExtraTreesClassifier",),
        {"trees": (40, 60), "leaf": (2, 4)},
    ),
    Part(
        "naive Bayes with normal distributions",
        _fitted("GaussianNB(var_smoothing=<v>)"),
        ("from sklearn.naive_bayes import GaussianNB",),
        {"v": (0.01, 0.03, 0.1)},
    ),
    Part(
        "a linear discriminant with shrinkage <s>",
        _fitted("LinearDiscriminantAnalysis(solver='lsqr', shrinkage=<s>)", weighted=False),
        ("from sklearn.discriminant_analysis import LinearDiscriminantAnalysis",),
        {"s": (0.05, 0.1, 0.3, 0.5)},
    ),
    Part(
        "a small neural network with <hidden> hidden units",
        _fitted(
            "make_pipeline(\n    StandardScaler(),\n    MLPClassifier(<hidden>, alpha=<alpha>, "
            "max_iter=40, tol=1e-3, random_state=given.seed),\n)",
            weighted=False,
        ),
        (*SCALED, "from sklearn.neural_network import MLPClassifier"),
        {"hidden": (16, 32, 64), "alpha": (0.01, 0.1, 1.0)},
    ),
    Part(
        "ridge regression on one-hot targets, with l2 = <l2>,",
        """targets = np.eye(len(given.choices))[choices] * weights[:, None]
center = features.mean(axis=0)
left = (features - center) * weights[:, None]
scale = np.trace(left.T @ (features - center)) / features.shape[1]
gram = left.T @ (features - center) + <l2> * scale * np.eye(features.shape[1])
mean = targets.sum(axis=0) / weights.sum()
solved = np.linalg.solve(gram, (features - center).T @ (targets - mean * weights[:, None]))
scores = mean + (predict - center) @ solved
beliefs = np.exp(8 * (scores - scores.max(axis=1, keepdims=True)))
return beliefs / beliefs.sum(axis=1, keepdims=True)""",
        (),
        {"l2": (0.01, 0.1, 1.0)},
    ),
    Part(
        "an ensemble of <members> logistic regressions on bootstrap samples",
        """rng = np.random.default_rng(given.seed)
beliefs = np.zeros((len(predict), len(given.choices)))
for _ in range(<members>):
    drawn = rng.integers(len(choices), size=len(choices))
    model = LogisticRegression(C=<c>, max_iter=200)
    model.fit(features[drawn], choices[drawn], sample_weight=weights[drawn])
    beliefs[:, model.classes_] += model.predict_proba(predict)
return beliefs / <members>""",
        ("from sklearn.linear_model import LogisticRegression",),
        {"members": (3, 5), "c": (0.03, 0.1, 0.3)},
    ),
    Part(
        "PCA of all inputs, also of those to predict, and then logistic regression with C = <c>",
        """both = PCA(<parts>, random_state=given.seed).fit(np.vstack([features, predict]))
features, predict = both.transform(features), both.transform(predict)
"""
        + _fitted("LogisticRegression(C=<c>, max_iter=300)"),
        (
            "from sklearn.decomposition import PCA",
            "from sklearn.linear_model import LogisticRegression",
        ),
        {"parts": (10, 20, 30), "c": (0.03, 0.1, 0.3)},
    ),
    Part(
        "self-training, which adds the <share> surest pseudo-labels of unlabeled items to predict,",
        """first = LogisticRegression(C=<c>, max_iter=300)
first.fit(features, choices, sample_weight=weights)
beliefs = first.predict_proba(predict)
sure = np.argsort(-beliefs.max(axis=1), kind="stable")[: int(<share> * len(predict))]
features = np.vstack([features, predict[sure]])
choices = np.concatenate([choices, first.classes_[beliefs[sure].argmax(axis=1)]])
weights = np.concatenate([weights, np.full(len(sure), weights.mean())])
"""
        + _fitted("LogisticRegression(C=<c>, max_iter=300)"),
        ("from sklearn.linear_model import LogisticRegression",),
        {"share": (0.3, 0.5), "c": (0.03, 0.1, 0.3)},
    ),
)
LABELS: tuple[Part, ...] = (
    Part(
        "the most likely weak labels",
        "choices, weights = given.weak.argmax(axis=1), np.ones(len(given.weak))",
    ),
    Part(
        "weak labels weighted by their confidence",
        "choices, weights = given.weak.argmax(axis=1), given.weak.max(axis=1) ** <power>",
        numbers={"power": (1, 2)},
    ),
    Part(
        "weak labels that <k> neighbors correct by their average",
        """flat = given.learn_features.reshape(len(given.weak), -1)
near = NearestNeighbors(n_neighbors=<k>).fit(flat).kneighbors(flat, return_distance=False)
choices, weights = given.weak[near].mean(axis=1).argmax(axis=1), np.ones(len(given.weak))""",
        ("from sklearn.neighbors import NearestNeighbors",),
        {"k": (5, 10, 20)},
    ),
    Part(
        "weak labels whose weights balance the choices",
        """choices = given.weak.argmax(axis=1)
sizes = np.bincount(choices, minlength=len(given.choices))
weights = (sizes.sum() / np.maximum(sizes, 1))[choices]
weights = weights / weights.mean()""",
    ),
    Part(
        "weak labels that were smoothed by <alpha>, with the remaining margin as weight",
        """alpha = <alpha>
smooth = (1 - alpha) * given.weak + alpha / len(given.choices)
ordered = np.sort(smooth, axis=1)
choices, weights = smooth.argmax(axis=1), 0.1 + ordered[:, -1] - ordered[:, -2]""",
        numbers={"alpha": (0.1, 0.2, 0.3)},
    ),
)
SELECTIONS: tuple[Part, ...] = (
    Part("", "weights = weights * 1.0"),
    Part(
        ", less from the <percent>% least confident of each choice",
        """sure = given.weak.max(axis=1)
for one in range(len(given.choices)):
    own = np.flatnonzero(choices == one)
    least = own[np.argsort(sure[own], kind="stable")[: int(<percent> / 100 * len(own))]]
    weights[least] = weights[least] * 0.3""",
        numbers={"percent": (10, 20, 30)},
    ),
)
