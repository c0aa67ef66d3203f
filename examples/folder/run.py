"""Train a logistic regression on the confident half of the weak labels."""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from truing import pipeline

given = pipeline.load()
sure = given.weak.max(axis=1)
kept = sure >= np.median(sure)
model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=1000))
model.fit(given.learn_features[kept], given.weak[kept].argmax(axis=1))
beliefs = np.zeros((len(given.predict_features), len(given.choices)))
beliefs[:, model.classes_] = model.predict_proba(given.predict_features)
pipeline.save(beliefs)
