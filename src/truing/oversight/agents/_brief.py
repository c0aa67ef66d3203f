"""Brief: the facts that an embedded agent reads from the messages for a language model."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

CLUE = re.compile(r"The [a-z]+ by the [a-z]+ points to ([A-Z][a-z]+)\.")
TURN = re.compile(r'<turn round="(\d+)" speaker="([^"]*)">\n(.*?)\n</turn>', re.S)
SIDE = re.compile(r"^For ([A-Z][a-z]+):", re.M)
OPTION = re.compile(r"^(\d) = ([A-Z]): ", re.M)
SUBCLAIM = re.compile(r"\d+\. (.*?)(?: \(estimate: (\d+)%\))?")
QUOTED = re.compile(r"<quote>(.*?)</quote>", re.S)
VERIFIED = re.compile(r"<v_quote>(.*?)</v_quote>", re.S)


@dataclass(frozen=True)
class Brief:
    """A request, parsed.

    Attributes:
        system: system message: the role and the rules.
        user: user message: the question, the transcript and the task.
        last: last user message of a request that continues a conversation; empty otherwise.
        written: draft that the agent rewrites; empty otherwise.
        tools: names of the tools that the agent may use.
        found: outputs of the tools that it has used.
    """

    system: str
    user: str
    last: str = ""
    written: str = ""
    tools: tuple[str, ...] = ()
    found: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        messages: Sequence[tuple[str, str]],
        tools: tuple[str, ...] = (),
        found: tuple[str, ...] = (),
    ) -> Brief:
        """The brief of a request, from pairs of a message's role and text."""
        system = next((text for who, text in messages if who == "system"), "")
        said = [text for who, text in messages if who == "user"]
        asked = [place for place, text in enumerate(said) if _block(text, "answers")]
        said = said[asked[-1] :] if asked else said  # without few-shot examples
        user, last = (said or [""])[0], said[-1] if len(said) > 1 else ""
        written = [text for who, text in messages if who == "assistant"]
        return cls(system, user, last, (written or [""])[-1], tools, found)

    @cached_property
    def answers(self) -> dict[str, str]:
        """Name of each answer by its letter."""
        lines = _block(self.user, "answers").splitlines()
        return dict(line.split(": ", 1) for line in lines if ": " in line)

    @cached_property
    def clues(self) -> list[tuple[str, str]]:
        """Clues of the hidden text, each with the name that it points to; empty if not shown."""
        return [(found[0], found[1]) for found in CLUE.finditer(_block(self.user, "hidden_text"))]

    @cached_property
    def turns(self) -> list[tuple[str, str]]:
        """Speaker and speech of each turn so far."""
        said = _block(self.user, "transcript")
        return [(speaker, speech) for _, speaker, speech in TURN.findall(said)]

    @property
    def supported(self) -> str | None:
        """Name to which most clues point; None if the hidden text is not shown."""
        counted = Counter(points_to for _, points_to in self.clues)
        return max(counted, key=counted.__getitem__) if counted else None

    @cached_property
    def found_clues(self) -> list[tuple[str, str]]:
        """Clues that a search returned, each with the name that it points to."""
        return [(one[0], one[1]) for text in self.found for one in CLUE.finditer(text)]

    @property
    def draft(self) -> str:
        """Draft of a speech that the agent criticizes, or whose critique it rates."""
        return _block(self.user, "draft")

    @property
    def critique(self) -> str:
        """Critique of a draft that the agent rates, or with which it rewrites its draft."""
        return _block(self.last or self.user, "critique")

    @property
    def claim(self) -> str:
        """Claim that the subclaims divide."""
        return _block(self.user, "claim")

    @property
    def subclaims(self) -> list[tuple[str, float]]:
        """Subclaims with their estimates; 1 for a subclaim without an estimate."""
        lines = _block(self.user, "claims").splitlines()
        found = [SUBCLAIM.fullmatch(line) for line in lines]
        return [(one[1], int(one[2] or 100) / 100) for one in found if one]

    @property
    def me(self) -> str:
        """Name of the agent's seat."""
        found = re.match(r"You are (?:the )?([^.\n]+)\.", self.system)
        return found[1] if found else ""

    @property
    def argued(self) -> str | None:
        """Name of the answer that the agent must argue for."""
        found = re.search(
            r"[Pp]ersuade the judge that the correct answer is [A-Z]: (\w+)\.", self.system
        )
        return found[1] if found else None

    @property
    def quotes(self) -> int:
        """Maximum number of quotes in a speech."""
        found = re.search(r"Quotes: up to (\d+) per speech", self.system)
        return int(found[1]) if found else 0

    @property
    def rounds(self) -> int:
        """Maximum number of rounds of speeches."""
        found = re.search(r"Rounds: up to (\d+)", self.system)
        return int(found[1]) if found else 0

    @property
    def rumor(self) -> tuple[str, float] | None:
        """Name in the rumor, and the probability that rumors are correct."""
        found = re.search(r"A rumor names (\w+)\. Rumors are correct (\d+)%", self.user)
        return (found[1], int(found[2]) / 100) if found else None

    @property
    def record_size(self) -> int:
        """Number of clues in the hidden text."""
        found = re.search(r"The hidden text contains (\d+) clues", self.user)
        return int(found[1]) if found else 0

    @property
    def options(self) -> dict[str, str]:
        """Letter of the answer for which each digit stands, if the reply is a digit."""
        return dict(OPTION.findall(_block(self.user, "task")))

    @property
    def case(self) -> str:
        """The user message without the task."""
        return self.user[: self.user.rfind("<task>")]

    @property
    def forecast(self) -> dict[str, float]:
        """Forecast probability of each answer by letter."""
        return self._shares("forecast")

    @property
    def verdict(self) -> dict[str, float]:
        """Probability of each answer by letter in a verdict that the agent reviews."""
        return self._shares("verdict")

    def asks_for(self, words: str) -> bool:
        """Whether the task contains some words."""
        return words in _block(self.user, "task")

    def _shares(self, block: str) -> dict[str, float]:
        lines = re.findall(r"^([A-Z]): (\d+)%$", _block(self.user, block), re.M)
        return {letter: int(share) / 100 for letter, share in lines}


def side_of(speech: str) -> str | None:
    """Name of the answer that an embedded speaker's speech supports."""
    found = SIDE.search(speech)
    return found[1] if found else None


def verified(speech: str) -> list[tuple[str, str]]:
    """Verified clues in a speech, each with the name that it points to."""
    quoted = [CLUE.fullmatch(text.strip()) for text in VERIFIED.findall(speech)]
    return [(found[0], found[1]) for found in quoted if found]


def quoted(reply: str) -> list[str]:
    """Clues that an agent's own reply quotes, before they are verified."""
    return [text for text in QUOTED.findall(reply) if CLUE.fullmatch(text)]


def _block(text: str, name: str) -> str:
    start, end = text.rfind(f"<{name}>\n"), text.rfind(f"\n</{name}>")
    return text[start + len(name) + 3 : end] if 0 <= start < end else ""
