"""Games that each violate one condition of the contract."""

from __future__ import annotations

import itertools

from truing.oversight.games import Outcome, Published, SampledValue, game

STATE = itertools.count()


def coin(results=None, published=(), done=1):
    """A game of one toss that satisfies the contract, unless an argument breaks it."""

    def play(rng, watch):
        watch("tosses", done, 1)
        heads = SampledValue.share(int(rng.random() < 0.5), 1)
        return Outcome({"heads": heads, **(results or {})}, published)

    return play


@game("whole")
def whole():
    """Violates nothing."""
    return coin(published=(Published("heads", 0.5, "a paper"),))


@game("set")
def a_set():
    """A result that is no JSON value."""
    return coin({"tosses": {1, 2}})


@game("reserved")
def reserved():
    """A result that replaces the seed in the run folder."""
    return coin({"seed": 3})


@game("dotted")
def dotted():
    """A name that cannot be told from a path."""
    return coin({"heads.first": 1})


@game("outside")
def outside():
    """A value outside of its interval."""
    return coin({"tails": {"all": SampledValue(0.5, 0.6, 0.7, 10)}})


@game("state")
def state():
    """A result that counts the plays."""

    def play(rng, watch):
        return Outcome({"plays": next(STATE)})

    return play


@game("misnamed")
def misnamed():
    """A published value without a result."""
    return coin(published=(Published("head", 0.5, "a paper"),))


@game("over")
def over():
    """More steps done than there are."""
    return coin(done=2)
