"""Prompt: what an agent reads first. It contains no text of another researcher."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PROBLEM = """{aim}

Rules: {rules} Each researcher may submit {each} methods, and all researchers together {all}. The \
random seeds are secret. When the research run closes, the referee scores the best methods once on \
sealed items and on tasks that you do not know. Only a gain on these items and tasks counts. Other \
researchers may work on the same problem. All researchers can share and read findings.

Use the referee's tools. describe_problem returns the full description of the problem, and \
submit_method submits a method. When you have finished, call finish.{folders}{memory}{direction}"""

FOLDERS = """

You may also submit a folder of Python code. Write its files into your workspace with write_file, \
and submit them with submit_folder. The referee runs `python run.py` in a sandbox without network, \
once for each task and each random seed. Each run has new names and a new order of the items. \
run.py reads its inputs and saves its predictions like this:

    from truing import pipeline
    given = pipeline.load()   # weak labels of n items, and m items to predict
    ...                       # given.weak (n, k): weak labels; rows sum to 1
    pipeline.save(beliefs)    # (m, k) beliefs, or (m,) choices from 0 to k - 1

given.learn and given.predict are the items: texts, images or vectors, see given.medium. \
given.learn_features (n, d) and given.predict_features (m, d) are the features on which the \
baseline is trained, or None. For items with their own choices, features have shape (n, k, d). Use \
given.seed for all randomness. NumPy, SciPy and scikit-learn are installed."""

PROTOCOLS = """

A submission is a folder with an oversight protocol and no code. Write protocol.json into your \
workspace with write_file, optionally prompt templates prompts/NAME.md, and submit them with \
submit_folder. describe_problem returns the terms, the fields and the names of the templates. For \
example:

    {"speakers": [{"name": "Debater", "each": true}], "rounds": 2, "limits": {"quotes": 2}}"""

MEMORY = """

Your notes and files remain, but this conversation ends after {turns} of your replies. Then you \
continue in a new conversation with this prompt. Call recall first: it returns your notes, your \
submissions, and findings of other researchers. Before the end, write what you learned into your \
notes with write_notes."""

CONTINUE = "Continue with a tool call. When you have finished, call finish."
LAST = "This conversation ends soon. Write what you learned into your notes with write_notes."


def prompt(problem: Mapping[str, Any], direction: str, turns: int) -> str:
    """The first message of a conversation.

    Args:
        problem: the description of the problem, by the operator.
        direction: direction of search; empty for none.
        turns: number of replies of a conversation.
    """
    return PROBLEM.format(
        aim=problem["aim"],
        rules=problem["rules"],
        each=problem["budget"]["each"],
        all=problem["budget"]["all"],
        folders=_folders(problem),
        memory=MEMORY.format(turns=turns),
        direction=f"\n\nSearch in this direction: {direction}" if direction else "",
    )


def _folders(problem: Mapping[str, Any]) -> str:
    """How to write a folder; empty if the problem accepts none."""
    if not problem.get("folders"):
        return ""
    return PROTOCOLS if problem.get("kind") == "oversight" else FOLDERS
