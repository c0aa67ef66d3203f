"""Activations that were computed elsewhere."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from truing.errors import DataError, UserError
from truing.students.features._features import FeatureMap, features
from truing.tasks import Task

PICKLES = (".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle")
SAVE = "save the array of numbers with np.save(PATH, array)"
TENSORS = {  # safetensors' names of types
    **{"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2"},
    **{"I8": "i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?"},
}


@features("file")
def file(path: str) -> FeatureMap:
    """An array from a .npy, .npz or .safetensors file: (items, columns), or with choices between.

    A .npz or .safetensors file must contain one array. `extract` checks its shape and its numbers.
    """

    def feature_map(task: Task) -> np.ndarray:
        del task  # rows stand in the order of the items
        return read_array(Path(path))

    return feature_map


def read_array(path: Path) -> np.ndarray:
    """The array of numbers in a file.

    Raises:
        DataError: no such file, several arrays, or a file that is not an array of numbers.
        UserError: a safetensors file, and safetensors is not installed.
    """
    where = f"features file:{path}"
    if not path.is_file():
        raise DataError(f"{where}: no such file")
    if path.suffix.lower() in PICKLES or _is_torch(path):
        raise DataError(
            f"{where}: a PyTorch or pickle file, which can run code when it is loaded; {SAVE}, or "
            "use safetensors"
        )
    if path.suffix.lower() == ".safetensors":
        return _safetensors(where, path)
    try:
        found = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        is_npy = path.read_bytes()[:6] == b"\x93NUMPY" and "Object arrays" in str(error)
        why = "an array of Python objects" if is_npy else "not a .npy array"
        raise DataError(f"{where}: {why}; {SAVE}") from error
    if isinstance(found, np.ndarray):
        return found
    with found:
        return found[_only(where, found.files)]


def _only(where: str, names: list[str]) -> str:
    """The name of the one array of a file."""
    if len(names) != 1:
        raise DataError(
            f"{where}: {len(names)} arrays ({', '.join(names[:6]) or 'none'}) where one is needed; "
            "save the one that is meant to a file of its own"
        )
    return names[0]


def _is_torch(path: Path) -> bool:
    """Whether a file of any name is a zip archive as `torch.save` writes it."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith("data.pkl") for name in archive.namelist())


def _safetensors(where: str, path: Path) -> np.ndarray:
    try:
        from safetensors import SafetensorError, deserialize
    except ImportError:
        raise UserError(f"{where}: needs safetensors: pip install 'truing[train]'") from None
    try:
        tensors = dict(deserialize(path.read_bytes()))
    except SafetensorError as error:
        raise DataError(f"{where}: not a safetensors file ({error})") from None
    tensor = tensors[_only(where, list(tensors))]
    kind, shape, data = tensor["dtype"], tensor["shape"], bytes(tensor["data"])
    if kind == "BF16":  # the upper half of a float32
        return (np.frombuffer(data, "<u2").astype(np.uint32) << 16).view(np.float32).reshape(shape)
    if kind not in TENSORS:
        raise DataError(f"{where}: numbers of the type {kind} are not read; convert to float32")
    return np.frombuffer(data, TENSORS[kind]).reshape(shape)
