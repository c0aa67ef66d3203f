"""Judging session: people who judge the same questions, each in a sitting of their own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from truing.errors import UserError
from truing.oversight._call import Host
from truing.oversight._judgement_row import JudgementRow
from truing.oversight._protocol import PROTOCOLS, Protocol, Setup, fill_roles
from truing.oversight._transcript import PlayTranscript
from truing.oversight.people._replies import Replies
from truing.oversight.people._sitting import Judged, Sitting, Solved, draw_plays
from truing.oversight.questions import QuestionSet
from truing.tasks import Item

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
EMBEDDED = "truing/"  # models of ours, which are simulations


class JudgingSession:
    """People at work in a folder.

    Args:
        folder: where their replies are kept, one folder a person.
        protocol: specification.
        questions: that they judge.
        models: by role, the model that plays it; `debater` stands in for any speaker.
        max_questions: number of questions; None for all.
        swap: some plays show the answers in the contrary order.

    Raises:
        UserError: rules that need another judge than a person, or a role without a model.
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
        self.models, self.agent = _speakers(self.rules, models)
        self.simulated = questions.simulated or any(
            name.startswith(EMBEDDED) for name in models.values()
        )
        self._sittings: dict[str, Sitting] = {}

    def sitting(self, person: str) -> Sitting:
        """A person's sitting, where they left it.

        Raises:
            UserError: a name that is none.
        """
        if person not in self._sittings:
            if not NAME.fullmatch(person):
                raise UserError(
                    f"{person!r} is no name here: letters, digits, '_', '-' and '.', at most 40"
                )
            own = self.folder / person
            own.mkdir(parents=True, exist_ok=True)
            self._sittings[person] = Sitting(
                person,
                (self.label, self.rules),
                draw_plays(self.rules, self._asked, person, self.swap),
                Replies(own / "replies.jsonl"),
                self.models,
                self.agent,
                self.simulated,
            )
        return self._sittings[person]

    @property
    def people(self) -> tuple[str, ...]:
        """Who has sat down so far."""
        there = self.folder.is_dir()
        return tuple(sorted(path.name for path in self.folder.iterdir())) if there else ()

    async def recall(self) -> None:
        """Take up what everybody judged before, also those who did not come back."""
        for person in self.people:
            await self.sitting(person).recall()

    def records(self) -> list[JudgementRow]:
        """Rows of all finished plays, with their truth, for the one who runs the experiment."""
        truth = self._truth()
        return [
            replace(one.record, truth=truth[one.setup.question.id])
            for _, sitting in sorted(self._sittings.items())
            for one in sitting.judged
        ]

    def transcripts(self) -> list[PlayTranscript]:
        """What was said in all finished plays."""
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
        """What a person judged, with the truth: for them to see once all is done, if at all.

        Raises:
            UserError: something is left to be judged.
        """
        if len(sitting.judged) < len(sitting.plays):
            raise UserError("the truth is told when everything is judged")
        truth = self._truth()
        return [_solved(one, truth[one.setup.question.id]) for one in sitting.judged]

    def _truth(self) -> dict[str, int]:
        revealed = self.questions.truth(self.max_questions).tolist()
        return {one.id: right for one, right in zip(self._asked, revealed, strict=True)}

    @property
    def _asked(self) -> tuple[Item, ...]:
        return self.questions.questions[: self.max_questions]


def _solved(one: Judged, truth: int) -> Solved:
    setup, belief = one.setup, one.record.belief
    shown = None if belief is None else tuple(belief[i] for i in setup.order)
    return Solved(setup.question.text, setup.question.choices, setup.order.index(truth), shown)


def _check(label: str, rules: Protocol, models: Mapping[str, str]) -> None:
    """Raise UserError where a person cannot be this protocol's judge."""
    if rules.judge.panel > 1:
        raise UserError(f"{label}: a person gives one verdict; leave out panel")
    if any(one.best_of > 1 for one in rules.speakers):
        raise UserError(
            f"{label}: drafts are chosen by a model in the judge's place; use best_of=1"
        )
    if rules.forecaster and rules.forecaster not in models:
        raise UserError(
            f"{label} needs a model that forecasts the verdict: --role {rules.forecaster}=MODEL"
        )


def _speakers(
    rules: Protocol, models: Mapping[str, str]
) -> tuple[Callable[[Setup], Host | None], str]:
    """Who speaks in a play, None where nobody does, and their names."""
    bound: dict[str, Sequence[str]] = {role: (name,) for role, name in models.items()}
    filled = fill_roles(rules, {**bound, rules.judge.model: ("a person",)})
    names = {role: given for role, (_, given) in filled.items() if role != rules.judge.model}
    if not names:
        return lambda setup: None, ""
    from truing.oversight.evals import InspectHost, bind_models  # which takes two seconds

    made = {role: bind_models(given) for role, given in names.items()}

    def host(setup: Setup) -> Host:
        return InspectHost(made, setup.question.id, cache=False)

    speaking = dict.fromkeys(name for s in rules.speakers for name in names[s.model])
    return host, ", ".join(speaking)
