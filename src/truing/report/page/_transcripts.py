"""Transcripts: the first conversations of an oversight run, for its report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from truing.errors import DataError
from truing.json_lines import parse_lines
from truing.oversight import JudgementRow, PlayTranscript, TranscriptEntry
from truing.runs import TRANSCRIPTS, FoundRun, as_text, clean, read_slice

MOST_PLAYS = 4  # per protocol
MOST_LETTERS = 120_000  # of all transcripts of a page
MOST_SPEECH = 4_000  # of a speech
MOST_READ = 5_000_000  # bytes of the file


@dataclass(frozen=True)
class Turn:
    """A speech: its speaker with round and answer, the public text, and the private reasoning."""

    speaker: str
    said: str
    private: str


@dataclass(frozen=True)
class Transcript:
    """A conversation.

    Attributes:
        heading: protocol and play.
        question: the question.
        turns: the speeches, in order.
        verdict: the judge's belief, and the right answer.
    """

    heading: str
    question: str
    turns: tuple[Turn, ...]
    verdict: str

    @property
    def letters(self) -> int:
        """Number of characters."""
        return len(self.question) + sum(len(one.said) + len(one.private) for one in self.turns)


def first_transcripts(
    run: FoundRun, rows: Mapping[int, JudgementRow], names: Mapping[str, str]
) -> tuple[Transcript, ...]:
    """The first transcripts of each protocol that contain a speech, within a limit on their size.

    The report is for the owner of the run. It shows private reasoning and the right answer, as the
    owner's dashboard does. The run folder does not contain the hidden text of a question.

    Args:
        run: the run folder.
        rows: judgements by their line number, which is that of their transcript.
        names: shown name of each protocol.
    """
    try:
        content = read_slice(run.folder, TRANSCRIPTS, 0, MOST_READ)
    except DataError:
        return ()
    counts: dict[str, int] = {}
    shown: list[Transcript] = []
    left = MOST_LETTERS
    for line in parse_lines(content.decode(errors="replace"), allow_nan=False):
        try:
            played = PlayTranscript.from_json(clean(line.value))
        except ValueError:
            continue
        protocol = names.get(played.protocol, as_text(played.protocol, 200))
        if not played.entries or counts.get(protocol, 0) >= MOST_PLAYS:
            continue
        row = rows.get(line.number)
        one = _transcript(played, row if row and row.protocol == protocol else None)
        left -= one.letters
        if left < 0:
            break
        counts[protocol] = counts.get(protocol, 0) + 1
        shown.append(one)
    return tuple(shown)


def _transcript(played: PlayTranscript, row: JudgementRow | None) -> Transcript:
    heading = f"{as_text(played.protocol, 200)}, {as_text(played.play, 200)}"
    choices = [as_text(one, 100) for one in row.choices] if row else []
    turns = tuple(
        Turn(_speaker(one, choices), _text(one.said), _private(one)) for one in played.entries
    )
    question = as_text(played.question, MOST_SPEECH)
    return Transcript(heading, question, turns, _verdict(row, choices))


def _speaker(turn: TranscriptEntry, choices: Sequence[str]) -> str:
    words = [as_text(turn.speaker, 100)]
    if turn.argues is not None and turn.argues < len(choices):
        words.append(f"argues for {choices[turn.argues]}")
    return ", ".join([*words, f"round {turn.round}"])


def _text(said: str) -> str:
    text = as_text(said, MOST_SPEECH)
    for mark, quote in (("<v_quote>", "“"), ("</v_quote>", "” (verified)")):
        text = text.replace(mark, quote)
    return text.replace("<u_quote>", "“").replace("</u_quote>", "” (not in the hidden text)")


def _private(turn: TranscriptEntry) -> str:
    return "\n".join(
        filter(None, (_text(turn.native_reasoning), _text(turn.reasoning), _text(turn.work)))
    )


def _verdict(row: JudgementRow | None, choices: Sequence[str]) -> str:
    if row is None or row.belief is None:
        return ""
    names = choices or [f"answer {number}" for number in range(1, len(row.belief) + 1)]
    beliefs = [f"{name} {belief:.2f}" for name, belief in zip(names, row.belief, strict=False)]
    known = row.truth is not None and 0 <= row.truth < len(names)
    right = f" Right answer: {names[row.truth]}." if known and row.truth is not None else ""
    return f"Verdict: {', '.join(beliefs)}.{right}"
