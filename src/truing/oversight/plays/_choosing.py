"""Choosing: a verdict from the log-probabilities of a forced choice.

The judge replies with one character. Each answer has a digit, and the probability of an answer is
the probability of its digit, normalized over all digits. A language model prefers some positions
and some characters, not only some answers (Zheng et al. 2024, "Large Language Models Are Not
Robust Multiple Choice Selectors"). So the choice is requested twice, with the digits in the order
of the answers and in reverse order, and the two log-probabilities of each answer are averaged: a
preference that adds a constant to the log-probability of a digit cancels exactly with two answers.

Only the list of digits is reversed. The transcript and its letters stay as they are, because
speeches name the letters; `swap` plays everything again with the answers themselves in reverse
order. A judge that chooses in this way writes no reasons before its choice, as the judge by token
probabilities of Sudhir et al. 2025 (solib's TipOfTongueJudge), which asks in one order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from math import exp, log

from truing.oversight._judgement_row import Belief
from truing.oversight.plays._asking import Asking, messages_of
from truing.oversight.plays._call import NO_TOOLS, Call
from truing.oversight.prompts import MARKS, Scene, mark_prompt, verdict_prompt
from truing.oversight.replies import Reply

VERDICT_WORDS = 100  # brief reasons and a number for each answer


async def request_verdict(asking: Asking, scene: Scene, call: Call) -> tuple[Belief | None, Reply]:
    """Belief of a judge or reader about a scene, and its reply, in the form that the run states.

    Args:
        call: the request without its messages.
    """
    if asking.verdict == "logprobs":
        return await choose(asking, scene, call)
    messages = messages_of(verdict_prompt(scene))
    return await asking.read(replace(call, messages=messages, max_words=VERDICT_WORDS))


async def choose(asking: Asking, scene: Scene, call: Call) -> tuple[Belief | None, Reply]:
    """Probability of each answer from two forced choices, and the first reply.

    The belief is None if one of the replies is not a digit. A forced choice is the first
    token of a reply, so that the judge uses no tools.
    """
    count = len(scene.question.choices)
    straight = tuple(range(count))
    orders = (straight, straight[::-1])
    calls = [
        replace(
            call,
            messages=messages_of(mark_prompt(scene, order)),
            tools=NO_TOOLS,
            letters=MARKS[:count],
        )
        for order in orders
    ]
    replies = await asking.host.together([partial(asking.send, one) for one in calls])
    found = [one.log_probabilities for one in replies]
    read = [one for one in found if one is not None]
    belief = both_orders(read, orders) if len(read) == len(orders) else None
    # The reply is complete after its first token, also if the stop reason is a limit.
    return belief, replace(replies[0], stop_reason="stop")


def both_orders(
    log_probabilities: Sequence[Sequence[float]], orders: Sequence[Sequence[int]]
) -> Belief:
    """Probability of each answer, by the mean of its log-probabilities in several orders.

    Args:
        log_probabilities: of each order, the log-probability of each digit.
        orders: of each order, the answer that each digit stands for.

    Examples:
        A judge that prefers the first digit by a factor of 3, for both answers:

        >>> from math import log
        >>> from truing.oversight.plays._choosing import both_orders
        >>> biased = [[log(0.75), log(0.25)], [log(0.75), log(0.25)]]
        >>> both_orders(biased, [(0, 1), (1, 0)])
        (0.5, 0.5)
    """
    totals = [0.0] * len(orders[0])
    for values, order in zip(log_probabilities, orders, strict=True):
        for value, answer in zip(_normalized(values), order, strict=True):
            totals[answer] += value / len(orders)
    return tuple(map(exp, _normalized(totals)))


def _normalized(values: Sequence[float]) -> list[float]:
    """Log-probabilities that sum to 1 over all values."""
    most = max(values)
    total = most + log(sum(exp(value - most) for value in values))
    return [value - total for value in values]
