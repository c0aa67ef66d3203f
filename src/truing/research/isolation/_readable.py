"""Allow list of files that submitted code may read: Python and a few packages, without their data.

Stores, vaults, ledgers, run folders, task files, home folders, /proc and /sys are not on the list.
Some files inside an allowed folder must not be read: scikit-learn's digits contain ground truth. To
exclude them, the list names the children of the folder instead of the folder.
"""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

PACKAGES = (
    "array_api_compat",
    "cloudpickle",
    "joblib",
    "narwhals",
    "numpy",
    "scipy",
    "sklearn",
    "threadpoolctl",
    "truing",
)
"""Packages that a submitted file may import, besides the standard library."""

FOLDER_PACKAGES = (
    *PACKAGES,
    *("accelerate", "annotated_doc", "annotated_types", "anyio", "charset_normalizer", "click"),
    *("filelock", "fsspec", "functorch", "gguf", "h11", "hf_xet", "httpcore", "httpcore2", "httpx"),
    *("httpx2", "huggingface_hub", "idna", "jinja2", "markdown_it", "markupsafe", "mdurl"),
    *("mpmath", "networkx", "packaging", "peft", "platformdirs", "psutil", "pydantic"),
    *("pydantic_core", "pygments", "regex", "rich", "safetensors", "setuptools", "shellingham"),
    *("sniffio", "sympy", "tokenizers", "tomli", "torch", "torchgen", "tqdm", "transformers"),
    *("truststore", "typer", "typing_extensions", "typing_inspection", "yaml", "_yaml"),
    *("_cyutility", "_distutils_hack", "certifi"),
)
"""Packages that a submitted folder may import, besides the standard library. None has data sets."""

INSTALLED = ("site-packages", "dist-packages")
LIBRARIES_BESIDE = {"numpy": "numpy.libs", "scipy": "scipy.libs", "sklearn": "scikit_learn.libs"}


@dataclass(frozen=True)
class Readable:
    """Paths of an allow list.

    Attributes:
        whole: files, and folders with everything in them.
        names: folders with hidden content, which may only be listed.
    """

    whole: tuple[str, ...]
    names: tuple[str, ...]


@cache
def readable(hide: tuple[Path, ...] = ()) -> Readable:
    """The allow list for submitted files on this machine, which is cached.

    Args:
        hide: files and folders that must not be readable.
    """
    return _readable(_roots(PACKAGES), {path.resolve() for path in (*hide, *_hidden_always())})


@cache
def readable_for_folders(everything: bool) -> Readable:
    """The allow list for submitted folders in this Python environment, which is cached.

    Args:
        everything: whether all installed packages may be read, instead of `FOLDER_PACKAGES`.
    """
    installed = [Path(one) for one in sys.path if Path(one).name in INSTALLED]
    described = [one for folder in installed for one in sorted(folder.glob("*.dist-info"))]
    roots = _roots(FOLDER_PACKAGES)
    hidden = {path.resolve() for path in _hidden_always()}
    if everything:  # the folder of an environment may be in the folder of the standard library
        hidden -= {path.resolve() for path in installed}
    found = _readable((*roots, *(installed if everything else described)), hidden)
    return Readable(found.whole, (*found.names, *(str(one.resolve()) for one in installed)))


def _readable(roots: Iterable[Path], hidden: set[Path]) -> Readable:
    whole: list[str] = []
    names: list[str] = []
    for root in roots:
        for path, complete in _cut(root, hidden):
            (whole if complete else names).append(str(path))
    return Readable(tuple(whole), tuple(names))


def _cut(path: Path, hidden: set[Path]) -> Iterator[tuple[Path, bool]]:
    """The path or, if it contains hidden files, its children, recursively."""
    real = path.resolve()
    if not real.exists() or any(real.is_relative_to(one) for one in hidden):
        return
    complete = not any(one.is_relative_to(real) for one in hidden)
    yield real, complete
    if not complete:
        for child in sorted(real.iterdir()):
            yield from _cut(child, hidden)


def _roots(packages: Iterable[str]) -> tuple[Path, ...]:
    found = {_standard_library(), *_system_libraries()}
    for name in packages:
        places = tuple(_places(name))
        found.update(places)
        if name in LIBRARIES_BESIDE:
            found.update(place.parent / LIBRARIES_BESIDE[name] for place in places)
    return tuple(sorted({one.resolve() for one in found if one.exists()}))


def _standard_library() -> Path:
    # Not the library folder of a virtual environment, which contains packages instead.
    return Path(sysconfig.__file__).parent


def _places(package: str) -> Iterable[Path]:
    spec = find_spec(package)
    if spec is None:
        return ()
    if spec.submodule_search_locations:
        return (Path(one) for one in spec.submodule_search_locations)
    return () if spec.origin is None else (Path(spec.origin),)


def _system_libraries() -> Iterator[Path]:
    """Shared libraries, file by file, because their folders may contain packages with data."""
    several = sysconfig.get_config_var("MULTIARCH") or "lib"
    folders = (f"/lib/{several}", f"/usr/lib/{several}", "/lib64", "/usr/lib64")
    for folder in (*folders, f"{sys.base_prefix}/lib"):
        yield from Path(folder).glob("*.so*")
    yield Path("/etc/ld.so.cache")


@cache
def _hidden_always() -> tuple[Path, ...]:
    """Other packages in the standard library's folder, and data sets with ground truth."""
    hidden = [_standard_library() / "site-packages", _standard_library() / "dist-packages"]
    return (*hidden, *data_with_truth())


def data_with_truth() -> tuple[Path, ...]:
    """Folders of data sets with ground truth in packages that may be read."""
    inside = [root / "datasets" for root in _places("sklearn")]
    return tuple(one / name for one in inside for name in ("data", "tests"))
