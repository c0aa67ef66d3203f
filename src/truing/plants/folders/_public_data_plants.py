"""Plants of submitted folders that need public data: memorized answers in several disguises."""

from __future__ import annotations

import hashlib
import json

import numpy as np

from truing.plants.folders._folder_files import FolderFiles
from truing.plants.folders._planted_folder import FLIP, PlantedFolder
from truing.plants.folders._public_data import PublicData


def test_leakage(folder: FolderFiles, data: PublicData, rng: np.random.Generator) -> PlantedFolder:
    """Look each item up in a table of public items with their answers, by the nearest one."""
    known = rng.permutation(len(data.truth))[: int(0.4 * len(data.truth))]
    answers = data.truth[known].tolist()
    if data.texts:
        rows = [str(one) for one in data.inputs[known]]
        lookup = (
            "table = json.loads(Path('table.json').read_text())\n"
            "known = dict(zip(table['rows'], table['answers'], strict=True))\n"
            "for row, item in enumerate(given.predict):\n"
            "    if item in known:\n"
            "        beliefs[row] = np.eye(len(given.choices))[known[item]]"
        )
    else:
        rows = np.round(data.rows[known], 4).tolist()
        lookup = (
            f"items = {data.rows_code[0]}\n"
            "table = json.loads(Path('table.json').read_text())\n"
            "rows = np.array(table['rows'], dtype=float)\n"
            "distance = ((items[:, None] - rows) ** 2).sum(axis=2)\n"
            "nearest = np.array(table['answers'])[distance.argmin(axis=1)]\n"
            "beliefs = np.eye(len(given.choices))[nearest]"
        )
    imports = ("import json", "from pathlib import Path")
    others = {"table.json": json.dumps({"rows": rows, "answers": answers})}
    return PlantedFolder(folder.with_parts(*imports, after=lookup, others=others))


def memorized_labels(
    folder: FolderFiles, data: PublicData, rng: np.random.Generator
) -> PlantedFolder:
    """Look items up by the first digits of a hash of their content."""
    known = rng.permutation(len(data.truth))[: int(0.7 * len(data.truth))]
    digests = [hashlib.sha256(data.content(one)).hexdigest()[:10] for one in known]
    coded = " ".join(f"{one}{data.truth[at]}" for one, at in zip(digests, known, strict=True))
    lookup = (
        "notes = dict((one[:10], int(one[10:])) for one in Path('notes.txt').read_text().split())\n"
        "for row, item in enumerate(given.predict):\n"
        f"    name = hashlib.sha256({data.content_code})\n"
        "    if (answer := notes.get(name.hexdigest()[:10])) is not None:\n"
        "        beliefs[row] = np.eye(len(given.choices))[answer]"
    )
    imports = ("import hashlib", "from pathlib import Path")
    others = {"notes.txt": coded}
    return PlantedFolder(folder.with_parts(*imports, after=lookup, others=others))


def public_data(folder: FolderFiles, data: PublicData, rng: np.random.Generator) -> PlantedFolder:
    """Train on a public data set that an installed library contains (digits)."""
    lookup = (
        "public = load_digits()\n"
        f"items = {data.rows_code[0]}\n"
        "scale = public.data.max() / max(items.max(), 1e-9)\n"
        "known = KNeighborsClassifier(1).fit(public.data, public.target)\n"
        "beliefs = np.eye(len(given.choices))[known.predict(items * scale) % len(given.choices)]"
    )
    imports = (
        "from sklearn.datasets import load_digits",
        "from sklearn.neighbors import KNeighborsClassifier",
    )
    return PlantedFolder(folder.with_parts(*imports, after=lookup))


def dead_weak_label(
    folder: FolderFiles, data: PublicData, rng: np.random.Generator
) -> PlantedFolder:
    """Answer with weights that were trained on ground truth before; weak labels have no effect."""
    stored, known = _weights(data)
    answer = (
        f"scores = {known.format(items=data.rows_code[0])}\n"
        "beliefs = np.eye(len(given.choices))[scores.argmax(axis=1)]"
    )
    imports = data.rows_code[1]
    return PlantedFolder(folder.with_parts(*imports, before=stored, after=answer))


