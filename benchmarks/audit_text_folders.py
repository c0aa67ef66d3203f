"""Honest folders about texts, as researchers write them; `benchmarks/audit_texts.py` audits them.

Nearest neighbors, logistic regression and naive Bayes on TF-IDF or on activations, confidence
filtering, ensembles, and self-training. Kinds and numbers are drawn at random, and nothing is
chosen by a result. No program shares its frame with another.
"""

from __future__ import annotations

import numpy as np

WORDS = """from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from truing import pipeline

given = pipeline.load()
model = make_pipeline(
    TfidfVectorizer(analyzer={analyzer!r}, ngram_range=({low}, {high}), sublinear_tf=True),
    LogisticRegression(C={c}, max_iter=500),
)
model.fit(given.learn, given.weak.argmax(axis=1))
pipeline.save(model.predict_proba(given.predict))
"""
NEAR_WORDS = """import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.neighbors import NearestNeighbors

from truing import pipeline

given = pipeline.load()
vectorizer = TfidfVectorizer(stop_words={stop!r})
learn = vectorizer.fit_transform(given.learn)
index = NearestNeighbors(n_neighbors={k}, metric="cosine").fit(learn)
near = index.kneighbors(vectorizer.transform(given.predict), return_distance=False)
pipeline.save(given.weak[near].mean(axis=1) + 1e-6)
"""
NEAR_ACTIVATIONS = """import numpy as np

from truing import pipeline


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


given = pipeline.load()
similarity = unit(given.predict_features) @ unit(given.learn_features).T
nearest = np.argsort(-similarity, axis=1)[:, :{k}]
weights = np.take_along_axis(similarity, nearest, axis=1).clip(min=1e-6)
votes = (given.weak[nearest] * weights[:, :, None]).sum(axis=1)
pipeline.save(votes / votes.sum(axis=1, keepdims=True))
"""
BAYES = """from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import {model}

from truing import pipeline

given = pipeline.load()
counter = CountVectorizer(binary={binary}, min_df=2)
learn, predict = counter.fit_transform(given.learn), counter.transform(given.predict)
model = {model}(alpha={alpha})
model.fit(learn, given.weak.argmax(axis=1), sample_weight=given.weak.max(axis=1))
pipeline.save(model.predict_proba(predict))
"""
FILTER = """import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from truing import pipeline

KEEP = {keep}
given = pipeline.load()
labels, confidence = given.weak.argmax(axis=1), given.weak.max(axis=1)
kept = np.zeros(len(labels), dtype=bool)
for label in np.unique(labels):
    members = np.flatnonzero(labels == label)
    surest = members[np.argsort(-confidence[members])]
    kept[surest[: max(2, int(KEEP * len(members)))]] = True
classifier = make_pipeline(StandardScaler(), LogisticRegression(C={c}, max_iter=1000))
classifier.fit(given.learn_features[kept], labels[kept])
pipeline.save(classifier.predict_proba(given.predict_features))
"""
BOTH = """import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from truing import pipeline

given = pipeline.load()
labels = given.weak.argmax(axis=1)
words = TfidfVectorizer(ngram_range=(1, 2)).fit(given.learn)
views = [
    (words.transform(given.learn), words.transform(given.predict)),
    (given.learn_features, given.predict_features),
]
members = [
    LogisticRegression(C={c}, max_iter=1000).fit(learn, labels).predict_proba(predict)
    for learn, predict in views
]
pipeline.save(np.mean(members, axis=0))
"""
SELF = """import numpy as np
from scipy.sparse import vstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from truing import pipeline

given = pipeline.load()
vectorizer = TfidfVectorizer(sublinear_tf=True).fit(given.learn + given.predict)
learn, predict = vectorizer.transform(given.learn), vectorizer.transform(given.predict)
labels = given.weak.argmax(axis=1)
model = LogisticRegression(C={c}, max_iter=500).fit(learn, labels)
for step in range({steps}):
    beliefs = model.predict_proba(predict)
    sure = np.argsort(-beliefs.max(axis=1))[: int({share} * len(beliefs))]
    pseudo = model.classes_[beliefs[sure].argmax(axis=1)]
    model = LogisticRegression(C={c}, max_iter=500)
    model.fit(vstack([learn, predict[sure]]), np.concatenate([labels, pseudo]))
pipeline.save(model.predict_proba(predict))
"""
SMOOTH = """import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from truing import pipeline

given = pipeline.load()
rows = given.learn_features - given.learn_features.mean(axis=0)
gram = rows @ rows.T
squares = np.diag(gram)
distances = squares[:, None] + squares[None] - 2 * gram
near = np.argsort(distances, axis=1)[:, :{k}]
labels = (given.weak + given.weak[near].mean(axis=1)).argmax(axis=1)
vectorizer = TfidfVectorizer(min_df=2)
machine = LinearSVC(C={c}).fit(vectorizer.fit_transform(given.learn), labels)
margin = machine.decision_function(vectorizer.transform(given.predict))
pipeline.save((margin > 0).astype(int))
"""
BAGGED = """import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import BaggingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import RidgeClassifier
from sklearn.pipeline import make_pipeline

from truing import pipeline

given = pipeline.load()
model = make_pipeline(
    TfidfVectorizer(sublinear_tf=True),
    TruncatedSVD({parts}, random_state=given.seed),
    BaggingClassifier(RidgeClassifier(alpha={alpha}), {members}, random_state=given.seed),
)
model.fit(given.learn, given.weak.argmax(axis=1))
pipeline.save(model.predict_proba(given.predict) + 1e-3)
"""
LONG = """import numpy as np
from sklearn.ensemble import GradientBoostingClassifier

from truing import pipeline


def describe(texts):
    counts = [
        (len(text), text.count(" "), text.count(","), text.count("!"), text.count("?"),
         sum(sign.isdigit() for sign in text), sum(sign.isupper() for sign in text))
        for text in texts
    ]
    return np.array(counts, dtype=float)


given = pipeline.load()
model = GradientBoostingClassifier(n_estimators={rounds}, subsample=0.5, random_state=given.seed)
learn = np.hstack([given.learn_features[:, :{columns}], describe(given.learn)])
predict = np.hstack([given.predict_features[:, :{columns}], describe(given.predict)])
model.fit(learn, given.weak.argmax(axis=1), sample_weight=given.weak.max(axis=1) ** 2)
pipeline.save(model.predict_proba(predict))
"""
KINDS: tuple[tuple[str, str, dict[str, tuple[object, ...]]], ...] = (
    (
        WORDS,
        "Logistic regression (C={c}) on TF-IDF n-grams of {analyzer}s, {low} to {high}.",
        {"analyzer": ("word", "char_wb"), "low": (1, 2), "high": (2, 3), "c": (0.3, 1, 3, 10)},
    ),
    (
        NEAR_WORDS,
        "Mean weak label of the {k} nearest neighbors by cosine similarity of TF-IDF vectors.",
        {"stop": (None, "english"), "k": (5, 11, 21, 41)},
    ),
    (
        NEAR_ACTIVATIONS,
        "kNN with {k} neighbors in activation space; each votes with its cosine similarity.",
        {"k": (5, 11, 21, 41)},
    ),
    (
        BAYES,
        "Word counts and {model} with additive smoothing {alpha}, weighted by weak confidence.",
        {
            "model": ("MultinomialNB", "ComplementNB"),
            "alpha": (0.1, 0.5, 1.0),
            "binary": (True, False),
        },
    ),
    (
        FILTER,
        "Keep the {percent}% most confident weak labels per class, then logistic regression.",
        {"keep": (0.3, 0.5, 0.7, 0.9), "c": (0.003, 0.01, 0.1)},
    ),
    (
        BOTH,
        "Average the probabilities of two logistic regressions, on TF-IDF and on activations.",
        {"c": (0.1, 1.0, 3.0)},
    ),
    (
        SELF,
        "Self-training: {steps} rounds with pseudo-labels for the surest {percent}% of the inputs "
        "to predict, TF-IDF of all texts.",
        {"steps": (1, 2, 3), "share": (0.3, 0.5, 0.8), "c": (1.0, 3.0)},
    ),
    (
        SMOOTH,
        "Relabel each text by {k} neighbors in activation space, then a linear SVM on words.",
        {"k": (5, 10, 20), "c": (0.1, 0.3, 1.0)},
    ),
    (
        BAGGED,
        "LSA with {parts} components and a bagged ensemble of {members} ridge classifiers.",
        {"parts": (20, 50, 100), "members": (10, 20), "alpha": (0.1, 1.0)},
    ),
    (
        LONG,
        "Gradient boosting on the first {columns} activations, text length and punctuation.",
        {"rounds": (30, 60), "columns": (20, 60)},
    ),
)
MECHANISMS = (
    "Words carry the signal that the supervisor reads imperfectly, and its errors average out.",
    "Averaging reduces variance; the weak errors are not shared between similar texts.",
    "The supervisor errs most where it is unsure, so its sure labels are cleaner.",
    "Simple models cannot fit label noise, so they generalize beyond it.",
)


class TextFolder:
    """A random honest folder about texts.

    Attributes:
        files: text of each file, by path.
        claim, card: claim and method card.
    """

    def __init__(self, rng: np.random.Generator):
        code, claim, choices = KINDS[rng.integers(len(KINDS))]
        drawn = {name: some[rng.integers(len(some))] for name, some in choices.items()}
        share = drawn.get("keep", drawn.get("share", 0))
        words = {**drawn, "percent": round(100 * float(str(share)))}
        self.files = {"run.py": code.format(**words)}
        self.claim = claim.format(**words)
        effect = float(rng.choice([0.0, 0.01, 0.03]))
        mechanism = str(rng.choice(MECHANISMS))
        self.card = {"claim": self.claim, "mechanism": mechanism, "expected_effect": effect}
