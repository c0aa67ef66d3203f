"""Loading a split of a data set: from the Hub, its cache or a folder, and never by running code."""

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

CONVERTED = "refs/convert/parquet"  # the Hub's own copy of a data set, without its code
PATIENCE = 3.0  # seconds to find out whether the Hub can be reached
PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


def load_split(meaning: HubSet, split: str) -> Any:
    """One split of a data set, as a `datasets.Dataset`.

    Raises:
        UserError: the library is not installed.
        DataError: there is no such data set, configuration or split, or the Hub cannot be reached
            and the cache does not hold it.
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
    except Exception as error:  # of the network, the Hub or a file
        told = " ".join(str(error).split())[:300].rstrip(".")
        raise DataError(
            f"the data set {place} cannot be loaded: {told}; is it public, spelled right, and the "
            "Hub within reach?"
        ) from None


@contextlib.contextmanager
def _cache_alone_if_cut_off() -> Iterator[None]:
    """Ask the libraries for their cache alone where the Hub cannot be reached: they would retry."""
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
        return True  # a proxy decides
    at = urlsplit(url)
    try:
        socket.create_connection((at.hostname, at.port or 443), PATIENCE).close()
    except OSError:
        return False
    return True
