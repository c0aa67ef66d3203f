"""Prices of models, and the check that a cap in dollars knows the price of each paid model."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from truing.errors import UserError

Price = tuple[float, float]
"""Dollars per million input tokens and per million output tokens."""

Prices = Mapping[str, Price]
"""Prices by role or by model. The price of a model goes before the price of its role."""

EMBEDDED = "truing/"  # prefix of embedded agents, which cost nothing


def is_free(model: str) -> bool:
    """Whether a model is an embedded agent, which costs nothing and is not counted."""
    return model.startswith(EMBEDDED)


def price_of(prices: Prices, role: str, model: str) -> Price | None:
    """Price of a model in a role; None if it is not stated.

    Examples:
        >>> from truing.oversight.spending import price_of
        >>> prices = {"judge": (0.15, 0.6), "openai/gpt-4o": (2.5, 10.0)}
        >>> price_of(prices, "judge", "openai/gpt-4o,temperature=0.2")
        (2.5, 10.0)
        >>> price_of(prices, "judge", "openai/gpt-4o-mini")
        (0.15, 0.6)
    """
    bare = model.partition(",")[0]  # without sampling settings
    names = (model, bare, bare.rpartition("@")[0], role)  # without the digest of a given model
    known = next((name for name in names if name in prices), None)
    return None if known is None else (prices[known][0], prices[known][1])


def check_priced(prices: Prices, models: Mapping[str, Sequence[str]]) -> None:
    """Check that each model that may cost money has a price.

    Raises:
        UserError: a model has no price.
    """
    for role, names in models.items():
        for name in names:
            if not is_free(name) and price_of(prices, role, name) is None:
                raise UserError(
                    f"--spend (in Python: spend) needs a price for every model, but {name} in role "
                    f"{role!r} has none; add --price {role}=IN/OUT in dollars per million tokens "
                    f'(in Python: prices={{"{role}": (IN, OUT)}}), or 0/0 for a model that costs '
                    "nothing"
                )


def check_caps(spend: object, tokens: object, prices: object) -> None:
    """Check the values of caps and prices.

    Raises:
        UserError: a value is of the wrong type or out of range.
    """
    if spend is not None and not (_is_amount(spend) and spend > 0):  # type: ignore[operator]
        raise UserError(
            f"spend must be a number of dollars above 0, or None for no cap, got {spend!r}"
        )
    if tokens is not None and (type(tokens) is not int or tokens < 1):
        raise UserError(f"tokens must be an integer, 1 or more, or None for no cap, got {tokens!r}")
    if not isinstance(prices, Mapping):
        raise UserError(
            f'prices must be a dict such as {{"judge": (0.15, 0.60)}} with dollars per million '
            f"input and output tokens, got {prices!r}"
        )
    for name, price in prices.items():
        pair = isinstance(price, tuple | list) and len(price) == 2
        if not (isinstance(name, str) and pair and all(_is_amount(one) for one in price)):
            raise UserError(
                f"prices[{name!r}] must be two numbers of 0 or more, dollars per million input and "
                f"output tokens, got {price!r}"
            )


def _is_amount(value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value) and value >= 0  # type: ignore[arg-type, operator]