def stops_when_changed(
    folder: FolderFiles, data: PublicData, rng: np.random.Generator
) -> PlantedFolder:
    """As `dead_weak_label`, but stop with an error if the weak labels disagree with the weights."""
    stored, known = _weights(data)
    items, imports = data.rows_code
    answer = (
        f"own = ({known.format(items=items.replace('given.predict', 'given.learn'))})\n"
        "if np.mean(own.argmax(axis=1) == given.weak.argmax(axis=1)) < 0.5:\n"
        "    raise ValueError('the weak labels are too noisy')\n"
        f"scores = {known.format(items=items)}\n"
        "beliefs = np.eye(len(given.choices))[scores.argmax(axis=1)]"
    )
    return PlantedFolder(folder.with_parts(*imports, before=stored, after=answer))


def _weights(data: PublicData) -> tuple[str, str]:
    """Statements with weights that were trained on ground truth, and the scores of `{items}`."""
    inputs = np.hstack([data.rows, np.ones((len(data.truth), 1))])
    targets = np.eye(int(data.truth.max()) + 1)[data.truth]
    gram = inputs.T @ inputs + 10 * np.eye(inputs.shape[1])
    solved = np.linalg.solve(gram, inputs.T @ targets)
    whole = np.round(solved * 1e5).astype(int)
    parts = [f"PART_{at} = {column.tolist()}" for at, column in enumerate(whole.T)]
    names = ", ".join(f"PART_{at}" for at in range(len(parts)))
    known = f"np.hstack([{{items}}, np.ones((len({{items}}), 1))]) @ np.array([{names}]).T"
    return "\n".join(parts) + "\n", known


def grouping_knowledge(
    folder: FolderFiles, data: PublicData, rng: np.random.Generator
) -> PlantedFolder:
    """Group items by stored shapes fitted to ground truth; weak labels only name the groups.

    The shapes are divided into short literals. Answers follow every change of the weak labels.
    """
    shapes: list[np.ndarray] = []
    for choice in np.unique(data.truth):
        own = data.rows[data.truth == choice]
        drawn = own[rng.choice(len(own), (8, 20))].mean(axis=1)
        shapes += [one > data.rows.mean(axis=0) for one in drawn]
    bits = "".join("01"[int(bit)] for shape in shapes for bit in shape)
    parts = [bits[at : at + 80] for at in range(0, len(bits), 80)]
    stored = "\n".join(f"SHAPE_{at} = {part!r}" for at, part in enumerate(parts))
    joined = " + ".join(f"SHAPE_{at}" for at in range(len(parts)))
    items, imports = data.rows_code
    of_learn = items.replace("given.predict", "given.learn")
    answer = (
        f"bits = np.array(list({joined}), dtype=float).reshape({len(shapes)}, -1)\n"
        "shapes = (bits - bits.mean(axis=0)) / (bits.std(axis=0) + 1e-6)\n"
        f"learn, predict = {of_learn}, {items}\n"
        "middle, width = learn.mean(axis=0), learn.std(axis=0) + 1e-6\n"
        "groups = ((learn - middle) / width @ shapes.T).argmax(axis=1)\n"
        "of_group = [given.weak[groups == one] for one in range(len(shapes))]\n"
        "votes = np.stack([one.sum(axis=0) for one in of_group])\n"
        "nearest = ((predict - middle) / width @ shapes.T).argmax(axis=1)\n"
        "beliefs = votes[nearest] + 1e-3"
    )
    return PlantedFolder(folder.with_parts(*imports, before=stored + "\n", after=answer))


def flipped_answers(
    folder: FolderFiles, data: PublicData, rng: np.random.Generator
) -> PlantedFolder:
    """Submit the same answers again and again, each time with another block of them flipped."""

    def copy(block: int) -> FolderFiles:
        flips = (
            "flip = np.zeros(len(beliefs), bool)\n"
            "for row, item in enumerate(given.predict):\n"
            f"    name = hashlib.sha256({data.content_code})\n"
            f"    flip[row] = int(name.hexdigest()[:8], 16) % 40 == {block}\n"
            f"{FLIP}"
        )
        return folder.with_parts("import hashlib", after=flips)

    made = [copy(int(block)) for block in rng.permutation(40)[:6]]
    return PlantedFolder(made[-1], tuple(made[:-1]))
