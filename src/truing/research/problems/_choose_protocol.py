"""Problem choose-protocol: under which protocol is a simulated judge most accurate, at a limited
number of model calls?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truing.errors import TruingError, UserError
from truing.loops import run_coroutine
from truing.measures import paired_difference
from truing.methods import Choice, Space, Whole
from truing.oversight import play
from truing.oversight.agents import EmbeddedHost
from truing.oversight.protocols import PROTOCOLS, Protocol, setups
from truing.oversight.questions import load_questions
from truing.research._answers import ProblemDescription
from truing.research._evaluation import Evaluation, Gain, Tier
from truing.research._problem_config import ChooseProtocol
from truing.research._submission import Submission
from truing.research.problems._problem import describe_space
from truing.specification import Specification

BASELINE = "debate,rounds=1,quotes=1"
SPACE = Space(
    "protocol",
    (
        Choice("help", "debate", options=("debate", "consultancy", "critique", "propaganda")),
        Choice(
            "order",
            "simultaneous",
            options=("simultaneous", "sequential"),
            when={"help": ("debate",)},
        ),
        Choice(
            "assignment",
            "both",
            options=("both", "open"),
            when={"help": ("consultancy", "critique")},
        ),
        Whole(
            "rounds",
            1,
            low=1,
            high=4,
            allowed="[1, 20]",
            when={"help": ("debate", "consultancy", "critique")},
        ),
        Whole("quotes", 1, low=1, high=4, allowed="[1, 20]"),
        Whole("panel", 1, low=1, high=3, allowed="[1, 20]"),
    ),
)


@dataclass(frozen=True)
class World:
    """The simulated cases of a tier, and their judge.

    Attributes:
        clues: number of clues in each record.
        rumor: probability that the rumor is correct.
        skill, budget: skill and budget of the judge.
    """

    clues: int
    rumor: float
    skill: float
    budget: int


class ChooseProtocolDescription(ProblemDescription):
    """The problem for researchers.

    Attributes:
        judge: skill and budget of the simulated judge.
        simulated: True, because no model judges.
    """

    judge: dict[str, float]
    simulated: bool


class ChooseProtocolProblem:
    """Simulated problem: protocols are scored by the judge's accuracy minus that of a baseline.

    Args:
        config: number of cases and seeds, and the judge of the climb tier.
    """

    battery = None  # a protocol trains no student that could lose capability

    def __init__(self, config: ChooseProtocol):
        self.config = config
        weaker = max(config.budget - 2, 1)
        self.worlds = {
            "climb": World(9, 0.6, config.skill, config.budget),
            "sealed": World(9, 0.6, config.skill, config.budget),
            "other_tasks": World(15, 0.55, config.skill, weaker),
        }

    @property
    def space(self) -> Space:
        """The space of compositions."""
        return SPACE

    @property
    def items(self) -> float:
        """Number of scored cases of the climb tier; each seed has different cases."""
        return self.config.cases * self.config.seeds

    def describe(self) -> ChooseProtocolDescription:
        """The description of the problem that researchers read."""
        return {
            "kind": self.config.kind,
            "aim": "A simulated judge with little skill decides generated cases with hidden "
            "evidence. Find the protocol under which the judge is most accurate. The score of a "
            f"protocol is the judge's accuracy minus its accuracy under {BASELINE} on the same "
            f"cases. A protocol may use at most {self.config.most_calls} model calls per play.",
            "judge": {"skill": self.config.skill, "budget": self.config.budget},
            "seeds": self.config.seeds,
            "compositions": describe_space(SPACE),
            "files": False,
            "folders": False,
            "simulated": True,
        }

    def check(self, submission: Submission) -> Submission:
        """The submission in its canonical form.

        Raises:
            UserError: the submission is not a protocol of the space, or needs too many calls.
        """
        if submission.kind != "composition":
            raise UserError(
                f"this problem does not accept the kind {submission.kind!r}; submit a composition"
            )
        name = Specification.parse(submission.content).name
        if name != SPACE.name:
            raise UserError(f"unknown composition {name!r}; it must start with {SPACE.name!r}")
        label = SPACE.specification(SPACE.read(submission.content))
        calls = _calls(_rules(label))
        if calls > self.config.most_calls:
            raise UserError(
                f"{label} needs {calls} model calls per play, more than the allowed "
                f"{self.config.most_calls}; use fewer rounds or a smaller panel"
            )
        return submission.model_copy(update={"content": label})

    def family(self, submission: Submission) -> str:
        """The kind of help."""
        return str(SPACE.read(submission.content)["help"])

    def level(self, submission: Submission) -> str:
        """Empty, because no submitted code runs."""
        return ""

    def most_cpu(self, submission: Submission) -> int:
        """0, because compositions are not charged processor seconds."""
        return 0

    def evaluate(self, submission: Submission, tier: Tier, seeds: Sequence[int]) -> Evaluation:
        """The judge's gain over the baseline, on the same cases and with the same random seeds."""
        world = self.worlds[tier]
        try:
            method = np.stack([self._right(submission.content, world, seed) for seed in seeds])
            base = np.stack([self._right(BASELINE, world, seed) for seed in seeds])
        except TruingError as error:
            return Evaluation(failure=" ".join(str(error).split())[:300])
        rows = [one.reshape(1, -1) for one in (method, base)]  # each seed has different cases
        found = paired_difference(*rows, rng=np.random.default_rng(0))
        return Evaluation((Gain.on("cases", float(method.mean()), found),))

    def look(self, specification: str, seeds: Sequence[int]) -> tuple[np.ndarray, ...]:
        """Empty: there are no students, and verdicts cannot be compared without ground truth."""
        return ()

    def _right(self, specification: str, world: World, seed: int) -> np.ndarray:
        """(cases,) share of plays in which the judge is right, for each case of a seed."""
        rules = _rules(specification)
        made = f"cases,count={self.config.cases},clues={world.clues}"
        questions = load_questions(f"{made},rumor={world.rumor},seed={seed}")
        truth = questions.truth()
        host = EmbeddedHost(np.random.default_rng(seed), budget=world.budget, skill=world.skill)

        async def play_all() -> list[float]:
            hits = []
            for question, right in zip(questions.questions, truth, strict=True):
                plays = [await play(rules, one, host) for one in setups(rules, question)]
                hits.append(float(np.mean([_hit(one.verdict, right) for one in plays])))
            return hits

        return np.array(run_coroutine(play_all()))


def _hit(belief: Sequence[float] | None, right: int) -> bool:
    return belief is not None and belief[right] > 0.5


def _rules(specification: str) -> Protocol:
    """The protocol of a composition, or of a specification of a protocol."""
    if Specification.parse(specification).name != SPACE.name:
        return PROTOCOLS.build(specification).value
    values = SPACE.read(specification)
    active = [one.name for one in SPACE.arguments if one.name != "help" and one.active(values)]
    given = {name: str(values[name]) for name in active}
    if values["help"] == "consultancy":  # the questions of the simulated judge have no effect
        given["asks"] = "false"
    return PROTOCOLS.build(Specification(values["help"], given)).value


def _calls(rules: Protocol) -> int:
    """Number of model calls of a play with two answers."""
    seats = sum(2 if one.each else 1 for one in rules.speakers)
    return seats * rules.rounds + rules.judge.panel + (rules.assignment == "open")
