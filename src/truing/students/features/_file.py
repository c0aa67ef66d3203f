"""Activations that were computed elsewhere."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

import numpy as np

from truing.arguments import FilePath
from truing.errors import DataError, UserError
from truing.students.features._features import FeatureMap, features
from truing.tasks import Task

PICKLES = (".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle")
NPY = b"\x93NUMPY"
SAVE = "save the array of numbers with np.save(PATH, array)"
TENSORS = {  # safetensors' names of types
    **{"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2"},
    **{"I8": "i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?"},
}


@features("file:{path:PATH}")
def file(path: FilePath) -> FeatureMap:
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
    return _numpy(where, path)


def _numpy(where: str, path: Path) -> np.ndarray:
    """The array of a .npy file, or the only array of a .npz file."""
    form = ".npz" if path.suffix.lower() == ".npz" else ".npy"
    try:
        with path.open("rb") as file:
            start = file.read(len(NPY))
        if not start.startswith((NPY, b"PK")):
            raise ValueError(f"it does not begin as a {form} file does" if start else "it is empty")
        found = np.load(path, allow_pickle=False)
        if not isinstance(found, np.ndarray):
            with found:
                found = found[_only(where, found.files)]
        if not isinstance(found, np.ndarray):
            raise ValueError("it contains a file that is no array")
    except (OSError, ValueError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        if "Object arrays" in str(error):
            raise DataError(f"{where}: an array of Python objects; {SAVE}") from None
        why = " ".join(str(error).split()).rstrip(".")
        raise DataError(f"{where}: cannot be read as {form}: {why}; {SAVE}") from None
    return found


def _only(where: str, names: list[str]) -> str:
    """The name of the one array of a file."""
    if len(names) != 1:
        listed = f" ({', '.join(names[:6])})" if names else ""
        raise DataError(
            f"{where}: the file contains {len(names)} arrays{listed}; it must contain 1; save the "
            "array of activations to its own file"
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
