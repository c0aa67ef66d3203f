"""Notices of a step: remarks on its result, which the notes of rows contain."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from truing.errors import CorruptEntryError
from truing.studies._store import Store


def write_notices(store: Store, key: str, notices: Sequence[str]) -> None:
    """Store the notices of a step, if there are any."""
    if notices:
        store.write_json(_notices_key(key), list(notices))


def read_notices(store: Store, key: str) -> list[str]:
    """Notices of a step."""
    try:
        return store.read_json(_notices_key(key)) if _notices_key(key) in store else []
    except CorruptEntryError:
        return []


def _notices_key(key: str) -> str:
    return hashlib.sha256(f"{key} notices".encode()).hexdigest()
