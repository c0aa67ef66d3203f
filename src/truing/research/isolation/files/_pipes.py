"""The launcher's end of the pipes: send a question and receive the answer, with a time limit."""

from __future__ import annotations

import os
import select
import time

from truing.research.isolation._wire import ANSWER

PIECE = 1 << 20  # bytes moved at a time


class Pipes:
    """File descriptors for questions to the child, its answers and its printed output.

    Args:
        questions: non-blocking descriptor for questions.
        answers: descriptor for answers.
        prints: descriptor for printed output.
        kept: number of bytes to keep from the start of the printed output.
    """

    def __init__(self, questions: int, answers: int, prints: int, kept: int):
        self.questions, self.answers, self.prints, self.kept = questions, answers, prints, kept
        self.printed = bytearray()

    def exchange(self, question: bytes, most: int, until: float) -> tuple[bytes, bytes]:
        """Send a question, and return letter and bytes of the answer. Also reads printed output.

        Args:
            question: bytes of the question.
            most: largest number of bytes of the answer.
            until: end of the wait, on the monotonic clock.

        Raises:
            TimeoutError: there is no complete answer in time.
            EOFError: the child closed its answers.
            OverflowError: the answer is too long.
        """
        sent, answer = memoryview(question), bytearray()
        waiting = select.poll()
        waiting.register(self.questions, select.POLLOUT)
        for pipe in (self.answers, self.prints):
            waiting.register(pipe, select.POLLIN)
        while True:
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            ready = dict(waiting.poll(1000 * left))
            if self.prints in ready and not self._keep_print():
                waiting.unregister(self.prints)
            if self.questions in ready:
                sent = self._send(sent)
                if not sent:
                    waiting.unregister(self.questions)
            if self.answers in ready:
                answer += os.read(self.answers, PIECE) or _end()
                if _complete(answer, most):
                    letter, _ = ANSWER.unpack_from(answer)
                    return letter, bytes(answer[ANSWER.size :])

    def _send(self, left: memoryview) -> memoryview:
        try:
            return left[os.write(self.questions, left[:PIECE]) :]
        except BlockingIOError:
            return left
        except BrokenPipeError:  # the child has ended; reading its answers shows why
            return left[:0]

    def _keep_print(self) -> bool:
        """Read printed output, and keep its start; False at the end of the output."""
        part = os.read(self.prints, PIECE)
        self.printed += part[: max(0, self.kept - len(self.printed))]
        return bool(part)


def _end() -> bytes:
    raise EOFError


def _complete(answer: bytearray, most: int) -> bool:
    if len(answer) < ANSWER.size:
        return False
    _, length = ANSWER.unpack_from(answer)
    if length > most or len(answer) > ANSWER.size + length:
        raise OverflowError
    return len(answer) == ANSWER.size + length
