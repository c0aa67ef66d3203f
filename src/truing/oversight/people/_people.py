"""People who judge the same questions, each in a separate sitting."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from truing.errors import UserError
from truing.oversight._judgement_row import JudgementRow
from truing.oversight._match import Players
from truing.oversight._transcript import PlayTranscript
from truing.oversight.people._replies import Replies
from truing.oversight.people._score import PersonScore, Solved, score_of, solve
from truing.oversight.people._sitting import Sitting, draw_plays
from truing.oversight.plays import Host
from truing.oversight.questions import QuestionSet
from truing.oversight.rules import PROTOCOLS, Protocol, Setup, fill_roles
from truing.oversight.tools import PYTHON
from truing.tasks import Item

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
EMBEDDED = "truing/"  # prefix of embedded agents, which are simulations


class People:
    """The people who judge, and the sitting of each person.

    Args:
        folder: folder with a folder for each person's replies.
        protocol: specification.
        questions: questions to judge.
        models: model by role; `debater` plays speakers without a model.
        max_questions: maximum number of questions; None for all.
        swap: whether some plays show the answers in reverse order.

    Raises:
        UserError: a person cannot be the judge of this protocol, or a role has no model.
    """

    def __init__(
        self,
        folder: Path,
        protocol: str,
        questions: QuestionSet,
        models: Mapping[str, str],
        max_questions: int | None = None,
        swap: bool = False,
    ):
        built = PROTOCOLS.build(protocol)
        self.folder, self.label, self.rules = folder, built.label, built.value
        self.questions, self.max_questions, self.swap = questions, max_questions, swap
        _check(self.label, self.rules, models)
        self.models, self.players = _speakers(self.rules, models)
        self.simulated = questions.simulated or any(
            name.startswith(EMBEDDED) for name in models.values()
        )
        self._sittings: dict[str, Sitting] = {}

    def sitting(self, person: str) -> Sitting:
        """The sitting of a person, in its last state.

        Raises:
            UserError: the name is not allowed.
        """
        if person not in self._sittings:
            if not NAME.fullmatch(person):
                raise UserError(
                    f"name {person!r} is not allowed; use at most 40 letters, digits, '_', '-' or "
                    "'.', beginning with a letter or digit"
                )
            own = self.folder / person
            own.mkdir(parents=True, exist_ok=True)
            self._sittings[person] = Sitting(
                person,
                (self.label, self.rules),
                draw_plays(self.rules, self._asked_questions, person, self.swap),
                Replies(own / "replies.jsonl"),
                self.models,
                self.players,
                self.simulated,
            )
        return self._sittings[person]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all people who have started."""
        there = self.folder.is_dir()
        return tuple(sorted(path.name for path in self.folder.iterdir())) if there else ()

    async def recall(self) -> None:
        """Load the earlier judgements of all people, including people who did not return."""
        for person in self.names:
            await self.sitting(person).recall()

    def records(self) -> list[JudgementRow]:
        """Rows of all finished plays, with the ground truth, for the experimenter."""
        truth = self._truth()
        return [
            replace(one.record, truth=truth[one.setup.question.id])
            for _, sitting in sorted(self._sittings.items())
            for one in sitting.judged
        ]

    def transcripts(self) -> list[PlayTranscript]:
        """Transcripts of all finished plays."""
        return [
            PlayTranscript(
                self.label,
                f"{one.setup.id}, judged by {sitting.person}",
                one.setup.question.text,
                one.entries,
            )
            for _, sitting in sorted(self._sittings.items())
            for one in sitting.judged
        ]

    def solve(self, sitting: Sitting) -> list[Solved]:
        """A person's judged questions with their ground truth, to show after the last play.

        Raises:
            UserError: some plays are not judged yet.
        """
        if len(sitting.judged) < len(sitting.plays):
            raise UserError("the correct answers are shown when all plays are judged")
        truth = self._truth()
        return [solve(one, truth[one.setup.question.id]) for one in sitting.judged]

    def score(self, sitting: Sitting) -> PersonScore:
        """Score of a person who has judged everything; it names no correct answer.

        Raises:
            UserError: some plays are not judged yet.
        """
        return score_of(self.solve(sitting))

    def _truth(self) -> dict[str, int]:
        revealed = self.questions.truth(range(len(self._asked_questions))).tolist()
        return {one.id: right for one, right in zip(self._asked_questions, revealed, strict=True)}

    @property
    def _asked_questions(self) -> tuple[Item, ...]:
        return self.questions.questions[: self.max_questions]


def _check(label: str, rules: Protocol, models: Mapping[str, str]) -> None:
    """Raise UserError if a person cannot be the judge of this protocol."""
    if rules.judge.panel > 1:
        raise UserError(f"{label}: a person gives only one verdict; remove panel")
    if rules.judge.tools:
        raise UserError(f"{label}: a person uses no tools; remove judge_tools")
    if PYTHON in rules.tools:
        raise UserError(f"{label}: a session with a person has no sandbox; remove the tool python")
    for one in rules.speakers:
        role = rules.reader_of(one)
        if one.selects and (role == rules.judge.model or role not in models):
            raise UserError(
                f"{label}: no model selects among the drafts; add --role reader=MODEL or use "
                "best_of=1 and critiques=1"
            )
    if rules.forecaster and rules.forecaster not in models:
        raise UserError(
            f"{label}: no model forecasts the verdict; add --role {rules.forecaster}=MODEL"
        )


def _speakers(
    rules: Protocol, models: Mapping[str, str]
) -> tuple[Callable[[Setup], Host | None], Players]:
    """A function from a play to the host of its speakers (None without speakers); their names."""
    bound: dict[str, Sequence[str]] = {role: (name,) for role, name in models.items()}
    filled = fill_roles(rules, {**bound, rules.judge.model: ("a person",)})
    names = {role: given for role, (_, given) in filled.items() if role != rules.judge.model}
    if not names:
        return lambda setup: None, Players("", "")
    from truing.oversight.evals import InspectHost, bind_models  # takes two seconds

    made = {role: bind_models(given) for role, given in names.items()}

    def host(setup: Setup) -> Host:
        return InspectHost(made, setup.question.id, cache=False)

    return host, Players.of(rules, {**names, rules.judge.model: [""]})
