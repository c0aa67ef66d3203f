"""Load API: the provider of a local model, shared by all roles that name the same weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from truing.oversight.local._weights import load_weights

if TYPE_CHECKING:
    from truing.oversight.local._api import LocalModel

BATCH_SIZE = 16
_shared: WeakValueDictionary[tuple[Any, ...], LocalModel] = WeakValueDictionary()


def load_api(name: str, placement: Mapping[str, Any]) -> LocalModel:
    """The provider of a local model, which is loaded if its weights are not in memory.

    Args:
        name: folder, GGUF file or hub id.
        placement: `dtype`, `device`, `revision`, `threads` and `batch_size`, each if stated.

    Raises:
        UserError: a package is not installed, or the folder contains no model.
    """
    loaded = {key: placement[key] for key in ("dtype", "device", "revision") if key in placement}
    weights = load_weights(name, **loaded)
    size, count = placement.get("batch_size", BATCH_SIZE), placement.get("threads")
    key = (id(weights), name, size, count)
    api = _shared.get(key)
    if api is None:
        from truing.oversight.local._api import LocalModel

        api = _shared[key] = LocalModel(weights, name, size, count)
    return api
