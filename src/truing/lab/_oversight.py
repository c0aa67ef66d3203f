"""Run oversight protocols on questions and write the run folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from truing.calls import checked
from truing.errors import DataError, UnknownNameError, UserError
from truing.given import GivenObject, find, find_in_folder, found_by, is_object
from truing.json_lines import parse_lines
from truing.lab._objects import write_objects
from truing.lab._oversight_result import OversightResult
from truing.lab._roles import give_cast
from truing.oversight import (
    PROMPTS_VERSION,
    Cast,
    JudgementRow,
    Match,
    Overseen,
    PlayOptions,
    PlayTranscript,
    Requests,
    VerdictForm,
    read_judgements,
)
from truing.oversight.protocols import PROTOCOLS, Protocol, give_protocols, setups
from truing.oversight.questions import QuestionSet, give_questions, load_questions
from truing.oversight.spending import Budget, open_budget
from truing.report import keep_report
from truing.runs import (
    ENVIRONMENT,
    LOGS,
    OVERSIGHT,
    SPENDING,
    TRANSCRIPTS,
    ClaimedFolder,
    Environment,
    Live,
    OnMute,
    PartialResults,
    TaskData,
    as_json,
    as_json_lines,
    claim_folder,
    find_run,
    this_environment,
)
from truing.sources import code_digest
from truing.studies import Store, objects_of
from truing.tasks import Item

if TYPE_CHECKING:
    from truing.lab._roles import Models, Panels

Rules = str | Protocol | Callable[[], Protocol]
Protocols = Rules | Mapping[str, Rules] | Sequence[Rules | Mapping[str, Rules]]
Questions = str | QuestionSet | Sequence[Item] | Sequence[Mapping[str, Any]] | Any
OPTIONS = ("protocols", "questions", "panel", "truth", "limit", "swap", "verdict", "prompts")


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
        verdict: form of the judge's verdict: `text` or `logprobs`.
        prompts: folder of prompt templates; empty for the shipped prompts.
        roles: models of other roles by name, such as `consultant="openai/gpt-4o"`.

    Attributes:
        protocols: shortest specifications of the protocols, without duplicates.
        questions: specification of the question set.
        cast: the models.
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
        verdict: VerdictForm = "text",
        prompts: str = "",
        **roles: Models,
    ) -> None:
        built = [PROTOCOLS.build(one) for one in give_protocols(protocols)]
        known = dict.fromkeys(["judge", "debater", *(r for one in built for r in one.value.roles)])
        _check_options(roles, known)
        if limit is not None and (type(limit) is not int or limit < 1):
            raise UserError(
                f"limit must be an integer, 1 or more, or None for all questions, got {limit!r}"
            )
        if not isinstance(swap, bool):
            raise UserError(f"swap must be True or False, got {swap!r}")
        name = give_questions(questions, truth)
        self.__dict__.update(
            protocols=tuple(dict.fromkeys(one.label for one in built)),
            questions=name,
            cast=give_cast(judge, panel, debater, roles),
            limit=limit,
            swap=swap,
            options=PlayOptions(verdict, prompts),
            loaded=load_questions(name),
        )

    @property
    def models(self) -> dict[str, tuple[str, ...]]:
        """Specifications of all models by role."""
        return self.cast.models

    @cached_property
    def matches(self) -> tuple[Match, ...]:
        """The matches: each protocol with each judge and each debater or pair of debaters.

        Raises:
            UserError: a role has no model, or a question does not have an answer for each debater.
        """
        return self.cast.matches(self.protocols, self.loaded.questions[: self.limit])

    @property
    def objects(self) -> list[GivenObject]:
        """The given objects among the protocols, the questions and the models."""
        models = [find(name) for names in self.models.values() for name in names if is_object(name)]
        return [*objects_of([*self.protocols, self.questions]), *models]

    @property
    def text(self) -> str:
        """The configuration as JSON, with digests of the protocols, the questions and the code."""
        stated = {
            "protocols": {one: PROTOCOLS.build(one).identity for one in self.protocols},
            "questions": self.questions,
            "fingerprint": self.loaded.fingerprint,
            "code": _code_digest(),
            "prompts": PROMPTS_VERSION,
            "models": _stated(self.cast),
            "play": self.options.to_json(),
            "limit": self.limit,
            "swap": self.swap,
        }
        return as_json(stated)

    @cached_property
    def plays(self) -> int:
        """Total number of plays of all matches."""
        asked = self.loaded.questions[: self.limit]
        rules = [one.rules for one in self.matches]
        return sum(1 for one in rules for q in asked for _ in setups(one, q, self.swap))

    @property
    def parts(self) -> dict[str, tuple[str, ...]]:
        """Names for the name of the run folder: the question set and the protocols."""
        return {"questions": (self.questions,), "protocols": self.protocols}


def run_oversight(
    run: Oversight,
    *,
    out: Path | str | None = None,
    name: str = "",
    overwrite: bool = False,
    requests: Requests | None = None,
    watch: Callable[[str, int, int], None] | None = None,
    on_mute: OnMute = "exclude",
) -> OversightResult:
    """Run protocols and write the run folder. Plays that are already recorded are not repeated.

    Args:
        run: the protocols, questions and models.
        out: the run folder; by default a folder under `runs/` in the working directory.
        name: readable name of the run.
        overwrite: replace another run in the run folder.
        requests: settings of requests to models (connections, retries, timeout).
        watch: callback for progress.
        on_mute: treatment of plays in which a speech was refused, empty or cut off: `exclude`
            leaves them out of the report, `count` counts them. All plays are recorded.

    Raises:
        UserError: a model is unknown, or the folder contains another run.
    """
    claimed = claim_folder(OVERSIGHT, run.text, run.parts, out=out, name=name, overwrite=overwrite)
    path = claimed.path
    with claimed as folder:
        write_objects(folder, run.objects)
        kept = read_overseen(path)
        if len(kept.records) == run.plays:
            keep_report(path, _decide_on_mute(folder, on_mute) or folder.renamed)
            return OversightResult(kept, path, on_mute)
        found = _play_all(run, path, requests, watch)
        folder.write(TRANSCRIPTS, as_json_lines(one.to_json() for one in found.transcripts))
        folder.write_json(ENVIRONMENT, environment_of(run, on_mute).to_json())
        folder.write(OVERSIGHT.results, as_json_lines(row.to_json() for row in found.records))
    keep_report(path, fresh=True)
    return OversightResult(found, path, on_mute)


def _play_all(
    run: Oversight,
    path: Path,
    requests: Requests | None,
    watch: Callable[[str, int, int], None] | None,
) -> Overseen:
    """Play all protocols on all questions; the verdicts so far are in the run folder meanwhile."""
    from truing.oversight.evals import Watching, charged_to, oversee

    rows: list[JudgementRow] = []
    requests = requests or Requests()
    with (
        _budget(run, path, requests) as budget,
        charged_to(budget),
        Live(path, watch) as live,
        PartialResults(path, lambda: [one.to_json() for one in rows], live) as partial,
    ):

        def scored(row: JudgementRow) -> None:
            rows.append(row)
            partial.update()

        found = oversee(
            run.matches,
            run.loaded,
            folder=path / LOGS,
            calls=Store().folder / "calls",
            max_questions=run.limit,
            swap=run.swap,
            options=run.options,
            requests=requests,
            watching=Watching(partial, scored),
        )
        return replace(found, stopped=budget.stopped if budget else "")


def _budget(
    run: Oversight, path: Path, requests: Requests
) -> AbstractContextManager[Budget | None]:
    """The budget of a run, with its ledger in the run folder."""
    return open_budget(
        path / SPENDING,
        run.models,
        spend=requests.spend,
        tokens=requests.tokens,
        prices=requests.prices,
    )


def read_oversight(folder: Path) -> Oversight:
    """Read the configuration of an oversight run from its folder, to run it again.

    Raises:
        UserError: the folder contains no oversight run, or its questions are not found.
    """
    stated = find_run(folder).configuration
    with found_by(find_in_folder(folder)):
        run = Oversight(
            protocols=list(stated["protocols"]),
            questions=stated["questions"],
            limit=stated["limit"],
            swap=stated["swap"],
            **stated.get("play", {}),
            **_models_of(stated),
        )
        _ = run.objects  # reads the given models, too
    return run


def _stated(cast: Cast) -> dict[str, list[str]]:
    """The models as arguments of `Oversight`; a panel is one text with `+`."""
    given = {
        "judge": [names[0] for names in cast.judges if len(names) == 1],
        "panel": ["+".join(names) for names in cast.judges if len(names) > 1],
        "debater": list(cast.debaters),
        **{role: list(names) for role, names in sorted(cast.roles.items())},
    }
    return {role: names for role, names in given.items() if names}


def _models_of(stated: Mapping[str, Any]) -> dict[str, Any]:
    """The models of a recorded configuration. In older folders several judges are a panel."""
    models = dict(stated["models"])
    if "play" not in stated and len(models.get("judge", ())) > 1:
        models["panel"] = models.pop("judge")
    return models


def read_overseen(folder: Path) -> Overseen:
    """Read the judgements and transcripts of a run folder; empty if missing or damaged."""
    return Overseen(_recorded(folder / OVERSIGHT.results), _transcripts(folder / TRANSCRIPTS), ())


def _check_options(roles: Mapping[str, Any], known: Iterable[str]) -> None:
    """Raise UnknownNameError for a keyword that is neither a role nor an option."""
    for name in roles:
        if name not in known:
            option = get_close_matches(name, OPTIONS)
            raise UnknownNameError(
                *(("option", name, OPTIONS) if option else ("role", name, known))
            )


def _decide_on_mute(folder: ClaimedFolder, on_mute: OnMute) -> bool:
    """Store the treatment of mute plays in a finished run; returns whether it changed."""
    environment = find_run(folder.path).environment
    if not environment.machine or environment.on_mute == on_mute:
        return False
    folder.write_json(ENVIRONMENT, replace(environment, on_mute=on_mute).to_json())
    return True


def environment_of(run: Oversight, on_mute: OnMute = "exclude") -> Environment:
    """The environment of an oversight run: machine, question set and number of plays."""
    data = questions_data(run.loaded, run.questions)
    tasks = {run.loaded.name: data}
    return replace(this_environment(), tasks=tasks, plays=run.plays, on_mute=on_mute)


def questions_data(loaded: QuestionSet, origin: str) -> TaskData:
    """The data of a question set, with the accesses to its ground truth.

    Args:
        loaded: the questions.
        origin: name or file of the question set.
    """
    generated = ("Apache-2.0, as truing itself", "generated by truing")
    license, origin = generated if loaded.simulated else (None, origin)
    return TaskData(
        items=len(loaded),
        fingerprint=loaded.fingerprint,
        license=license,
        origin=origin,
        truth_seen=loaded.vault.summary(),
    )


def _recorded(path: Path) -> tuple[JudgementRow, ...]:
    """The recorded judgements; empty if the file is missing or damaged."""
    try:
        return tuple(row for _, row in read_judgements(path))
    except DataError:
        return ()


def _rows(path: Path) -> tuple[dict[str, Any], ...]:
    """The objects of a JSONL file; empty if the file is missing or damaged."""
    try:
        lines = list(parse_lines(path.read_text()))
    except (OSError, ValueError):
        return ()
    return () if any(line.error for line in lines) else tuple(line.value for line in lines)


def _transcripts(path: Path) -> tuple[PlayTranscript, ...]:
    try:
        return tuple(PlayTranscript.from_json(row) for row in _rows(path))
    except ValueError:
        return ()


def _code_digest() -> str:
    """Digest of the code of truing that plays and embedded agents run. Inspect is not imported."""
    return code_digest(
        ("truing.oversight.evals._oversee", "oversee"),
        ("truing.oversight.agents._provider", "EmbeddedAgents"),
    )
