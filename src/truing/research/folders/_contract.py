"""Contract: what a submitted folder reads, writes and may use, for people and for agents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict, final

from truing.research.folders._frozen import ENTRY, MOST_FILES, MOST_TEXT
from truing.research.folders._run import FolderLimits

TERMS = (
    f"A folder contains {ENTRY} and other text files. The referee runs `python {ENTRY}` in a "
    "sandbox, once for each task and seed, in a working folder with a copy of the files. A run has "
    "no network, no ground truth, and no files of other runs. It learns from the items in "
    "inputs/learn.* and their weak labels, and writes predictions of the items in "
    "inputs/predict.*. Items have new names and a new order in each run. The same inputs must "
    "lead to the same predictions: use the seed in inputs/task.json. The score is the accuracy of "
    "the predictions minus that of naive training with the same weak labels on the same items. If "
    "one run fails, the submission fails. When the research run closes, the referee runs the same "
    "folder on other items and on tasks that you do not know, so the code must work for any number "
    "of items, choices and features."
)

INPUTS = {
    "inputs/task.json": "kind (classification, multiple choice or preference), medium (texts, "
    "images or vectors), choices (names of the k classes, or positions of the choices), learn (n), "
    "predict (m), seed, models (folder by name)",
    "inputs/learn.jsonl": "n lines, one for each item to learn from: id, and for texts `text`, or "
    "`choices` (one text per choice) if each item has its own choices",
    "inputs/predict.jsonl": "m lines, one for each item to predict, as in learn.jsonl",
    "inputs/weak.npy": "(n, k) float64: weak labels; rows sum to 1; 0 for absent choices",
    "inputs/clusters.npy": "(n,) int64: number of each learning item's cluster; items of one "
    "cluster depend on each other",
    "inputs/learn_inputs.npy": "(n, height, width) images or (n, columns) vectors; absent for "
    "texts",
    "inputs/predict_inputs.npy": "(m, height, width) or (m, columns); absent for texts",
    "inputs/learn_features.npy": "(n, d), or (n, k, d) if each item has its own choices, with NaN "
    "for absent choices: the features on which naive training learns; absent if the baseline has "
    "no features, such as a fine-tuned model",
    "inputs/predict_features.npy": "(m, d) or (m, k, d), as in learn_features.npy",
}
"""Files that a run reads, with their contents."""

OUTPUTS = {
    "outputs/predictions.npy": "(m,) integers from 0 to k - 1: the predicted choice of each item; "
    "or (m, k) finite numbers of at least 0 with a positive sum in each row: beliefs"
}
"""Files that a run writes, with their contents."""


@final
class FolderContract(TypedDict):
    """The contract of submitted folders, as JSON.

    Attributes:
        terms: the contract in words.
        inputs, outputs: files of a run, with their contents.
        library: module that reads the inputs and writes the predictions.
        limits: resource limits of each run, see `FolderLimits`.
        most_files, most_characters: largest number of files, and of characters in all files.
        models: names of the models whose folders a run may read.
    """

    terms: str
    inputs: dict[str, str]
    outputs: dict[str, str]
    library: str
    limits: dict[str, float]
    most_files: int
    most_characters: int
    models: list[str]


@final
class ProtocolContract(TypedDict):
    """The contract of folders with an oversight protocol, as JSON.

    Attributes:
        terms: the contract in words.
        fields: allowed fields of the declaration, by part: protocol, speaker, judge and limits.
        templates: names of the prompt templates.
    """

    terms: str
    fields: dict[str, list[str]]
    templates: list[str]


def describe_contract(limits: FolderLimits, models: Iterable[str] = ()) -> FolderContract:
    """The contract under some limits.

    Args:
        limits: resource limits of each run.
        models: names of the models whose folders a run may read.

    Examples:
        >>> from truing.research.folders import FolderLimits, describe_contract
        >>> describe_contract(FolderLimits(cpu=60))["limits"]["cpu"]
        60
    """
    return {
        "terms": TERMS,
        "inputs": INPUTS,
        "outputs": OUTPUTS,
        "library": "from truing import pipeline: pipeline.load() and pipeline.save(predictions)",
        "limits": limits.model_dump(mode="json"),
        "most_files": MOST_FILES,
        "most_characters": MOST_TEXT,
        "models": sorted(models),
    }
