"""A study of objects in place of names: data frame, label array, classifier and function."""

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import truing


def blend(weak, belief, progress):
    """Targets (n, k) between the weak label and the student's own belief, and weights (n,)."""
    return (weak + belief) / 2, weak[:, 0] * 0 + 1


vectors, truth = load_breast_cancer(return_X_y=True)
frame = pd.DataFrame({"vector": list(vectors), "truth": truth})
labels = np.where(vectors[:, :1] < 15, [0.2, 0.8], [0.8, 0.2])  # a rule of thumb: small is benign
student = make_pipeline(StandardScaler(), LogisticRegression())
study = truing.Study(
    tasks={"tumors": frame},
    weak={"rule of thumb": labels},
    strong={"logistic regression": student},
    methods=["naive", blend],
    seeds=3,
)
result = truing.run(study, out="runs/new-user")
print(result)
result.filter(method=["naive", blend]).plot().save("new-user.svg")
