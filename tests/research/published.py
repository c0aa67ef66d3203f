"""A small closed research run with every kind of submission, for the tests of bundles."""

from __future__ import annotations

from pathlib import Path

from truing.research import MethodCard, Referee, ResearchConfig, Submission, WeakToStrong
from truing.research._config import Folders
from truing.research.folders import FrozenFolder
from truing.research.ledger._secret import make_secret
from truing.run_files import SECRET

FILE = '''
from truing.methods import Method, method

@method("halved")
def halved():
    """Weak labels, mixed with equal beliefs."""
    def targets(weak, belief, progress):
        return 0.5 * weak + 0.5 / weak.shape[1], (weak * 0 + 1)[:, 0]
    return Method(targets)
'''
RUN = """
import numpy as np

learn, predict = (np.load(f"inputs/{name}_features.npy") for name in ("learn", "predict"))
weak = np.load("inputs/weak.npy")
means = weak.T @ learn / weak.sum(0)[:, None]
scores = predict @ means.T - 0.5 * (means**2).sum(1)
np.save("outputs/predictions.npy", scores.argmax(1))
"""
HOSTILE = "<script>alert(1)</script> \u202e"


def config(**given) -> ResearchConfig:
    problem = WeakToStrong(climb=("digits",), other_tasks=(), strong="spectral-16", seeds=2)
    base = {"folders": Folders(), "finalists": 2, "step": 0.02, "isolation": "limited"}
    given = {**base, "audit": False, **given}
    return ResearchConfig(problem=problem, **given)


def card(claim: str) -> MethodCard:
    return MethodCard(claim=claim, mechanism="a reason", expected_effect=0.02)


def submissions() -> list[tuple[str, Submission]]:
    folder = FrozenFolder({"run.py": RUN, "notes/index.html": HOSTILE})
    return [
        ("ada", Submission(content="composition,targets=confidence", card=card(HOSTILE))),
        ("bob", Submission(content="composition,transform=sharpen", card=card(HOSTILE))),
        ("bob", Submission(kind="file", name="halved", content=FILE, card=card("softer"))),
        ("ada", Submission(kind="folder", content=folder.to_json(), card=card("means"))),
        ("eve", Submission(content="composition,targets=confidence", card=card("the same"))),
    ]


def closed_run(folder: Path, **given) -> Path:
    """A closed run with five submissions; two of them are the same method."""
    folder.mkdir(mode=0o700)
    make_secret(folder / SECRET, b"k" * 32)  # the same items and seeds in each test run
    referee = Referee(folder, config(**given))
    for researcher, submission in submissions():
        referee.score(referee.submit(researcher, submission).number)
    referee.close()
    referee.ledger.close()
    return folder
