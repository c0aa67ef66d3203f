"""Places of files that truing keeps outside of run folders."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_path


def store_location() -> str | Path:
    """Folder or URL of the store of results: `TRUING_STORE`, or else the user's cache folder."""
    return os.environ.get("TRUING_STORE") or user_cache_path("truing")


def converted_folder() -> Path:
    """Folder of checkpoints that were converted; always local, because models are read from it."""
    store = store_location()
    return Path(user_cache_path("truing") if "://" in str(store) else store) / "checkpoints"
