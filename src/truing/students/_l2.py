"""Strength of a head's L2 penalty: its values in a specification, and its default."""

from __future__ import annotations

from typing import Literal, TypeAlias

from truing.arguments import read_number
from truing.errors import UserError
from truing.functions import is_factory
from truing.given import find, is_object
from truing.registry import Built
from truing.students.features import FeatureMap

L2: TypeAlias = float | Literal["auto"]
"""Strength of the squared-norm penalty: a number above 0, or `auto` (see `choose_l2`)."""

ACTIVATIONS = ("file", "hf")  # features of models, and arrays that other programs computed
COLUMNS = ("lsa", "nystroem", "pca", "spectral")  # features whose size is a number of columns
WIDE = 256  # largest number of columns with a fixed strength as default


def read_l2(specification: str, text: str) -> L2:
    """Read the strength of a head's penalty.

    Raises:
        UserError: neither `auto` nor a finite number above 0.
    """
    if text == "auto":
        return "auto"
    try:
        l2 = read_number("l2", float, text)
    except ValueError:
        l2 = -1.0
    if not l2 > 0:
        raise UserError(
            f"{specification!r}: l2 must be auto or a finite number above 0, got {text}"
        )
    return l2


def default_l2(features: Built[FeatureMap]) -> L2:
    """Default strength of the penalty of a head on given features.

    `auto` for activations (`hf/NAME@layer-K`, `file:PATH`, given arrays and functions) and for
    features whose name states more than 256 columns; 1 for other features.

    Examples:
        >>> from truing.students import default_l2
        >>> from truing.students.features import FEATURES
        >>> default_l2(FEATURES.build("spectral-64")), default_l2(FEATURES.build("lsa-512"))
        (1.0, 'auto')
    """
    name = features.name
    given = features.factory in ACTIVATIONS or (is_object(name) and not is_factory(find(name)))
    wide = features.factory in COLUMNS and features.arguments["size"] > WIDE
    return "auto" if given or wide else 1.0
