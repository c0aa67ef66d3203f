"""Combinations: supervisors whose labels are made from the labels of other supervisors.

They combine what a model knows by itself with what people can check, as the combinations of
unsupervised elicitation and easy-to-hard supervision of Canavan et al. 2026 (arXiv 2602.20400).
"""

from __future__ import annotations

from truing.specification import split_list
from truing.supervisors._supervisor import supervisor
from truing.supervisors.composed._pool import Combination


@supervisor("mean:{members:A+B}")
def mean(members: str) -> Combination:
    """Mean of the normalized scores of several supervisors (Canavan et al. 2026).

    Each supervisor's log odds are divided by their root mean square over the learn split, so that
    an overconfident supervisor does not outvote the others. The label is the sigmoid of their mean
    times the geometric mean of the root mean squares: equal supervisors make their own labels. With
    more than two choices, scores are log beliefs minus the mean of the item's choices. Scores are
    not centered, so that each supervisor keeps its threshold.

    Args:
        members: two or more supervisors, joined by `+`. A supervisor may have arguments, with a
            colon before each: `ccs:hf/NAME@layer-12+easy-to-hard:pca-8:l2=0.1:share=0.3`.
    """
    return Combination("mean", split_list(members))


@supervisor("agree:{members:A+B}")
def agree(members: str) -> Combination:
    """Filter by agreement: uniform labels for items on which the supervisors disagree.

    Where all supervisors have the same likeliest choice, the label is that of `mean`. A uniform
    label is an item without a label: naive students learn to be uncertain about it, and methods
    that select by confidence leave it out (`confident-filter,min_confidence=0.51`).

    Args:
        members: two or more supervisors, joined by `+`, as in `mean`.
    """
    return Combination("agree", split_list(members))
