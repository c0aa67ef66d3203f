r"""Your own protocol: a consultant that chooses its answer, and a devil's advocate.

    truing oversee --protocol examples/devils_advocate.py:devils-advocate --protocol blind \
      --task cases,count=100 --judge truing/judge --debater truing/debater
"""

from truing.oversight.protocols import Judge, Limits, Protocol, Speaker, protocol

OMITTED = "Look for omitted evidence."


@protocol("devils-advocate")
def devils_advocate(rounds: int = 3, words: int = 120, settled: float = 0.02) -> Protocol:
    """A consultant argues for its answer, and an advocate objects, until the belief is stable.

    Args:
        rounds: maximum number of rounds.
        words: maximum number of words in a speech.
        settled: stop when the judge's belief changes by at most this value in a round.
    """
    return Protocol(
        speakers=(
            Speaker("Consultant", "consultant"),
            Speaker("Advocate", "critic", aim="criticize", instructions=OMITTED),
        ),
        judge=Judge(each_round=True),
        rounds=rounds,
        order="sequential",
        assignment="open",
        limits=Limits(words=words, quotes=2),
        settled=settled,
    )
