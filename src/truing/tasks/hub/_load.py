"""Loading of a data set's split from the Hub, its cache or a folder, without running its code."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from truing.errors import DataError, UserError
from truing.tasks.hub._sets import HubSet

CONVERTED = "refs/convert/parquet"  # the Hub's conversion of a data set, without its code
PATIENCE = 3.0  # timeout in seconds of the test whether the Hub can be reached
PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


def load_split(meaning: HubSet, split: str) -> Any:
    """One split of a data set, as a `datasets.Dataset`.

    Raises:
        UserError: the library `datasets` is not installed.
        DataError: there is no such data set, configuration or split, or the Hub cannot be reached
            and the cache does not contain the split.
    """
    try:
        from datasets import load_dataset
    except ImportError:
        raise UserError(
            "hf: tasks need the library datasets: pip install 'truing[train]'"
        ) from None
    place, subset = meaning.repository, meaning.configuration or None
    try:
        if Path(place).exists():
            return load_dataset(place, subset, split=split)
        with _cache_alone_if_cut_off():
            try:
                return load_dataset(place, subset, split=split)
            except (RuntimeError, ValueError) as error:
                if "script" not in str(error) and "custom code" not in str(error):
                    raise
            return load_dataset(place, data_dir=subset, split=split, revision=CONVERTED)
    except Exception as error:  # errors of the network, the Hub or a file
        reason = " ".join(str(error).split())[:300].rstrip(".")
        raise DataError(
            f"the data set {place} cannot be loaded: {reason}; check its name, that it is public, "
            "and that the Hub can be reached"
        ) from None


@contextlib.contextmanager
def _cache_alone_if_cut_off() -> Iterator[None]:
    """Make the libraries use only their cache if the Hub is unreachable; they would retry."""
    import datasets.config
    from huggingface_hub import constants

    switches = [datasets.config, constants]
    before = [one.HF_HUB_OFFLINE for one in switches]
    if not any(before) and not _reachable(constants.ENDPOINT):
        for one in switches:
            one.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        for one, value in zip(switches, before, strict=True):
            one.HF_HUB_OFFLINE = value


def _reachable(url: str) -> bool:
    if any(os.environ.get(name) for name in PROXIES):
        return True  # the proxy may reach the Hub
    at = urlsplit(url)
    try:
        socket.create_connection((at.hostname, at.port or 443), PATIENCE).close()
    except OSError:
        return False
    return True
