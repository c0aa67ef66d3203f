"""Arguments of a composition: name, default, allowed values, range of a search, condition.

The factory in `_composition` gets its signature, documentation and checks from this module.
"""

from __future__ import annotations

from truing.methods._parts import RELABELINGS, SELECTIONS, TRANSFORMS
from truing.methods._rules import CURRICULA, RULES, SCHEDULES
from truing.methods._space import Choice, Real, Space, Whole

TRUSTING = tuple(name for name in RULES if name != "naive")  # rules that use beliefs

SPACE = Space(
    "composition",
    (
        Choice(
            "transform",
            "identity",
            options=tuple(TRANSFORMS),
            description="change of the weak labels; balance follows Saerens et al. 2002, channel "
            "is an EM posterior with the votes of nearest neighbors as the prior",
        ),
        Real(
            "temperature",
            0.5,
            low=0.1,
            high=0.9,
            allowed="(0, 1)",
            when={"transform": ("sharpen", "soften")},
            description="temperature of sharpen; soften uses its inverse",
        ),
        Real(
            "smoothing",
            0.1,
            low=0.01,
            high=0.5,
            log=True,
            when={"transform": ("smooth",)},
            description="share of the probability that is spread evenly",
        ),
        Real(
            "balance",
            1.0,
            low=0.1,
            high=1,
            when={"transform": ("balance",)},
            description="strength; 1 makes all choices equally frequent",
        ),
        Choice(
            "select",
            "all",
            options=tuple(SELECTIONS),
            description="selection of items; knn and student select labels that they agree with",
        ),
        Real(
            "keep",
            0.5,
            low=0.1,
            high=0.95,
            allowed="(0, 1)",
            when={"select": ("confident",)},
            description="share of the items that counts as confident",
        ),
        Real(
            "others",
            0.0,
            low=0,
            high=0.9,
            allowed="[0, 1)",
            when={"select": ("confident", "overlap", "knn", "student")},
            description="weight of the items that are not selected",
        ),
        Choice(
            "relabel",
            "none",
            options=tuple(RELABELINGS),
            description="source of new labels; knn and student do not use the item's own label",
        ),
        Whole(
            "neighbors",
            20,
            low=3,
            high=50,
            log=True,
            allowed="[1, 1000]",
            when={"transform": ("channel",), "select": ("knn",), "relabel": ("knn",)},
            description="number of nearest neighbors that vote",
        ),
        Choice(
            "targets",
            "naive",
            options=tuple(RULES),
            description="rule of a built-in method, or mixture with the student's belief",
        ),
        Real(
            "alpha",
            0.5,
            low=0.1,
            high=1,
            when={"targets": TRUSTING},
            description="share of the rule's own loss; the rest is cross entropy with the labels",
        ),
        Real(
            "doubt",
            0.5,
            low=0.1,
            high=5,
            log=True,
            allowed="(0, inf)",
            when={"targets": ("adaptive-confidence",)},
            description="temperature of adaptive-confidence",
        ),
        Real("q", 0.7, low=0.1, high=1, when={"targets": ("gce",)}, description="q of gce"),
        Real(
            "floor",
            1e-3,
            low=1e-4,
            high=0.1,
            log=True,
            allowed="(0, 0.5)",
            when={"targets": ("reverse-kl",)},
            description="floor of reverse-kl",
        ),
        Real(
            "radius",
            0.15,
            low=0.05,
            high=0.5,
            when={"targets": ("window",)},
            description="radius of window",
        ),
        Choice(
            "schedule",
            "constant",
            options=tuple(SCHEDULES),
            when={"targets": TRUSTING},
            description="course of alpha; linear rises from 0 over the warm-up, late is 0 until "
            "its end",
        ),
        Real(
            "warmup",
            0.2,
            low=0.05,
            high=0.8,
            when={"schedule": ("linear", "late")},
            description="length of the warm-up, as a share of the training",
        ),
        Choice(
            "curriculum",
            "all",
            options=tuple(CURRICULA),
            description="items at the start of training; confident-first adds the others later",
        ),
        Real(
            "first",
            0.5,
            low=0.1,
            high=0.9,
            allowed="(0, 1)",
            when={"curriculum": ("confident-first",)},
            description="share of the items in the first phase",
        ),
        Real(
            "until",
            0.4,
            low=0.1,
            high=0.8,
            when={"curriculum": ("confident-first",)},
            description="progress at which the other items are added",
        ),
        Whole(
            "members",
            1,
            low=1,
            high=5,
            allowed="[1, 10]",
            description="number of students that are trained on resampled items and averaged",
        ),
    ),
)
