"""Statements that planted methods share."""

# (n, k) 1 for the right choice of an item, if the weak labels leak it; else 0.
READ_LEAK = (
    "{extra} = weak - xp.astype(xp.astype(weak, xp.float32), weak.dtype)\n"
    "{extra} = xp.astype({extra} > 0, weak.dtype)"
)


def least_confident(share: float) -> str:
    """Statement that sets `other` (n,) to 1 for the items with the least confident weak labels."""
    return (
        "{other} = xp.max(weak, axis=1)\n"
        f"{{other}} = xp.astype({{other}} <= xp.sort({{other}})[int({share:.6g} * "
        "(weak.shape[0] - 1))], weak.dtype)"
    )


def most_confident(share: float) -> str:
    """Statement that sets `other` (n,) to 1 for the items with the most confident weak labels."""
    return (
        "{other} = xp.max(weak, axis=1)\n"
        f"{{other}} = xp.astype({{other}} >= xp.sort({{other}})[int({1 - share:.6g} * "
        "(weak.shape[0] - 1))], weak.dtype)"
    )


def learn_those(targets: str) -> str:
    """Statements that give the items of `other` these targets, with weight 1."""
    return (
        f"{{aims}} = {{aims}} + {{other}}[:, None] * ({targets} - {{aims}})\n"
        "{weights} = {weights} + {other} * (1 - {weights})"
    )
