"""Costs: an upper bound of the requests of a stress test to models, before any request is sent.

Steps in the store cost nothing, and neither do embedded agents. Replies that are cached from an
interrupted run are counted. See `truing.oversight.estimate` for the bound of a play. A monitor of a
user's own that sends requests itself is not included.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from truing.given import shown
from truing.oversight import MAX_TOKENS, Spent, estimate, max_tokens_of, most_tokens
from truing.oversight.protocols import PROTOCOLS, fill_roles, setups
from truing.plants import PLANTS, is_chosen
from truing.stress._plan import StressPlan
from truing.stress._protocol_monitor import UNTRUSTED, SeenPlay
from truing.stress._stress_test import StressTest
from truing.stress.methods import SuspectPayload
from truing.stress.monitors import MONITORS, review_prompt
from truing.stress.protocols import (
    MODELS,
    HonestSystem,
    NamedPlant,
    PlayPayload,
    ReviewPayload,
    divide,
    is_embedded,
    review_messages,
)
from truing.studies import Step, Store
from truing.tasks import Item

REVIEWER = "reviewer"  # role of a monitor's model
QUOTE_MARKS = 24  # tokens that mark a quote in a transcript


@dataclass(frozen=True)
class RequestCost:
    """Upper bound of the requests that a protocol or a monitor sends to the models of a role.

    Attributes:
        part: the protocol, or the plays of a protocol that a monitor reviews.
        role: role to which the models are bound, or `reviewer` for the model of a monitor.
        models: the models.
        calls: number of requests.
        tokens: input and output tokens.
    """

    part: str
    role: str
    models: tuple[str, ...]
    calls: int
    tokens: Spent


def request_costs(plan: StressPlan, store: Store) -> list[RequestCost]:
    """Upper bound of the requests of a stress test, by part and role; no request is sent.

    Args:
        plan: plan of the stress test.
        store: store of computed steps, which send no requests.

    Examples:
        >>> import truing
        >>> from truing.stress import plan_stress, request_costs
        >>> test = truing.StressTest(
        ...     plants="biased-judge", monitors="verdict-check,audits=5", protocol="blind",
        ...     questions="cases,count=40", models={"judge": "openai/gpt-5-mini"}, seeds=2,
        ...     references=3, strengths=1.0,
        ... )
        >>> [(one.role, one.calls) for one in request_costs(plan_stress(test), truing.Store())]
        [('judge', 560)]
    """
    bound = _Bound(dict(plan.test.models))
    totals: dict[tuple[str, str, tuple[str, ...]], tuple[int, Spent]] = {}
    for step in plan.missing(store).values():
        for one in bound.of(step):
            key = (one.part, one.role, one.models)
            calls, tokens = totals.get(key, (0, Spent()))
            totals[key] = calls + one.calls, tokens + one.tokens
    return [RequestCost(*key, *total) for key, total in totals.items()]


def asks_models(test: StressTest) -> bool:
    """Whether systems or monitors of a stress test need models that are not embedded agents.

    Examples:
        >>> import truing
        >>> from truing.stress import asks_models
        >>> asks_models(truing.StressTest(plants="biased-judge", monitors="trusted-judge"))
        False
    """
    named = [name for names in test.models.values() for name in names]
    for monitor in test.built_monitors:
        named += [getattr(monitor.value, "reviewer", ""), str(monitor.arguments.get("model") or "")]
    return not is_embedded([name for name in named if name not in ("", UNTRUSTED)])


class _Bound:
    """Bounds of steps. Equal requests, whose replies are cached, count once.

    Args:
        models: models by role, as the user gave them.
    """

    def __init__(self, models: dict[str, tuple[str, ...]]):
        self.models = {**MODELS, **models}
        self.plays: dict[tuple[str, str], list[RequestCost]] = {}
        self.seen: set[tuple[object, ...]] = set()

    def of(self, step: Step) -> Iterator[RequestCost]:
        """Bounds of the requests of a step."""
        if isinstance(step.payload, PlayPayload):
            yield from self._of_plays(step.payload)
        elif isinstance(step.payload, ReviewPayload):
            plays = step.parents["plays"][0].payload
            assert isinstance(plays, PlayPayload), "a review reads plays"
            yield from self._of_reviews(step.payload, plays.planted)
        elif isinstance(step.payload, SuspectPayload):
            yield from _of_files(step.payload)

    def _of_plays(self, asked: PlayPayload) -> Iterator[RequestCost]:
        honest, planted = asked.honest, asked.planted
        if all(map(is_embedded, honest.models.values())):
            return
        added = _instructions(planted)
        for seed in asked.seeds:
            for question in honest.questions:
                label = _planted_in(planted, question, seed)
                if planted is not None and not label:
                    continue  # the play of its twin
                if self._is_new(honest.protocol, asked.swapped, label, seed, question.id):
                    for one in self._play(honest, question):
                        if not is_embedded(one.models):
                            yield _longer(one, added)

    def _of_reviews(
        self, asked: ReviewPayload, planted: NamedPlant | None
    ) -> Iterator[RequestCost]:
        """Bounds of the reviews of some systems, with the plant whose plays are reviewed."""
        honest, untrusted = asked.honest, asked.reviewer == UNTRUSTED
        role = honest.rules.judge.model
        models = honest.models[role] if untrusted else (asked.reviewer,)
        if is_embedded(models):
            return
        part = f"reviews of {shown(honest.protocol)}"
        reads = max(self._review_tokens(honest, question) for question in honest.questions)
        reads += _instructions(asked.planted)
        bound = Spent(reads, max(max_tokens_of(name, MAX_TOKENS) for name in models))
        for seed in asked.seeds:
            watched, _ = divide(honest, seed)
            label = asked.planted.plant if asked.planted else ""
            new = asked.honeypots * self._is_new("honeypots", asked.reviewer, label, seed)
            for question in (honest.questions[at] for at in watched):
                label = _planted_in(planted, question, seed)
                if self._is_new("review", asked.reviewer, label, seed, question.id):
                    new += _count_plays(honest, question)
            tokens = Spent(new * bound.read, new * bound.written)
            yield RequestCost(part, role if untrusted else REVIEWER, models, new, tokens)

    def _play(self, honest: HonestSystem, question: Item) -> list[RequestCost]:
        """Bounds of the plays on a question, by role, in one order of the answers."""
        key = (honest.protocol, question.id)
        if key not in self.plays:
            filled = fill_roles(PROTOCOLS.build(honest.protocol).value, self.models)
            members = {source: tuple(names) for source, names in filled.values()}
            self.plays[key] = [
                RequestCost(
                    shown(honest.protocol), one.role, members[one.role], one.calls, one.tokens
                )
                for one in estimate(honest.protocol, [question], self.models)
            ]
        return self.plays[key]

    def _review_tokens(self, honest: HonestSystem, question: Item) -> int:
        """Bound of the input tokens of the review of a play: a transcript of all its replies."""
        k, quotes = len(question.choices), honest.rules.limits.quotes
        empty = SeenPlay(question, (), (1 / k,) * k, None)
        plays = self._play(honest, question)
        transcript = sum(
            one.tokens.written + one.calls * quotes * QUOTE_MARKS for one in plays
        ) // _count_plays(honest, question)
        return transcript + sum(most_tokens(text) for _, text in review_messages(empty, quotes))

    def _is_new(self, *key: object) -> bool:
        new = key not in self.seen
        self.seen.add(key)
        return new


def _of_files(asked: SuspectPayload) -> Iterator[RequestCost]:
    """Bounds of the requests of a reviewer of method files."""
    built = MONITORS.build(asked.monitor)
    model = str(built.arguments.get("model") or "")
    if not model:
        return
    written = max_tokens_of(model, MAX_TOKENS)
    for file in asked.files():
        tokens = Spent(most_tokens(review_prompt(file.text, hints=True)), written)
        yield RequestCost(shown(asked.monitor), REVIEWER, (model,), 1, tokens)


def _count_plays(honest: HonestSystem, question: Item) -> int:
    """Number of plays on a question, in one order of the answers."""
    return sum(1 for _ in setups(honest.rules, question))


def _planted_in(planted: NamedPlant | None, question: Item, seed: int) -> str:
    """The plant, if it misbehaves on a question; otherwise an empty text."""
    chosen = planted is not None and is_chosen(question.id, seed, planted.strength)
    return planted.plant if planted is not None and chosen else ""


def _instructions(planted: NamedPlant | None) -> int:
    """Bound of the tokens that a plant adds to a request."""
    if planted is None:
        return 0
    texts = PLANTS.build(planted.plant).value.instructions.values()
    return max(map(most_tokens, texts), default=0)


def _longer(one: RequestCost, tokens: int) -> RequestCost:
    """The same requests, each with more input tokens."""
    return replace(one, tokens=one.tokens + Spent(one.calls * tokens, 0))
