"""Folder files: text of honest folders with training code, in parts that plants change.

The folder trains on weak labels as a referee hands them out (`truing.pipeline`), and predicts.
Students, training targets, selections and their numbers are drawn at random. Nothing is chosen by a
result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from truing.plants.folders._honest_parts import LABELS, SELECTIONS, STUDENTS, Part

PROGRAM = '''"""{claim}"""

{imports}

from truing import pipeline

{before}

def labels_of(given):
    """Choices and weights of the items to learn."""
{labels}


def train_and_predict(given, features, choices, weights, predict):
    """Beliefs (m, k) of the student about the items to predict."""
{student}


given = pipeline.load()
features, predict = {features}
center, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
features, predict = (features - center) / spread, (predict - center) / spread
choices, weights = labels_of(given)
beliefs = train_and_predict(given, features, choices, weights, predict)
{after}
pipeline.save(beliefs)
'''
FEATURES = (
    "given.learn_features, given.predict_features",
    "(\n    given.learn.reshape(len(given.learn), -1),\n"
    "    given.predict.reshape(len(given.predict), -1),\n)",
)
MECHANISMS = (
    "A student with its own inductive bias does not repeat all errors of its supervisor.",
    "The errors of the supervisor are less regular than its right answers.",
    "Errors are more frequent where the supervisor is in doubt.",
)


@dataclass(frozen=True)
class FolderFiles:
    """Files of a submitted folder, with the method card.

    Attributes:
        claim, mechanism: texts of the method card.
        labels, student: bodies of the functions `labels_of` and `train_and_predict`.
        features: expression of the features to learn and to predict.
        imports: import statements.
        before, after: statements before the functions, and before the predictions are saved.
        others: other files, by path.
    """

    claim: str
    mechanism: str
    labels: str
    student: str
    features: str
    imports: tuple[str, ...]
    before: str = ""
    after: str = ""
    others: Mapping[str, str] | None = None

    @property
    def files(self) -> dict[str, str]:
        """The text of each file, by path."""
        program = PROGRAM.format(
            claim=self.claim,
            imports="\n".join(sorted(set(self.imports))),
            before=self.before,
            labels=_indented(self.labels),
            student=_indented(self.student),
            features=self.features,
            after=self.after,
        )
        return {"run.py": program, **(self.others or {})}

    @property
    def card(self) -> dict[str, Any]:
        """The method card."""
        return {"claim": self.claim, "mechanism": self.mechanism, "expected_effect": 0.01}

    def with_parts(self, *imports: str, **parts: Any) -> FolderFiles:
        """The files with other parts and additional import statements."""
        return replace(self, imports=(*self.imports, *imports), **parts)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in text.splitlines())


def honest_folder(rng: np.random.Generator, vectors: bool = True) -> FolderFiles:
    """A random honest folder.

    Args:
        rng: random generator of students, targets, selections and their numbers.
        vectors: whether inputs are images or vectors, which can be features too.

    Examples:
        >>> import numpy as np
        >>> from truing.plants.folders import honest_folder
        >>> folder = honest_folder(np.random.default_rng(3))
        >>> sorted(folder.files), sorted(folder.card)
        (['run.py'], ['claim', 'expected_effect', 'mechanism'])
    """
    student, labels, selection = (_draw(parts, rng) for parts in (STUDENTS, LABELS, SELECTIONS))
    claim = f"{student.claim} learns from {labels.claim}{selection.claim}."
    return FolderFiles(
        claim=claim[0].upper() + claim[1:],
        mechanism=str(rng.choice(MECHANISMS)),
        labels=f"{labels.code}\n{selection.code}\nreturn choices, weights",
        student=student.code,
        features=FEATURES[int(rng.random() < 0.3) if vectors else 0],
        imports=("import numpy as np", *student.imports, *labels.imports),
    )


def _draw(parts: tuple[Part, ...], rng: np.random.Generator) -> Part:
    """A random part, with random numbers in its code and claim."""
    chosen = parts[rng.integers(len(parts))]
    numbers = {name: values[rng.integers(len(values))] for name, values in chosen.numbers.items()}
    code, claim = chosen.code, chosen.claim
    for name, value in numbers.items():
        code, claim = (one.replace(f"<{name}>", str(value)) for one in (code, claim))
    return replace(chosen, code=code, claim=claim)
