r"""Your own method in one file: soften the weak labels where the student disagrees with them.

    truing w2s --task digits --weak pca-8 --strong spectral-64 \
      --method naive --method examples/smooth_labels.py:smooth-where-we-differ,by=0.5
"""

from array_api_compat import array_namespace

from truing.arguments import Share
from truing.methods import Method, method, uniform


@method("smooth-where-we-differ")
def smooth_where_we_differ(by: Share = 0.5) -> Method:
    """Mix weak label and belief; the weight of the belief grows with their distance.

    Args:
        by: weight of the belief where the two do not overlap.
    """

    def targets(weak, belief, progress):
        xp = array_namespace(weak)
        apart = 0.5 * xp.sum(xp.abs(weak - belief), axis=1)[:, None]  # total variation, 0..1
        share = by * apart * min(1.0, progress / 0.2)
        return (1 - share) * weak + share * belief, uniform(weak)

    return Method(targets=targets)
