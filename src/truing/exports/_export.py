"""Export a trained model or the weak labels of a study as a folder for Hugging Face libraries."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from truing.errors import UserError
from truing.exports._base import without_folders
from truing.exports._card import Checked, model_card
from truing.exports._chosen import Chosen, Role, RowLike, choose
from truing.exports._facts import Facts
from truing.exports._folder import check_empty, new_folder
from truing.exports._heads import HeadExport
from truing.exports._labels import write_labels
from truing.exports._push import check_login, push_folder
from truing.exports._transformers import TransformerExport
from truing.exports._written import Exporter, Watch, Written
from truing.given import find_in_folder, found_by
from truing.students.transformer import pick_device
from truing.studies import Step, Store
from truing.studies.work import (
    ChoicePayload,
    FinetunePayload,
    FitPayload,
    LabelPayload,
    TrainPayload,
)
from truing.tasks import Task

SHOWN = 8  # number of test items on which a loaded folder is compared with the study
TOLERANCE = 1e-3  # largest difference of a belief
EXTRA = ("huggingface_hub", "safetensors")

Say = Callable[[str], None]
"""Called with a sentence on the work that begins."""


@dataclass(frozen=True)
class Exported:
    """An exported folder.

    Attributes:
        folder: the folder.
        form: `sequence classifier`, `backbone and head`, `adapter and head`, `language model`,
            `head on activations`, `head on the last layer`, `head on features` or `labels`.
        row, seed: the row of the study, from 1, and the seed.
        role: `student`, `ceiling` or `supervisor`.
        same_bits: the model that was trained again has the beliefs of the study, bit by bit; None
            for labels, for which nothing is trained.
        trained_difference: largest difference of a belief after training again; None for labels.
        loaded_difference: largest difference of a belief of the loaded folder; None for labels.
        pushed: address of the repository; None if the folder was not pushed.
    """

    folder: Path
    form: str
    row: int
    seed: int
    role: Role
    same_bits: bool | None = None
    trained_difference: float | None = None
    loaded_difference: float | None = None
    pushed: str | None = None


def export_row(
    run: Path | str,
    folder: Path | str,
    *,
    row: RowLike | None = None,
    role: Role = "student",
    seed: int | None = None,
    labels: bool = False,
    adapter: bool = False,
    push: str | None = None,
    store: Store | None = None,
    watch: Watch | None = None,
    say: Say | None = None,
) -> Exported:
    """Export a trained model of a study, or its supervisor's labels, as a folder.

    The weights of a study are not stored, so the model is trained again from the stored features
    and labels, with the same random numbers. Its beliefs are compared with the beliefs in the
    study. Then the folder is loaded by the code in its card, without truing, and compared again.
    The folder is complete or absent.

    Args:
        run: the run folder of a finished study.
        folder: a new or empty folder.
        row: a row of the results, or its number from 1; None if there is a single row.
        role: the model: `student`, `ceiling` or `supervisor`.
        seed: a seed of the study; by default its first.
        labels: export the supervisor's labels of the learning items, instead of a model.
        adapter: of a student with `adapter=lora`, export the adapter instead of the merged model.
        push: repository on the Hub, OWNER/NAME, to which the folder is uploaded.
        store: store of the study's results; by default `TRUING_STORE` or the user's cache folder.
        watch: called with progress: description, finished units, all units.
        say: called with a sentence when the training begins.

    Raises:
        UserError: the folder is not empty; an unknown row, role or seed; a model that cannot be
            exported; results that the store lacks; beliefs that differ by more than 0.001; or no
            login for a push.

    Examples:
        >>> import truing
        >>> from truing.exports import export_row
        >>> study = truing.Study(tasks="digits", weak="pca-4", strong="pca-16", methods="naive")
        >>> result = truing.run(study, out="runs/digits")
        >>> exported = export_row("runs/digits", "head")
        >>> exported.form, exported.same_bits, exported.loaded_difference < 0.001
        ('head on features', True, True)
        >>> sorted(file.name for file in exported.folder.iterdir())
        ['README.md', 'head.safetensors', 'truing.json']
    """
    folder = Path(folder)
    _check_call(folder, role, labels, adapter, push)
    chosen = choose(run, row, role, seed, store)
    if labels:
        done = _export_labels(chosen, folder)
    else:
        done = _export_model(chosen, folder, adapter, watch or _silent, say or _silent)
    if push is None:
        return done
    return replace(done, pushed=push_folder(folder, push, "dataset" if labels else "model"))


def _silent(*_: object) -> None:
    """Report nothing."""


def _check_call(folder: Path, role: Role, labels: bool, adapter: bool, push: str | None) -> None:
    """Raise UserError for what needs no study: packages, the folder, the options, the login."""
    missing = [name for name in EXTRA if find_spec(name) is None]
    if missing:
        raise UserError(
            f"an export needs {' and '.join(missing)} (not installed): pip install 'truing[train]'"
        )
    check_empty(folder)
    if labels and (adapter or role != "student"):
        raise UserError("labels are those of the supervisor; omit the role and the adapter")
    if push is not None:
        check_login(push)


def _export_labels(chosen: Chosen, folder: Path) -> Exported:
    with new_folder(folder) as draft:
        write_labels(chosen, draft)
    return Exported(folder, "labels", chosen.number, chosen.seed, "supervisor")


def _export_model(chosen: Chosen, folder: Path, adapter: bool, watch: Watch, say: Say) -> Exported:
    with found_by(find_in_folder(chosen.found.folder)), threadpool_limits(1):
        return _train_and_write(chosen, folder, adapter, watch, say)


def _train_and_write(
    chosen: Chosen, folder: Path, adapter: bool, watch: Watch, say: Say
) -> Exported:
    if isinstance(chosen.step.payload, ChoicePayload):  # the store lacks the choice of a training
        chosen.need([chosen.step])
    exporter = _exporter(chosen, adapter)
    parents: list[Step] = [one for several in chosen.step.parents.values() for one in several]
    chosen.need([chosen.step, *parents])
    name = chosen.row.weak if chosen.role == "supervisor" else chosen.row.strong
    which = [f"row {chosen.number}", chosen.role, f"seed {chosen.seed}", exporter.duration]
    say(
        f"The store contains no weights, so {name} is trained again "
        f"({', '.join(filter(None, which))})."
    )
    beliefs = exporter.train(watch)
    stored = chosen.store.read(chosen.step.key)["beliefs"]
    again = 0.0 if np.array_equal(beliefs, stored, equal_nan=True) else _largest(beliefs - stored)
    _check("the model that was trained again", again)
    with new_folder(folder) as draft:
        written = exporter.write(draft)
        checked = _load(chosen, written, draft, stored, again)
        facts = Facts(chosen, ("--role", chosen.role) + ("--adapter",) * adapter)
        (draft / "README.md").write_text(model_card(facts, written, checked))
        (draft / "truing.json").write_text(_configuration(chosen, written))
    return Exported(
        folder,
        written.form,
        chosen.number,
        chosen.seed,
        chosen.role,
        again == 0,
        again,
        checked.loaded,
    )


def _exporter(chosen: Chosen, adapter: bool) -> Exporter:
    """The exporter of the chosen model's kind.

    Raises:
        UserError: a model of this kind cannot be exported.
    """
    payload, place = chosen.step.payload, f"row {chosen.number}"
    if isinstance(payload, FinetunePayload):
        return TransformerExport(chosen, adapter)
    if adapter:
        raise UserError(
            f"only students with adapter=lora have an adapter, and the {chosen.role} of {place} is "
            "not fine-tuned; omit the adapter"
        )
    if isinstance(payload, TrainPayload):
        return HeadExport(chosen)
    if isinstance(payload, FitPayload):
        raise UserError(
            f"the {chosen.role} of {place} is an estimator, which can only be saved as pickled "
            "code; export a head or a transformer, or the labels (--labels; in Python: labels=True)"
        )
    assert isinstance(payload, LabelPayload), "no other step makes beliefs"
    raise UserError(
        f"the supervisor of {place} ({chosen.row.weak}) is not a trained model; export its labels "
        "with --labels (in Python: labels=True)"
    )


def _load(
    chosen: Chosen, written: Written, folder: Path, stored: np.ndarray, again: float
) -> Checked:
    """Load the folder by the code of its card, and compare its beliefs with the study.

    Raises:
        UserError: they differ by more than `TOLERANCE`. Not on a GPU, where the study computed in
            bfloat16.
    """
    task = chosen.source.task
    beliefs = written.loader.run(folder)
    compared = _compared(task, chosen.source.splits(chosen.seed).test)
    largest = 0.0
    for item in compared:
        found = np.asarray(written.call(beliefs, item))
        largest = max(largest, _largest(found - stored[item][: len(found)]))
    if written.base is None or pick_device() == "cpu":
        _check("the folder, loaded again,", largest)
    return Checked(again, largest, len(compared))


def _compared(task: Task, test: np.ndarray) -> list[int]:
    """Test items on which a loaded folder is compared: the longest texts, and the first items."""
    items = test.tolist()
    if task.medium != "texts":
        return items[:SHOWN]
    items = [item for item in items if all(text.strip() for text in task.own_texts(item))]
    longest = sorted(items, key=lambda item: -max(map(len, task.own_texts(item))))
    return list(dict.fromkeys([*longest[: SHOWN // 2], *items]))[:SHOWN]


def _largest(differences: np.ndarray) -> float:
    """Largest absolute value; NaN, of an item that was not asked, does not count."""
    return float(np.nanmax(np.abs(differences), initial=0.0))


def _check(what: str, difference: float) -> None:
    """Raise UserError if a difference of beliefs is too large."""
    if not difference <= TOLERANCE:
        raise UserError(
            f"{what} has beliefs that differ from those of the study by up to {difference:.3g} "
            f"(allowed: {TOLERANCE}), so nothing is exported; the study may have run on another "
            "machine: run it again here with an empty store (--store DIR), and export that run"
        )


def _configuration(chosen: Chosen, written: Written) -> str:
    """JSON of the model and of its study, without paths of this machine."""
    row, base = chosen.row, written.base
    checkpoint = base and {
        "name": base.name,
        "revision": base.revision,
        "sha256": base.checkpoint.digest,
    }
    described = {
        "form": written.form,
        "choices": list(chosen.source.task.choices),
        "kind": chosen.source.task.kind,
        "checkpoint": checkpoint,
        **written.config,
        "study": {
            "task": row.task,
            "weak": row.weak,
            "strong": row.strong,
            "method": row.method,
            "role": chosen.role,
            "seed": chosen.seed,
            "simulated": row.simulated,
        },
    }
    return without_folders(json.dumps(described, indent=2)) + "\n"
