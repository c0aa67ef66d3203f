"""Found bundle: the files of a bundle as they lie on the disk, read without trust."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from truing.errors import LedgerError, UserError
from truing.research.bundle._layout import MANIFEST
from truing.research.bundle._manifest import Manifest, read_manifest


def is_bundle(place: Path) -> bool:
    """Whether a folder is a bundle, as far as its name for the manifest shows."""
    return (place / MANIFEST).is_file()


@dataclass(frozen=True)
class FoundBundle:
    """The files of a bundle.

    Attributes:
        place: the folder.
        manifest: the manifest; its signature is not checked yet.
        files: content of each file except the manifest, by path.
        strange: what is no plain file: links, sockets, unreadable files; one line each.
    """

    place: Path
    manifest: Manifest
    files: Mapping[str, bytes]
    strange: tuple[str, ...]

    def is_listed(self, path: str) -> bool:
        """Whether there is a file with this path and the hash in the manifest."""
        content = self.files.get(path)
        return content is not None and _hash(content) == self.manifest.files.get(path)

    def check_manifest(self, key: str = "") -> Iterator[str]:
        """Yield a line for each contradiction between the manifest, its key and the files.

        Args:
            key: public key of the referee, known from elsewhere; empty if it is not known.
        """
        manifest = self.manifest
        if not manifest.is_signed:
            yield "bundle.json: the signature is not valid: the manifest was changed after signing"
        if key and key.lower() != manifest.public_key:
            yield (
                f"bundle.json: the key {manifest.public_key} signed the bundle, but --key is "
                f"{key}: another referee made it, or the bundle was built again"
            )
        yield from self.strange
        for path in sorted(set(manifest.files) | set(self.files)):
            if path not in self.files:
                yield f"{path}: the file is missing"
            elif path not in manifest.files:
                yield f"{path}: the manifest does not list this file"
            elif not self.is_listed(path):
                yield f"{path}: the file was changed: it does not match its hash in the manifest"


def find_bundle(place: Path) -> FoundBundle:
    """Read a bundle. Links are not followed.

    Raises:
        UserError: the folder is not a bundle.
        LedgerError: the manifest was changed, so that nothing else can be checked.
    """
    if not is_bundle(place):
        raise UserError(
            f"{place} is not a bundle: it has no {MANIFEST}; name a folder that "
            "truing referee publish wrote"
        )
    files: dict[str, bytes] = {}
    strange: list[str] = []
    for path in _walk(place):
        name = path.relative_to(place).as_posix()
        if path.is_symlink() or not path.is_file():
            strange.append(f"{name}: it is not a plain file")
            continue
        try:
            files[name] = path.read_bytes()
        except OSError as error:
            strange.append(f"{name}: {(error.strerror or 'cannot be read').lower()}")
    content = files.pop(MANIFEST, None)
    if content is None:
        raise LedgerError(f"{MANIFEST}: the manifest is not a plain file that can be read")
    try:
        return FoundBundle(place, read_manifest(content), files, tuple(strange))
    except LedgerError as error:
        raise LedgerError(f"{MANIFEST}: {error}") from None


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _walk(place: Path) -> Iterator[Path]:
    """All paths below a folder that are not folders; and empty folders, which no bundle has."""
    for one in sorted(os.scandir(place), key=lambda entry: entry.name):
        path = Path(one.path)
        if one.is_dir(follow_symlinks=False) and any(os.scandir(path)):
            yield from _walk(path)
        else:
            yield path
