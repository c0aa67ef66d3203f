"""Hidden packages: packages that the sandbox cannot read are missing, as if not installed.

Libraries that try whether a package is installed then go on without the package.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from truing.research.isolation._readable import FOLDER_PACKAGES, INSTALLED


def hide_packages() -> None:
    """Make installed packages that are not in `FOLDER_PACKAGES` missing in this process."""
    sys.meta_path[:] = [_Finders()]


class _Finders:
    """Import hook in place of all others."""

    def __init__(self) -> None:
        folders = [Path(one) for one in sys.path if Path(one).name in INSTALLED]
        files = [file for folder in folders if folder.is_dir() for file in folder.iterdir()]
        self.closed = {file.name.partition(".")[0] for file in files} - set(FOLDER_PACKAGES)
        self.finders = list(sys.meta_path)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name.partition(".")[0] in self.closed:
            return None
        found = (one.find_spec(name, path, target) for one in self.finders)
        return next((one for one in found if one is not None), None)

    def find_distributions(self, context: Any) -> Iterator[Any]:
        for one in self.finders:
            if hasattr(one, "find_distributions"):
                yield from one.find_distributions(context)

    def invalidate_caches(self) -> None:
        for one in self.finders:
            if hasattr(one, "invalidate_caches"):
                one.invalidate_caches()
