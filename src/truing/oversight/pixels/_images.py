"""Images for the pixel debate: the digits, or arrays of the user."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Annotated

import numpy as np

from truing.arguments import Within
from truing.errors import DataError
from truing.tasks import Source, Task, load_task, make_source

MOST_CLASSES = 100
Pixels = Annotated[int, Within("[2, inf)", step=2)]  # the sides take turns


def load_images(path: str | None) -> Source:
    """The digits, or images (n, h, w) and labels (n,) from an .npz file.

    Raises:
        DataError: one of the two arrays is missing or unusable.
    """
    if path is None:
        return load_task("digits")
    images, labels = _read(path)
    if images.ndim != 3 or images.dtype.kind not in "fiub":
        raise DataError(
            f"{path}: 'images' must be numbers of shape (n, h, w), got {images.dtype} of shape "
            f"{images.shape}"
        )
    images = images.astype(np.float32)
    if not (np.isfinite(images).all() and images.min() >= 0 and images.max() <= 1):
        raise DataError(
            f"{path}: 'images' must contain values from 0 to 1; divide them by their maximum"
        )
    if labels.shape != images.shape[:1] or labels.dtype.kind not in "iu":
        raise DataError(f"{path}: 'labels' must be {len(images)} whole numbers, one for each image")
    if labels.min() < 0 or labels.max() >= MOST_CLASSES:
        raise DataError(f"{path}: 'labels' must be from 0 to {MOST_CLASSES - 1}")
    classes = [str(one) for one in range(int(labels.max()) + 1)]
    ids = [str(one) for one in range(len(images))]
    name = Path(path).name
    return make_source(name, "classification", ids, images, classes, labels.astype(np.int64))


def _read(path: str) -> tuple[np.ndarray, np.ndarray]:
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
            images, labels = arrays["images"], arrays["labels"]
    except OSError as error:
        raise DataError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None
    except KeyError as error:
        missing = error.args[0].split()[0]
        raise DataError(
            f"{path}: no array {missing!r}; the file must contain 'images' and 'labels'"
        ) from None
    except (ValueError, TypeError, AttributeError, EOFError, zipfile.BadZipFile):
        raise DataError(
            f"{path}: not an .npz file with plain arrays 'images' and 'labels'"
        ) from None
    if not len(images):
        raise DataError(f"{path}: 'images' is empty")
    return images, labels


def flat_images(task: Task, pixels: int) -> np.ndarray:
    """(N, P) float32 images of a task, each with enough nonzero pixels for a debate.

    Raises:
        DataError: the items are not images with values from 0 to 1, or an image has too few nonzero
            pixels.
    """
    if task.kind != "classification" or task.medium != "images":
        raise DataError(f"{task.name}: a pixel debate requires images, got {task.medium}")
    images = np.asarray(task.inputs, np.float32).reshape(len(task), -1)
    if images.min() < 0 or images.max() > 1:
        raise DataError(f"{task.name}: images must contain values from 0 to 1")
    nonzero = (images > 0).sum(axis=1)
    if nonzero.min() < pixels:
        worst = int(nonzero.argmin())
        raise DataError(
            f"{task.name}: item {task.ids[worst]!r} has {nonzero[worst]} nonzero pixels, but "
            f"{pixels} must be shown; remove the item, or show fewer pixels"
        )
    return images
