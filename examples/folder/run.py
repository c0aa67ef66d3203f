"""Average the weak label of each image with those of similar images, then train on the averages."""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from truing import pipeline

NEIGHBORS = 10

given = pipeline.load()
pixels = given.learn.reshape(len(given.learn), -1)
near = NearestNeighbors(n_neighbors=min(NEIGHBORS, len(pixels))).fit(pixels)
labels = given.weak[near.kneighbors(pixels, return_distance=False)].mean(axis=1)

model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))
model.fit(given.learn_features, labels.argmax(axis=1))
beliefs = np.zeros((len(given.predict), len(given.choices)))
beliefs[:, model.classes_] = model.predict_proba(given.predict_features)
pipeline.save(beliefs)
