"""Features from a file, such as activations that another program computed."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np

from truing.arguments import FilePath
from truing.errors import DataError, UserError
from truing.students.features._features import FeatureMap, features
from truing.students.features._shape import no_rows_for
from truing.tasks import Task

PICKLES = (".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle")
NPY = b"\x93NUMPY"
SAVE = "save the array of numbers with np.save(PATH, array)"
TENSORS = {  # NumPy types by their names in safetensors
    **{"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2"},
    **{"I8": "i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?"},
}


@features("file:{path:PATH}")
def file(path: FilePath) -> FeatureMap:
    """Array (items, columns) or (items, choices, columns) from a .npy, .npz or .safetensors file.

    A .npz or .safetensors file must contain exactly one array. `extract` checks its shape and its
    values.
    """
    return _FileFeatures(path)


@dataclass(frozen=True)
class _FileFeatures:
    """Feature map of an array in a file, whose rows are in the order of the items."""

    path: str

    def __call__(self, task: Task) -> np.ndarray:
        return read_array(Path(self.path))

    def refuse_other(self, home: Task, other: Task) -> NoReturn:
        """Raise DataError: the array has no rows for the items of another task."""
        raise no_rows_for(f"file:{self.path}", home, other)


def read_array(path: Path) -> np.ndarray:
    """Array of numbers in a file.

    Raises:
        DataError: a missing file, several arrays, or a file that is not an array of numbers.
        UserError: a safetensors file, but safetensors is not installed.
    """
    where = f"features file:{path}"
    if not path.is_file():
        raise DataError(f"{where}: no such file")
    if path.suffix.lower() in PICKLES or _is_torch(path):
        raise DataError(
            f"{where}: PyTorch and pickle files are refused because loading them can run code; "
            f"{SAVE}, or use safetensors"
        )
    if path.suffix.lower() == ".safetensors":
        return _safetensors(where, path)
    return _numpy(where, path)


def _numpy(where: str, path: Path) -> np.ndarray:
    """Array of a .npy file, or the only array of a .npz file."""
    form = ".npz" if path.suffix.lower() == ".npz" else ".npy"
    try:
        with path.open("rb") as file:
            start = file.read(len(NPY))
        if not start.startswith((NPY, b"PK")):
            raise ValueError(
                f"the file does not start with the header of a {form} file"
                if start
                else "the file is empty"
            )
        found = np.load(path, allow_pickle=False)
        if not isinstance(found, np.ndarray):
            with found:
                found = found[_only(where, found.files)]
        if not isinstance(found, np.ndarray):
            raise ValueError("the archive contains a file that is not an array")
    except (OSError, ValueError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        if "Object arrays" in str(error):
            raise DataError(f"{where}: the array contains Python objects; {SAVE}") from None
        why = " ".join(str(error).split()).rstrip(".")
        raise DataError(f"{where}: cannot be read as {form}: {why}; {SAVE}") from None
    return found


def _only(where: str, names: list[str]) -> str:
    """Name of the only array of a file."""
    if len(names) != 1:
        listed = f" ({', '.join(names[:6])})" if names else ""
        raise DataError(
            f"{where}: the file contains {len(names)} arrays{listed}; it must contain 1; save the "
            "activations to a separate file"
        )
    return names[0]


def _is_torch(path: Path) -> bool:
    """Whether a file is a zip archive written by `torch.save`, with any file name."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith("data.pkl") for name in archive.namelist())


def _safetensors(where: str, path: Path) -> np.ndarray:
    try:
        from safetensors import SafetensorError, deserialize
    except ImportError:
        raise UserError(
            f"{where} needs safetensors, which is not installed: pip install 'truing[train]'"
        ) from None
    try:
        tensors = dict(deserialize(path.read_bytes()))
    except SafetensorError as error:
        raise DataError(f"{where}: not a safetensors file ({error})") from None
    tensor = tensors[_only(where, list(tensors))]
    kind, shape, data = tensor["dtype"], tensor["shape"], bytes(tensor["data"])
    if kind == "BF16":  # the upper half of a float32
        return (np.frombuffer(data, "<u2").astype(np.uint32) << 16).view(np.float32).reshape(shape)
    if kind not in TENSORS:
        raise DataError(f"{where}: cannot read numbers of type {kind}; convert them to float32")
    return np.frombuffer(data, TENSORS[kind]).reshape(shape)
