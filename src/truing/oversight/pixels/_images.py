"""Images for the pixel debate: the digits, or arrays that the user brings."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from truing.errors import DataError
from truing.tasks import Source, Task, load_task, make_source

MOST_CLASSES = 100


def load_images(path: str | None) -> Source:
    """The digits, or images (n, h, w) and labels (n,) of an .npz file.

    Raises:
        DataError: a file without the two arrays, or with something else in them.
    """
    if path is None:
        return load_task("digits")
    images, labels = _read(path)
    if images.ndim != 3 or images.dtype.kind not in "fiub":
        raise DataError(f"{path}: 'images' is {images.shape}; needed are numbers (n, h, w)")
    images = images.astype(np.float32)
    if not (np.isfinite(images).all() and images.min() >= 0 and images.max() <= 1):
        raise DataError(f"{path}: 'images' must hold values from 0 to 1; divide them by their most")
    if labels.shape != images.shape[:1] or labels.dtype.kind not in "iu":
        raise DataError(f"{path}: 'labels' must be {len(images)} whole numbers, one an image")
    if labels.min() < 0 or labels.max() >= MOST_CLASSES:
        raise DataError(f"{path}: 'labels' must lie from 0 to {MOST_CLASSES - 1}")
    classes = [str(one) for one in range(int(labels.max()) + 1)]
    ids = [str(one) for one in range(len(images))]
    name = Path(path).name
    return make_source(name, "classification", ids, images, classes, labels.astype(np.int64))


def _read(path: str) -> tuple[np.ndarray, np.ndarray]:
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as held:
            images, labels = held["images"], held["labels"]
    except OSError as error:
        raise DataError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None
    except KeyError as error:
        missing = error.args[0].split()[0]
        raise DataError(
            f"{path}: has no array {missing!r}; needed are 'images' and 'labels'"
        ) from None
    except (ValueError, TypeError, AttributeError, EOFError, zipfile.BadZipFile):
        raise DataError(f"{path}: no .npz file of plain arrays 'images' and 'labels'") from None
    if not len(images):
        raise DataError(f"{path}: 'images' is empty")
    return images, labels


def flat_images(task: Task, pixels: int) -> np.ndarray:
    """(N, P) float32 images of a task, each with enough nonzero pixels for a debate.

    Raises:
        DataError: the task's items are no images of values from 0 to 1, or one is too empty.
    """
    if task.kind != "classification" or task.medium != "images":
        raise DataError(f"{task.name}: a pixel debate is about images, not {task.medium}")
    images = np.asarray(task.inputs, np.float32).reshape(len(task), -1)
    if images.min() < 0 or images.max() > 1:
        raise DataError(f"{task.name}: images must hold values from 0 to 1")
    nonzero = (images > 0).sum(axis=1)
    if nonzero.min() < pixels:
        worst = int(nonzero.argmin())
        raise DataError(
            f"{task.name}: item {task.ids[worst]!r} has {nonzero[worst]} nonzero pixels, fewer "
            f"than the {pixels} to be shown; leave it out, or show fewer"
        )
    return images


def check_pixels(pixels: int) -> None:
    """Raise ValueError unless two sides can take turns to show that many pixels."""
    if pixels < 2 or pixels % 2:
        raise ValueError(f"pixels must be even, from 2: the sides take turns; it is {pixels}")
