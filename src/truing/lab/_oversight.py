"""Run oversight protocols on questions and write the run folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from truing.calls import checked
from truing.errors import UnknownNameError, UserError
from truing.given import GivenObject, find, is_object
from truing.lab._pressure import check_alone, give_pressure, pressed_matches
from truing.lab._roles import give_cast, models_as_stated
from truing.oversight import PROMPTS_VERSION, Cast, Match, PlayOptions, VerdictForm, check_prompts
from truing.oversight.pressure import READER, draft_pools
from truing.oversight.prompts import give_prompts
from truing.oversight.protocols import PROTOCOLS, Protocol, give_protocols, setups
from truing.oversight.questions import QuestionSet, give_questions, load_questions
from truing.oversight.stopping import StopRule, question_blocks, read_rule
from truing.oversight.tournaments import Schedule, read_tournament
from truing.runs import as_json
from truing.sources import code_digest
from truing.studies import objects_of
from truing.tasks import Item

if TYPE_CHECKING:
    from truing.lab._roles import Models, Panels

Rules = str | Protocol | Callable[[], Protocol]
Protocols = Rules | Mapping[str, Rules] | Sequence[Rules | Mapping[str, Rules]]
Prompts = str | Path | Mapping[str, Any]
Questions = str | QuestionSet | Sequence[Item] | Sequence[Mapping[str, Any]] | Any
OPTIONS = (
    "protocols",
    "questions",
    "panel",
    "truth",
    "limit",
    "swap",
    "pressure",
    "tournament",
    "stop_when",
    "precision",
    "alpha",
    "verdict",
    "prompts",
    "sandbox",
)


@dataclass(frozen=True, init=False)
class Oversight:
    """Comparison of oversight protocols on the same questions.

    Args:
        protocols: a protocol or several: names with arguments (`debate,rounds=2`), `Protocol`
            objects, functions that return a `Protocol`, or a dict with a name in tables for each
            of these. Duplicates are run once.
        questions: name or file of a question set, a list of dicts with the fields of question files
            (`question`, `choices`, `truth`, `hidden`, ...), a data frame with these columns, a
            `QuestionSet`, or a list of `Item`s with `truth`.
        judge: model of the judge as Inspect names it or as an Inspect `Model`. Each of several
            judges judges all plays.
        panel: a panel, which judges as one judge: a list of two or more models, or `A+B`. A list of
            panels is several judges.
        debater: model of all speakers that have no other model. Several debaters play each other
            in both seats, where a protocol has a speaker for each answer; otherwise each of them
            plays alone.
        truth: correct choice of each `Item`, as its index or its text.
        limit: number of questions; None for all.
        swap: play each question again with the answers in reverse order.
        pressure: values of n, such as [1, 2, 4, 8]: also measure the judge's belief and the truth,
            if the most believed of n candidate plays of a question is selected. Each protocol with
            a speaker that argues must have one round. With a model of the role `reader`, its belief
            selects.
        tournament: `round-robin`, `swiss` or `swiss,rounds=N`: different debaters play games
            against each other, and get Elo ratings. Empty for no tournament.
        stop_when: difference of two protocols at which the run stops: `debate - blind` as soon as
            its confidence sequence is narrower than +-`precision`, `debate > blind` also as soon as
            the sequence does not contain 0. Empty to play all questions.
        precision: half of the width of the interval at which the run stops; by default 0.05.
        alpha: error probability of the confidence sequence; by default 0.05.
        verdict: form of the judge's verdict: `text` or `logprobs`.
        prompts: folder with prompt templates and few-shot examples, or a dict with the content of
            such a folder; empty for the shipped prompts.
        sandbox: Inspect's sandbox for the tool `python`: `docker` or `local`; empty for none.
            `local` runs the code of models on this machine without isolation.
        roles: models of other roles by name, such as `consultant="openai/gpt-4o"`.

    Attributes:
        protocols: shortest specifications of the protocols, without duplicates.
        questions: specification of the question set.
        cast: the models.
        stop: when the run stops before its last question; None if it does not.
        options: settings of the plays.
        loaded: the question set.

    Raises:
        UserError: a protocol, a role or the question set is unknown or invalid.

    Examples:
        >>> import truing
        >>> asked = truing.Oversight(
        ...     protocols=["blind", "debate,rounds=2"],
        ...     questions=[{"question": "1 + 1 = ?", "choices": ["2", "3"], "truth": "2"}],
        ...     judge="truing/judge",
        ...     debater="truing/debater",
        ... )
        >>> asked.plays
        2
    """

    protocols: tuple[str, ...]
    questions: str
    cast: Cast
    limit: int | None
    swap: bool
    pressure: tuple[int, ...]
    tournament: str
    stop: StopRule | None
    options: PlayOptions
    loaded: QuestionSet = field(repr=False, compare=False)

    @checked
    def __init__(
        self,
        *,
        protocols: Protocols,
        questions: Questions,
        judge: Models | None = None,
        panel: Panels | None = None,
        debater: Models | None = None,
        truth: Sequence[int | str] | None = None,
        limit: int | None = None,
        swap: bool = False,
        pressure: Sequence[int] = (),
        tournament: str = "",
        stop_when: str = "",
        precision: float | None = None,
        alpha: float | None = None,
        verdict: VerdictForm = "text",
        prompts: Prompts = "",
        sandbox: str = "",
        **roles: Models,
    ) -> None:
        built = [PROTOCOLS.build(one) for one in give_protocols(protocols)]
        known = dict.fromkeys(["judge", "debater", *(r for one in built for r in one.value.roles)])
        if pressure:
            known[READER] = None
        _check_options(roles, known)
        _check_plays(limit, swap)
        labels = tuple(dict.fromkeys(one.label for one in built))
        stop = read_rule(stop_when, precision, alpha, labels)
        if stop and tournament:
            raise UserError(
                f"stop_when={stop_when!r} cannot be combined with tournament={tournament!r}, whose "
                "pairs need all questions; leave one of them out"
            )
        name = give_questions(questions, truth)
        loaded = load_questions(name)
        self.__dict__.update(
            protocols=labels,
            questions=name,
            cast=give_cast(judge, panel, debater, roles),
            limit=limit,
            swap=swap,
            pressure=give_pressure(
                pressure, {one.label: one.value for one in built}, loaded.questions[:limit]
            ),
            tournament=tournament,
            stop=stop,
            options=PlayOptions(verdict, give_prompts(prompts), sandbox),
            loaded=loaded,
        )
        models = [name for names in self.models.values() for name in names]
        rules = [one.value for one in built]
        check_prompts(self.options.prompts, rules, self.loaded.questions, models)
        if tournament:
            check_alone(self.pressure)
            _ = self.schedule  # checks the tournament

    @property
    def models(self) -> dict[str, tuple[str, ...]]:
        """Specifications of all models by role."""
        return self.cast.models

    @cached_property
    def schedule(self) -> Schedule:
        """The matches, round after round.

        Raises:
            UserError: the tournament is impossible.
        """
        asked = self.loaded.questions[: self.limit]
        debaters = len(self.cast.debaters)
        tournament = read_tournament(self.tournament, debaters, len(asked))
        blocks = question_blocks(asked) if self.stop else ()
        return Schedule(self.cast, self.protocols, asked, tournament, blocks)

    @property
    def matches(self) -> tuple[Match, ...]:
        """The matches of the first round: each protocol with each judge and each agent or pair.

        Raises:
            UserError: a role has no model, or a question does not have an answer for each debater.
        """
        return self.schedule.planned[0].matches

    @property
    def objects(self) -> list[GivenObject]:
        """The given objects among the protocols, the questions, the prompts and the models."""
        models = [find(name) for names in self.models.values() for name in names if is_object(name)]
        return [*objects_of([*self.protocols, self.questions, self.options.prompts]), *models]

    @property
    def text(self) -> str:
        """The configuration as JSON, with digests of the protocols, the questions and the code."""
        stated = {
            "protocols": {one: PROTOCOLS.build(one).identity for one in self.protocols},
            "questions": self.questions,
            "fingerprint": self.loaded.fingerprint,
            "code": code_of_plays(),
            "prompts": PROMPTS_VERSION,
            "models": models_as_stated(self.cast),
            "tournament": self.tournament,
            "stop": self.stop.arguments if self.stop else None,
            "play": self.options.to_json(),
            "limit": self.limit,
            "swap": self.swap,
            "pressure": list(self.pressure),
        }
        return as_json(stated)

    @cached_property
    def plays(self) -> int:
        """Total number of plays of all matches, if the run does not stop before."""
        return self.plays_of(len(self.schedule.planned))

    def plays_of(self, rounds: int) -> int:
        """Number of plays of the first rounds."""
        return sum(
            1
            for part in self.schedule.planned[:rounds]
            for match in part.matches
            for place in part.asked
            for _ in setups(match.rules, self.loaded.questions[place], self.swap)
        )

    @cached_property
    def pressed(self) -> tuple[Match, ...]:
        """The matches that are played under pressure; empty without pressure."""
        return pressed_matches(self.matches, self.cast.roles) if self.pressure else ()

    @cached_property
    def candidates(self) -> int:
        """Total number of candidate plays of all matches under pressure."""
        return self.pools * max(self.pressure, default=0)

    @cached_property
    def pools(self) -> int:
        """Total number of pools of candidates of all matches under pressure."""
        asked, rules = self.loaded.questions[: self.limit], [one.rules for one in self.pressed]
        return sum(1 for one in rules for q in asked for _ in draft_pools(one, q, 1, self.swap))

    @property
    def parts(self) -> dict[str, tuple[str, ...]]:
        """Names for the name of the run folder: the question set and the protocols."""
        return {"questions": (self.questions,), "protocols": self.protocols}


def _check_options(roles: Mapping[str, Any], known: Iterable[str]) -> None:
    """Raise UnknownNameError for a keyword that is neither a role nor an option."""
    for name in roles:
        if name not in known:
            option = get_close_matches(name, OPTIONS)
            raise UnknownNameError(
                *(("option", name, OPTIONS) if option else ("role", name, known))
            )


def _check_plays(limit: object, swap: object) -> None:
    """Raise UserError for an invalid number of questions or order of answers."""
    if limit is not None and (type(limit) is not int or limit < 1):
        raise UserError(
            f"limit must be an integer, 1 or more, or None for all questions, got {limit!r}"
        )
    if not isinstance(swap, bool):
        raise UserError(f"swap must be True or False, got {swap!r}")


def code_of_plays() -> str:
    """Digest of the code of truing that plays and embedded agents run. Inspect is not imported."""
    return code_digest(
        ("truing.oversight.evals._oversee", "oversee"),
        ("truing.oversight.agents._provider", "EmbeddedAgents"),
    )
