"""Prompts folder: template files that replace shipped templates, and few-shot examples.

A folder may contain `NAME.md` for each template of `TEMPLATES` and `examples.jsonl`. It is a given
object: a run is identified by its content, and the run folder contains a copy.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from truing import given
from truing.errors import DataError, UnknownNameError, UserError
from truing.given import is_object, shortened
from truing.oversight.prompts._check import check_sources
from truing.oversight.prompts._declared import TEMPLATES
from truing.oversight.prompts._examples import read_examples, write_examples
from truing.oversight.prompts._prompts import SHIPPED, Prompts
from truing.oversight.prompts._templates import SUFFIX, Templates, shipped

EXAMPLES = "examples.jsonl"
FILES = (*(f"{name}{SUFFIX}" for name in TEMPLATES), EXAMPLES)
IGNORED = ("README.md",)  # a file for people, and hidden files


def give_prompts(prompts: object) -> str:
    """Specification of a user's prompts; empty for the shipped prompts.

    Args:
        prompts: a folder with templates and examples, or a dict with the content of such a folder:
            template texts by name, and under `examples` a list of dicts.

    Raises:
        UserError: there is no such folder, a file or key has an unknown name, or a template has a
            syntax error or an unknown variable.
        DataError: an example is unusable.

    Examples:
        >>> from truing.oversight.prompts import give_prompts, load_prompts
        >>> name = give_prompts({"verdict_form": "<verdict>\\nA: ..%\\nB: ..%\\n</verdict>"})
        >>> load_prompts(name).templates.changed
        {'verdict_form': '<verdict>\\nA: ..%\\nB: ..%\\n</verdict>'}
    """
    if prompts is None or prompts == "":
        return ""
    if isinstance(prompts, str) and is_object(prompts):
        load_prompts(prompts)
        return prompts
    if isinstance(prompts, Mapping):
        return _keep("prompts", _contents(prompts))
    if isinstance(prompts, str | Path):
        return _keep(Path(prompts).resolve().name, _files(Path(prompts)))
    raise UserError(
        "prompts must be a folder with template files, or a dict with templates by name, got "
        f"{shortened(prompts)}; truing list prompts shows the names"
    )


@cache
def load_prompts(specification: str) -> Prompts:
    """The prompts of a specification that `give_prompts` returned.

    Raises:
        UserError: the object is not available, or is unusable.
    """
    if not specification:
        return SHIPPED
    files = {
        suffix.removeprefix("."): content.decode()
        for suffix, content in given.find(specification).files.items()
    }
    return _read(given.shown(specification), files)


def write_prompts(folder: Path | str) -> list[Path]:
    """Write the shipped templates to a folder, to start from; returns the paths.

    Raises:
        UserError: a file exists already.

    Examples:
        >>> import tempfile
        >>> from truing.oversight.prompts import write_prompts
        >>> written = write_prompts(tempfile.mkdtemp())
        >>> "verdict.system.md" in {path.name for path in written}
        True
    """
    folder = Path(folder)
    paths = [folder / f"{name}{SUFFIX}" for name in TEMPLATES]
    if existing := [path for path in paths if path.exists()]:
        raise UserError(
            f"{existing[0]} exists already; templates are written only to a folder without "
            "templates; name another folder"
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name, path in zip(TEMPLATES, paths, strict=True):
        path.write_text(shipped()[name], "utf-8")
    return paths


def _keep(name: str, files: Mapping[str, str]) -> str:
    """Keep the content of a folder that is usable; returns its specification."""
    _read(name, files)
    ordered = dict(sorted(files.items()))
    content = {f".{file}": text.encode() for file, text in ordered.items()}
    return given.keep(name, content, json.dumps(ordered).encode())


def _read(name: str, files: Mapping[str, str]) -> Prompts:
    """The prompts in files by name."""
    changed = {file.removesuffix(SUFFIX): text for file, text in files.items() if file != EXAMPLES}
    made = Prompts(Templates(changed), read_examples(EXAMPLES, files.get(EXAMPLES, "")))
    check_sources(name, made.templates)
    return made


def _files(folder: Path) -> dict[str, str]:
    """The content of a folder by file name."""
    if not folder.is_dir():
        raise UserError(
            f"prompts: {folder} is not a folder; name a folder with template files (truing list "
            "prompts --out DIR writes the shipped templates)"
        )
    paths = [path for path in sorted(folder.iterdir()) if not _is_ignored(path)]
    if not paths:
        raise UserError(
            f"prompts: the folder {folder} contains no template; allowed files: {', '.join(FILES)}"
        )
    return {_known_name(path.name): _text(path) for path in paths}


def _contents(prompts: Mapping[Any, Any]) -> dict[str, str]:
    """The content of a folder from a dict."""
    files = {}
    for key, value in prompts.items():
        if key == "examples":
            files[EXAMPLES] = write_examples(_rows(value))
            continue
        if not isinstance(value, str):
            raise UserError(f"prompts[{key!r}] must be a template's text, got {shortened(value)}")
        name = str(key)
        files[_known_name(name if name.endswith(SUFFIX) else f"{name}{SUFFIX}")] = value
    return files


def _rows(examples: Any) -> list[Mapping[str, Any]]:
    if not isinstance(examples, list | tuple) or not all(
        isinstance(one, Mapping) for one in examples
    ):
        raise UserError(
            f"prompts['examples'] must be a list of dicts with role, user and assistant, got "
            f"{shortened(examples)}"
        )
    return list(examples)


def _known_name(file: str) -> str:
    if file not in FILES:
        raise UnknownNameError("prompt file", file, FILES)
    return file


def _is_ignored(path: Path) -> bool:
    return path.name in IGNORED or path.name.startswith(".") or path.name.endswith("~")


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read as UTF-8 text ({error})") from None
