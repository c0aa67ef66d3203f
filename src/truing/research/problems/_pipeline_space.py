"""Space of pipelines: layers, penalty, weights under shift, and the parts of a composition."""

from __future__ import annotations

from collections.abc import Sequence

from truing.methods import Choice, Real, Space, composition_space

MOST_LAYERS = 3  # layers of one pipeline

SHIFT = (
    Choice(
        "shift",
        "none",
        options=("none", "importance"),
        description="importance weights the learning items by the ratio of the densities of "
        "predicted and learning items (Shimodaira 2000; Bickel et al. 2009)",
    ),
    Real(
        "power",
        0.5,
        low=0.1,
        high=1,
        when={"shift": ("importance",)},
        description="exponent of the density ratio",
    ),
)


def pipeline_space(layers: Sequence[str], pools: Sequence[str] = ()) -> Space:
    """Space of the pipelines over some layers.

    Args:
        layers: names of the layers; the first is the default.
        pools: values of the argument `pool` of all layers; the first is the default.

    Examples:
        >>> from truing.research.problems import pipeline_space
        >>> space = pipeline_space(["early", "late"], ["last", "mean"])
        >>> values = space.defaults() | {"layers": "2", "pool": "mean", "l2": 300.0}
        >>> space.specification(values)
        'pipeline,pool=mean,l2=300.0,layers=2'
    """
    names = tuple(layers)
    counts = tuple(str(one + 1) for one in range(min(len(names), MOST_LAYERS)))
    chosen = [Choice("layer", names[0], options=names, description="features of the student")]
    if pools:
        chosen.append(Choice("pool", pools[0], options=tuple(pools), description="pool of layers"))
    number = Choice(
        "layers",
        "1",
        options=counts,
        description="number of layers, each with a student; their beliefs are averaged",
    )
    others = [
        Choice(
            f"layer{count}",
            names[int(count) - 1],
            options=names,
            when={"layers": counts[int(count) - 1 :]},
            description="another layer",
        )
        for count in counts[1:]
    ]
    l2 = Real(
        "l2",
        1.0,
        low=0.1,
        high=1e5,
        log=True,
        allowed="(0, inf)",
        description="strength of the penalty of each student",
    )
    # Several layers take the place of members on resampled items.
    parts = [one for one in composition_space().arguments if one.name != "members"]
    return Space("pipeline", (*chosen, l2, number, *others, *SHIFT, *parts))
